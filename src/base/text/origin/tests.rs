//! The bullets of the contract about trusted origins, one by one, and the tricks against them.

use proptest::prelude::*;

use super::*;

const OWN: &str = "http://127.0.0.1:3000";

fn trusted(entries: &[&str]) -> TrustedOrigins {
    TrustedOrigins::new(OWN, entries.iter().map(|entry| entry.to_string()).collect()).unwrap()
}

fn refusal(entry: &str) -> String {
    TrustedOrigins::new(OWN, vec![entry.to_owned()]).unwrap_err()
}

#[track_caller]
fn check(origins: &TrustedOrigins, good: &[&str], bad: &[&str]) {
    for url in good {
        assert!(origins.trusts(url), "{url:?} should be trusted");
    }
    for url in bad {
        assert!(!origins.trusts(url), "{url:?} should not be trusted");
    }
}

#[test]
fn an_origin_is_written_as_browsers_write_it() {
    assert_eq!(origin_of("HTTPS://user:pw@App.Example.com:443/a?b#c").as_deref(), Some("https://app.example.com"));
    assert_eq!(origin_of("http://bücher.de:8080").as_deref(), Some("http://xn--bcher-kva.de:8080"));
    assert_eq!(origin_of("http://[::1]:3000/").as_deref(), Some("http://[::1]:3000"));
    assert_eq!(origin_of("ftp://host/x").as_deref(), Some("ftp://host"));
    for none in ["", "/page", "myapp://x", "data:text/html,x", "null", "blob:https://app.example.com/1", "file:///etc"]
    {
        assert_eq!(origin_of(none), None, "{none}");
    }
}

#[test]
fn the_own_origin_is_trusted_to_the_letter() {
    let good = [OWN, "http://127.0.0.1:3000/path?x#y", "http://127.0.0.1:3000/some/page", "HTTP://127.0.0.1:3000"];
    let bad = [
        "",
        "null",
        "/",
        "https://evil.example.com",
        "https://127.0.0.1:3000",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
        "http://127.0.0.1:3000.evil.example.com",
        "http://localhost:3000",
        "https://evil.example.com@127.0.0.1",
        "//127.0.0.1:3000",
        "127.0.0.1:3000",
    ];
    check(&trusted(&[]), &good, &bad);
}

#[test]
fn t38_a_plain_entry_is_its_own_origin_and_no_other() {
    let good = [
        "https://app.example.com",
        "https://APP.example.com/x",
        "https://app.example.com:443",
        "https://app.example.com/home",
        "https://evil.example@app.example.com/",
        "https://app.example.com/?u=https://evil.example",
    ];
    let bad = [
        "https://app.example.com.evil.example",
        "https://evilapp.example.com",
        "http://app.example.com",
        "https://example.com",
        "https://app.example.com:444",
        "https://app.example.com.",
        "https://app.example.com@evil.example",
        "https://deep.app.example.com",
        "ftp://app.example.com",
        "wss://app.example.com",
        "https://аpp.example.com",
        "blob:https://app.example.com/1",
        "javascript://app.example.com/%0aalert(1)",
        "https://app.example.com:8443",
    ];
    check(&trusted(&["https://app.example.com"]), &good, &bad);
}

#[test]
fn an_entry_that_can_never_match_is_refused_with_what_to_write() {
    assert!(refusal("https://app.example.com/").contains("write \"https://app.example.com\""));
    assert!(refusal("https://app.example.com/path").contains("write \"https://app.example.com\""));
    assert!(refusal("https://App.example.com").contains("write \"https://app.example.com\""));
    assert!(refusal("https://app.example.com:443").contains("write \"https://app.example.com\""));
    assert!(refusal("https://bücher.de").contains("write \"https://xn--bcher-kva.de\""));
    assert!(refusal("app.example.com").contains("write \"https://app.example.com\""));
    for entry in [
        "",
        " ",
        "localhost:3000",
        "https://",
        "https://a b",
        "https://*.example.com/x",
        "HTTPS://*.example.com",
        "*.Example.com",
        "*.example.com/x",
        "*@example.com",
        "https://app.example.com\\",
        "https://app.example.com#x",
        "\thttps://app.example.com",
        "1app://",
        "app scheme://",
        "exp://user@host",
    ] {
        assert!(!refusal(entry).is_empty(), "{entry}");
    }
    for entry in ["https:/", "https:/app.example.com", "HTTPS:/x", "http:/*", "http*:/x", "https:///", "https://*/"] {
        assert!(!refusal(entry).is_empty(), "{entry} would trust every page");
    }
    assert!(TrustedOrigins::new("http://127.0.0.1:3000/", vec![]).is_err());
    assert!(TrustedOrigins::new("myapp://", vec![]).is_err());
    assert!(TrustedOrigins::new("", vec![]).is_err());
}

#[test]
fn a_wildcard_with_a_scheme_matches_the_whole_origin() {
    let good = [
        "https://one.shop.example.com",
        "https://a.b.shop.example.com",
        "https://one.shop.example.com/home?x=1",
        "https://.shop.example.com",
    ];
    let bad = [
        "https://shop.example.com",
        "https://evilshop.example.com",
        "http://one.shop.example.com",
        "https://one.shop.example.com:8443",
        "https://one.shop.example.com.evil.example",
        "https://evil.example/.shop.example.com",
        "https://evil.example?.shop.example.com",
        "https://evil.example#.shop.example.com",
        "https://evil.example\\.shop.example.com",
    ];
    check(&trusted(&["https://*.shop.example.com"]), &good, &bad);
    check(
        &trusted(&["http://localhost:*"]),
        &["http://localhost:1", "http://localhost:3000/x"],
        &["http://localhost", "http://localhost.evil.example:1"],
    );
    check(
        &trusted(&["https://a?.example.com"]),
        &["https://ab.example.com"],
        &["https://a.example.com", "https://abc.example.com"],
    );
    check(&trusted(&["http*://x.example"]), &["http://x.example", "https://x.example"], &["ftp://x.example"]);
}

#[test]
fn a_wildcard_without_a_scheme_matches_host_and_port_under_any_scheme_with_origins() {
    let good = [
        "https://www.example.org",
        "http://www.example.org",
        "https://www.example.org/x",
        "ftp://www.example.org",
        "https://www.example.org:443",
    ];
    let bad = [
        "https://example.org",
        "https://www.example.org:8443",
        "https://www.example.org.evil.example",
        "malicious.com?.example.org",
        "javascript://www.example.org/%0aalert(1)",
        "data://www.example.org/,x",
        "evilapp://www.example.org",
        "https://www.example.org@evil.example",
    ];
    check(&trusted(&["*.example.org"]), &good, &bad);
    check(&trusted(&["*.example.org:*"]), &["https://www.example.org:8443"], &["https://www.example.org"]);
}

#[test]
fn a_wildcard_for_addresses_matches_addresses_alone() {
    let bad = [
        "http://10.evil.com.x:3000",
        "http://10.a.b.c:3000",
        "http://10.0.0.1",
        "https://10.0.0.1:3000",
        "http://11.0.0.1:3000",
    ];
    check(&trusted(&["http://10.*.*.*:3000"]), &["http://10.0.0.1:3000", "http://10.1.2.3:3000/x"], &bad);
    check(&trusted(&["192.168.*.*"]), &["http://192.168.1.2"], &["http://192.168.evil.example"]);
    check(&trusted(&["http://*:3000"]), &["http://box:3000", "http://10.0.0.1:3000"], &["http://box"]);
}

#[test]
fn a_custom_scheme_alone_trusts_all_of_the_scheme() {
    let good = ["myapp://", "myapp://anything", "myapp:callback", "MyApp://callback/done?x=1", "myapp:/x"];
    let bad = [
        "myapps://callback",
        "myap://callback",
        "https://myapp",
        "my\tapp://x",
        "myapp://x\n",
        " myapp://x",
        "xmyapp://",
    ];
    check(&trusted(&["myapp://"]), &good, &bad);
}

#[test]
fn t38_an_authority_is_equal_or_it_is_not_it() {
    let good = [
        "myapp://cb",
        "MYAPP://CB",
        "myapp://cb/",
        "myapp://cb/x",
        "myapp://cb/../x",
        "myapp://cb?x=1",
        "myapp://cb#x",
    ];
    let bad = [
        "myapp://cb.evil",
        "myapp://cb@evil",
        "myapp://evil@cb",
        "myapp://cb:1",
        "myapp:cb",
        "myapp:/cb",
        "myapp:///cb",
        "myapp://cb\\@evil",
        "myapp://",
    ];
    check(&trusted(&["myapp://cb"]), &good, &bad);
}

#[test]
fn t38_a_path_is_equal_or_below_after_escapes_and_dots_are_resolved() {
    let good = [
        "exp://host/cb",
        "exp://host/cb/",
        "exp://host/cb/deep?x#y",
        "exp://host/x/../cb",
        "exp://host/%63b",
        "exp://host//cb",
        "exp://host/./cb",
    ];
    let bad = [
        "exp://host",
        "exp://host/",
        "exp://host/cbx",
        "exp://host/cb/../x",
        "exp://host/cb/%2e%2e/x",
        "exp://host/cb/..%2fx",
        "exp://host/cb%2f..%2fx",
        "exp://host/cb/..\\x",
        "exp://host/cb/%5c..%5cx",
        "exp://host/CB",
        "exp://other/cb",
        "exp://host/cb/%ff",
        "exp://host?/cb",
        "exp://host#/cb",
    ];
    check(&trusted(&["exp://host/cb"]), &good, &bad);
    check(
        &trusted(&["com.example.app:/cb"]),
        &["com.example.app:/cb", "com.example.app:/cb/x"],
        &["com.example.app:/other", "com.example.app:"],
    );
}

#[test]
fn a_custom_scheme_may_have_wildcards_but_then_no_user() {
    let expo = trusted(&["exp://192.168.*.*:*/*"]);
    let good = ["exp://192.168.1.100:8081/--/", "exp://192.168.1.100:8081/--/deep/er", "exp://192.168.1.100:8081"];
    let bad = [
        "exp://203.0.113.0:8081/--/",
        "exp://192.168.1.100/--/",
        "exp://192.168.evil.example:8081/x",
        "exp://u@192.168.1.1:80/",
        "exp://192.168.1.1@evil:80/",
    ];
    check(&expo, &good, &bad);
    check(
        &trusted(&["exp://*.example.com/cb/*"]),
        &["exp://a.example.com/cb/x", "exp://a.example.com/cb/x/y"],
        &["exp://a.example.com/x", "exp://u@a.example.com/cb/x"],
    );
    check(&trusted(&["exp://**"]), &["exp://anything:1/x"], &["exps://anything:1/x", "exp://u@anything"]);
}

#[test]
fn t39_schemes_that_hold_their_own_content_are_never_trusted() {
    for entry in ["javascript://", "data://", "vbscript://", "blob://", "file://", "about:/", "JavaScript://**"] {
        assert!(!refusal(entry).is_empty(), "{entry}");
    }
    let everything = trusted(&["*", "**", "*://*", "myapp://"]);
    check(
        &everything,
        &["https://anything.example"],
        &[
            "javascript:alert(1)",
            "javascript://x.y/%0aalert(1)",
            "data:text/html,x",
            "data://x/,y",
            "blob:https://x.y/1",
        ],
    );
}

#[test]
fn t39_a_text_that_a_parser_would_repair_is_not_trusted() {
    let bad = [
        " https://app.example.com",
        "https://app.example.com ",
        "https://app.exa\tmple.com",
        "https://app.example.com\n",
        "\0https://app.example.com",
        "https:app.example.com",
        "https:/app.example.com",
        "https:\\\\app.example.com",
        "https://app.example.com\\@evil.example",
        "https://app.example.com/\u{85}",
    ];
    check(&trusted(&["https://app.example.com"]), &["https://app.example.com?q=\\"], &bad);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(entry in "\\PC{0,40}|[a-z*?:/.@#%0-9\\\\-]{0,40}", candidate in "\\PC{0,60}|[a-z]{0,6}:/{0,3}[a-z0-9.:@/%?#\\\\]{0,40}") {
        if let Ok(origins) = TrustedOrigins::new(OWN, vec![entry]) {
            origins.trusts(&candidate);
        }
        let _ = origin_of(&candidate);
    }

    #[test]
    fn t38_nothing_of_another_host_than_an_exact_entry_is_trusted(
        before in "[a-z.@:/?#\\\\-]{0,12}",
        after in "[a-z0-9.@:/?#%\\\\-]{0,20}",
        scheme in "https?|ftp|wss?|myapp|javascript",
    ) {
        let origins = trusted(&["https://app.example.com"]);
        for candidate in [
            format!("{scheme}://{before}app.example.com{after}"),
            format!("{scheme}:{before}app.example.com{after}"),
            format!("{before}https://app.example.com{after}"),
        ] {
            if origins.trusts(&candidate) {
                let url = Url::parse(&candidate).unwrap();
                prop_assert_eq!(url.host_str(), Some("app.example.com"), "{}", candidate);
                prop_assert_eq!(url.scheme(), "https");
                prop_assert_eq!(url.port(), None);
            }
        }
    }

    #[test]
    fn t39_a_trusted_url_leads_to_the_same_origin_from_any_page(candidate in "https?:[/\\\\]{0,3}[a-z@:.]{0,8}app\\.example\\.com[a-z.@:/?#\\\\]{0,8}") {
        let origins = trusted(&["https://app.example.com"]);
        if origins.trusts(&candidate) {
            let resolved = Url::parse("https://elsewhere.example/a/b").unwrap().join(&candidate).unwrap();
            prop_assert_eq!(resolved.host_str(), Some("app.example.com"), "{}", candidate);
        }
    }
}
