//! Forward auth as a proxy sees it: each asks as its documentation has it.

mod csrf;
mod identity;
mod options;
mod proxies;
mod return_address;
mod trust;

use crate::harness::browser::Answer;
use crate::harness::{Browser, Server};

const APP: &str = "https://app.example.com";

const ON: &str = r#"
    trusted_origins = ["https://app.example.com"]
    [plugins.admin]
    enabled = true
    [plugins.forward_auth]
    enabled = true
    sign_in_page = "https://app.example.com/sign-in"
"#;

const TEMPLATES: &str = r#"
    [plugins.jwt.templates.tasks]
    audience = "tasks"
    endpoint = false
    [plugins.jwt.templates.staff]
    roles = ["staff"]
"#;

async fn server() -> Server {
    Server::with(&format!("{ON}{TEMPLATES}")).await
}

/// What a browser sends when it loads a page.
const PAGE_LOAD: [(&str, &str); 2] =
    [("sec-fetch-mode", "navigate"), ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")];

/// What Traefik and Caddy tell of a request.
fn forwarded<'a>(method: &'a str, uri: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("x-forwarded-method", method),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "app.example.com"),
        ("x-forwarded-uri", uri),
        ("x-forwarded-for", "203.0.113.7"),
    ]
}

async fn ask(browser: &Browser<'_>, path: &str, headers: &[(&str, &str)]) -> Answer {
    browser.clone().send("GET", path, headers, None).await
}

/// The five headers of an identity; empty for nobody.
const IDENTITY: [&str; 5] =
    ["authorization", "x-auth-user-id", "x-auth-email", "x-auth-email-verified", "x-auth-roles"];

#[track_caller]
fn assert_denies(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    for name in IDENTITY {
        assert_eq!(answer.header(name), None, "{answer:?}");
    }
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
}
