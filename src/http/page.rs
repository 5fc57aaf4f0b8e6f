//! Pages that browsers are sent to when a flow fails, and who is a browser that loads a page.

use actix_web::HttpRequest;
use url::form_urlencoded::Serializer;

use super::cx::Cx;
use super::house::House;
use super::reply::Reply;
use crate::base::Result;

/// Shows what went wrong in a flow that cannot go back to its application.
pub trait ErrorPage: Send + Sync {
    /// # Errors
    /// Where it cannot be written: a fault of the program.
    fn show(&self, cx: &Cx, code: &str, description: Option<&str>) -> Result<Reply>;

    /// Where a production server sends browsers instead, which is told of the error by the query.
    fn address(&self) -> String;

    /// What a browser is shown at a path without a page; None where that is not this site's to say.
    ///
    /// # Errors
    /// As [`ErrorPage::show`].
    fn not_found(&self, cx: &Cx) -> Result<Option<Reply>>;
}

impl House {
    /// Where a flow ends that cannot go back to its application.
    pub fn error_page(&self) -> String {
        self.error_url.clone().unwrap_or_else(|| self.link("/error"))
    }

    /// The URL of a route.
    pub fn link(&self, path: &str) -> String {
        format!("{}{}{path}", self.site.origin, self.site.base_path.trim_end_matches('/'))
    }
}

/// Whether it is a browser that is to show what comes back. Where it does not say what for, by what it likes best.
pub fn loads_a_page(request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match header("sec-fetch-dest") {
        Some(destination) => matches!(destination.trim(), "document" | "iframe" | "frame"),
        None => header("accept").is_some_and(|accept| {
            let best = accept.split([',', ';']).next().unwrap_or_default().trim();
            matches!(best, "text/html" | "application/xhtml+xml")
        }),
    }
}

/// Whether a text is like a code, and no sentence that somebody else puts into a site's mouth.
pub fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-'".contains(&byte))
}

/// Adds an error to a page's query.
pub fn with_error(page: &str, code: &str, description: Option<&str>) -> String {
    let description = description.filter(|description| !description.is_empty());
    let description = description.map(|description| ("error_description", description));
    with_query(page, [("error", code)].into_iter().chain(description))
}

/// Adds to a page's query, before its fragment.
pub fn with_query<'a>(page: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let (page, fragment) = page.split_once('#').map_or((page, None), |(page, fragment)| (page, Some(fragment)));
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    let joint = if page.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{page}{joint}{query}{fragment}")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_page_goes_to_whoever_loads_one() {
        let asks = |headers: &[(&str, &str)]| {
            let request = headers.iter().fold(TestRequest::default(), |request, header| request.insert_header(*header));
            loads_a_page(&request.to_http_request())
        };
        assert!(asks(&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]));
        assert!(asks(&[("sec-fetch-dest", "document")]) && asks(&[("sec-fetch-dest", "iframe"), ("accept", "*/*")]));
        assert!(!asks(&[]) && !asks(&[("accept", "*/*")]) && !asks(&[("accept", "application/json, text/html")]));
        assert!(!asks(&[("sec-fetch-dest", "empty"), ("accept", "text/html")]), "a script asks");
    }

    #[test]
    fn a_code_is_a_word() {
        assert!(!is_code("<script>") && !is_code("") && is_code("it's_ok-1"));
    }

    #[test]
    fn the_error_joins_a_query_and_stays_before_the_fragment() {
        assert_eq!(with_error("/", "a", None), "/?error=a");
        assert_eq!(with_query("/setup?theme=a", [("token", "b&c")]), "/setup?theme=a&token=b%26c");
        assert_eq!(with_error("/x?z=1#top", "a", Some("b c")), "/x?z=1&error=a&error_description=b+c#top");
    }
}
