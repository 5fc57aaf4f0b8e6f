//! POST /change-password.

use serde_json::{Value, json};

use crate::get_session::who;
use crate::harness::browser::Answer;
use crate::harness::{Browser, Server, person};

const PATH: &str = "/change-password";

fn change(new: &str, current: &str) -> Value {
    json!({ "newPassword": new, "currentPassword": current })
}

async fn sign_in(server: &Server, password: &str) -> u16 {
    let body = json!({ "email": "ada@example.com", "password": password });
    server.browser().post("/sign-in/email", &body).await.status
}

fn user(answer: &Answer, server: &Server) -> String {
    let (id, now) = (answer.json()["user"]["id"].clone(), json!(server.now()));
    format!(
        r#"{{"name":"Ada","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":{now},"updatedAt":{now},"id":{id}}}"#
    )
}

#[actix_web::test]
async fn the_new_password_counts_from_now_on_and_all_sessions_stay() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let mut elsewhere = server.browser();
    elsewhere.post("/sign-in/email", &person("Ada")).await;
    let answer = ada.post(PATH, &change("a new password", "correct horse Ada")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), format!(r#"{{"token":null,"user":{}}}"#, user(&answer, &server)));
    assert!(answer.cookies().is_empty());
    assert_eq!((sign_in(&server, "correct horse Ada").await, sign_in(&server, "a new password").await), (401, 200));
    assert_eq!(who(&mut elsewhere).await.as_deref(), Some("Ada"));
}

#[actix_web::test]
async fn t28_with_revoke_other_sessions_all_end_on_every_replica_and_a_new_one_is_handed_over() {
    let server = Server::start().await;
    let replica = server.replica("").await;
    let (mut ada, mut bob) = (server.member("Ada").await, server.member("Bob").await);
    let before = ada.at(&replica);
    let mut elsewhere = replica.browser();
    elsewhere.post("/sign-in/email", &person("Ada")).await;
    let mut body = change("a new password", "correct horse Ada");
    body["revokeOtherSessions"] = true.into();
    let answer = ada.post(PATH, &body).await;
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(answer.text(), format!(r#"{{"token":"{token}","user":{}}}"#, user(&answer, &server)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.cookies().len(), 1);
    assert!(answer.cookies()[0].starts_with(&format!("better-auth.session_token={token}.")));
    for mut ended in [before, elsewhere] {
        assert_eq!(who(&mut ended).await, None);
    }
    assert_eq!(who(&mut ada.at(&replica)).await.as_deref(), Some("Ada"));
    assert_eq!(who(&mut bob).await.as_deref(), Some("Bob"));
    assert_eq!(server.count("session").await, 2);
}

#[actix_web::test]
async fn what_is_wrong_is_told_in_the_contracts_order_and_nothing_changes() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let long = "x".repeat(129);
    let too_long = r#"{"message":"Password too long","code":"PASSWORD_TOO_LONG"}"#;
    for (new, current, text) in [
        ("short", long.as_str(), r#"{"message":"Password too short","code":"PASSWORD_TOO_SHORT"}"#),
        (&long, "wrong", too_long),
        ("a new password", &long, too_long),
        ("a new password", "wrong", r#"{"message":"Invalid password","code":"INVALID_PASSWORD"}"#),
        ("a new password", "", r#"{"message":"Invalid password","code":"INVALID_PASSWORD"}"#),
    ] {
        let answer = ada.post(PATH, &change(new, current)).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, text), "{new:?} {current:?}");
        assert!(answer.cookies().is_empty());
    }
    assert_eq!(sign_in(&server, "correct horse Ada").await, 200);
    let answer = ada.post(PATH, &json!({ "revokeOtherSessions": "yes" })).await;
    assert_eq!(
        answer.text(),
        r#"{"message":"[body.newPassword] Invalid input: expected string, received undefined; [body.currentPassword] Invalid input: expected string, received undefined; [body.revokeOtherSessions] Invalid input: expected boolean, received string","code":"VALIDATION_ERROR"}"#
    );
}

#[actix_web::test]
async fn nobody_is_refused_and_a_user_without_a_password_cannot_change_it() {
    let server = Server::start().await;
    let answer = server.browser().post(PATH, &change("short", "x")).await;
    assert_eq!((answer.status, answer.text().as_str()), (401, r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#));
    let mut ada = server.member("Ada").await;
    for emptied in ["UPDATE {account} SET {account:password} = NULL", "DELETE FROM {account}"] {
        server.sql(emptied, &[]).await;
        let answer = ada.post(PATH, &change("a new password", "")).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.text(),
            r#"{"message":"Credential account not found","code":"CREDENTIAL_ACCOUNT_NOT_FOUND"}"#
        );
    }
}

#[actix_web::test]
async fn t13_the_new_password_is_measured_in_utf16_units() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    for (new, code) in [
        ("😀".repeat(3) + "x", Some("PASSWORD_TOO_SHORT")),
        ("é".repeat(129), Some("PASSWORD_TOO_LONG")),
        ("😀".repeat(64) + "x", Some("PASSWORD_TOO_LONG")),
        ("😀".repeat(64), None),
    ] {
        assert_eq!(ada.post(PATH, &change(&new, "correct horse Ada")).await.code().as_deref(), code, "{new}");
    }
    assert_eq!(sign_in(&server, &"😀".repeat(64)).await, 200);
}

#[actix_web::test]
async fn t14_overlong_passwords_are_refused_without_being_hashed() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let replica = server.replica("").await;
    let mut ada: Browser<'_> = ada.at(&replica);
    let long = "x".repeat(10_000);
    for body in [change(&long, "correct horse Ada"), change("a new password", &long)] {
        assert_eq!(ada.post(PATH, &body).await.code().as_deref(), Some("PASSWORD_TOO_LONG"));
    }
    assert_eq!(replica.hashes(), 0);
    assert_eq!(ada.post(PATH, &change("a new password", &"x".repeat(1_000_000))).await.status, 413);
}

#[actix_web::test]
async fn t31_a_body_that_names_another_user_changes_only_ones_own_password() {
    let server = Server::start().await;
    let (mut mallory, mut ada) = (server.member("Mallory").await, server.member("Ada").await);
    let id = ada.get("/get-session").await.json()["user"]["id"].clone();
    let mut body = change("a new password", "correct horse Mallory");
    body["userId"] = id;
    body["email"] = "ada@example.com".into();
    assert_eq!(mallory.post(PATH, &body).await.json()["user"]["name"], "Mallory");
    assert_eq!((sign_in(&server, "correct horse Ada").await, sign_in(&server, "a new password").await), (200, 401));
}
