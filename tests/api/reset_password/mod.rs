//! POST /reset-password.

mod token;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::get_session::who;
use crate::harness::browser::Answer;
use crate::harness::{Mailbox, Server, person};

const NEW: &str = "a new password";

/// Asks for a link and gives its token.
async fn token(server: &Server, mailbox: &Mailbox, email: &str) -> String {
    server.browser().post("/request-password-reset", &json!({ "email": email })).await;
    mailbox.one(server).await.text_of("token").to_owned()
}

async fn reset(server: &Server, body: Value) -> Answer {
    server.browser().post("/reset-password", &body).await
}

/// Whether somebody signs in with a password.
async fn signs_in(server: &Server, name: &str, password: &str) -> bool {
    let mut body = person(name);
    body["password"] = password.into();
    server.browser().post("/sign-in/email", &body).await.status == 200
}

fn assert_invalid(answer: &Answer) {
    let text = r#"{"message":"Invalid token","code":"INVALID_TOKEN"}"#;
    assert_eq!((answer.status, answer.text().as_str()), (400, text));
}

#[actix_web::test]
async fn a_token_sets_the_password_and_leaves_sessions_alone() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    let mut ada = server.member("Ada").await;
    let token = token(&server, &mailbox, "ada@example.com").await;
    let answer = reset(&server, json!({ "newPassword": NEW, "token": token })).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"status":true}"#));
    assert!(answer.cookies().is_empty());
    assert!(signs_in(&server, "Ada", NEW).await && !signs_in(&server, "Ada", "correct horse Ada").await);
    assert_eq!(who(&mut ada).await.as_deref(), Some("Ada"));
}

#[actix_web::test]
async fn t21_all_sessions_end_where_that_is_configured() {
    let mailbox = Mailbox::open().await;
    let settings = "[email_and_password]\nrevoke_sessions_on_password_reset = true\n";
    let server = Server::with(&(mailbox.toml() + settings)).await;
    let (mut ada, mut bob) = (server.member("Ada").await, server.member("Bob").await);
    let token = token(&server, &mailbox, "ada@example.com").await;
    assert_eq!(reset(&server, json!({ "newPassword": NEW, "token": token })).await.status, 200);
    assert_eq!(who(&mut ada).await, None);
    assert_eq!(who(&mut bob).await.as_deref(), Some("Bob"));
}

#[actix_web::test]
async fn t21_of_twenty_at_once_one_succeeds() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    let token = token(&server, &mailbox, "ada@example.com").await;
    let password = |number: usize| format!("password number {number}");
    let tries = (0..20).map(|number| reset(&server, json!({ "newPassword": password(number), "token": token })));
    let answers = join_all(tries).await;
    let good: Vec<_> = (0..20).filter(|number| answers[*number].status == 200).collect();
    assert_eq!(good.len(), 1);
    assert!(signs_in(&server, "Ada", &password(good[0])).await);
    answers.iter().filter(|answer| answer.status != 200).for_each(assert_invalid);
}

#[actix_web::test]
async fn t21_a_token_that_is_used_expired_unknown_or_of_an_account_that_is_gone_is_no_good() {
    let mailbox = Mailbox::open().await;
    let settings =
        "[email_and_password]\nreset_password_token_expires_in = \"10m\"\n[user.delete_user]\nenabled = true";
    let server = Server::with(&(mailbox.toml() + settings)).await;
    let mut ada = server.member("Ada").await;
    for body in [json!({ "newPassword": NEW }), json!({ "newPassword": NEW, "token": "unknown" })] {
        assert_invalid(&reset(&server, body).await);
    }
    let expired = token(&server, &mailbox, "ada@example.com").await;
    server.wait(600);
    assert_invalid(&reset(&server, json!({ "newPassword": NEW, "token": expired })).await);
    let used = token(&server, &mailbox, "ada@example.com").await;
    assert_eq!(reset(&server, json!({ "newPassword": NEW, "token": used })).await.status, 200);
    assert_invalid(&reset(&server, json!({ "newPassword": NEW, "token": used })).await);
    let orphan = token(&server, &mailbox, "ada@example.com").await;
    assert_eq!(ada.post("/delete-user", &json!({})).await.status, 200);
    assert_eq!(reset(&server, json!({ "newPassword": NEW, "token": orphan })).await.status, 400);
    assert_eq!(server.count("account").await, 0);
}

#[actix_web::test]
async fn a_password_that_cannot_be_set_leaves_the_token_good() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    let token = token(&server, &mailbox, "ada@example.com").await;
    let before = server.hashes();
    for (password, code) in [("short".to_owned(), "PASSWORD_TOO_SHORT"), ("x".repeat(129), "PASSWORD_TOO_LONG")] {
        let answer = reset(&server, json!({ "newPassword": password, "token": token })).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some(code)));
    }
    reset(&server, json!({ "newPassword": NEW, "token": "unknown" })).await;
    assert_eq!(server.hashes(), before, "nothing is hashed in vain");
    let path = format!("/reset-password?token={token}");
    assert_eq!(server.browser().post(&path, &json!({ "newPassword": NEW })).await.status, 200, "the query's token");
}

#[actix_web::test]
async fn a_user_without_a_password_gets_an_account_for_it() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    server.sql("DELETE FROM {account}", &[]).await;
    let token = token(&server, &mailbox, "ada@example.com").await;
    assert_eq!(reset(&server, json!({ "newPassword": NEW, "token": token })).await.status, 200);
    assert!(signs_in(&server, "Ada", NEW).await);
    assert_eq!(server.count("account").await, 1);
}

#[actix_web::test]
async fn t21_a_token_that_was_used_does_not_come_back_with_a_mail_that_is_sent_again() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    // The application sends the mail and fails to say so.
    mailbox.answer(503);
    server.browser().post("/request-password-reset", &json!({ "email": "ada@example.com" })).await;
    mailbox.first_refused().await;
    let used = mailbox.refused()[0].text_of("token").to_owned();
    assert_eq!(reset(&server, json!({ "newPassword": NEW, "token": used })).await.status, 200);
    mailbox.answer(200);
    while server.parts().outbox.waiting().await.expect("a number") > 0 {
        server.wait(1);
        server.browser().post("/request-password-reset", &json!({ "email": "nobody@example.com" })).await;
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_ne!(mailbox.one(&server).await.text_of("token"), used);
    assert_invalid(&reset(&server, json!({ "newPassword": NEW, "token": used })).await);
}

#[actix_web::test]
async fn t19_a_new_password_ends_the_wait_that_guesses_have_brought() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&format!("{}[rate_limit]\nenabled = true\n", mailbox.toml())).await;
    server.member("Ada").await;
    let mut wrong = person("Ada");
    wrong["password"] = "a wrong guess".into();
    let from = |number: u32, body: Value| {
        let address = format!("10.1.{}.{}", number >> 8, number & 255);
        let mut browser = server.browser().header("x-forwarded-for", &address);
        async move { browser.post("/sign-in/email", &body).await.status }
    };
    for number in 0..100 {
        assert_eq!(from(number, wrong.clone()).await, 401);
    }
    assert_eq!(from(100, person("Ada")).await, 429);
    let token = token(&server, &mailbox, "ada@example.com").await;
    assert_eq!(reset(&server, json!({ "newPassword": NEW, "token": token })).await.status, 200);
    let mut right = person("Ada");
    right["password"] = NEW.into();
    assert_eq!(from(101, right).await, 200);
}

#[actix_web::test]
async fn t20_an_easy_password_is_refused_wherever_one_is_set_and_leaves_the_token_good() {
    let mailbox = Mailbox::open().await;
    let strict = "[email_and_password.password]\nmin_strength = 2\n";
    let server = Server::with(&(mailbox.toml() + strict)).await;
    let mut ada = server.member("Ada").await;
    let token = token(&server, &mailbox, "ada@example.com").await;
    for weak in ["password123", "ada@example.com"] {
        let mut eve = person("Eve");
        eve["password"] = weak.replace("ada", "eve").into();
        let change = json!({ "currentPassword": "correct horse Ada", "newPassword": weak });
        for answer in [
            server.browser().post("/sign-up/email", &eve).await,
            ada.post("/change-password", &change).await,
            reset(&server, json!({ "newPassword": weak, "token": token })).await,
        ] {
            assert_eq!((answer.status, answer.code().as_deref()), (400, Some("PASSWORD_TOO_WEAK")), "{weak}");
        }
    }
    assert_eq!(reset(&server, json!({ "newPassword": "battery staple horse", "token": token })).await.status, 200);
}
