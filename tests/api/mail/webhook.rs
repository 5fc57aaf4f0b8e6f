//! Mails that an application sends.

use secrecy::SecretString;
use serde_json::json;
use signet::crypto::WebhookSigner;

use super::ask;
use crate::harness::{Mailbox, Server};

#[actix_web::test]
async fn a_mail_is_json_with_all_that_the_application_needs() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    let body = json!({ "email": "Ada@Example.com", "redirectTo": "/reset?a=1" });
    server.browser().post("/request-password-reset", &body).await;
    let mail = mailbox.one(&server).await;
    let token = mail.text_of("token");
    assert_eq!((mail.text_of("kind"), mail.text_of("to"), token.len()), ("reset-password", "ada@example.com", 24));
    let url = format!("http://localhost:3000/api/auth/reset-password/{token}?callbackURL=%2Freset%3Fa%3D1");
    assert_eq!(mail.text_of("url"), url);
    assert_eq!(mail.body["user"]["name"], "Ada");
    assert_eq!(mail.header("content-type"), Some("application/json"));
    let names: Vec<_> = mail.body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["kind", "to", "url", "token", "user"], "nothing that it does not have");
}

#[actix_web::test]
async fn with_a_secret_it_is_signed_by_the_standard_webhooks_scheme() {
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let mailbox = Mailbox::open().await;
    let server = Server::with(&format!("{}webhook_secret = \"{SECRET}\"", mailbox.toml())).await;
    server.secrets.add("the webhook's secret", SECRET);
    server.member("Ada").await;
    ask(&server, "ada@example.com").await;
    let mail = mailbox.one(&server).await;
    let (id, now) = (mail.header("webhook-id").expect("an id"), server.now());
    assert_eq!(mail.header("webhook-timestamp"), Some(now.seconds().to_string().as_str()));
    let signer = WebhookSigner::new(&SecretString::from(SECRET)).expect("a secret");
    assert_eq!(mail.header("webhook-signature"), Some(signer.sign(id, now, &mail.text).as_str()));
}
