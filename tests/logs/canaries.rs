//! I6: what is secret, and whatever else a client sends, is in no line at any level.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use signet::store::Store;

use crate::harness::browser::Answer;
use crate::harness::{SECRET, Server, wire};
use crate::lines;

const PASSWORD: &str = "canary-password-1";
const NEW_PASSWORD: &str = "canary-password-2";
const WRONG_PASSWORD: &str = "canary-password-3";

/// What must not be in a line, with what it is.
#[derive(Default)]
struct Canaries(BTreeSet<(String, String)>);

impl Canaries {
    fn add(&mut self, what: &str, canary: &str) {
        assert!(canary.len() >= 8, "{what}: {canary:?} is too short to be told from anything else");
        self.0.insert((what.to_owned(), canary.to_owned()));
    }

    /// All that an answer hands out.
    fn add_answer(&mut self, what: &str, answer: &Answer) {
        for cookie in answer.cookies() {
            let value = cookie.split_once('=').map(|(_, rest)| rest.split(';').next().unwrap_or_default());
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                self.add(&format!("a cookie of {what}"), value);
            }
        }
        for name in ["set-auth-jwt", "set-auth-token"] {
            answer.header(name).into_iter().for_each(|value| self.add(&format!("{name} of {what}"), value));
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        body["token"].as_str().into_iter().for_each(|token| self.add(&format!("the token of {what}"), token));
        body["session"]["token"]
            .as_str()
            .into_iter()
            .for_each(|token| self.add(&format!("a session of {what}"), token));
    }

    fn assert_in_no_line(&self) {
        let lines = lines::all();
        for line in &lines {
            for (what, canary) in &self.0 {
                assert!(!line.contains(canary.as_str()), "{what} is in the log: {line}");
            }
            assert!(!line.to_lowercase().contains("canary"), "something that was sent is in the log: {line}");
            assert!(line.ends_with('\n') && line.matches('\n').count() == 1, "one event is one line: {line:?}");
            let inside = &line[..line.len() - 1];
            assert!(!inside.chars().any(char::is_control), "nothing speaks to a terminal: {line:?}");
        }
    }
}

/// What the database holds that is secret.
async fn stored(store: &Store, canaries: &mut Canaries) {
    for (template, columns) in [
        ("SELECT {jwks.*} FROM {jwks}", ["jwks.privateKey"]),
        ("SELECT {account.*} FROM {account}", ["account.password"]),
        ("SELECT {session.*} FROM {session}", ["session.token"]),
    ] {
        let statement = store.renderer().statement("look", template).expect("a statement");
        for row in store.fetch_all(&statement, &[]).await.expect("rows") {
            for column in columns {
                let value = row.text(column).expect("a text");
                // Of a private JWK, the member that is private.
                let private: Value = serde_json::from_str(&value).unwrap_or_default();
                canaries.add(column, private["d"].as_str().unwrap_or(&value));
            }
        }
    }
}

#[actix_web::test]
async fn t89_nothing_secret_and_nothing_that_was_sent_is_in_a_line_at_trace() {
    lines::catch();
    let server =
        Server::with("[plugins.jwt.jwks]\ndisable_private_key_encryption = true\n[plugins.bearer]\nenabled = true")
            .await;
    let mut canaries = Canaries::default();
    canaries.add("the secret", SECRET);
    for password in [PASSWORD, NEW_PASSWORD, WRONG_PASSWORD] {
        canaries.add("a password", password);
    }
    let mut ada = server.browser().header("user-agent", "canary-agent").header("x-canary", "canary-header");
    let sign_up = json!({ "name": "Canary", "email": "canary@example.com", "password": PASSWORD });
    let with_password = |password: &str| json!({ "email": "canary@example.com", "password": password });

    canaries.add_answer("sign-up", &ada.post("/sign-up/email", &sign_up).await);
    canaries.add_answer("sign-up again", &ada.post("/sign-up/email", &sign_up).await);
    assert_eq!(ada.post("/sign-in/email", &with_password(WRONG_PASSWORD)).await.status, 401);
    let signed_in = ada.post("/sign-in/email", &with_password(PASSWORD)).await;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    canaries.add_answer("sign-in", &signed_in);
    for path in ["/get-session", "/token", "/list-sessions", "/jwks"] {
        let answer = ada.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        canaries.add_answer(path, &answer);
    }
    let change =
        |current: &str| json!({ "currentPassword": current, "newPassword": NEW_PASSWORD, "revokeOtherSessions": true });
    assert_eq!(ada.post("/change-password", &change(WRONG_PASSWORD)).await.status, 400);
    let changed = ada.post("/change-password", &change(PASSWORD)).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    canaries.add_answer("change-password", &changed);
    stored(server.store(), &mut canaries).await;

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
        let answer = ada.send(method, path, &headers, sent).await;
        canaries.add_answer(path, &answer);
    }
    canaries.add_answer("sign-out", &ada.post("/sign-out", &json!({})).await);

    // What fails through our own fault.
    server.store().close().await;
    for (path, body) in [("/sign-in/email", with_password(NEW_PASSWORD)), ("/sign-up/email", sign_up)] {
        assert_eq!(ada.post(path, &body).await.status, 503, "{path}");
    }
    let traced = lines::json().into_iter().filter(|line| line["level"] == "trace");
    assert!(traced.count() > 100, "what other crates log at TRACE is caught too");
    canaries.assert_in_no_line();
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
    Canaries::default().assert_in_no_line();
}
