//! Which answers a cache may keep.

use serde_json::json;

use super::Site;
use super::routes::{fitting, sent};
use crate::harness::browser::Answer;

/// Whether an answer holds something that opens a session or resets a password.
fn carries_a_credential(answer: &Answer, secrets: &[String]) -> bool {
    let sets_a_cookie = answer.cookies().iter().any(|line| !line.contains("=; Max-Age=0"));
    let text = format!("{:?}{}", answer.headers, answer.text());
    // The feed of revocations is signed like a token, and nobody's.
    let is_a_token = text.contains("eyJ") && answer.header("content-type") != Some("application/jwt");
    sets_a_cookie || is_a_token || secrets.iter().any(|secret| text.contains(secret))
}

#[actix_web::test]
async fn t41_whatever_carries_a_credential_is_kept_by_no_cache() {
    let bearer = "[plugins.bearer]\nenabled = true";
    let site = Site::with(bearer).await;
    let store = site.server.store();
    store
        .put_verification("reset-password:the-reset-token", "x", site.server.now().plus_seconds(86_400 * 365))
        .await
        .unwrap();
    let mut carriers = Vec::new();
    for (number, route) in site.server.endpoints().iter().enumerate() {
        // A member for each route, since some of them end its session. A day on, each session is due for a refresh.
        let mut browser = site.server.member(&format!("Ada{number}")).await;
        let token = browser.get("/get-session").await.json()["session"]["token"].as_str().expect("a token").to_owned();
        site.server.wait(86_401);
        let path = sent(route).replace("/x", "/the-reset-token?callbackURL=/reset");
        let headers = [("content-type", "application/json")];
        let body = (route.method != "GET").then(|| {
            let body = fitting(route).to_string();
            body.replace("correct horse Ada", &format!("correct horse Ada{number}"))
                .replace("ada@", &format!("ada{number}@"))
        });
        let answer = browser.send(route.method.as_str(), &path, &headers, body.as_deref().map(str::as_bytes)).await;
        let what = format!("{} {path} {answer:?}", route.method);
        let cache = answer.header("cache-control").unwrap_or_default();
        if carries_a_credential(&answer, &[token, "the-reset-token".into()]) {
            assert!(cache.contains("no-store"), "{what}");
            carriers.push(route.path.to_string());
        }
        // What verifiers go by: everybody's, and without a secret.
        let is_for_verifiers =
            route.path.starts_with("/.well-known/") || ["/jwks", "/revocations"].contains(&&*route.path);
        assert_eq!(cache.contains("public"), is_for_verifiers, "{what}");
    }
    let expected = [
        "/change-password",
        "/get-session",
        "/list-accounts",
        "/list-sessions",
        "/reset-password/:token",
        "/sign-in/email",
        "/sign-up/email",
        "/token",
        "/update-session",
        "/update-user",
    ];
    for path in expected {
        assert!(carriers.iter().any(|carrier| carrier == path), "{path} was thought to carry one: {carriers:?}");
    }
}

#[actix_web::test]
async fn t41_the_session_is_kept_by_no_cache_whether_there_is_one_or_not() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let mut answers = vec![ada.get("/get-session").await, site.server.browser().get("/get-session").await];
    answers.push(ada.post("/get-session", &json!({})).await);
    ada.jar.insert("better-auth.session_token".into(), "junk".into());
    answers.push(ada.get("/get-session").await);
    for answer in answers {
        assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    }
}

#[actix_web::test]
async fn t41_refusals_and_redirects_may_not_be_kept_for_somebody_else() {
    let site = Site::start().await;
    let mut browser = site.server.browser();
    for path in ["/token", "/list-sessions", "/verify-email?token=x&callbackURL=/x", "/error", "/nowhere"] {
        let answer = browser.get(path).await;
        let cache = answer.header("cache-control").unwrap_or_default();
        assert!(!cache.contains("public") && !cache.contains("max-age"), "{path} {answer:?}");
        // What HTTP lets caches keep by a guess has a date of its last change (RFC 9111 §4.2.2).
        assert!(answer.header("last-modified").is_none() && answer.header("expires").is_none(), "{path} {answer:?}");
    }
}

#[actix_web::test]
async fn t41_the_key_set_may_be_kept_for_a_short_and_stated_time() {
    let site = Site::start().await;
    let ada = site.ada().await;
    for path in ["/jwks", "!/.well-known/jwks.json"] {
        for mut browser in [site.server.browser(), ada.clone()] {
            let answer = browser.get(path).await;
            let cache = answer.header("cache-control").expect("a rule").to_owned();
            let age = cache.split("max-age=").nth(1).and_then(|rest| rest.split(',').next()).expect("an age");
            assert!(cache.starts_with("public") && (1..=300).contains(&age.parse::<u32>().unwrap()), "{cache}");
            assert!(answer.cookies().is_empty(), "what is shared sets no cookie: {answer:?}");
            let etag = answer.header("etag").expect("a tag").to_owned();
            let again = browser.send("GET", path, &[("if-none-match", &etag)], None).await;
            assert_eq!((again.status, again.header("cache-control"), again.body.len()), (304, Some(cache.as_str()), 0));
        }
    }
}
