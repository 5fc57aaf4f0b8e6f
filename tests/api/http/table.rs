//! `docs/routes.md`: what each route of the router asks for before it does anything, as the server shows it when asked.

use std::fmt::Write;
use std::path::Path;

use actix_web::http::Method;
use signet::http::endpoint::Endpoint;
use signet::http::rate_limit::rules::{Rule, Rules};

use super::authorization::{Asks, asks};
use super::routes::{EVERYTHING, fitting, sent};
use crate::harness::browser::Answer;
use crate::harness::{Browser, Server};

const HEAD: &str = "\
# Routes

What a request has to get past, route by route. This page is written by a test that asks a running server
(`SIGNET_WRITE_REFERENCE=1 cargo test --test api the_table_of_routes`), and fails where it is not up to date.

Paths are below the base path, but for those that begin with `/.well-known/`.

- **Origin**: a request with a cookie must come from a trusted origin.
- **Login**: a request without one must not come from a page elsewhere, so that nobody is signed in unawares.
- **Asks for**: a session, or an admin, by a session or a token of `[admin] tokens`.
- **Fresh**: the session must have been opened within `session.fresh_age`.
- **Limit**: requests of one client within seconds, where `rate_limit.enabled` is on and no rule of yours says otherwise.

| | route | origin | login | asks for | fresh | limit |
| --- | --- | --- | --- | --- | --- | --- |
";

/// Asks a route as Ada would, but for what is changed about her browser.
async fn ask(server: &Server, route: &Endpoint, name: String, change: impl AsyncFnOnce(&mut Browser<'_>)) -> Answer {
    let mut browser = server.member(&name).await;
    let body = (route.method != Method::GET).then(|| {
        let body = fitting(route).to_string().replace("correct horse Ada", &format!("correct horse {name}"));
        body.replace("ada@", &format!("{}@", name.to_lowercase())).replace("eve@", &format!("eve-{name}@"))
    });
    change(&mut browser).await;
    let headers = [("content-type", "application/json")];
    browser.send(route.method.as_str(), &sent(route), &headers, body.as_deref().map(str::as_bytes)).await
}

async fn row(server: &Server, nth: usize, route: &Endpoint) -> String {
    let word = |is: bool, word: &'static str| if is { word } else { "" };
    let elsewhere = ask(server, route, format!("Ada{nth}x1"), async |browser| {
        browser.origin = None;
        browser.headers.push(("origin".to_owned(), "https://evil.example".to_owned()));
    });
    let checks_origin = elsewhere.await.code().as_deref() == Some("INVALID_ORIGIN");
    let unawares = ask(server, route, format!("Ada{nth}x2"), async |browser| {
        browser.jar.clear();
        browser.origin = None;
        for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")] {
            browser.headers.push((name.to_owned(), value.to_owned()));
        }
    });
    let checks_login = unawares.await.status == 403;
    let stale = ask(server, route, format!("Ada{nth}x3"), async |_| server.wait(2 * 86_400));
    let checks_freshness = stale.await.code().as_deref() == Some("SESSION_NOT_FRESH");
    let asks_for = match asks(route) {
        Asks::Nothing => "",
        Asks::Session => "session",
        Asks::Admin => "admin",
    };
    let rules = Rules::new(Rule::new(10, 100), Vec::new());
    let limit = match rules.of(route, "").1.filter(|_| route.is_limited) {
        Some(rule) => format!("{} in {} s", rule.max, rule.window / 1000),
        None => "none".to_owned(),
    };
    format!(
        "| {} | `{}` | {} | {} | {asks_for} | {} | {limit} |",
        route.method,
        route.path,
        word(checks_origin, "yes"),
        word(checks_login, "yes"),
        word(checks_freshness, "yes"),
    )
}

#[actix_web::test]
async fn t35_t80_the_table_of_routes_is_what_the_server_does() {
    let server = Server::with(EVERYTHING).await;
    let mut text = HEAD.to_owned();
    for (nth, route) in server.endpoints().iter().enumerate() {
        let row = row(&server, nth, route).await;
        let changes = route.method != Method::GET || route.wide;
        assert_eq!(row.contains("| yes |"), changes || row.contains("session | yes"), "an unguarded change: {row}");
        writeln!(text, "{row}").expect("a String takes all");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/routes.md");
    if std::env::var_os("SIGNET_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &text).expect("the document is written");
    }
    let document = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        document == text,
        "docs/routes.md is not up to date: run `SIGNET_WRITE_REFERENCE=1 cargo test --test api the_table_of_routes`"
    );
}
