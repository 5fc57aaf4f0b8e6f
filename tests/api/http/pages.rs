//! Pages that a request asks to be sent to, and what a `Location` may hold.

use serde_json::json;
use signet::base::text::origin::TrustedOrigins;
use url::Url;

use super::{Site, Watch, changing, fitting};

/// What some browser or other takes for a page of somebody else, or runs.
const ELSEWHERE: [&str; 40] = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\u{1}//evil.example",
    "/%2f/evil.example",
    "/%2F/evil.example",
    "/%2fevil.example",
    "/%5cevil.example",
    "/%5Cevil.example",
    "/%5c%5cevil.example",
    "/..//evil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "/%2e//evil.example",
    "/%2e%2e//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "https:///evil.example",
    "http://localhost:3000@evil.example",
    "http://localhost:3000\\@evil.example",
    "http://localhost:3000.evil.example",
    "http://localhost:30000/",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>",
    "vbscript:x",
    "evil.example",
    "?x",
    "/page\u{85}",
];

#[actix_web::test]
async fn t39_a_page_elsewhere_is_refused_by_every_route_in_every_field_before_anything_is_done() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for route in changing(&site.server).iter().filter(|route| route.reads_body) {
        for (field, code) in [
            ("callbackURL", "INVALID_CALLBACK_URL"),
            ("redirectTo", "INVALID_REDIRECT_URL"),
            ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
            ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
        ] {
            for page in ELSEWHERE {
                let mut body = fitting(route);
                body[field] = page.into();
                let answer = ada.clone().post(&route.path, &body).await;
                let what = format!("{} {field}={page:?}", route.path);
                watch.refused(&what, &answer).await;
                assert_eq!((answer.status, answer.code().as_deref()), (403, Some(code)), "{what}");
            }
            for wrong in [json!(5), json!(true), json!(["/x"]), json!({"a": "/x"})] {
                let mut body = fitting(route);
                body[field] = wrong;
                let answer = ada.clone().post(&route.path, &body).await;
                watch.refused(&format!("{} {body}", route.path), &answer).await;
                assert_eq!((answer.status, answer.code()), (400, None), "{} {body}", route.path);
            }
        }
    }
}

#[actix_web::test]
async fn t39_a_page_elsewhere_in_a_query_is_refused_by_every_route_that_follows_one() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for page in ELSEWHERE {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("callbackURL", page).finish();
        for path in ["/verify-email?token=x", "/reset-password/x?", "/delete-user/callback?token=x"] {
            let path = format!("{path}&{query}").replace("?&", "?");
            let answer = ada.clone().get(&path).await;
            watch.refused(&path, &answer).await;
            assert_eq!((answer.status, answer.code().as_deref()), (403, Some("INVALID_CALLBACK_URL")), "{path}");
            assert_eq!(answer.header("location"), None);
        }
        let answer = ada.clone().post(&format!("/update-user?{query}"), &json!({"name": "Mallory"})).await;
        watch.refused(page, &answer).await;
    }
}

#[actix_web::test]
async fn t39_whatever_page_is_followed_a_browser_ends_on_a_trusted_origin() {
    let site = Site::with(r#"trusted_origins = ["https://app.com", "https://*.shop.com"]"#).await;
    let _ada = site.ada().await;
    let trusted =
        TrustedOrigins::new("http://localhost:3000", vec!["https://app.com".into(), "https://*.shop.com".into()])
            .unwrap();
    for page in [
        "/home",
        "/a b",
        "/ä?ö=ü#ß",
        "/a%zz",
        "/../../x",
        "/a//b",
        "/a?next=//evil.example",
        "/a#//evil.example",
        "/a:b@evil.example",
        "/@evil.example",
        "/.evil.example",
        "/a?b=%2f%2fevil.example",
        "/\"><script>",
        "https://app.com",
        "https://app.com/x y",
        "https://a.shop.com/?x=https://evil.example",
        "http://evil.example@localhost:3000/",
        "http://localhost:3000/%2f%2fevil.example",
    ] {
        let body = json!({"email": "ada@example.com", "password": "correct horse Ada", "callbackURL": page});
        let answer = site.server.browser().post("/sign-in/email", &body).await;
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("callbackURL", page).finish();
        let verify = site.server.browser().get(&format!("/verify-email?token=x&{query}")).await;
        let reset = site.server.browser().get(&format!("/reset-password/x?{query}")).await;
        for (status, answer) in [(200, answer), (302, verify), (302, reset)] {
            assert_eq!(answer.status, status, "{page} {answer:?}");
            let location = answer.header("location").expect("a location");
            assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{location}");
            for base in ["http://localhost:3000/api/auth/sign-in/email", "https://app.com/deep/page"] {
                let ends = Url::parse(base).unwrap().join(location).unwrap();
                assert!(trusted.trusts(ends.as_str()), "{page} leads to {ends}");
            }
        }
    }
}

#[actix_web::test]
async fn t39_a_page_of_an_app_that_no_url_parser_reads_is_refused_and_no_fault() {
    let site = Site::with(r#"trusted_origins = ["myapp://", "exp://host/cb"]"#).await;
    let watch = Watch::over(&site.server).await;
    for page in ["myapp://[", "myapp://a b", "myapp://a:b:c", "myapp://%", "myapp://a:99999", "myapp://^"] {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("callbackURL", page).finish();
        let path = format!("/reset-password/x?{query}");
        let answer = site.server.browser().get(&path).await;
        super::invariants::sound(&path, &answer);
        watch.unchanged(path).await;
    }
    let answer = site.server.browser().get("/reset-password/x?callbackURL=myapp:callback").await;
    assert_eq!((answer.status, answer.header("location")), (302, Some("myapp:callback?error=INVALID_TOKEN")));
}

/// What would begin a new header if it came through.
const BREAKS: [&str; 6] = [
    "\r\nset-cookie: better-auth.session_token=evil",
    "\nx-evil: 1",
    "\rx-evil: 1",
    "\r\n\r\n<html>",
    "\u{10a}\u{10d}x-evil: 1",
    "\u{2028}x-evil: 1",
];

#[actix_web::test]
async fn t09_nothing_that_a_client_sends_begins_a_header() {
    for toml in [
        "",
        "on_api_error.error_url = \"/oops\"",
        "advanced.disable_origin_check = true",
        "base_url = \"https://auth.example.com\"\n[rate_limit]\nenabled = false",
    ] {
        let site = Site::with(toml).await;
        let base = site.server.origin().to_owned();
        let mut ada = site.ada().await;
        for text in BREAKS {
            let mut answers = Vec::new();
            for page in [format!("/page{text}"), format!("{base}/page{text}"), format!("/page?x={text}#{text}")] {
                let query: String = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("callbackURL", &page)
                    .append_pair("token", &page)
                    .append_pair("error", &page)
                    .append_pair("error_description", &page)
                    .finish();
                for path in
                    ["/verify-email", "/reset-password/x", "/reset-password/%0d%0ax", "/delete-user/callback", "/error"]
                {
                    answers.push(ada.clone().get(&format!("{path}?{query}")).await);
                }
                let body = json!({"email": "ada@example.com", "password": "correct horse Ada", "callbackURL": page});
                answers.push(ada.clone().post("/sign-in/email", &body).await);
            }
            answers.push(ada.post("/update-user", &json!({"name": text, "image": text})).await);
            answers.push(ada.get("/get-session").await);
            answers.push(ada.get("/token").await);
            for answer in answers {
                super::invariants::sound(text, &answer);
                assert!(answer.header("x-evil").is_none(), "{answer:?}");
                assert!(!answer.cookies().iter().any(|line| line.contains("=evil")), "{answer:?}");
                let known = |name: &str| {
                    matches!(
                        name,
                        "content-length"
                            | "content-type"
                            | "connection"
                            | "date"
                            | "location"
                            | "cache-control"
                            | "pragma"
                            | "set-cookie"
                            | "set-auth-jwt"
                            | "access-control-expose-headers"
                            | "transfer-encoding"
                            | "x-request-id"
                            | "content-language"
                            | "content-security-policy"
                            | "cross-origin-opener-policy"
                            | "referrer-policy"
                            | "x-content-type-options"
                            | "x-frame-options"
                    )
                };
                assert!(answer.headers.iter().all(|(name, _)| known(name)), "{answer:?}");
            }
        }
    }
}

#[actix_web::test]
async fn t09_a_path_or_a_method_is_never_repeated_in_a_header() {
    let site = Site::start().await;
    for path in
        ["/sign-in/email%0d%0ax-evil:%201", "/%0d%0ax-evil:%201", "/ok?%0d%0ax-evil:%201", "!/%0d%0aset-cookie:a=b"]
    {
        let answer = site.server.browser().get(path).await;
        assert!(
            answer.header("x-evil").is_none() && answer.cookies().is_empty() && answer.header("location").is_none()
        );
    }
}
