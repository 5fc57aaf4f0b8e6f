//! POST /change-email, and the links that it sends.

use serde_json::json;

use crate::get_session::who;
use crate::harness::{Browser, Mailbox, Server, person};

const ON: &str = "[user.change_email]\nenabled = true\n";
const AT_ONCE: &str = "[user.change_email]\nenabled = true\nupdate_email_without_verification = true\n";

/// A member whose address is verified.
async fn verified<'s>(server: &'s Server, mailbox: &Mailbox, name: &str) -> Browser<'s> {
    let mut browser = server.member(name).await;
    let email = format!("{}@example.com", name.to_lowercase());
    browser.post("/send-verification-email", &json!({ "email": email })).await;
    let path = mailbox.one(server).await.path();
    assert_eq!(browser.get(&path).await.status, 302);
    browser
}

async fn email_of(browser: &mut Browser<'_>) -> (String, bool) {
    let user = browser.get("/get-session").await.json()["user"].clone();
    (user["email"].as_str().expect("an address").to_owned(), user["emailVerified"] == true)
}

#[actix_web::test]
async fn a_verified_address_confirms_and_the_new_one_verifies() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&(mailbox.toml() + ON)).await;
    let mut ada = verified(&server, &mailbox, "Ada").await;
    let body = json!({ "newEmail": "Countess@Example.com", "callbackURL": "/settings" });
    let answer = ada.post("/change-email", &body).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"status":true}"#));
    let mail = mailbox.one(&server).await;
    assert_eq!((mail.text_of("kind"), mail.text_of("to")), ("change-email", "ada@example.com"));
    assert_eq!(mail.text_of("newEmail"), "countess@example.com");
    assert_eq!(ada.get(&mail.path()).await.header("location"), Some("/settings"));
    assert_eq!(email_of(&mut ada).await, ("ada@example.com".to_owned(), true), "nothing has changed yet");
    let second = mailbox.one(&server).await;
    assert_eq!((second.text_of("kind"), second.text_of("to")), ("verification", "countess@example.com"));
    assert_eq!(ada.get(&second.path()).await.header("location"), Some("/settings"));
    assert_eq!(email_of(&mut ada).await, ("countess@example.com".to_owned(), true));
    assert_eq!(server.browser().post("/sign-in/email", &person("Ada")).await.status, 401);
}

#[actix_web::test]
async fn t33_links_of_an_address_that_has_changed_are_dead() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&(mailbox.toml() + ON)).await;
    let mut ada = verified(&server, &mailbox, "Ada").await;
    let mut links = Vec::new();
    for new_email in ["one@example.com", "two@example.com"] {
        ada.post("/change-email", &json!({ "newEmail": new_email })).await;
        let path = mailbox.one(&server).await.path();
        ada.get(&path).await;
        links.push((path, mailbox.one(&server).await.path()));
    }
    server.browser().post("/request-password-reset", &json!({ "email": "ada@example.com" })).await;
    let reset = mailbox.one(&server).await;
    assert_eq!(ada.get(&links[1].1).await.header("location"), Some("/"));
    assert_eq!(email_of(&mut ada).await.0, "two@example.com");
    for path in [&links[0].0, &links[0].1, &links[1].0, &links[1].1] {
        assert_eq!(ada.get(path).await.header("location"), Some("/?error=USER_NOT_FOUND"));
    }
    assert!(mailbox.all(&server).await.is_empty(), "a dead link mails nothing");
    // T21: nor does who reads the old address's mail get a new password.
    let body = json!({ "newPassword": "a new password", "token": reset.text_of("token") });
    assert_eq!(server.browser().post("/reset-password", &body).await.code().as_deref(), Some("INVALID_TOKEN"));
}

#[actix_web::test]
async fn an_address_that_nobody_verified_is_changed_by_the_new_ones_link_or_at_once() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&(mailbox.toml() + ON)).await;
    let mut ada = server.member("Ada").await;
    ada.post("/change-email", &json!({ "newEmail": "new@example.com" })).await;
    let mail = mailbox.one(&server).await;
    assert_eq!((mail.text_of("kind"), mail.text_of("to")), ("verification", "new@example.com"));
    assert_eq!(email_of(&mut ada).await, ("ada@example.com".to_owned(), false));
    ada.get(&mail.path()).await;
    assert_eq!(email_of(&mut ada).await, ("new@example.com".to_owned(), true));

    let at_once = Server::with(&(mailbox.toml() + AT_ONCE)).await;
    let mut bob = at_once.member("Bob").await;
    assert_eq!(bob.post("/change-email", &json!({ "newEmail": "new@example.com" })).await.cookies().len(), 1);
    assert_eq!(email_of(&mut bob).await, ("new@example.com".to_owned(), false));
    bob.get(&mailbox.one(&at_once).await.path()).await;
    assert_eq!(email_of(&mut bob).await, ("new@example.com".to_owned(), true));

    let without_mail = Server::with(AT_ONCE).await;
    let mut eve = without_mail.member("Eve").await;
    eve.post("/change-email", &json!({ "newEmail": "new@example.com" })).await;
    assert_eq!(email_of(&mut eve).await, ("new@example.com".to_owned(), false));
}

#[actix_web::test]
async fn t17_that_an_address_is_taken_is_told_by_nothing() {
    for settings in [ON, AT_ONCE] {
        let mailbox = Mailbox::open().await;
        let server = Server::with(&(mailbox.toml() + settings)).await;
        let mut ada = server.member("Ada").await;
        server.member("Bob").await;
        let answer = ada.post("/change-email", &json!({ "newEmail": "bob@example.com" })).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"status":true}"#));
        assert!(mailbox.all(&server).await.is_empty());
        assert_eq!(email_of(&mut ada).await.0, "ada@example.com");
    }
}

#[actix_web::test]
async fn an_address_that_somebody_took_meanwhile_stays_theirs() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&(mailbox.toml() + ON)).await;
    let mut ada = server.member("Ada").await;
    ada.post("/change-email", &json!({ "newEmail": "bob@example.com" })).await;
    let path = mailbox.one(&server).await.path();
    let mut bob = server.member("Bob").await;
    let answer = ada.get(&path).await;
    assert_eq!(answer.header("location"), Some("/?error=USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"));
    assert_eq!(email_of(&mut bob).await.0, "bob@example.com");
    assert_eq!(email_of(&mut ada).await.0, "ada@example.com");
}

#[actix_web::test]
async fn a_link_followed_by_somebody_else_changes_nothing() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&(mailbox.toml() + ON)).await;
    let mut ada = server.member("Ada").await;
    ada.post("/change-email", &json!({ "newEmail": "new@example.com" })).await;
    let path = mailbox.one(&server).await.path();
    let mut bob = server.member("Bob").await;
    assert_eq!(bob.get(&path).await.header("location"), Some("/?error=INVALID_USER"));
    assert_eq!(email_of(&mut ada).await.0, "ada@example.com");
    assert_eq!(who(&mut bob).await.as_deref(), Some("Bob"));
}

#[actix_web::test]
async fn what_is_wrong_is_told_in_the_contracts_order() {
    let off = Server::start().await;
    let mut ada = off.member("Ada").await;
    let answer = ada.post("/change-email", &json!({ "newEmail": "ada@example.com" })).await;
    assert_eq!(answer.text(), r#"{"message":"Change email is disabled","code":"CHANGE_EMAIL_DISABLED"}"#);
    let server = Server::with(ON).await;
    let mut ada = server.member("Ada").await;
    for (email, text) in [
        ("ADA@example.com", r#"{"message":"Email is the same"}"#),
        ("new@example.com", r#"{"message":"Verification email isn't enabled"}"#),
        ("new", r#"{"message":"[body.newEmail] Invalid email address","code":"VALIDATION_ERROR"}"#),
    ] {
        let answer = ada.post("/change-email", &json!({ "newEmail": email })).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, text));
    }
    assert_eq!(server.browser().post("/change-email", &json!({ "newEmail": "new@example.com" })).await.status, 401);
}

#[actix_web::test]
async fn t49_what_somebody_began_with_an_address_does_not_reach_its_later_owner() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&(mailbox.toml() + ON)).await;
    // Mallory signs up with Ada's address, and keeps a link that would change it.
    let mut mallory = server.browser();
    mallory.post("/sign-up/email", &person("Ada")).await;
    let mut links = Vec::new();
    for new_email in ["one@evil.example", "two@evil.example"] {
        mallory.post("/change-email", &json!({ "newEmail": new_email })).await;
        links.push(mailbox.one(&server).await.path());
    }
    mallory.get(&links[1]).await;
    server.wait(1);
    let mut ada = server.member("Ada").await;
    for mut browser in [server.browser(), mallory] {
        let answer = browser.get(&links[0]).await;
        assert_eq!(answer.header("location"), Some("/?error=INVALID_TOKEN"));
        assert!(answer.cookies().is_empty(), "{answer:?}");
    }
    assert_eq!(email_of(&mut ada).await.0, "ada@example.com");
}
