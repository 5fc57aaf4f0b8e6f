//! Traces, in a build with the feature `otlp`: what a collector gets, and what happens where it gets nothing.
#![cfg(feature = "otlp")]

#[path = "otlp/collector.rs"]
mod collector;
#[path = "api/harness/mod.rs"]
mod harness;
#[path = "otlp/protobuf.rs"]
mod protobuf;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::test::TestRequest;
use serde_json::json;
use signet::base::Random;
use signet::http::address::AddressRule;
use signet::http::traffic::Traffic;
use signet::http::visit::{RequestIds, Visit};
use signet::traces::config::TracesConfig;
use signet::traces::{Answered, Traces};

use collector::{Collector, Span};
use harness::browser::Answer;
use harness::database::Database;
use harness::{Server, log, person, process};

fn traces(endpoint: &str) -> Traces {
    Traces::start(&TracesConfig { endpoint: Some(endpoint.parse().expect("a URL")) }).expect("they start")
}

fn is_span_of(answer: &Answer, name: &str, attributes: &[(&str, &str)], span: &Span) {
    let id = format!("[{}]", answer.header("x-request-id").expect("an id"));
    let attributes = attributes.iter().copied().chain([("http.response.header.x-request-id", id.as_str())]);
    let attributes: BTreeMap<_, _> = attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    assert_eq!((span.name.as_str(), span.kind, &span.attributes), (name, 2, &attributes));
    let fails = answer.status >= 500;
    assert_eq!((span.status, span.parent.as_str()), (if fails { 2 } else { 0 }, ""), "{span:?}");
    assert!(span.nanoseconds > 0);
}

#[actix_web::test]
async fn each_request_is_a_span_with_these_attributes_and_no_other() {
    let collector = Collector::start();
    let server = Server::with(&collector.configuration()).await;
    let mut browser = server.browser();
    let signed_up = browser.post("/sign-up/email", &person("Ada")).await;
    let reset = browser.get("/reset-password/a-token?callbackURL=/").await;
    let nowhere = browser.send("BREW", "/coffee?with=milk", &[], None).await;
    server.store().close().await;
    let broken = browser.post("/sign-in/email", &person("Ada")).await;
    server.traces().stop().await;

    let taken = collector.taken();
    assert!(taken.iter().all(|taken| taken.line == "POST /v1/traces"), "{taken:?}");
    assert!(taken.iter().all(|taken| taken.content_type == "application/x-protobuf"), "{taken:?}");
    assert_eq!(collector.sender()["service.name"], "signet");
    assert_eq!(collector.sender()["service.version"], env!("CARGO_PKG_VERSION"));
    let spans = collector.spans();
    assert_eq!(spans.len(), 4, "{spans:?}");
    let (method, route, status) = ("http.request.method", "http.route", "http.response.status_code");
    let sign_up = [(method, "POST"), (route, "/sign-up/email"), (status, "200")];
    is_span_of(&signed_up, "POST /sign-up/email", &sign_up, &spans[0]);
    let with_parameter = [(method, "GET"), (route, "/reset-password/:token"), (status, "302")];
    is_span_of(&reset, "GET /reset-password/:token", &with_parameter, &spans[1]);
    is_span_of(&nowhere, "HTTP", &[(method, "_OTHER"), (status, "404")], &spans[2]);
    let sign_in = [(method, "POST"), (route, "/sign-in/email"), (status, "503"), ("error.type", "503")];
    is_span_of(&broken, "POST /sign-in/email", &sign_in, &spans[3]);
}

#[actix_web::test]
async fn t09_t89_nothing_secret_and_nothing_that_was_sent_gets_to_the_collector() {
    let collector = Collector::start();
    let server = Server::with(&format!("{}[plugins.bearer]\nenabled = true\n", collector.configuration())).await;
    let mut browser = server.browser().header("user-agent", "canary-agent").header("baggage", "canary=1");
    let body = json!({ "name": "Canary", "email": "canary@example.com", "password": "canary password" });
    assert_eq!(browser.post("/sign-up/email", &body).await.status, 200);
    for path in ["/get-session", "/token", "/canary?canary=1", "/reset-password/canary?callbackURL=/canary"] {
        browser.get(path).await;
    }
    browser.send("CANARY", "/ok", &[("traceparent", "canary"), ("tracestate", "canary=canary")], None).await;
    server.traces().stop().await;
    assert_eq!(collector.spans().len(), 6);
    let sent: Vec<u8> = collector.taken().into_iter().flat_map(|taken| taken.body).collect();
    let sent = String::from_utf8_lossy(&sent);
    assert!(!sent.to_lowercase().contains("canary"), "{sent}");
    server.secrets.assert_in_none(&sent);
}

#[actix_web::test]
async fn t09_a_request_is_part_of_a_trace_that_a_trusted_peer_names_and_nobody_else() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let collector = Collector::start();
    let traces = traces(&format!("http://{}/", collector.address));
    let rule = AddressRule {
        headers: Vec::new(),
        trusted_proxies: vec!["10.0.0.0/24".parse().expect("a network")],
        ipv6_subnet: 64,
        disabled: false,
    };
    for peer in ["127.0.0.1", "10.0.0.7", "203.0.113.9"] {
        let peer = SocketAddr::new(peer.parse::<IpAddr>().expect("an address"), 1);
        let request = TestRequest::default().peer_addr(peer);
        let request = request.insert_header(("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01")));
        let visit = Visit::begin(&request.to_http_request(), &rule, &RequestIds::new(Random::system()), &traces);
        visit.end("/ok", &rule, &Traffic::default(), &mut HttpResponse::Ok().finish());
    }
    traces.stop().await;
    let spans = collector.spans();
    let [loopback, proxy, stranger] = spans.as_slice() else { panic!("{spans:?}") };
    for trusted in [loopback, proxy] {
        assert_eq!((trusted.trace.as_str(), trusted.parent.as_str()), (TRACE, "00f067aa0ba902b7"));
    }
    assert!(stranger.trace != TRACE && stranger.parent.is_empty(), "{stranger:?}");
}

#[actix_web::test]
async fn a_collector_that_fails_is_told_of_once_and_fails_no_request() {
    let collector = Collector::start();
    // Other tests' collectors fail otherwise: the log is that of the process.
    collector.answer(502);
    let log = log::listen();
    let server = Server::with(&collector.configuration()).await;
    assert_eq!(server.browser().get("/ok").await.status, 200);
    let retried = collector.until(|collector| collector.taken().len() >= 3);
    let stop = server.traces().stop();
    futures_util::future::join(retried, stop).await;
    let told = |what: &str| log.heard().lines().filter(|line| line.starts_with('{') && line.contains(what)).count();
    assert_eq!(told("traces cannot be delivered to otlp.endpoint: the collector answers 502"), 1);
    assert_eq!(server.browser().get("/ok").await.status, 200);
}

#[actix_web::test]
async fn a_collector_that_comes_back_gets_what_waited_and_is_told_of() {
    let collector = Collector::start();
    collector.answer(503);
    let log = log::listen();
    let traces = traces(&format!("http://{}", collector.address));
    traces.begin("GET", |_| None).end(&Answered { route: Some("/ok"), status: 200, request_id: "x" });
    let back = async {
        collector.until(|collector| !collector.taken().is_empty()).await;
        collector.answer(200);
    };
    futures_util::future::join(back, traces.stop()).await;
    collector.until(|_| log.heard().contains("traces are delivered again")).await;
}

#[actix_web::test]
async fn a_collector_that_is_away_or_never_answers_holds_nobody_up() {
    let stuck = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|probe| probe.local_addr()).expect("a free port");
    let stops = [stuck.local_addr().expect("its address"), nobody].map(|address| async move {
        let traces = traces(&format!("http://{address}"));
        let begun = Instant::now();
        // Several times what the queue holds.
        for _ in 0..10_000 {
            assert!(begun.elapsed() < Duration::from_secs(30), "a span waits");
            traces.begin("GET", |_| None).end(&Answered { route: Some("/ok"), status: 200, request_id: "x" });
        }
        traces.stop().await;
    });
    futures_util::future::join_all(stops).await;
}

#[actix_web::test]
async fn told_to_stop_a_server_delivers_what_waits_to_the_collector_of_the_environment() {
    let collector = Collector::start();
    let (database, folder) = (Database::sqlite(), tempfile::tempdir().expect("a folder"));
    let address = TcpListener::bind("127.0.0.1:0").and_then(|probe| probe.local_addr()).expect("a free port");
    let mut command = process::signet(&folder, &database.url, &["serve"]);
    command.env("SIGNET__SERVER__BIND", address.to_string());
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", collector.address));
    command.envs([("OTEL_SERVICE_NAME", "accounts"), ("OTEL_BSP_SCHEDULE_DELAY", "3600000")]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let answers = async || process::send(address, "GET", "/ok", "", None).await.is_some();
    while !answers().await {
        assert!(child.try_wait().expect("a child").is_none(), "it does not start");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(told.expect("kill runs").success());
    assert!(child.wait().expect("it ends").success());
    assert_eq!(collector.spans().last().map(|span| span.name.clone()), Some("GET /ok".to_owned()));
    assert_eq!(collector.sender()["service.name"], "accounts");
}

#[test]
fn an_endpoint_that_is_none_is_refused() {
    let wanted = "must be the URL of a collector, like \"http://localhost:4318\"";
    for (endpoint, why) in [
        ("collector:4318", wanted),
        ("ftp://collector", wanted),
        (
            "http://me:secret@collector",
            "must hold no credentials; the collector gets them as OTEL_EXPORTER_OTLP_HEADERS",
        ),
        ("http://collector/?key=1", "must end with its path"),
    ] {
        let faults = harness::load(&format!("[otlp]\nendpoint = \"{endpoint}\"\n"), "sqlite:x").map(|_| ());
        let faults = faults.expect_err(endpoint);
        assert!(faults.starts_with("`otlp.endpoint` (") && faults.ends_with(why), "{endpoint}: {faults}");
        assert!(!faults.contains("secret"), "{faults}");
    }
}
