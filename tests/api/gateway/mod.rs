//! The gateway, in front of a service that notes what it gets.

mod config;
mod identity;
mod paths;
mod slow;
mod streams;
mod threats;
mod upgrades;

use crate::harness::upstream::{Got, Upstream};
use crate::harness::{Browser, Server};

/// A template whose tokens are for one service.
const TASKS: &str = "[plugins.jwt.templates.tasks]\naudience = \"https://tasks.internal\"\nexpiration_time = \"15m\"\n\
                     endpoint = false\n[plugins.jwt.templates.tasks.claims]\nroles = \"{roles}\"\nemail = \"{user.email}\"\n";

/// A server, and a service behind it.
pub struct Site {
    pub server: Server,
    pub upstream: Upstream,
}

impl Site {
    /// With everything below `/api/tasks` passed on under the template, as `keys` of its route say.
    pub async fn with(keys: &str, more: &str) -> Self {
        let upstream = Upstream::start().await;
        let route = upstream.route("/api/tasks", &format!("template = \"tasks\"\n{keys}"));
        let server = Server::with(&format!("{more}\n{route}\n{TASKS}")).await;
        Self { server, upstream }
    }

    pub async fn start() -> Self {
        Self::with("", "").await
    }

    pub async fn ada(&self) -> Browser<'_> {
        self.server.member("Ada").await
    }

    /// What the service got last. Its token must be in no line of the log.
    pub fn last(&self) -> Got {
        let got = self.upstream.last();
        got.token().into_iter().for_each(|token| self.server.secrets.add("a token for the service", token));
        got
    }

    /// How many requests it got.
    pub fn count(&self) -> usize {
        self.upstream.got().len()
    }
}

#[actix_web::test]
async fn a_session_becomes_a_token_on_the_way() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let answer = ada.get("!/api/tasks/7?done=1&x=%20y").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["target"], "/api/tasks/7?done=1&x=%20y");
    assert_eq!(answer.header("x-from"), Some("upstream"));
    let got = site.last();
    let claims = got.claims();
    assert_eq!(claims["aud"], "https://tasks.internal");
    assert_eq!(claims["email"], "ada@example.com");
    assert_eq!(got.header("x-request-id"), answer.header("x-request-id"), "{got:?}");
    assert_eq!(got.header("host"), Some(site.upstream.address.to_string().as_str()));
}

#[actix_web::test]
async fn its_token_verifies_as_one_of_its_template() {
    let site = Site::start().await;
    site.ada().await.get("!/api/tasks").await;
    let tokens = site.server.parts().house.tokens.clone().expect("tokens");
    let token = site.last().token().expect("a token").to_owned();
    tokens.verify(tokens.template(Some("tasks")).unwrap(), &token).expect("it verifies");
    tokens.verify(tokens.default(), &token).expect_err("it is no default token");
}

#[actix_web::test]
async fn without_a_session_nothing_passes_unless_that_is_allowed() {
    let site = Site::start().await;
    let answer = site.server.browser().get("!/api/tasks").await;
    assert_eq!((answer.status, answer.code().as_deref()), (401, Some("UNAUTHORIZED")));
    assert_eq!(answer.text(), r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#);
    assert_eq!(site.count(), 0);
    let site = Site::with("require_session = false", "").await;
    assert_eq!(site.server.browser().get("!/api/tasks").await.status, 200);
    assert!(!site.last().has("authorization"));
    site.ada().await.get("!/api/tasks").await;
    assert!(site.last().has("authorization"), "who has a session has a token");
}

#[actix_web::test]
async fn a_page_load_is_refused_with_a_page() {
    let site = Site::start().await;
    let mut browser = site.server.browser().header("accept", "text/html,*/*;q=0.8");
    let answer = browser.get("!/api/tasks").await;
    assert_eq!((answer.status, answer.header("content-type")), (401, Some("text/html; charset=utf-8")));
}

#[actix_web::test]
async fn a_role_may_be_asked_for() {
    let roles = "require_role = [\"admin\", \"staff\"]";
    let site = Site::with(roles, "[plugins.admin]\nenabled = true").await;
    let mut ada = site.ada().await;
    let answer = ada.get("!/api/tasks").await;
    assert_eq!((answer.status, answer.code().as_deref()), (403, Some("ROLE_REQUIRED")));
    assert_eq!(site.count(), 0);
    site.server.sql("UPDATE {user} SET {user:role} = 'user,staff'", &[]).await;
    assert_eq!(ada.get("!/api/tasks").await.status, 200);
    assert_eq!(site.last().claims()["roles"], serde_json::json!(["user", "staff"]));
}

#[actix_web::test]
async fn a_template_that_is_not_for_a_user_lets_nobody_through() {
    let upstream = Upstream::start().await;
    let route = upstream.route("/staff", "template = \"staff\"");
    let more = "[plugins.admin]\nenabled = true\n[plugins.jwt.templates.staff]\nroles = [\"staff\"]\n";
    let server = Server::with(&format!("{route}\n{more}")).await;
    let mut ada = server.member("Ada").await;
    assert_eq!(ada.get("!/staff").await.status, 403);
    server.sql("UPDATE {user} SET {user:role} = 'staff'", &[]).await;
    assert_eq!(ada.get("!/staff").await.status, 200);
}

#[actix_web::test]
async fn every_method_passes_with_its_body() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        let answer = ada.send(method, "!/api/tasks/1", &[("content-type", "text/plain")], Some(b"hello")).await;
        assert_eq!(answer.status, 200, "{method} {answer:?}");
        let got = site.last();
        assert_eq!((got.method.as_str(), got.body.as_slice()), (method, &b"hello"[..]));
        assert_eq!(got.header("content-type"), Some("text/plain"));
        assert_eq!(got.header("content-length"), Some("5"), "{method}");
    }
    let answer = ada.send("HEAD", "!/api/tasks/1", &[], None).await;
    assert_eq!((answer.status, site.last().method.as_str()), (200, "HEAD"));
    assert!(answer.header("content-length").is_some_and(|length| length != "0") && answer.body.is_empty());
}

#[actix_web::test]
async fn ranges_validators_and_their_answers_pass() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    site.upstream.answers("HTTP/1.1 206 Partial Content\ncontent-range: bytes 0-1/9\ncontent-length: 2\n\nab");
    let answer = ada.send("GET", "!/api/tasks/file", &[("range", "bytes=0-1")], None).await;
    assert_eq!(
        (answer.status, answer.header("content-range"), answer.text().as_str()),
        (206, Some("bytes 0-1/9"), "ab")
    );
    assert_eq!(site.last().header("range"), Some("bytes=0-1"));
    site.upstream.answers("HTTP/1.1 304 Not Modified\netag: \"a\"\ncontent-length: 9\n\n");
    let answer = ada.send("GET", "!/api/tasks/file", &[("if-none-match", "\"a\"")], None).await;
    assert_eq!(
        (answer.status, answer.header("etag"), answer.header("content-length")),
        (304, Some("\"a\""), Some("9"))
    );
    site.upstream.answers("HTTP/1.1 204 No Content\n\n");
    let answer = ada.send("DELETE", "!/api/tasks/file", &[], None).await;
    assert_eq!((answer.status, answer.header("content-length")), (204, None));
}

#[actix_web::test]
async fn a_prefix_may_be_stripped_and_an_upstream_have_a_path() {
    let upstream = Upstream::start().await;
    let base = format!("http://{}/v2/", upstream.address);
    let toml = format!(
        "[[gateway.routes]]\nprefix = \"/api/tasks\"\nupstream = \"{base}\"\nstrip_prefix = true\nrequire_session = false\n\
         [[gateway.routes]]\nprefix = \"/whole\"\nupstream = \"{base}\"\nrequire_session = false\n"
    );
    let server = Server::with(&toml).await;
    for (path, target) in [
        ("/api/tasks", "/v2"),
        ("/api/tasks/", "/v2/"),
        ("/api/tasks/1?a=b", "/v2/1?a=b"),
        ("/whole/x", "/v2/whole/x"),
        ("/whole", "/v2/whole"),
    ] {
        assert_eq!(server.browser().get(&format!("!{path}")).await.json()["target"], target, "{path}");
    }
}

#[actix_web::test]
async fn a_token_is_used_until_a_third_of_its_life_is_left() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let mut tokens = Vec::new();
    // Tokens live 900 seconds.
    for wait in [0, 1, 598, 2] {
        site.server.wait(wait);
        ada.get("!/api/tasks").await;
        tokens.push(site.last().token().expect("a token").to_owned());
    }
    assert_eq!(tokens[0], tokens[1]);
    assert_eq!(tokens[0], tokens[2]);
    assert_ne!(tokens[0], tokens[3]);
}

#[actix_web::test]
async fn no_token_goes_on_past_its_time_though_its_cookies_were_seen_a_moment_ago() {
    let upstream = Upstream::start().await;
    let route = upstream.route("/api/tasks", "template = \"brief\"");
    let brief = "[plugins.jwt.templates.brief]\nexpiration_time = \"12s\"";
    let server = Server::with(&format!("[session.cookie_cache]\nenabled = true\n{route}{brief}")).await;
    let mut ada = server.member("Ada").await;
    // Another cookie makes it another request for the same session.
    for (wait, cookie) in [(0, "1"), (7, "2"), (8, "2")] {
        server.wait(wait);
        ada.jar.insert("theme".to_owned(), cookie.to_owned());
        assert_eq!(ada.get("!/api/tasks").await.status, 200);
        let expires = upstream.last().claims()["exp"].as_i64().expect("a number");
        assert!(expires > server.now().seconds(), "after {wait} s with {cookie}");
    }
}

#[actix_web::test]
async fn a_token_says_what_the_user_is_now() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    ada.get("!/api/tasks").await;
    let before = site.last();
    site.server.sql("UPDATE {user} SET {user:email} = 'countess@example.com'", &[]).await;
    ada.get("!/api/tasks").await;
    assert_eq!(before.claims()["email"], "ada@example.com");
    assert_eq!(site.last().claims()["email"], "countess@example.com");
}

#[actix_web::test]
async fn a_session_that_is_due_is_refreshed_on_the_way() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    assert_eq!(ada.get("!/api/tasks").await.cookies(), Vec::<&str>::new());
    site.server.wait(2 * 86_400);
    let answer = ada.get("!/api/tasks").await;
    assert_eq!(answer.status, 200);
    assert!(answer.cookies().iter().any(|line| line.starts_with("better-auth.session_token=")), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[actix_web::test]
async fn the_query_is_the_services_own() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    site.server.wait(2 * 86_400);
    let answer = ada.get("!/api/tasks?disableRefresh=true&disableCookieCache=true").await;
    assert!(!answer.cookies().is_empty(), "it says nothing about our sessions");
    assert_eq!(answer.json()["target"], "/api/tasks?disableRefresh=true&disableCookieCache=true");
}

#[actix_web::test]
async fn what_goes_wrong_behind_is_502_or_504_in_json() {
    let site = Site::with("response_timeout = 1", "").await;
    let mut ada = site.ada().await;
    let answer = ada.get("!/api/tasks/dies").await;
    assert_eq!((answer.status, answer.code().as_deref()), (502, Some("BAD_GATEWAY")));
    let answer = ada.get("!/api/tasks/hangs").await;
    assert_eq!((answer.status, answer.code().as_deref()), (504, Some("GATEWAY_TIMEOUT")));
    let toml =
        format!("[[gateway.routes]]\nprefix = \"/gone\"\nupstream = \"http://127.0.0.1:{}\"\n", free_port().await);
    let server = Server::with(&toml).await;
    let answer = server.member("Ada").await.get("!/gone").await;
    assert_eq!((answer.status, answer.code().as_deref()), (502, Some("BAD_GATEWAY")));
}

async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address").port()
}

#[actix_web::test]
async fn connections_to_a_service_are_used_again_and_one_that_was_ended_costs_no_request() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    for _ in 0..5 {
        assert_eq!(ada.get("!/api/tasks").await.status, 200);
    }
    assert_eq!(site.upstream.connections(), 1);
}

#[actix_web::test]
async fn what_passes_is_counted_by_its_prefix() {
    let site = Site::with("response_timeout = 1", "[server]\nops_bind = \"127.0.0.1:0\"\n").await;
    let mut ada = site.ada().await;
    ada.get("!/api/tasks/secret-path").await;
    ada.get("!/api/tasks/dies").await;
    ada.get("!/api/tasks/hangs").await;
    let ops = site.server.ops_address().expect("an address");
    let answer = crate::harness::wire::raw(ops, b"GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    for line in [
        "signet_http_requests_total{route=\"/api/tasks\",method=\"any\",status=\"200\"} 1",
        "signet_http_requests_total{route=\"/api/tasks\",method=\"any\",status=\"502\"} 1",
        "signet_gateway_failures_total{route=\"/api/tasks\",reason=\"unreachable\"} 1",
        "signet_gateway_failures_total{route=\"/api/tasks\",reason=\"timeout\"} 1",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("secret-path"));
    assert!(!site.server.heard().contains("secret-path"), "nor is a path in the log");
}

#[actix_web::test]
async fn pages_of_trusted_origins_may_ask_for_any_method() {
    let cors = "trusted_origins = [\"https://app.example.com\"]\n[cors]\nenabled = true\n";
    let site = Site::with("", cors).await;
    let asked = [("origin", "https://app.example.com"), ("access-control-request-method", "DELETE")];
    let answer = site.server.browser().send("OPTIONS", "!/api/tasks/1", &asked, None).await;
    assert_eq!(answer.status, 204);
    assert!(answer.header("access-control-allow-methods").is_some_and(|methods| methods.contains("DELETE")));
    assert_eq!(site.count(), 0);
}
