use serde_json::json;

use crate::harness::{Mailbox, Server};

#[actix_web::test]
async fn it_is_refused_while_no_mail_can_be_sent_for_known_and_unknown_addresses_alike() {
    let server = Server::start().await;
    server.member("Ada").await;
    for email in ["ada@example.com", "nobody@example.com"] {
        let answer = server.browser().post("/request-password-reset", &json!({ "email": email })).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("RESET_PASSWORD_DISABLED")), "{email}");
    }
    let answer = server.browser().post("/request-password-reset", &json!({ "email": "ada" })).await;
    assert_eq!(answer.json()["message"], "[body.email] Invalid email address");
}

#[actix_web::test]
async fn every_request_has_a_token_of_its_own_and_unknown_addresses_get_no_mail() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    let mut tokens = Vec::new();
    for email in ["ada@example.com", "nobody@example.com", "ADA@example.com"] {
        let answer = server.browser().post("/request-password-reset", &json!({ "email": email })).await;
        let text =
            r#"{"status":true,"message":"If this email exists in our system, check your email for the reset link"}"#;
        assert_eq!((answer.status, answer.text().as_str()), (200, text));
        tokens.extend(mailbox.all(&server).await.iter().map(|mail| mail.text_of("token").to_owned()));
    }
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
}
