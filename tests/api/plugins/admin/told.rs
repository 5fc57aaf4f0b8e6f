//! What an application hears of what admins do, and what backends that verify tokens by themselves do.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use signet::store::revocation::digest_of;

use super::{ENABLED, member};
use crate::harness::{Browser, Mailbox, Server, person};

/// The types of the notices since the last time.
async fn told(notices: &Mailbox, server: &Server) -> Vec<String> {
    notices.all(server).await.iter().map(|notice| notice.text_of("type").to_owned()).collect()
}

/// Somebody's session in a browser, by its id.
async fn signed_in(server: &Server, name: &str) -> String {
    let mut browser = server.browser();
    assert_eq!(browser.post("/sign-in/email", &person(name)).await.status, 200);
    browser.get("/get-session").await.json()["session"]["id"].as_str().expect("an id").to_owned()
}

/// Waits until the feed lists a session.
async fn assert_listed(server: &Server, sid: &str, act: &str) {
    let asked = Instant::now();
    loop {
        let list = server.browser().get("/revocations").await.text();
        let claims = URL_SAFE_NO_PAD.decode(list.split('.').nth(1).unwrap_or_default()).expect("base64url");
        if String::from_utf8_lossy(&claims).contains(&digest_of(sid)) {
            return;
        }
        assert!(asked.elapsed() < Duration::from_secs(60), "{act}: the session is in no list");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn act(admin: &mut Browser<'_>, path: &str, body: &serde_json::Value) {
    let answer = admin.post(path, body).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
}

#[actix_web::test]
async fn each_act_of_an_admin_is_told_to_the_application() {
    let notices = Mailbox::open().await;
    let server = Server::with(&format!("{}\n{ENABLED}", notices.notices(""))).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    told(&notices, &server).await;
    act(&mut ada, "/admin/create-user", &person("Bob")).await;
    assert_eq!(told(&notices, &server).await, ["user.created"]);
    let users = ada.get("/admin/list-users?searchField=name&searchValue=Bob").await.json();
    let bob = json!({"userId": users["users"][0]["id"]});
    let with = |name: &str, value: serde_json::Value| {
        let mut body = bob.clone();
        body[name] = value;
        body
    };
    signed_in(&server, "Bob").await;
    signed_in(&server, "Bob").await;
    assert_eq!(told(&notices, &server).await, ["session.created"; 2]);
    for (path, body, expected) in [
        ("/admin/update-user", with("data", json!({"name": "Robert"})), &["user.updated"][..]),
        ("/admin/set-role", with("role", json!("staff")), &["user.updated"]),
        ("/admin/set-user-password", with("newPassword", json!("correct horse Bob")), &["password.changed"]),
        ("/admin/impersonate-user", bob.clone(), &["session.created"]),
        ("/admin/stop-impersonating", json!({}), &["session.revoked"]),
        ("/admin/revoke-user-sessions", bob.clone(), &["session.revoked", "session.revoked"]),
        ("/admin/ban-user", bob.clone(), &["user.updated"]),
        ("/admin/unban-user", bob.clone(), &["user.updated"]),
        ("/admin/remove-user", bob.clone(), &["user.deleted"]),
    ] {
        act(&mut ada, path, &body).await;
        assert_eq!(told(&notices, &server).await, expected, "{path}");
    }
}

#[actix_web::test]
async fn a_user_who_is_banned_or_removed_is_told_of_with_the_sessions_that_end() {
    let notices = Mailbox::open().await;
    let server = Server::with(&format!("{}\n{ENABLED}", notices.notices(""))).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    for (name, path, last) in
        [("Bob", "/admin/ban-user", "user.updated"), ("Eve", "/admin/remove-user", "user.deleted")]
    {
        let (_, id) = member(&server, name, "user").await;
        signed_in(&server, name).await;
        told(&notices, &server).await;
        act(&mut ada, path, &json!({"userId": id})).await;
        let mut told = told(&notices, &server).await;
        told.sort();
        assert_eq!(told, ["session.revoked", "session.revoked", last], "{path}");
    }
}

#[actix_web::test]
async fn whatever_sessions_an_admin_ends_are_in_the_list_of_what_was_revoked() {
    let feed =
        "[plugins.revocations]\nenabled = true\n[plugins.jwt.templates.api]\nclaims = { sid = \"{session.id}\" }";
    let server = Server::with(&format!("{ENABLED}\n{feed}")).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    for (name, path) in [
        ("Bob", "/admin/ban-user"),
        ("Cleo", "/admin/remove-user"),
        ("Dora", "/admin/revoke-user-sessions"),
        ("Eve", "/admin/revoke-user-session"),
    ] {
        let (mut browser, id) = member(&server, name, "user").await;
        let session = browser.get("/get-session").await.json()["session"].clone();
        act(&mut ada, path, &json!({"userId": id, "sessionToken": session["token"]})).await;
        assert_listed(&server, session["id"].as_str().expect("an id"), path).await;
    }
    let (_, id) = member(&server, "Fay", "user").await;
    act(&mut ada, "/admin/impersonate-user", &json!({"userId": id})).await;
    let session = ada.get("/get-session").await.json()["session"]["id"].clone();
    act(&mut ada, "/admin/stop-impersonating", &json!({})).await;
    assert_listed(&server, session.as_str().expect("an id"), "/admin/stop-impersonating").await;
}
