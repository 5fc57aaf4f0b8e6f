//! CORS.

use super::routes::Site;
use crate::harness::Browser;
use crate::harness::browser::Answer;

const ON: &str = "trusted_origins = [\"https://app.example.com\", \"https://*.example.org\"]\n[cors]\nenabled = true\n";

async fn from(browser: &mut Browser<'_>, method: &str, path: &str, origin: &str, more: &[(&str, &str)]) -> Answer {
    let headers = [&[("origin", origin)], more].concat();
    browser.send(method, path, &headers, None).await
}

fn allowed(answer: &Answer) -> Option<&str> {
    let (origin, credentials) =
        (answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials"));
    assert_eq!(credentials, origin.map(|_| "true"), "{answer:?}");
    origin
}

const ASKS: [(&str, &str); 2] =
    [("access-control-request-method", "POST"), ("access-control-request-headers", "content-type,authorization")];

#[actix_web::test]
async fn t40_a_trusted_origin_may_read_what_it_asks_for_with_its_cookies() {
    let site = Site::with(ON).await;
    let mut ada = site.ada().await;
    for origin in ["https://app.example.com", "https://any.example.org", "http://localhost:3000"] {
        let answer = from(&mut ada, "GET", "/get-session", origin, &[]).await;
        assert_eq!((answer.status, allowed(&answer), answer.header("vary")), (200, Some(origin), Some("origin")));
        let exposed = answer.header("access-control-expose-headers").expect("headers");
        assert!(exposed.contains("set-auth-jwt") && exposed.contains("x-retry-after"), "{exposed}");
        let answer = from(&mut ada, "OPTIONS", "/sign-in/email", origin, &ASKS).await;
        assert_eq!((answer.status, allowed(&answer), answer.body.len()), (204, Some(origin), 0));
        assert_eq!(answer.header("access-control-allow-headers"), Some("content-type,authorization"));
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET, HEAD, POST, PATCH, DELETE"));
        assert_eq!(answer.header("access-control-max-age"), Some("600"));
    }
}

#[actix_web::test]
async fn t40_no_other_origin_is_repeated_whatever_it_looks_like() {
    let site = Site::with(ON).await;
    let mut ada = site.ada().await;
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.com.evil.example",
        "https://evilapp.example.com",
        "http://app.example.com",
        "https://app.example.com:444",
        "https://example.org",
        "*",
        "",
    ] {
        for route in site.server.endpoints() {
            let path = super::routes::sent(&route);
            let answer = from(&mut ada.clone(), "OPTIONS", &path, origin, &ASKS).await;
            // A route for every method answers this one as any other.
            let status = if route.wide { 403 } else { 404 };
            assert_eq!((answer.status, allowed(&answer)), (status, None), "{origin} {path}");
            assert!(answer.header("vary").is_some_and(|vary| vary.contains("origin")), "{origin} {path}");
        }
        let answer = from(&mut ada, "GET", "/get-session", origin, &[]).await;
        assert_eq!((answer.status, allowed(&answer), answer.header("vary")), (200, None, Some("origin")), "{origin}");
    }
    let twice = [("origin", "https://app.example.com")];
    let answer = from(&mut ada, "GET", "/get-session", "https://evil.example", &twice).await;
    assert_eq!(allowed(&answer), None, "two origins are nobody's");
}

#[actix_web::test]
async fn t40_off_it_sends_no_header_and_preflights_are_not_found() {
    let site = Site::with("trusted_origins = [\"https://app.example.com\"]").await;
    let mut ada = site.ada().await;
    for (method, status) in [("OPTIONS", 404), ("GET", 200)] {
        let answer = from(&mut ada, method, "/get-session", "https://app.example.com", &ASKS).await;
        assert_eq!((answer.status, allowed(&answer), answer.header("vary")), (status, None, None));
    }
}

#[actix_web::test]
async fn its_own_list_goes_before_the_trusted_origins() {
    let more = "trusted_origins = [\"https://app.example.com\"]\n[cors]\nenabled = true\norigins = [\"https://one.example.com\"]\nmax_age = \"1h\"\n";
    let site = Site::with(more).await;
    let mut browser = site.server.browser();
    for (origin, status) in [("https://one.example.com", 204), ("https://app.example.com", 404)] {
        let answer = from(&mut browser, "OPTIONS", "/ok", origin, &ASKS).await;
        assert_eq!((answer.status, allowed(&answer).is_some()), (status, status == 204));
    }
}

#[actix_web::test]
async fn refusals_can_be_read_too() {
    let site = Site::with(ON).await;
    let headers = [("content-type", "application/json"), ("origin", "https://app.example.com")];
    let answer = site.server.browser().send("POST", "/sign-in/email", &headers, Some(b"{}")).await;
    assert_eq!((answer.status, allowed(&answer)), (400, Some("https://app.example.com")));
}
