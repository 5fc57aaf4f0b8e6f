//! Pages elsewhere, sessions that have ended, redirects, methods that show too much.

use super::Site;
use crate::harness::person;
use crate::harness::upstream::Upstream;

const EVIL: (&str, &str) = ("origin", "https://evil.example");

#[actix_web::test]
async fn t68_a_page_elsewhere_changes_nothing() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    ada.origin = None;
    for method in ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"] {
        let foreign: [(&[(&str, &str)], &str); 4] = [
            (&[EVIL], "INVALID_ORIGIN"),
            (&[("origin", "null")], "MISSING_OR_NULL_ORIGIN"),
            (&[], "MISSING_OR_NULL_ORIGIN"),
            (&[("referer", "https://evil.example/x")], "INVALID_ORIGIN"),
        ];
        for (headers, code) in foreign {
            let answer = ada.send(method, "!/api/tasks", headers, Some(b"x")).await;
            assert_eq!((answer.status, answer.code().as_deref()), (403, Some(code)), "{method} {headers:?}");
        }
    }
    let answer = ada.send("GET", "!/api/tasks", &[EVIL, ("x-http-method-override", "DELETE")], None).await;
    assert_eq!(answer.status, 403, "a method in disguise");
    assert_eq!(site.count(), 0);
    assert_eq!(ada.send("GET", "!/api/tasks", &[EVIL], None).await.status, 200, "reading is no change");
    assert_eq!(ada.send("POST", "!/api/tasks", &[("origin", "http://localhost:3000")], Some(b"x")).await.status, 200);
    ada.jar.clear();
    let site = Site::with("require_session = false", "").await;
    let answer = site.server.browser().send("POST", "!/api/tasks", &[EVIL], Some(b"x")).await;
    assert_eq!(answer.status, 200, "without a cookie there is nothing to ride on");
}

#[actix_web::test]
async fn t42_the_check_of_origins_goes_by_its_own_switch_alone() {
    for (more, status) in [
        ("", 403),
        ("advanced.disable_origin_check = true\n", 403),
        ("advanced.disable_origin_check = [\"/api/tasks\"]\n", 403),
        ("[advanced]\ndisable_origin_check = true\ndisable_csrf_check = false\n", 403),
        ("advanced.disable_csrf_check = true\n", 200),
        ("trusted_origins = [\"https://evil.example\"]\n", 200),
    ] {
        let site = Site::with("", more).await;
        let mut ada = site.ada().await;
        assert_eq!(ada.send("POST", "!/api/tasks", &[EVIL], Some(b"x")).await.status, status, "{more}");
    }
}

#[actix_web::test]
async fn t68_a_redirect_of_a_service_is_the_browsers_to_follow() {
    let site = Site::start().await;
    let elsewhere = Upstream::start().await;
    let mut ada = site.ada().await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://{}/stolen", elsewhere.address);
        site.upstream.answers(&format!("HTTP/1.1 {status} X\nlocation: {location}\ncontent-length: 0\n\n"));
        let answer = ada.get("!/api/tasks").await;
        assert_eq!((answer.status, answer.header("location")), (status, Some(location.as_str())));
    }
    assert_eq!(elsewhere.got().len(), 0);
}

#[actix_web::test]
async fn t68_no_method_shows_the_request_to_whoever_asks() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let answer = ada.send("TRACE", "!/api/tasks", &[], None).await;
    assert_eq!((answer.status, answer.code().as_deref()), (405, Some("METHOD_NOT_ALLOWED")));
    assert_eq!(site.count(), 0);
}

#[actix_web::test]
async fn t28_a_session_that_was_ended_passes_no_more_at_any_replica() {
    let site = Site::start().await;
    let toml = format!("{}\n{}", site.upstream.route("/api/tasks", "template = \"tasks\""), super::TASKS);
    let other = site.server.replica(&toml).await;
    let ada = site.ada().await;
    let (mut here, mut there) = (ada.clone(), ada.at(&other));
    assert_eq!((here.get("!/api/tasks").await.status, there.get("!/api/tasks").await.status), (200, 200));
    assert_eq!(ada.clone().post("/sign-out", &serde_json::json!({})).await.status, 200);
    let before = site.count();
    for browser in [&mut here, &mut there] {
        let answer = browser.get("!/api/tasks").await;
        assert_eq!(answer.status, 401);
        assert!(answer.cookies().iter().any(|line| line.contains("Max-Age=0")), "the browser forgets it: {answer:?}");
    }
    assert_eq!(site.count(), before);
}

#[actix_web::test]
async fn t28_nor_does_one_of_a_user_who_is_gone() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    assert_eq!(ada.get("!/api/tasks").await.status, 200);
    site.server.sql("DELETE FROM {session}", &[]).await;
    assert_eq!(ada.get("!/api/tasks").await.status, 401);
}

#[actix_web::test]
async fn t28_behind_the_cookie_cache_a_session_passes_until_the_cache_ends_or_never() {
    for (more, status) in [("", 200), ("always_read = [\"/api/tasks\"]\n", 401)] {
        let site = Site::with("", &format!("[session.cookie_cache]\nenabled = true\nmax_age = 60\n{more}")).await;
        let mut ada = site.ada().await;
        assert_eq!(ada.get("!/api/tasks").await.status, 200);
        site.server.sql("DELETE FROM {session}", &[]).await;
        assert_eq!(ada.get("!/api/tasks").await.status, status, "{more}");
        site.server.wait(61);
        assert_eq!(ada.get("!/api/tasks").await.status, 401);
    }
}

/// What was let through a moment ago is let through again without a look at its cookies: only if they are the same.
#[actix_web::test]
async fn t28_no_cookie_gets_through_that_was_changed_or_taken_away() {
    let site = Site::with("", "[session.cookie_cache]\nenabled = true\nmax_age = 60\n").await;
    let mut ada = site.ada().await;
    let mut ben = site.server.member("Ben").await;
    for _ in 0..2 {
        assert_eq!((ada.get("!/api/tasks").await.status, ben.get("!/api/tasks").await.status), (200, 200));
        assert_eq!(site.last().claims()["email"], "ben@example.com");
    }
    for name in ["better-auth.session_token", "better-auth.session_data"] {
        let mut mixed = ada.clone();
        mixed.jar.insert(name.into(), ben.jar[name].clone());
        site.server.sql("DELETE FROM {session}", &[]).await;
        assert_eq!(mixed.get("!/api/tasks").await.status, 401, "{name}");
        let mut cut = ada.clone();
        cut.jar.insert(name.into(), ada.jar[name][1..].to_owned());
        assert_eq!(cut.get("!/api/tasks").await.status, 401, "{name}");
    }
    assert_eq!(ada.clone().send("GET", "!/api/tasks", &[("cookie", "a=1")], None).await.status, 401);
    site.server.wait(61);
    assert_eq!(ada.get("!/api/tasks").await.status, 401);
}

#[actix_web::test]
async fn t28_a_role_that_was_taken_away_counts_no_more_whatever_is_cached() {
    let more = "[session.cookie_cache]\nenabled = true\n[plugins.admin]\nenabled = true\n";
    let site = Site::with("require_role = \"staff\"", more).await;
    let mut ada = site.ada().await;
    site.server.sql("UPDATE {user} SET {user:role} = 'staff'", &[]).await;
    assert_eq!(ada.get("!/api/tasks").await.status, 200);
    site.server.sql("UPDATE {user} SET {user:role} = 'user'", &[]).await;
    assert_eq!(ada.get("!/api/tasks").await.code().as_deref(), Some("ROLE_REQUIRED"));
}

#[actix_web::test]
async fn t28_tokens_of_a_key_that_was_revoked_are_used_no_more() {
    let site = Site::with("", "[admin]\ntokens = [\"an-operators-token-of-at-least-32-characters\"]\n").await;
    let mut ada = site.ada().await;
    ada.get("!/api/tasks").await;
    let before = site.last().token().expect("a token").to_owned();
    let header = ("authorization", "Bearer an-operators-token-of-at-least-32-characters");
    let mut operator = site.server.browser().header(header.0, header.1);
    let keys = operator.get("/admin/jwks").await.json();
    let kid = keys["keys"][0]["kid"].as_str().expect("a key").to_owned();
    let answer = operator.post("/admin/jwks/revoke", &serde_json::json!({ "kid": kid })).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(ada.get("!/api/tasks").await.status, 200);
    assert_ne!(site.last().token(), Some(before.as_str()));
}

#[actix_web::test]
async fn t66_no_request_chooses_what_its_token_says() {
    let site = Site::start().await;
    let mut ada = site.server.browser();
    let mut body = person("Ada");
    body["roles"] = serde_json::json!(["admin"]);
    body["sub"] = "root".into();
    assert_eq!(ada.post("/sign-up/email", &body).await.status, 200);
    ada.get("!/api/tasks?template=other&sub=root&roles=admin").await;
    let claims = site.last().claims();
    assert_eq!(claims["roles"], serde_json::json!([]));
    assert_ne!(claims["sub"], "root");
    assert_eq!(ada.get("/token?template=tasks").await.status, 400, "a browser never gets it");
}

#[actix_web::test]
async fn the_bearer_plugin_stands_in_for_the_cookie_and_its_token_goes_no_further() {
    let site = Site::with("", "[plugins.bearer]\nenabled = true\n").await;
    let mut ada = site.ada().await;
    let session = ada.jar["better-auth.session_token"].clone();
    ada.jar.clear();
    let bearer = format!("Bearer {session}");
    assert_eq!(ada.send("GET", "!/api/tasks", &[("authorization", &bearer)], None).await.status, 200);
    let got = site.last();
    assert_ne!(got.header("authorization"), Some(bearer.as_str()));
    assert!(!format!("{got:?}").contains(&session));
}
