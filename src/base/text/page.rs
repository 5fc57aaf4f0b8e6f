//! Pages that a browser may be sent to: `callbackURL`, `redirectTo` and their like.

use url::Url;

use super::origin::TrustedOrigins;

/// Whether a page is a URL of a trusted origin, or a path of the own origin that begins with one `/`.
///
/// An empty value is no page: Better Auth ignores it, and so must the caller.
pub fn page_is_trusted(value: &str, trusted: &TrustedOrigins) -> bool {
    if value.starts_with('/') { stays_on_its_origin(value) } else { trusted.trusts(value) }
}

/// Whether every browser and every router takes the value for a path of the page's own origin: one `/` at its beginning,
/// no backslash, no control character, no escaped separator in the path, and no `//` once the dots of `/..//` are resolved.
fn stays_on_its_origin(value: &str) -> bool {
    let path = value.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let is_clear = !value.contains(|letter: char| letter == '\\' || letter.is_control());
    is_clear
        && !path.contains("%2f")
        && !path.contains("%5c")
        && !path.starts_with("//")
        && resolved_path(value).is_some_and(|path| !path.starts_with("//"))
}

/// The path as a browser asks for it, wherever the page lies.
fn resolved_path(value: &str) -> Option<String> {
    let page = Url::parse("https://page.invalid/").ok()?.join(value).ok()?;
    Some(page.path().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn trusted() -> TrustedOrigins {
        let entries = ["https://app.example.com", "https://*.shop.example.com", "*.example.org", "myapp://"];
        TrustedOrigins::new("http://127.0.0.1:3000", entries.map(str::to_owned).to_vec()).unwrap()
    }

    #[track_caller]
    fn check(good: &[&str], bad: &[&str]) {
        for page in good {
            assert!(page_is_trusted(page, &trusted()), "{page:?} should be trusted");
        }
        for page in bad {
            assert!(!page_is_trusted(page, &trusted()), "{page:?} should not be trusted");
        }
    }

    /// What Better Auth answered to each of these, asked for `callbackURL` and `redirectTo` alike.
    #[test]
    fn t39_pages_are_judged_as_the_reference_judges_them() {
        let good = ["/page", "/page?a=1#b", "/page?next=//evil.example.com", "/../page"];
        let bad = [
            "page",
            "//evil.example.com",
            "/\\evil.example.com",
            "/%2Fevil.example.com",
            "/%5cevil.example.com",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://evil.example.com",
            "https://evil.example.com@127.0.0.1",
            "/page\n",
            "http://127.0.0.1",
            "https:/page",
            "\\\\evil.example.com",
            " /page",
        ];
        check(&good, &bad);
    }

    #[test]
    fn pages_of_trusted_origins_are_judged_as_the_reference_judges_them() {
        let good = [
            "https://app.example.com/home",
            "https://one.shop.example.com/home?x=1",
            "myapp://callback/done",
            "https://www.example.org/x",
        ];
        check(&good, &["https://app.example.com.evil.example.com", "myapps://callback"]);
    }

    #[test]
    fn the_rest_of_a_path_is_free() {
        check(
            &[
                "/",
                "/a b",
                "/ä",
                "/a:b",
                "/a%zz",
                "/a#frag",
                "/a?u=http://evil.com",
                "/../x",
                "/a?u=%2f%5c",
                "/a#%2f",
                "/a//b",
            ],
            &["", "dash", "?x", "#x"],
        );
    }

    #[test]
    fn t39_what_could_leave_the_origin_is_no_page() {
        let bad = [
            "//evil",
            "//page.invalid/x",
            "///evil",
            "/\t/evil",
            "/\r\n/evil",
            "/\0/evil",
            "/\u{85}/evil",
            "/%2f/evil",
            "/%2F/evil",
            "/%5C/evil",
            "/..%2f..%2fevil",
            "/..//evil",
            "/.//evil",
            "/a/..//evil",
            "/%2e//evil",
            "/%2e%2e//evil",
            "https:evil.com",
            "vbscript:x",
            "/a?b\\c",
            "/a#\u{7f}",
            "\t/page",
            "https://app.example.com/\r\nSet-Cookie: a=b",
        ];
        check(&[], &bad);
    }

    proptest! {
        #[test]
        fn t39_a_trusted_path_stays_on_the_origin_of_whatever_page_it_is_resolved_against(
            path in "/[a-z./\\\\%25fFcC:@?#&=\t\r\n é-]{0,24}|/\\PC{0,24}",
            base in "https?://[a-z]{1,8}\\.example(:[1-9][0-9]{0,3})?/[a-z/.]{0,12}(\\?[a-z=]{0,4})?",
        ) {
            if page_is_trusted(&path, &trusted()) {
                let base = Url::parse(&base).unwrap();
                let page = base.join(&path).unwrap();
                prop_assert_eq!(page.origin(), base.origin(), "{}", path);
                // Nor when the resolved path is sent on, as routers do.
                prop_assert_eq!(base.join(page.path()).unwrap().origin(), base.origin(), "{}", path);
            }
        }
    }
}
