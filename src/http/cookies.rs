//! Cookies as they come in.

use std::collections::HashSet;
use std::fmt;

/// The cookies of a request, each name once: the first of several counts, as in Better Auth.
pub struct RequestCookies {
    present: bool,
    cookies: Vec<(String, String)>,
}

impl RequestCookies {
    /// Reads all `Cookie` headers of a request, in their order. What is no cookie is passed over.
    pub fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Self {
        let (mut present, mut seen, mut cookies) = (false, HashSet::new(), Vec::new());
        for header in headers {
            present = true;
            let pairs = header.split(';').filter_map(|pair| pair.split_once('='));
            let pairs = pairs.map(|(name, value)| (name.trim(), value.trim()));
            cookies.extend(
                pairs.filter(|(name, _)| seen.insert(*name)).map(|(name, value)| (name.to_owned(), value.to_owned())),
            );
        }
        Self { present, cookies }
    }

    /// Whether there was a `Cookie` header, even an empty one: then the origin of the request matters.
    pub fn present(&self) -> bool {
        self.present
    }

    /// A cookie's value as it came, percent-encoding and quotes included. Names are compared to the letter, so a plain
    /// name never stands in for its `__Secure-` twin.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The names in the order in which they came.
    pub fn names(&self) -> Vec<&str> {
        self.cookies.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Names alone: values are sessions.
impl fmt::Debug for RequestCookies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("RequestCookies").field(&self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cookies(headers: &[&str]) -> RequestCookies {
        RequestCookies::parse(headers.iter().copied())
    }

    #[test]
    fn values_come_as_they_were_sent() {
        let cookies = cookies(&["a=1; b = x%3D ;c=\"q\"; d=e=f; g=", "h=2"]);
        for (name, value) in [("a", "1"), ("b", "x%3D"), ("c", "\"q\""), ("d", "e=f"), ("g", ""), ("h", "2")] {
            assert_eq!(cookies.get(name), Some(value), "{name}");
        }
        assert_eq!(cookies.get("A"), None);
    }

    #[test]
    fn an_empty_header_is_present_and_none_is_not() {
        assert!(cookies(&[""]).present());
        assert!(!cookies(&[]).present());
    }

    #[test]
    fn what_is_no_cookie_is_passed_over() {
        let cookies = cookies(&["; ;;a; =x; b=1;"]);
        assert_eq!(cookies.get("a"), None);
        assert_eq!(cookies.get("b"), Some("1"));
    }

    #[test]
    fn t26_the_first_of_several_counts_also_across_headers() {
        let cookies = cookies(&["t=first; t=second", "t=third"]);
        assert_eq!(cookies.get("t"), Some("first"));
        assert_eq!(cookies.names(), ["t"]);
    }

    #[test]
    fn t26_a_plain_name_is_not_its_secure_twin() {
        let cookies = cookies(&["better-auth.session_token=evil"]);
        assert_eq!(cookies.get("__Secure-better-auth.session_token"), None);
    }

    #[test]
    fn names_come_in_the_order_in_which_they_were_sent() {
        assert_eq!(cookies(&["data.1=b; other=x; data.0=a", "data=c"]).names(), ["data.1", "other", "data.0", "data"]);
    }

    #[test]
    fn t26_a_header_of_60_kb_is_read_at_once() {
        let many = (0..10_000).map(|number| format!("{number}=")).collect::<Vec<_>>().join(";");
        assert_eq!(cookies(&[&many]).names().len(), 10_000);
        assert_eq!(cookies(&[&"a=;".repeat(20_000)]).names().len(), 1);
    }

    #[test]
    fn its_debug_text_holds_no_values() {
        assert_eq!(format!("{:?}", cookies(&["t=secret"])), "RequestCookies([\"t\"])");
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(header in "\\PC*|[a=; \"]{0,60}") {
            let cookies = cookies(&[&header]);
            prop_assert!(cookies.names().iter().all(|name| cookies.get(name).is_some()));
        }
    }
}
