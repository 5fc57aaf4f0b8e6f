//! Requests with a cookie from pages elsewhere, and which origins are trusted.

use serde_json::json;

use super::{Site, Watch, changing, fitting};
use crate::harness::Browser;
use crate::harness::browser::Answer;

const EVIL: &str = "https://evil.example";

/// Posts a fitting body with the headers given, and none else but the cookies and the type.
async fn post(browser: &mut Browser<'_>, path: &str, body: &serde_json::Value, headers: &[(&str, &str)]) -> Answer {
    let mut sent = vec![("content-type", "application/json")];
    sent.extend(headers);
    browser.origin = None;
    browser.send("POST", path, &sent, Some(body.to_string().as_bytes())).await
}

#[actix_web::test]
async fn t35_no_route_does_anything_for_a_page_elsewhere_that_sends_the_cookie() {
    let missing = "MISSING_OR_NULL_ORIGIN";
    let invalid = "INVALID_ORIGIN";
    let own = "http://localhost:3000";
    let tricks: [(&[(&str, &str)], &str); 16] = [
        (&[("origin", EVIL)], invalid),
        (&[("origin", "null")], missing),
        (&[("origin", "null"), ("referer", "http://localhost:3000/")], missing),
        (&[("origin", "null"), ("sec-fetch-site", "cross-site")], missing),
        (&[("origin", "null"), ("sec-fetch-site", "same-site")], missing),
        (&[], missing),
        (&[("origin", "")], missing),
        (&[("referer", "https://evil.example/http://localhost:3000/")], invalid),
        (&[("referer", "no url")], invalid),
        (&[("origin", EVIL), ("referer", "http://localhost:3000/")], invalid),
        (&[("origin", EVIL), ("sec-fetch-site", "same-origin")], invalid),
        (&[("origin", EVIL), ("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "https")], invalid),
        (&[("origin", "http://localhost:3000, https://evil.example")], invalid),
        (&[("origin", own), ("origin", EVIL)], invalid),
        (&[("origin", EVIL), ("x-requested-with", "XMLHttpRequest")], invalid),
        (&[("origin", "http://127.0.0.1:3000")], invalid),
    ];
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for route in changing(&site.server) {
        for (headers, code) in tricks {
            let answer = post(&mut ada.clone(), &route.path, &fitting(&route), headers).await;
            let what = format!("{} {headers:?}", route.path);
            watch.refused(&what, &answer).await;
            assert_eq!((answer.status, answer.code().as_deref()), (403, Some(code)), "{what}");
        }
        // However little the cookie says, the request came from something that has cookies.
        for cookie in ["", "other=1"] {
            let answer = post(&mut ada.clone(), &route.path, &fitting(&route), &[("cookie", cookie)]).await;
            watch.refused(&route.path, &answer).await;
            assert_eq!(answer.code().as_deref(), Some(missing), "{} {cookie:?}", route.path);
        }
    }
}

#[actix_web::test]
async fn t35_a_form_that_a_page_elsewhere_posts_with_the_cookie_does_nothing() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for route in changing(&site.server) {
        let form =
            fitting(&route).as_object().expect("fields").iter().fold("x=1&".to_owned(), |form, (name, value)| {
                format!("{form}{name}={}&", value.as_str().unwrap_or_default().replace('@', "%40").replace(' ', "+"))
            });
        let mut browser = ada.clone();
        browser.origin = Some(EVIL.into());
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        let answer = browser.send("POST", &route.path, &headers, Some(form.as_bytes())).await;
        watch.refused(&route.path, &answer).await;
        let expected = if route.takes_forms || !route.reads_body { 403 } else { 415 };
        assert_eq!(answer.status, expected, "{} {answer:?}", route.path);
    }
}

#[actix_web::test]
async fn t35_the_origin_is_judged_before_the_body_is() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let answer = post(&mut ada, "/update-user", &json!({"name": 5}), &[("origin", EVIL)]).await;
    assert_eq!(answer.code().as_deref(), Some("INVALID_ORIGIN"));
    let answer = post(&mut ada, "/update-user", &json!({"callbackURL": EVIL}), &[("origin", EVIL)]).await;
    assert_eq!(answer.code().as_deref(), Some("INVALID_ORIGIN"));
}

#[actix_web::test]
async fn a_page_of_the_site_may_do_what_its_user_may() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let own = site.server.origin().to_owned();
    let referer = format!("{own}/settings?tab=1");
    for headers in [
        &[("origin", own.as_str())][..],
        &[("referer", referer.as_str())],
        &[("origin", "null"), ("sec-fetch-site", "same-origin")],
        &[("origin", own.as_str()), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
        &[("origin", "HTTP://LOCALHOST:3000")],
    ] {
        let answer = post(&mut ada, "/update-user", &json!({"name": "Ada"}), headers).await;
        assert_eq!(answer.status, 200, "{headers:?} {answer:?}");
    }
}

#[actix_web::test]
async fn without_a_cookie_an_origin_matters_to_what_signs_somebody_in_alone() {
    let site = Site::start().await;
    for route in changing(&site.server).iter().filter(|route| route.reads_body) {
        let logs_in =
            matches!(&*route.path, "/sign-in/email" | "/sign-in/username" | "/sign-up/email" | "/admin/setup");
        let answer = post(&mut site.server.browser(), &route.path, &fitting(route), &[("origin", EVIL)]).await;
        assert_eq!(answer.code().as_deref() == Some("INVALID_ORIGIN"), logs_in, "{} {answer:?}", route.path);
    }
}

#[actix_web::test]
async fn t38_an_origin_is_matched_by_its_parts_never_by_how_it_begins_or_ends() {
    let site = Site::with(
        r#"trusted_origins = ["https://app.com", "https://*.shop.com", "*.wild.org", "myapp://cb", "http://localhost:5000"]"#,
    )
    .await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for origin in [
        "https://app.com.evil.com",
        "https://evilapp.com",
        "https://evil-app.com",
        "http://app.com",
        "ftp://app.com",
        "https://app.com:444",
        "https://app.com.",
        "https://app.com@evil.com",
        "https://app.com:443@evil.com",
        "https://app.com%2eevil.com",
        "https://app.com\\@evil.com",
        "https://app.com\\.evil.com",
        "https:app.com",
        "https:/app.com",
        "https://www.app.com",
        "https://shop.com",
        "https://evilshop.com",
        "https://a.shop.com.evil.com",
        "https://a.shop.com:444",
        "http://a.shop.com",
        "https://evil.com/.shop.com",
        "https://evil.com?.shop.com",
        "https://evil.com#.shop.com",
        "https://evil.com\\.shop.com",
        "https://wild.org",
        "https://evilwild.org",
        "https://a.wild.org.evil.com",
        "https://evil.com/a.wild.org",
        "myapp://cb.evil",
        "myapp://cb@evil",
        "myapp://evil/cb",
        "myapps://cb",
        "http://localhost:5001",
        "http://localhost:50000",
        "http://evil-localhost:5000",
        "http://127.0.0.1:5000",
        "http://[::1]:5000",
        "app.com",
        "//app.com",
        "https://",
        "https://xn--pp-jia.com",
        "https://\u{430}pp.com",
        "data:text/html,https://app.com",
        "blob:https://app.com/x",
        "file://app.com",
        "chrome-extension://app.com",
    ] {
        let answer = post(&mut ada.clone(), "/update-user", &json!({"name": "Mallory"}), &[("origin", origin)]).await;
        watch.refused(origin, &answer).await;
        assert_eq!((answer.status, answer.code().as_deref()), (403, Some("INVALID_ORIGIN")), "{origin}");
    }
    for origin in [
        "https://app.com",
        "https://APP.com",
        "https://app.com:443",
        "https://a.shop.com",
        "https://a.b.shop.com",
        "https://a.wild.org",
        "http://a.wild.org",
        "myapp://cb",
        "myapp://cb/x",
        "http://localhost:5000",
        "http://localhost:3000",
    ] {
        let answer = post(&mut ada.clone(), "/update-user", &json!({"name": "Ada"}), &[("origin", origin)]).await;
        assert_eq!(answer.status, 200, "{origin} {answer:?}");
    }
}

#[actix_web::test]
async fn t36_no_page_elsewhere_signs_anybody_in_or_up() {
    let site = Site::start().await;
    site.ada().await;
    let eve = json!({"name": "Eve", "email": "eve@example.com", "password": "correct horse Eve"});
    for (path, body) in [("/sign-in/email", crate::harness::person("Ada")), ("/sign-up/email", eve)] {
        for (headers, code) in [
            (
                &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")][..],
                "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
            ),
            (
                &[
                    ("sec-fetch-site", "Cross-Site"),
                    ("sec-fetch-mode", " navigate "),
                    ("origin", "http://localhost:3000"),
                ],
                "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
            ),
            (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")], "MISSING_OR_NULL_ORIGIN"),
            (&[("origin", "https://evil.example")], "INVALID_ORIGIN"),
            (&[("referer", "https://evil.example/page")], "INVALID_ORIGIN"),
            (&[("origin", "null")], "MISSING_OR_NULL_ORIGIN"),
        ] {
            let mut browser = site.server.browser().without_origin();
            let answer = post(&mut browser, path, &body, headers).await;
            assert_eq!((answer.status, answer.code().as_deref()), (403, Some(code)), "{path} {headers:?}");
            let form = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(body.as_object().unwrap().iter().map(|(name, value)| (name, value.as_str().unwrap())))
                .finish();
            let typed = [&[("content-type", "application/x-www-form-urlencoded")], headers].concat();
            let answer = browser.send("POST", path, &typed, Some(form.as_bytes())).await;
            assert_eq!((answer.status, answer.code().as_deref()), (403, Some(code)), "a form: {path} {headers:?}");
            assert!(browser.jar.is_empty());
        }
    }
    assert_eq!((site.server.count("user").await, site.server.count("session").await), (1, 1));
}

#[actix_web::test]
async fn t36_a_program_that_says_nothing_of_pages_signs_in() {
    let site = Site::start().await;
    site.ada().await;
    let mut program = site.server.browser().without_origin();
    assert_eq!(post(&mut program, "/sign-in/email", &crate::harness::person("Ada"), &[]).await.status, 200);
}
