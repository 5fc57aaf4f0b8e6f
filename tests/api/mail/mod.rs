//! Mails and the outbox that they leave from.

mod smtp;
mod webhook;

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Mailbox, Server};

/// Asks for a link for a new password.
pub async fn ask(server: &Server, email: &str) -> crate::harness::browser::Answer {
    server.browser().post("/request-password-reset", &json!({ "email": email })).await
}

/// Lets pauses pass until nothing waits any more: the first one may begin only now, when a refusal has been written down.
async fn let_pauses_pass(server: &Server) {
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    while server.parts().outbox.waiting().await.expect("a number") > 0 {
        assert!(tokio::time::Instant::now() < until, "it never leaves");
        // The outbox is looked at every few seconds, or when something else is posted.
        server.wait(1);
        ask(server, "nobody@example.com").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[actix_web::test]
async fn what_does_not_leave_is_tried_again_under_the_same_id_and_says_the_same() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    mailbox.answer(503);
    ask(&server, "ada@example.com").await;
    mailbox.first_refused().await;
    mailbox.answer(200);
    let_pauses_pass(&server).await;
    let (refused, mail) = (mailbox.refused(), mailbox.one(&server).await);
    for attempt in &refused {
        assert_eq!((attempt.header("webhook-id"), &attempt.text), (mail.header("webhook-id"), &mail.text));
    }
    assert_eq!(server.count("verification").await, 1, "one token, however many attempts");
}

#[actix_web::test]
async fn mails_to_one_address_keep_their_order_though_the_first_is_held_up() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    let pages: Vec<_> = (0..6).map(|number| format!("/page-{number}")).collect();
    mailbox.answer(503);
    for page in &pages {
        let body = json!({ "email": "ada@example.com", "redirectTo": page });
        server.browser().post("/request-password-reset", &body).await;
    }
    mailbox.first_refused().await;
    mailbox.answer(200);
    let_pauses_pass(&server).await;
    let sent: Vec<_> = mailbox.all(&server).await.iter().map(|mail| mail.path()).collect();
    let ends: Vec<_> = pages.iter().map(|page| page.replace('/', "%2F")).collect();
    assert!(sent.len() == 6 && sent.iter().zip(&ends).all(|(link, end)| link.ends_with(end)), "{sent:?}");
}

#[actix_web::test]
async fn what_one_replica_was_asked_for_another_sends_when_the_first_is_gone() {
    let mailbox = Mailbox::open().await;
    let first = Server::with(&mailbox.toml()).await;
    first.member("Ada").await;
    // The first one's answer to its mails never comes: it holds the message, and dies.
    mailbox.answer(503);
    ask(&first, "ada@example.com").await;
    mailbox.first_refused().await;
    mailbox.answer(200);
    let second = first.replica(&mailbox.toml()).await;
    drop(first);
    second.wait(60);
    let_pauses_pass(&second).await;
    let mail = mailbox.one(&second).await;
    assert_eq!(mail.header("webhook-id"), mailbox.refused()[0].header("webhook-id"));
}

#[actix_web::test]
async fn of_several_replicas_one_carries_each_message() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    let replica = server.replica(&mailbox.toml()).await;
    server.member("Ada").await;
    for _ in 0..25 {
        futures_util::future::join(ask(&server, "ada@example.com"), ask(&replica, "ada@example.com")).await;
    }
    let mails = mailbox.all(&server).await;
    let ids: std::collections::BTreeSet<_> = mails.iter().map(|mail| mail.header("webhook-id")).collect();
    assert_eq!((mails.len(), ids.len()), (50, 50));
}

#[actix_web::test]
async fn t17_known_and_unknown_addresses_cost_and_answer_alike_whatever_the_mail_server_does() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    let mut bob = server.member("Bob").await;
    bob.post("/send-verification-email", &json!({ "email": "bob@example.com" })).await;
    let path = mailbox.one(&server).await.path();
    assert_eq!(bob.get(&path).await.status, 302);
    for route in ["/request-password-reset", "/send-verification-email"] {
        let mut seen = Vec::new();
        for email in ["ada@example.com", "bob@example.com", "nobody@example.com"] {
            // Nothing else is under way.
            mailbox.all(&server).await;
            let posted = server.count("signet_outbox").await;
            let answer = server.browser().post(route, &json!({ "email": email })).await;
            seen.push((answer.status, answer.text(), answer.headers.len(), posted));
        }
        assert!(seen.iter().all(|answer| *answer == seen[0]), "{route}: {seen:?}");
    }
    // A mail server that hangs is waited for by nobody.
    mailbox.answer(503);
    assert_eq!(ask(&server, "ada@example.com").await.status, 200);
}

#[actix_web::test]
async fn t22_links_come_from_the_configuration_whatever_a_request_says_of_its_host() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    for headers in [
        [("host", "evil.example"), ("x-forwarded-host", "evil.example")],
        [("host", "localhost:3000@evil.example"), ("forwarded", "host=evil.example;proto=http")],
        [("host", "evil.example:3000"), ("x-forwarded-proto", "http")],
    ] {
        for (route, body) in [
            ("/request-password-reset", json!({ "email": "ada@example.com", "redirectTo": "/reset" })),
            ("/send-verification-email", json!({ "email": "ada@example.com", "callbackURL": "/done" })),
        ] {
            let mut browser = server.browser();
            for (name, value) in headers {
                browser = browser.header(name, value);
            }
            assert_eq!(browser.post(route, &body).await.status, 200, "{headers:?}");
            let mail = mailbox.one(&server).await;
            assert!(mail.text_of("url").starts_with("http://localhost:3000/api/auth/"), "{}", mail.text);
            assert!(!mail.text.contains("evil"), "{}", mail.text);
        }
    }
}

#[actix_web::test]
async fn what_waits_in_the_outbox_is_of_no_use_to_who_steals_the_database() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    mailbox.answer(503);
    ask(&server, "ada@example.com").await;
    let rows = server.rows("SELECT {signet_outbox.*} FROM {signet_outbox}", &[]).await;
    let content = rows[0].text("signet_outbox.content").expect("a text");
    assert!(!content.contains("example") && serde_json::from_str::<Value>(&content).is_err(), "{content}");
}

#[actix_web::test]
async fn a_link_that_would_be_dead_is_not_mailed() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    mailbox.answer(503);
    ask(&server, "ada@example.com").await;
    mailbox.first_refused().await;
    mailbox.answer(200);
    server.wait(3600);
    let_pauses_pass(&server).await;
    assert!(mailbox.all(&server).await.is_empty());
}
