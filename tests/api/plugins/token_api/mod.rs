//! The token API as a client sees it.

mod access;
mod login;
mod logout;
mod refresh;
mod user;

use serde_json::{Value, json};

use crate::harness::browser::Answer;
use crate::harness::{Browser, Server, load};

pub const ENABLED: &str = "[plugins]\nusername.enabled = true\ntoken_api.enabled = true\nadmin.enabled = true\n";
pub const PASSWORD: &str = "correct horse Ada";

/// A server with Ada.
pub async fn server(toml: &str) -> Server {
    let server = Server::with(&format!("{ENABLED}{toml}")).await;
    assert_eq!(register(&server, "Ada").await.status, 201);
    server
}

pub async fn register(server: &Server, name: &str) -> Answer {
    let body = json!({
        "name": name,
        "username": name,
        "email": format!("{}@example.com", name.to_lowercase()),
        "password": format!("correct horse {name}"),
    });
    server.browser().post("!/api/v1/user", &body).await
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A login as a program sends it: without an origin.
pub async fn log_in<'s>(server: &'s Server, username: &str) -> (Browser<'s>, String) {
    let mut browser = server.browser().without_origin();
    let body = format!("username={username}&password={}", PASSWORD.replace(' ', "+"));
    let answer = browser.send("POST", "!/api/v1/login", &[FORM], Some(body.as_bytes())).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let token = access_token(&answer);
    (browser, token)
}

pub fn access_token(answer: &Answer) -> String {
    answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("no access token: {answer:?}")).to_owned()
}

pub async fn refresh(browser: &mut Browser<'_>) -> Answer {
    browser.send("POST", "!/api/v1/refresh", &[], None).await
}

/// What `/user/me` says to a token.
pub async fn me(server: &Server, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    server.browser().send("GET", "!/api/v1/user/me", &[("authorization", &bearer)], None).await
}

pub fn detail(answer: &Answer) -> Value {
    answer.json()["detail"].clone()
}

/// What a token says.
pub fn payload(token: &str) -> Value {
    use base64::Engine;
    let part = token.split('.').nth(1).expect("a payload");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[actix_web::test]
async fn a_configuration_that_cannot_work_is_refused() {
    let template = "[plugins.jwt.templates.py]\nclaims = { jti = \"{jti}\", sid = \"{session.id}\" }\n";
    let good = format!("{ENABLED}token_api.template = \"py\"\n{template}");
    load(&good, "sqlite:x.db").expect("a template whose tokens can be taken back");
    for (toml, part) in [
        ("[plugins.token_api]\nenabled = true\n[plugins.jwt]\nenabled = false", "needs keys"),
        ("[plugins.token_api]\nenabled = true\ntemplate = \"py\"", "there is no plugins.jwt.templates.py"),
        (
            "[plugins.token_api]\nenabled = true\ntemplate = \"py\"\n[plugins.jwt.templates.py]\nclaims = { jti = \"{jti}\" }",
            "cannot be taken back",
        ),
        ("[plugins.token_api]\nenabled = true\nbase_path = \"/api/auth\"", "is taken"),
        ("[plugins.token_api]\nenabled = true\nbase_path = \"/api\"", "is taken"),
        ("[plugins.token_api]\nenabled = true\nbase_path = \"/api/auth/v1\"", "is taken"),
        ("[plugins.token_api]\nenabled = true\nbase_path = \"api;v1\"", "must be a path"),
    ] {
        let faults = load(toml, "sqlite:x.db").expect_err(toml);
        assert!(faults.contains(part), "{toml}: {faults}");
    }
}

#[actix_web::test]
async fn off_it_has_no_routes_and_elsewhere_it_is_where_it_was_put() {
    let server = Server::start().await;
    assert_eq!(server.browser().post("!/api/v1/login", &json!({})).await.status, 404);
    let server = Server::with("[plugins.token_api]\nenabled = true\nbase_path = \"/v2\"").await;
    assert_eq!(server.browser().post("!/api/v1/login", &json!({})).await.status, 404);
    let answer = server.browser().post("!/v2/login", &json!({ "username": "a@b.c", "password": "x" })).await;
    assert_eq!((answer.status, detail(&answer)), (401, json!("Incorrect username or password")));
    let described = server.browser().get("/open-api/generate-schema").await.json();
    assert!(described["paths"]["/v2/login"].is_object() && described["paths"]["/api/v1/login"].is_null());
}

#[actix_web::test]
async fn t35_a_page_elsewhere_is_refused_and_a_program_needs_no_origin() {
    let server = Server::with(&format!("trusted_origins = [\"https://app.example.com\"]\n{ENABLED}")).await;
    register(&server, "Ada").await;
    let (browser, token) = log_in(&server, "ada").await;
    let bearer = format!("Bearer {token}");
    for (origin, is_trusted) in [
        ("https://app.example.com", true),
        ("http://localhost:3000", true),
        ("https://evil.example", false),
        ("https://app.example.com.evil.example", false),
        ("null", false),
    ] {
        for (method, path) in [
            ("POST", "!/api/v1/login"),
            ("POST", "!/api/v1/refresh"),
            ("POST", "!/api/v1/user"),
            ("PATCH", "!/api/v1/user/ada"),
            ("DELETE", "!/api/v1/user/ada"),
            ("POST", "!/api/v1/logout"),
        ] {
            let mut page = if is_trusted { server.browser() } else { browser.clone() };
            let headers =
                [("origin", origin), ("authorization", bearer.as_str()), ("content-type", "application/json")];
            let all = !is_trusted || !path.ends_with("logout");
            let given = if all { &headers[..] } else { &headers[..1] };
            let answer = page.send(method, path, given, Some(b"{}")).await;
            let refused = answer.status == 403 && detail(&answer) == "Invalid origin";
            assert_eq!(refused, !is_trusted, "{origin} {method} {path}: {answer:?}");
        }
    }
    assert_eq!(me(&server, &token).await.status, 200, "nothing has happened");
}

#[actix_web::test]
async fn scripts_of_trusted_origins_may_call_with_cookies() {
    let toml = "trusted_origins = [\"https://app.example.com\"]\n[cors]\nenabled = true\n";
    let server = Server::with(&format!("{toml}{ENABLED}")).await;
    register(&server, "Ada").await;
    for (path, method) in [("!/api/v1/login", "POST"), ("!/api/v1/user/ada", "PATCH"), ("!/api/v1/user/ada", "DELETE")]
    {
        let headers = [("origin", "https://app.example.com"), ("access-control-request-method", method)];
        let answer = server.browser().send("OPTIONS", path, &headers, None).await;
        assert_eq!(answer.status, 204);
        assert!(answer.header("access-control-allow-methods").is_some_and(|allowed| allowed.contains(method)));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    }
    let headers = [("origin", "https://app.example.com"), FORM];
    let body = b"username=ada&password=correct+horse+Ada";
    let answer = server.browser().send("POST", "!/api/v1/login", &headers, Some(body)).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example.com"));
}
