//! POST /logout.

use serde_json::json;
use signet::store::audit::Action;
use signet::store::audit::reading::{Filter, Order};
use signet::store::revocation::digest_of;

use super::{access_token, log_in, me, payload, refresh, server};
use crate::harness::browser::Answer;
use crate::harness::{Browser, Server};

async fn log_out(browser: &mut Browser<'_>, token: Option<&str>) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
    browser.send("POST", "!/api/v1/logout", &headers, None).await
}

async fn is_listed(server: &Server, token: &str) -> bool {
    let jti = payload(token)["jti"].as_str().expect("a jti").to_owned();
    server.store().is_revoked(&jti, None).await.expect("the store answers")
}

#[actix_web::test]
async fn an_access_token_alone_ends_itself_and_its_family() {
    let server = server("").await;
    let (mut browser, token) = log_in(&server, "ada").await;
    let (_, other) = log_in(&server, "ada").await;
    let answer = log_out(&mut server.browser().without_origin(), Some(&token)).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "message": "Logged out successfully" })));
    assert!(answer.cookies()[0].starts_with("refresh_token=; Max-Age=0; Path=/api/v1;"));
    assert!(is_listed(&server, &token).await, "verifiers that ask nobody learn of it");
    assert_eq!(me(&server, &token).await.status, 401);
    assert_eq!(refresh(&mut browser).await.status, 401);
    assert_eq!(me(&server, &other).await.status, 200);
    assert_eq!(log_out(&mut server.browser(), Some(&token)).await.status, 401, "it is no credential any more");
}

#[actix_web::test]
async fn a_token_that_was_revoked_by_its_name_or_its_sessions_is_refused_though_its_session_lives() {
    let server = server("").await;
    for claim in ["jti", "sid"] {
        let (_, token) = log_in(&server, "ada").await;
        let said = payload(&token);
        let (name, until) = (said[claim].as_str().expect("a text"), server.now().plus_seconds(1800));
        match claim {
            "jti" => server.store().revoke_token(name, None, until).await.expect("it is revoked"),
            _ => server.store().revoke_session(name, until).await.expect("it is revoked"),
        }
        assert_eq!(me(&server, &token).await.status, 401, "{claim}");
        assert_eq!(log_out(&mut server.browser(), Some(&token)).await.status, 401, "{claim}");
    }
}

/// Those who verify tokens by themselves, and ask nobody, learn of both.
#[actix_web::test]
async fn the_feed_lists_the_token_and_its_session() {
    let server = server("revocations.enabled = true\n").await;
    let (_, token) = log_in(&server, "ada").await;
    assert_eq!(log_out(&mut server.browser().without_origin(), Some(&token)).await.status, 200);
    let begun = std::time::Instant::now();
    let said = payload(&token);
    let wanted = ["jti", "sid"].map(|claim| digest_of(said[claim].as_str().expect("a text")));
    loop {
        let listed = payload(&server.browser().get("/revocations").await.text())["revoked"].clone();
        if ["jti", "sid"].iter().zip(&wanted).all(|(kind, digest)| listed[*kind].to_string().contains(digest)) {
            break;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{listed}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn a_refresh_token_alone_ends_the_family_when_the_access_token_has_expired() {
    let server = server("").await;
    let (mut browser, first) = log_in(&server, "ada").await;
    server.wait(1801);
    let next = access_token(&refresh(&mut browser).await);
    assert_eq!(log_out(&mut browser, Some(&first)).await.status, 200);
    assert!(!browser.jar.contains_key("refresh_token"));
    assert_eq!(me(&server, &next).await.status, 401);
    assert_eq!(server.count("session").await, 0);
    assert_eq!(server.count("signet_refresh_token").await, 0);
}

#[actix_web::test]
async fn without_either_there_is_nothing_to_end() {
    let server = server("").await;
    assert_eq!(log_out(&mut server.browser(), None).await.status, 401);
    assert_eq!(log_out(&mut server.browser(), Some("x.y.z")).await.status, 401);
}

#[actix_web::test]
async fn who_is_banned_may_log_out() {
    let server = server("").await;
    let (_, token) = log_in(&server, "ada").await;
    server.sql("UPDATE {user} SET {user:banned} = $1", &[true.into()]).await;
    assert_eq!(log_out(&mut server.browser(), Some(&token)).await.status, 200);
}

#[actix_web::test]
async fn the_audit_trail_says_whose_token_was_revoked_and_by_whom() {
    let server = server("").await;
    let (_, token) = log_in(&server, "ada").await;
    assert_eq!(log_out(&mut server.browser().without_origin(), Some(&token)).await.status, 200);
    let ada = payload(&token)["sub"].as_str().map(str::to_owned);
    let filter = Filter { actions: vec![Action::TokenRevoked, Action::SessionRevoked], ..Filter::default() };
    let lines = server.store().audit_lines(&filter, Order::Oldest { after: None }, 10).await.expect("lines");
    let told: Vec<_> = lines.iter().map(|line| (&*line.action, &line.actor_id, &line.user_id)).collect();
    assert_eq!(told, [("token.revoked", &ada, &ada), ("session.revoked", &ada, &ada)]);
    assert!(lines.iter().all(|line| line.session_id.as_deref() == payload(&token)["sid"].as_str()));
}
