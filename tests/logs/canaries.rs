//! I6: what is secret, and whatever else a client sends, is in no line at any level.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use serde_json::json;

use crate::harness::{Server, wire};
use crate::lines;

const PASSWORD: &str = "canary-password-1";
const NEW_PASSWORD: &str = "canary-password-2";
const WRONG_PASSWORD: &str = "canary-password-3";

/// Beside the secrets of a server: whatever else was sent, which says that it is a canary.
fn assert_nothing_that_was_sent_is_logged() {
    for line in lines::all() {
        assert!(!line.to_lowercase().contains("canary"), "something that was sent is in the log: {line}");
        assert!(line.ends_with('\n') && line.matches('\n').count() == 1, "one event is one line: {line:?}");
        let inside = &line[..line.len() - 1];
        assert!(!inside.chars().any(char::is_control), "nothing speaks to a terminal: {line:?}");
    }
}

/// What the database holds that is secret and that no answer hands out.
async fn add_stored(server: &Server) {
    for (template, column) in [
        ("SELECT {account.*} FROM {account}", "account.password"),
        ("SELECT {session.*} FROM {session}", "session.token"),
    ] {
        for row in server.rows(template, &[]).await {
            server.secrets.add(column, &row.text(column).expect("a text"));
        }
    }
}

#[actix_web::test]
async fn t89_nothing_secret_and_nothing_that_was_sent_is_in_a_line_at_trace() {
    lines::catch();
    let server =
        Server::with("[plugins.jwt.jwks]\ndisable_private_key_encryption = true\n[plugins.bearer]\nenabled = true")
            .await;
    let mut ada = server.browser().header("user-agent", "canary-agent").header("x-canary", "canary-header");
    let sign_up = json!({ "name": "Canary", "email": "canary@example.com", "password": PASSWORD });
    let with_password = |password: &str| json!({ "email": "canary@example.com", "password": password });

    assert_eq!(ada.post("/sign-up/email", &sign_up).await.status, 200);
    assert_eq!(ada.post("/sign-up/email", &sign_up).await.status, 422);
    assert_eq!(ada.post("/sign-in/email", &with_password(WRONG_PASSWORD)).await.status, 401);
    let signed_in = ada.post("/sign-in/email", &with_password(PASSWORD)).await;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    for path in ["/get-session", "/token", "/list-sessions", "/jwks"] {
        let answer = ada.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    let change =
        |current: &str| json!({ "currentPassword": current, "newPassword": NEW_PASSWORD, "revokeOtherSessions": true });
    assert_eq!(ada.post("/change-password", &change(WRONG_PASSWORD)).await.status, 400);
    let changed = ada.post("/change-password", &change(PASSWORD)).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    add_stored(&server).await;

    // What is refused, and why.
    for (method, path, headers, body) in [
        ("POST", "/sign-in/email", vec![("content-type", "application/json")], "{\"canary\": \"canary"),
        ("POST", "/sign-in/email", vec![("content-type", "text/canary")], "canary"),
        (
            "POST",
            "/sign-in/email",
            vec![("content-type", "application/json")],
            "{\"email\": [\"canary\"], \"password\": 1}",
        ),
        (
            "POST",
            "/sign-in/email",
            vec![("content-type", "application/json"), ("origin", "https://canary.example")],
            "{}",
        ),
        ("GET", "/get-session", vec![("cookie", "better-auth.session_token=canary-cookie.canary")], ""),
        ("GET", "/get-session", vec![("authorization", "Bearer canary-bearer")], ""),
        ("GET", "/token", vec![("authorization", "Bearer eyJhbGciOiJIUzI1NiJ9.Y2FuYXJ5.canary-jwt")], ""),
        ("GET", "/canary-path?canary=canary-query", vec![], ""),
        ("GET", "/verify-email?token=canary-token&callbackURL=https://canary.example", vec![], ""),
        ("GET", "/reset-password/canary-token?callbackURL=/canary", vec![], ""),
        ("GET", "/error?error=canary&error_description=canary%0a%1b%5b31m", vec![], ""),
        ("CANARY", "/ok", vec![], ""),
    ] {
        let sent = (!body.is_empty()).then_some(body.as_bytes());
        ada.send(method, path, &headers, sent).await;
    }
    ada.post("/sign-out", &json!({})).await;

    // What fails through our own fault.
    server.store().close().await;
    for (path, body) in [("/sign-in/email", with_password(NEW_PASSWORD)), ("/sign-up/email", sign_up)] {
        assert_eq!(ada.post(path, &body).await.status, 503, "{path}");
    }
    let traced = lines::json().into_iter().filter(|line| line["level"] == "trace");
    assert!(traced.count() > 100, "what other crates log at TRACE is caught too");
    server.secrets.assert_in_none(&lines::all().concat());
    assert_nothing_that_was_sent_is_logged();
}

#[actix_web::test]
async fn t09_escapes_and_line_ends_make_no_second_line_wherever_they_are_sent() {
    lines::catch();
    let server = Server::start().await;
    let hostile = "x\r\n{\"level\":\"error\",\"message\":\"canary-forged\"}\r\n\u{1b}[2J\u{9b}31m\u{2028}\u{202e}";
    let mut browser = server.browser();
    let body = json!({ "name": hostile, "email": format!("{hostile}@example.com"), "password": hostile });
    for path in ["/sign-up/email", "/sign-in/email", "/update-user", "/change-password"] {
        browser.post(path, &body).await;
    }
    let good = json!({ "name": hostile, "email": "hostile@example.com", "password": "a good password" });
    assert_eq!(browser.post("/sign-up/email", &good).await.status, 200);
    let escaped = "%0d%0a%1b%5b31mcanary-forged";
    for path in [
        format!("/error?error={escaped}&error_description={escaped}"),
        format!("/reset-password/{escaped}?callbackURL=/{escaped}"),
        format!("/{escaped}"),
        format!("/get-session?{escaped}={escaped}"),
    ] {
        browser.get(&path).await;
    }
    for header in ["user-agent", "x-request-id", "x-forwarded-for", "cookie", "authorization", "origin", "referer"] {
        let raw = format!(
            "GET /api/auth/get-session HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}: \u{1b}[31mcanary\u{9b}forged\r\n\r\n"
        );
        wire::raw(server.address, raw.as_bytes()).await;
        let raw =
            format!("GET /api/auth/ok HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{header}: canary\n forged\r\n\r\n");
        wire::raw(server.address, raw.as_bytes()).await;
    }
    assert_nothing_that_was_sent_is_logged();
}

#[actix_web::test]
async fn t89_a_test_fails_where_a_line_holds_a_secret_of_its_server() {
    let logged = |secret| tracing::trace!("it is {secret:?}");
    let panicked = |secret| assert!(thread::spawn(move || panic!("not {secret:?}")).join().is_err());
    for (secret, leak) in
        [("planted, in a \"line\"", logged as fn(&'static str)), ("planted, in a \"panic\"", panicked)]
    {
        let server = Server::start().await;
        server.secrets.add("what was planted", secret);
        leak(secret);
        assert!(catch_unwind(AssertUnwindSafe(|| drop(server))).is_err(), "{secret}");
    }
}
