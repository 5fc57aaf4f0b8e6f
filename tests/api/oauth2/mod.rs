//! What resource servers ask: `/oauth2/introspect` and `/oauth2/revoke`.

mod clients;
mod introspect;
mod revoke;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::harness::browser::Answer;
use crate::harness::{Browser, Server};

const API: &str = "https://api.example.com";
const SECRET: &str = "what-the-api-shows-itself-by-to-signet";
const OTHER: &str = "what-the-other-shows-itself-by-to-signet";

/// Tokens with and without a session's name, and two that ask about them: one about its own audience, one about all.
fn site() -> String {
    format!(
        r#"
        [plugins.jwt.templates.api]
        audience = "{API}"
        [plugins.jwt.templates.api.claims]
        sid = "{{session.id}}"
        jti = "{{jti}}"
        active = false
        [plugins.jwt.templates.bare]
        audience = ["https://bare.example.com", "https://other.example.com"]
        [plugins.jwt.templates.shared]
        algorithm = "HS256"
        secret = "a-secret-that-backends-share-with-signet"
        audience = "{API}"
        type = "at+jwt"
        [plugins.admin]
        enabled = true
        [resource_servers.api]
        secret = "{SECRET}"
        audience = ["{API}"]
        [resource_servers.other]
        secret_sha256 = "{}"
        "#,
        signet::crypto::digest::hexadecimal(OTHER)
    )
}

async fn start() -> Server {
    let server = Server::with(&site()).await;
    server.secrets.add("a resource server's secret", SECRET);
    server.secrets.add("a resource server's secret", OTHER);
    server
}

/// `Authorization: Basic` of a name and a secret.
fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
}

/// A token of a template for whoever is signed in.
async fn token(browser: &mut Browser<'_>, template: &str) -> String {
    let answer = browser.get(&format!("/token?template={template}")).await;
    answer.json()["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// Posts a form, with an `Authorization` of some kind.
async fn post(server: &Server, path: &str, authorization: Option<&str>, form: &str) -> Answer {
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(authorization.map(|value| ("authorization", value)));
    server.browser().without_origin().send("POST", path, &headers, Some(form.as_bytes())).await
}

/// What the server that sees all tokens is told of one.
async fn introspected(server: &Server, token: &str) -> Value {
    let answer = post(server, "/oauth2/introspect", Some(&basic("other", OTHER)), &format!("token={token}")).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{answer:?}");
    answer.json()
}

/// Whether a token is active; if not, nothing else is told.
async fn is_active(server: &Server, token: &str) -> bool {
    let told = introspected(server, token).await;
    if told["active"] == false {
        assert_eq!(told, json!({ "active": false }));
    }
    told["active"] == true
}

/// The payload of a token.
fn claims_of(token: &str) -> Map<String, Value> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("a payload")).expect("base64url");
    serde_json::from_slice(&payload).expect("JSON")
}

/// The header of a token.
fn header_of(token: &str) -> Map<String, Value> {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header")).expect("base64url");
    serde_json::from_slice(&header).expect("JSON")
}
