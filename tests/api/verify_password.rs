//! POST /verify-password.

use serde_json::json;

use crate::harness::Server;

const PATH: &str = "/verify-password";

#[actix_web::test]
async fn the_users_own_password_is_right_and_every_other_one_wrong() {
    let server = Server::start().await;
    server.member("Bob").await;
    let mut ada = server.member("Ada").await;
    let answer = ada.post(PATH, &json!({ "password": "correct horse Ada" })).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"status":true}"#));
    for password in ["correct horse Bob", "", "correct horse ada"] {
        let answer = ada.post(PATH, &json!({ "password": password })).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.text(), r#"{"message":"Invalid password","code":"INVALID_PASSWORD"}"#);
    }
}

#[actix_web::test]
async fn t14_what_is_too_long_is_said_to_be_and_not_hashed() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let replica = server.replica("").await;
    let mut ada = ada.at(&replica);
    let answer = ada.post(PATH, &json!({ "password": "x".repeat(129) })).await;
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (400, r#"{"message":"Password too long","code":"PASSWORD_TOO_LONG"}"#)
    );
    assert_eq!(replica.hashes(), 0);
    assert_eq!(ada.post(PATH, &json!({ "password": "x".repeat(1_000_000) })).await.status, 413);
}

#[actix_web::test]
async fn nobody_is_refused_and_a_user_without_a_password_has_none_that_is_right() {
    let server = Server::start().await;
    let answer = server.browser().post(PATH, &json!({ "password": "x" })).await;
    assert_eq!((answer.status, answer.text().as_str()), (401, r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#));
    let mut ada = server.member("Ada").await;
    server.sql("UPDATE {account} SET {account:password} = NULL", &[]).await;
    for password in ["", "correct horse Ada"] {
        let answer = ada.post(PATH, &json!({ "password": password })).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("INVALID_PASSWORD")));
    }
}

#[actix_web::test]
async fn what_is_missing_is_named() {
    let server = Server::start().await;
    let answer = server.browser().post(PATH, &json!({})).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        r#"{"message":"[body.password] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}"#
    );
}
