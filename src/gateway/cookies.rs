//! Which cookies are this server's: those never go to an upstream, and none of them is an upstream's to set.

use crate::session::cookies::{CookieKey, Cookies};

/// What a browser takes for a mark in front of a name, in letters of either case (RFC 6265bis §4.1.3).
const MARKS: [&str; 2] = ["__secure-", "__host-"];

/// The names of this server's cookies.
pub struct OurCookies {
    /// Without a mark.
    names: Vec<String>,
    /// What cookies of plugins begin with too, of which not all are known here.
    prefix: String,
}

impl OurCookies {
    pub fn new(cookies: &Cookies, prefix: &str) -> Self {
        let names = CookieKey::ALL.map(|key| unmarked(cookies.name(key)).to_owned()).to_vec();
        Self { names, prefix: format!("{prefix}.") }
    }

    /// Whether a name is that of one of ours, of a chunk of one, or of its twin with or without a mark.
    pub fn have(&self, name: &str) -> bool {
        let name = unmarked(name.trim());
        let is_chunk =
            |ours: &str| name.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        name.starts_with(&self.prefix) || self.names.iter().any(|ours| is_chunk(ours))
    }

    /// What is left of a `Cookie` header without ours, `None` where that is nothing.
    pub fn without_ours(&self, line: &str) -> Option<String> {
        let kept: Vec<&str> = line
            .split(';')
            .map(str::trim)
            .filter(|pair| !pair.is_empty() && !self.have(pair.split('=').next().unwrap_or_default()))
            .collect();
        (!kept.is_empty()).then(|| kept.join("; "))
    }

    /// Whether a `Set-Cookie` of an upstream may pass: a cookie with a name, and not ours. One without a name is sent back
    /// as its bare value, which then reads as a cookie of any name.
    pub fn let_pass(&self, line: &[u8]) -> bool {
        let pair = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let Ok(pair) = std::str::from_utf8(pair) else { return false };
        pair.split_once('=').is_some_and(|(name, _)| !name.trim().is_empty() && !self.have(name))
    }
}

fn unmarked(name: &str) -> &str {
    let mark = MARKS.iter().find(|mark| name.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)));
    mark.map_or(name, |mark| &name[mark.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> OurCookies {
        OurCookies { names: vec!["better-auth.session_token".into(), "sid".into()], prefix: "better-auth.".into() }
    }

    #[test]
    fn t68_no_cookie_of_ours_goes_on_and_all_others_do() {
        let line = "a=1; better-auth.session_token=x.y; __Secure-better-auth.session_data.0=z;b=2 ; sid=3; \
                    __host-sid=4; sid.1=5; sidx=6;; better-auth.dont_remember=7;better-auth.session_token";
        assert_eq!(ours().without_ours(line).as_deref(), Some("a=1; b=2; sidx=6"));
        assert_eq!(ours().without_ours("sid=1"), None);
        assert_eq!(ours().without_ours(""), None);
        assert_eq!(ours().without_ours("q=\"a; sid=1; b\"").as_deref(), Some("q=\"a; b\""), "not even within quotes");
    }

    #[test]
    fn t68_no_upstream_sets_a_cookie_of_ours() {
        for line in [
            "better-auth.session_token=evil; Path=/",
            "__Secure-better-auth.session_token=evil",
            "__SECURE-better-auth.session_token=evil",
            " better-auth.session_token =evil",
            "better-auth.session_data.3=evil",
            "better-auth.two_factor=evil",
            "sid=evil; Domain=example.com",
            "=better-auth.session_token=evil",
            "better-auth.session_token",
            "",
        ] {
            assert!(!ours().let_pass(line.as_bytes()), "{line}");
        }
        for line in ["theme=dark", "session_token=1", "x-better-auth.a=1", "sid2=1; Path=/"] {
            assert!(ours().let_pass(line.as_bytes()), "{line}");
        }
    }
}
