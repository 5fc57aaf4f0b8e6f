//! POST /revoke-session.

use serde_json::{Value, json};

use crate::get_session::who;
use crate::harness::{Browser, Server, person};

const DONE: &str = r#"{"status":true}"#;

async fn session(browser: &mut Browser<'_>) -> Value {
    browser.get("/get-session").await.json()["session"].clone()
}

#[actix_web::test]
async fn t28_one_of_the_users_sessions_ends_everywhere_at_once_and_the_others_stay() {
    let server = Server::start().await;
    let replica = server.replica("").await;
    let mut here = server.member("Ada").await;
    let mut there = replica.browser();
    there.post("/sign-in/email", &person("Ada")).await;
    let token = session(&mut there).await["token"].clone();
    let answer = here.post("/revoke-session", &json!({ "token": token })).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, DONE));
    assert!(answer.cookies().is_empty());
    assert_eq!(who(&mut there).await, None);
    assert_eq!(who(&mut here).await.as_deref(), Some("Ada"));
}

#[actix_web::test]
async fn t28_the_session_at_hand_can_be_revoked_too() {
    let server = Server::start().await;
    let replica = server.replica("").await;
    let mut ada = server.member("Ada").await;
    let kept = ada.clone();
    let token = session(&mut ada).await["token"].clone();
    assert_eq!(ada.post("/revoke-session", &json!({ "token": token })).await.text(), DONE);
    assert_eq!(who(&mut kept.at(&replica)).await, None);
}

#[actix_web::test]
async fn t31_the_session_of_another_cannot_be_revoked_by_whatever_names_it() {
    let server = Server::start().await;
    let (mut mallory, mut ada) = (server.member("Mallory").await, server.member("Ada").await);
    let session = session(&mut ada).await;
    let (token, id, user) = (&session["token"], &session["id"], &session["userId"]);
    let token_text = token.as_str().unwrap();
    let signed = ada.jar["better-auth.session_token"].clone();
    for named in [
        token.clone(),
        id.clone(),
        user.clone(),
        json!(signed),
        json!(token_text[..16]),
        json!("%"),
        json!(format!("{}%", &token_text[..4])),
        json!("*"),
        json!(""),
        json!("' OR '1'='1"),
        json!("unknown"),
    ] {
        let answer = mallory.post("/revoke-session", &json!({ "token": named, "userId": user })).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, DONE), "{named}: silence, whether or not it exists");
        assert_eq!(who(&mut ada).await.as_deref(), Some("Ada"), "{named}");
        assert_eq!(who(&mut mallory).await.as_deref(), Some("Mallory"), "{named}");
    }
    for named in [json!(null), json!([token]), json!({ "contains": "" }), json!(true)] {
        let answer = mallory.post("/revoke-session", &json!({ "token": named })).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VALIDATION_ERROR")), "{named}");
    }
    assert_eq!(server.count("session").await, 2);
}

#[actix_web::test]
async fn t03_a_token_that_no_database_can_hold_is_no_fault_of_the_server() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let answer = ada.post("/revoke-session", &json!({ "token": "a\u{0}b" })).await;
    assert!(answer.status < 500, "{answer:?}");
    assert_eq!(who(&mut ada).await.as_deref(), Some("Ada"));
}

#[actix_web::test]
async fn what_is_missing_is_told_before_who_is_missing() {
    let server = Server::start().await;
    let answer = server.browser().post("/revoke-session", &json!({})).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        r#"{"message":"[body.token] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}"#
    );
    let answer = server.browser().post("/revoke-session", &json!({ "token": "x" })).await;
    assert_eq!((answer.status, answer.text().as_str()), (401, r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#));
}
