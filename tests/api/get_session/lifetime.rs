//! When a session ends, when it is extended, and when it is not.

use futures_util::future::join_all;
use serde_json::{Value, json};
use signet::base::Timestamp;

use super::who;
use crate::harness::{Browser, Server, person};
use crate::sign_out::CLEARED;

const DAY: u64 = 86_400;
const WEEK: i64 = 604_800;

async fn end(server: &Server) -> Timestamp {
    server.rows("SELECT {session.*} FROM {session}", &[]).await[0].time("session.expiresAt").unwrap()
}

async fn unremembered(server: &Server) -> Browser<'_> {
    let (mut browser, mut body) = (server.browser(), person("Ada"));
    body["rememberMe"] = false.into();
    assert_eq!(browser.post("/sign-up/email", &body).await.status, 200);
    browser
}

#[actix_web::test]
async fn t29_a_session_lives_until_the_end_of_its_last_second_and_then_its_row_is_deleted() {
    let server = Server::with("[session]\nexpires_in = 100\ndisable_session_refresh = true").await;
    let ada = server.member("Ada").await;
    server.wait(99);
    assert_eq!(who(&mut ada.clone()).await.as_deref(), Some("Ada"), "a second before");
    server.wait(1);
    assert_eq!(who(&mut ada.clone()).await.as_deref(), Some("Ada"), "at the moment itself, as Better Auth has it");
    server.wait(1);
    let refused = ada.clone().get("/list-accounts").await;
    assert_eq!((refused.status, refused.cookies()), (401, CLEARED.to_vec()));
    assert_eq!(refused.text(), r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#);
    assert_eq!(server.count("session").await, 0);
    let gone = ada.clone().get("/get-session").await;
    assert_eq!((gone.text().as_str(), gone.cookies()), ("null", CLEARED.to_vec()));
}

#[actix_web::test]
async fn t29_an_ended_session_does_nothing_on_any_route() {
    let server = Server::with("[user.delete_user]\nenabled = true").await;
    let ada = server.member("Ada").await;
    server.wait(8 * DAY);
    let body = json!({ "token": "x", "password": "correct horse Ada", "currentPassword": "correct horse Ada",
        "newPassword": "a new password", "accountId": "x", "name": "Eve" });
    for path in [
        "/revoke-session",
        "/revoke-sessions",
        "/revoke-other-sessions",
        "/change-password",
        "/verify-password",
        "/delete-user",
        "/unlink-account",
        "/update-user",
        "/update-session",
    ] {
        assert_eq!(ada.clone().post(path, &body).await.status, 401, "{path}");
    }
    for path in ["/list-sessions", "/list-accounts"] {
        assert_eq!(ada.clone().get(path).await.status, 401, "{path}");
    }
    assert_eq!(server.count("user").await, 1);
}

#[actix_web::test]
async fn t29_a_session_is_extended_when_its_last_extension_is_as_old_as_update_age_and_not_before() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let begun = server.now();
    server.wait(DAY - 1);
    assert!(ada.get("/get-session").await.cookies().is_empty());
    assert_eq!(end(&server).await, begun.plus_seconds(WEEK));
    server.wait(1);
    let answer = ada.get("/get-session").await;
    let cookies = answer.cookies();
    assert_eq!(cookies.len(), 1);
    assert!(cookies[0].starts_with("better-auth.session_token=") && cookies[0].contains("; Max-Age=604800;"));
    let session = answer.json()["session"].clone();
    let now = server.now();
    assert_eq!(session["expiresAt"], json!(now.plus_seconds(WEEK)));
    assert_eq!((&session["updatedAt"], &session["createdAt"]), (&json!(now), &json!(begun)));
    assert!(ada.get("/get-session").await.cookies().is_empty(), "once");
}

#[actix_web::test]
async fn t29_an_extension_is_by_every_route_that_reads_the_session() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    server.wait(2 * DAY);
    let answer = ada.get("/list-accounts").await;
    assert!(answer.cookies()[0].starts_with("better-auth.session_token="), "{answer:?}");
    assert_eq!(end(&server).await, server.now().plus_seconds(WEEK));
}

#[actix_web::test]
async fn t29_requests_at_once_extend_a_session_once_and_all_succeed() {
    // On Postgres each request that waits to write holds a connection meanwhile.
    let server = Server::with("[database]\nmax_connections = 16\nacquire_timeout = 10").await;
    let ada = server.member("Ada").await;
    let replica = server.replica("[database]\nmax_connections = 16\nacquire_timeout = 10").await;
    server.wait(2 * DAY);
    replica.wait(2 * DAY + 1);
    let holder = server.replica("").await;
    let requests = join_all((0..24).map(|place| {
        let mut browser = if place % 2 == 0 { ada.clone() } else { ada.at(&replica) };
        async move { browser.get("/get-session").await }
    }));
    // All that can read the due session before any of them extends it.
    let answers = holder.sql_slowly("UPDATE {session} SET {session:ipAddress} = ''", &[], requests).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let stored = json!(end(&server).await);
    let ends: Vec<Value> = answers.iter().map(|answer| answer.json()["session"]["expiresAt"].clone()).collect();
    assert!(ends.iter().all(|seen| *seen == stored), "one request wrote, the others took what it wrote: {ends:?}");
    assert_eq!(server.count("session").await, 1);
}

#[actix_web::test]
async fn t29_an_extension_that_races_a_revocation_never_brings_the_session_back() {
    let server = Server::start().await;
    for path in ["/get-session", "/list-accounts"] {
        let ada = server.member(&format!("Ada{}", path.len())).await;
        let replica = server.replica("").await;
        replica.wait(2 * DAY);
        let mut browser = ada.at(&replica);
        let answer = server.sql_slowly("DELETE FROM {session}", &[], browser.get(path)).await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(answer.text(), r#"{"message":"Failed to get session","code":"FAILED_TO_GET_SESSION"}"#);
        assert!(answer.cookies().iter().all(|line| line.contains("Max-Age=0")));
        assert_eq!(server.count("session").await, 0);
        assert_eq!(who(&mut ada.at(&replica)).await, None);
    }
}

#[actix_web::test]
async fn t29_a_session_that_is_not_to_be_remembered_is_never_extended() {
    for more in ["", "[session]\nexpires_in = 3600\nupdate_age = 0"] {
        let server = Server::with(more).await;
        let ada = unremembered(&server).await;
        let ends = server.now().plus_seconds(DAY as i64);
        assert_eq!(end(&server).await, ends);
        server.wait(DAY - 1);
        let answer = ada.clone().get("/get-session").await;
        assert!(answer.text() != "null" && answer.cookies().is_empty());
        assert_eq!(end(&server).await, ends);
        server.wait(2);
        assert_eq!(who(&mut ada.clone()).await, None);
    }
}

#[actix_web::test]
async fn t29_a_dont_remember_cookie_that_is_forged_does_not_count() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    ada.jar.insert("better-auth.dont_remember".into(), "true.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into());
    server.wait(2 * DAY);
    ada.get("/get-session").await;
    assert_eq!(end(&server).await, server.now().plus_seconds(WEEK));
}

#[actix_web::test]
async fn t29_disable_refresh_in_the_query_leaves_a_due_session_as_it_is() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let ends = end(&server).await;
    server.wait(2 * DAY);
    // Any value that is not empty is true, as Better Auth has it.
    for path in
        ["/get-session?disableRefresh=true", "/get-session?disableRefresh=false", "/list-accounts?disableRefresh=1"]
    {
        let answer = ada.get(path).await;
        assert_eq!((answer.status, answer.cookies().len()), (200, 0), "{path}");
        assert_eq!(end(&server).await, ends);
    }
    ada.get("/get-session?disableRefresh=").await;
    assert_eq!(end(&server).await, server.now().plus_seconds(WEEK));
}

#[actix_web::test]
async fn t29_where_refreshing_is_switched_off_no_session_is_extended() {
    let server = Server::with("[session]\ndisable_session_refresh = true").await;
    let mut ada = server.member("Ada").await;
    let ends = end(&server).await;
    server.wait(3 * DAY);
    assert!(ada.get("/get-session").await.cookies().is_empty());
    assert_eq!(end(&server).await, ends);
}

#[actix_web::test]
async fn t29_where_refreshing_is_deferred_a_get_writes_nothing_and_a_post_extends() {
    let server = Server::with("[session]\ndefer_session_refresh = true").await;
    let ada = server.member("Ada").await;
    let ends = end(&server).await;
    assert!(ada.clone().get("/get-session").await.text().ends_with(r#","needsRefresh":false}"#));
    server.wait(2 * DAY);
    let due = ada.clone().get("/get-session").await;
    assert!(due.text().ends_with(r#","needsRefresh":true}"#) && due.cookies().is_empty());
    assert_eq!(end(&server).await, ends);
    let kept = ada.clone().post("/get-session?disableRefresh=true", &json!({})).await;
    assert!(kept.cookies().is_empty() && kept.json().get("needsRefresh").is_none());
    assert_eq!(end(&server).await, ends);
    let extended = ada.clone().post("/get-session", &json!({})).await;
    assert!(extended.cookies().len() == 1 && extended.json().get("needsRefresh").is_none());
    assert_eq!(end(&server).await, server.now().plus_seconds(WEEK));
    server.wait(8 * DAY);
    assert_eq!(ada.clone().get("/get-session").await.text(), "null");
    assert_eq!(server.count("session").await, 1, "a GET leaves the row");
    assert_eq!(ada.clone().post("/get-session", &json!({})).await.text(), "null");
    assert_eq!(server.count("session").await, 0, "a POST does not");
}
