use serde_json::json;

use crate::harness::{Mailbox, Server};

#[actix_web::test]
async fn it_is_refused_while_no_mail_can_be_sent() {
    let server = Server::start().await;
    let answer = server.browser().post("/send-verification-email", &json!({ "email": "ada@example.com" })).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VERIFICATION_EMAIL_NOT_ENABLED")));
}

#[actix_web::test]
async fn without_a_session_every_address_gets_the_same_answer_and_an_unverified_one_a_mail() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    for (email, mails) in [("ada@example.com", 1), ("nobody@example.com", 0)] {
        let body = json!({ "email": email, "callbackURL": "/done" });
        let answer = server.browser().post("/send-verification-email", &body).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"status":true}"#));
        let sent = mailbox.all(&server).await;
        assert_eq!(sent.len(), mails, "{email}");
        for mail in sent {
            assert_eq!((mail.text_of("kind"), mail.text_of("to")), ("verification", "ada@example.com"));
            assert!(mail.text_of("url").ends_with("&callbackURL=%2Fdone"));
        }
    }
}

#[actix_web::test]
async fn with_a_session_only_ones_own_unverified_address_is_mailed() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    let mut ada = server.member("Ada").await;
    let answer = ada.post("/send-verification-email", &json!({ "email": "bob@example.com" })).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("EMAIL_MISMATCH")));
    ada.post("/send-verification-email", &json!({ "email": "Ada@example.com" })).await;
    let path = mailbox.one(&server).await.path();
    assert_eq!(server.browser().get(&path).await.header("location"), Some("/"));
    let answer = ada.post("/send-verification-email", &json!({ "email": "ada@example.com" })).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("EMAIL_ALREADY_VERIFIED")));
}
