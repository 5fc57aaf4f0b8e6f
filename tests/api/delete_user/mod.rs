//! POST /delete-user.

mod callback;

use serde_json::json;

use crate::get_session::who;
use crate::harness::{Mailbox, Server, person};
use crate::sign_out::CLEARED;

const ON: &str = "[user.delete_user]\nenabled = true";
const DELETED: &str = r#"{"success":true,"message":"User deleted"}"#;

/// Plants the token of a confirmation that was mailed to a user, as Better Auth stores it.
async fn plant(server: &Server, token: &str, user_id: &str) {
    let (now, end) = (server.now(), server.now().plus_seconds(86_400));
    let values = [
        server.store().new_id_beforehand("user").into(),
        format!("delete-account-{token}").into(),
        user_id.into(),
        end.into(),
        now.into(),
    ];
    let insert = "INSERT INTO {verification} ({verification:id}, {verification:identifier}, {verification:value}, \
        {verification:expiresAt}, {verification:createdAt}, {verification:updatedAt}) VALUES ($1, $2, $3, $4, $5, $5)";
    assert_eq!(server.sql(insert, &values).await, 1);
}

async fn id_of(server: &Server, email: &str) -> String {
    server.store().user_by_email(email).await.unwrap().expect("a user").id
}

#[actix_web::test]
async fn where_it_is_not_enabled_it_is_404_with_nothing() {
    let server = Server::start().await;
    let answer = server.member("Ada").await.post("/delete-user", &json!({})).await;
    assert_eq!((answer.status, answer.body.len(), answer.header("content-type")), (404, 0, Some("application/json")));
    assert_eq!(server.count("user").await, 1);
}

#[actix_web::test]
async fn t28_a_user_who_has_just_signed_in_is_deleted_with_all_that_is_theirs_on_every_replica() {
    let server = Server::with(ON).await;
    let replica = server.replica(ON).await;
    let (mut ada, mut bob) = (server.member("Ada").await, server.member("Bob").await);
    let here = ada.at(&replica);
    let mut elsewhere = replica.browser();
    elsewhere.post("/sign-in/email", &person("Ada")).await;
    let answer = ada.post("/delete-user", &json!({})).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, DELETED));
    assert_eq!(answer.cookies(), CLEARED);
    for mut browser in [here, elsewhere] {
        assert_eq!(browser.clone().get("/list-accounts").await.status, 401);
        assert_eq!(who(&mut browser).await, None);
    }
    for table in ["user", "session", "account"] {
        assert_eq!(server.count(table).await, 1, "{table}: Bob's alone");
    }
    assert_eq!(server.browser().post("/sign-in/email", &person("Ada")).await.status, 401);
    assert_eq!(who(&mut bob).await.as_deref(), Some("Bob"));
}

#[actix_web::test]
async fn t33_a_session_that_is_not_fresh_is_400_unless_the_password_comes_along() {
    let server = Server::with(ON).await;
    let mut ada = server.member("Ada").await;
    server.wait(86_399);
    server.wait(1);
    for body in [json!({}), json!({ "password": "" }), json!({ "token": "" })] {
        let answer = ada.post("/delete-user", &body).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.text(),
            r#"{"message":"Session expired. Re-authenticate to perform this action.","code":"SESSION_EXPIRED"}"#
        );
    }
    assert_eq!(server.count("user").await, 1);
    let answer = ada.post("/delete-user", &json!({ "password": "correct horse Ada" })).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, DELETED));
}

#[actix_web::test]
async fn a_wrong_password_deletes_nobody_however_fresh_the_session() {
    let server = Server::with(ON).await;
    let mut ada = server.member("Ada").await;
    for (password, text) in [
        ("wrong".to_owned(), r#"{"message":"Invalid password","code":"INVALID_PASSWORD"}"#),
        ("x".repeat(129), r#"{"message":"Password too long","code":"PASSWORD_TOO_LONG"}"#),
    ] {
        let answer = ada.post("/delete-user", &json!({ "password": password })).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, text));
    }
    server.sql("UPDATE {account} SET {account:password} = NULL", &[]).await;
    let answer = ada.post("/delete-user", &json!({ "password": "correct horse Ada" })).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("CREDENTIAL_ACCOUNT_NOT_FOUND")));
    assert_eq!(server.count("user").await, 1);
}

#[actix_web::test]
async fn a_mailed_token_counts_once_and_only_for_its_own_user() {
    let server = Server::with(ON).await;
    let (mut ada, mut mallory) = (server.member("Ada").await, server.member("Mallory").await);
    plant(&server, "adas", &id_of(&server, "ada@example.com").await).await;
    for (token, browser) in [("adas", &mut mallory), ("unknown", &mut ada)] {
        let answer = browser.post("/delete-user", &json!({ "token": token })).await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.text(), r#"{"message":"Invalid token","code":"INVALID_TOKEN"}"#);
    }
    assert_eq!((server.count("user").await, server.count("verification").await), (2, 0), "a foreign hand spends it");
    plant(&server, "again", &id_of(&server, "ada@example.com").await).await;
    let answer = ada.post("/delete-user", &json!({ "token": "again" })).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, DELETED));
    assert_eq!((server.count("user").await, server.count("verification").await), (1, 0));
}

#[actix_web::test]
async fn a_mailed_token_that_has_expired_deletes_nobody() {
    let server = Server::with(ON).await;
    let mut ada = server.member("Ada").await;
    plant(&server, "adas", &id_of(&server, "ada@example.com").await).await;
    server.wait(86_401);
    assert_eq!(ada.post("/delete-user", &json!({ "token": "adas" })).await.status, 404);
    assert_eq!(server.count("user").await, 1);
}

#[actix_web::test]
async fn nobody_is_refused() {
    for more in ["", ON] {
        let server = Server::with(more).await;
        let answer = server.browser().post("/delete-user", &json!({})).await;
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (401, r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#)
        );
    }
}

#[actix_web::test]
async fn t31_a_body_that_names_another_user_deletes_only_oneself() {
    let server = Server::with(ON).await;
    let (mut mallory, mut ada) = (server.member("Mallory").await, server.member("Ada").await);
    let id = id_of(&server, "ada@example.com").await;
    mallory.post("/delete-user", &json!({ "userId": id, "id": id, "email": "ada@example.com" })).await;
    assert_eq!(who(&mut ada).await.as_deref(), Some("Ada"));
    assert_eq!(server.count("user").await, 1);
}

#[actix_web::test]
async fn where_mail_confirms_a_deletion_even_the_password_does_not_do() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&format!("{}delete_account = true\n{ON}", mailbox.toml())).await;
    let mut ada = server.member("Ada").await;
    let wrong = ada.post("/delete-user", &json!({ "password": "wrong" })).await;
    assert_eq!((wrong.status, wrong.code().as_deref()), (400, Some("INVALID_PASSWORD")));
    let body = json!({ "password": "correct horse Ada", "callbackURL": "/bye" });
    let answer = ada.post("/delete-user", &body).await;
    assert_eq!(answer.text(), r#"{"success":true,"message":"Verification email sent"}"#);
    assert_eq!(server.count("user").await, 1);
    let mail = mailbox.one(&server).await;
    assert_eq!((mail.text_of("kind"), mail.text_of("token").len()), ("delete-account", 32));
    assert_eq!(ada.get(&mail.path()).await.header("location"), Some("/bye"));
    assert_eq!(server.count("user").await, 0);
}
