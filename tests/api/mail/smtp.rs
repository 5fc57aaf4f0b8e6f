//! Mails by SMTP.

use std::time::Duration;

use super::ask;
use crate::harness::Server;
use crate::harness::smtp::SmtpSink;

fn toml(sink: &SmtpSink) -> String {
    format!(
        "app_name = \"Acme & Söhne\"\n[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
         from = \"Acme <no-reply@acme.example>\"\nreply_to = \"help@acme.example\"\n",
        sink.address.port()
    )
}

/// Waits until nothing is left to send, however often that has to be tried.
async fn settle(server: &Server) {
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    while server.parts().outbox.waiting().await.expect("a number") > 0 {
        assert!(tokio::time::Instant::now() < until, "it never leaves");
        server.wait(1);
        ask(server, "nobody@example.com").await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[actix_web::test]
async fn a_mail_has_both_forms_and_whom_it_is_from() {
    let sink = SmtpSink::start().await;
    let server = Server::with(&toml(&sink)).await;
    server.member("Ada").await;
    ask(&server, "ada@example.com").await;
    settle(&server).await;
    let given = sink.given();
    assert_eq!(given.len(), 1);
    let mail = &given[0];
    assert_eq!((mail.from.as_str(), &mail.to[..]), ("no-reply@acme.example", &["ada@example.com".to_owned()][..]));
    assert_eq!(mail.header("from").as_deref(), Some("Acme <no-reply@acme.example>"));
    assert_eq!(mail.header("reply-to").as_deref(), Some("help@acme.example"));
    assert!(mail.header("message-id").is_some_and(|id| id.ends_with("@acme.example>")), "{mail:?}");
    assert!(mail.header("content-type").is_some_and(|kind| kind.starts_with("multipart/alternative")));
    for part in ["Content-Type: text/plain", "Content-Type: text/html", "/reset-password/"] {
        assert!(mail.text.contains(part), "{part}: {}", mail.text);
    }
}

#[actix_web::test]
async fn a_mail_server_that_is_away_costs_patience_and_no_mail() {
    let mut sink = SmtpSink::start().await;
    let server = Server::with(&toml(&sink)).await;
    server.member("Ada").await;
    server.member("Bob").await;
    sink.stop();
    for email in ["ada@example.com", "bob@example.com"] {
        assert_eq!(ask(&server, email).await.status, 200);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(sink.given().is_empty());
    sink.resume().await;
    settle(&server).await;
    let mut to: Vec<_> = sink.given().into_iter().flat_map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, ["ada@example.com", "bob@example.com"]);
}

#[actix_web::test]
async fn a_recipient_that_the_mail_server_refuses_for_good_is_given_up_and_counted() {
    let sink = SmtpSink::start().await;
    let server = Server::with(&toml(&sink)).await;
    server.member("Ada").await;
    sink.say("550 no such mailbox");
    ask(&server, "ada@example.com").await;
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    while server.parts().outbox.waiting().await.expect("a number") > 0 {
        assert!(tokio::time::Instant::now() < until, "it is tried for ever");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (_, tally) = server.parts().outbox.tallies().next().expect("mails are counted");
    assert_eq!((tally.dropped.get(), tally.left.get()), (1, 0));
    assert!(sink.given().is_empty());
}

#[actix_web::test]
async fn t04_a_name_with_line_breaks_adds_no_header() {
    let sink = SmtpSink::start().await;
    let server = Server::with(&toml(&sink)).await;
    let mut browser = server.browser();
    let name = "Eve\r\nBcc: all@example.com\r\n\r\nHello";
    let body = serde_json::json!({ "name": name, "email": "eve@example.com", "password": "correct horse" });
    assert_eq!(browser.post("/sign-up/email", &body).await.status, 200);
    ask(&server, "eve@example.com").await;
    settle(&server).await;
    let mail = &sink.given()[0];
    assert_eq!((mail.header("bcc"), &mail.to[..]), (None, &["eve@example.com".to_owned()][..]));
}

#[actix_web::test]
async fn a_mail_server_that_refuses_this_site_costs_no_mail() {
    let sink = SmtpSink::start().await;
    let server = Server::with(&toml(&sink)).await;
    server.member("Ada").await;
    sink.say("535 authentication failed");
    ask(&server, "ada@example.com").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    sink.say("250 OK");
    settle(&server).await;
    assert_eq!(sink.given().len(), 1);
}
