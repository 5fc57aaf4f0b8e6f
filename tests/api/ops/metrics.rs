//! `/metrics`, read as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{LISTENS, ask, promtool};
use crate::harness::{Server, person};

type Labels = BTreeMap<String, String>;

/// Prometheus' text format, held to its rules.
pub struct Scrape {
    pub kinds: BTreeMap<String, String>,
    samples: Vec<(String, Labels, f64)>,
    text: String,
}

impl Scrape {
    pub async fn of(server: &Server) -> Self {
        let answer = ask(server, "GET", "/metrics").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        Self::parse(answer.text())
    }

    fn parse(text: String) -> Self {
        let (mut kinds, mut samples, mut helped) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        let mut family = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect("a help text");
                assert!(!help.is_empty() && helped.insert(name.to_owned()), "{line}");
                family = name.to_owned();
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                assert_eq!(name, family, "the type follows the help");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                kinds.insert(name.to_owned(), kind.to_owned());
            } else {
                let (name, labels, value) = sample(line);
                let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
                let base = base.filter(|_| kinds[&family] == "histogram").unwrap_or(&name);
                assert_eq!(base, family, "samples stand below their family");
                samples.push((name, labels, value));
            }
        }
        let series: BTreeSet<_> = samples.iter().map(|(name, labels, _)| (name, labels)).collect();
        assert_eq!(series.len(), samples.len(), "no series comes twice");
        Self { kinds, samples, text }
    }

    fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let fits = |given: &Labels| labels.iter().all(|(name, value)| given.get(*name).is_some_and(|has| has == value));
        let mut fitting = self.samples.iter().filter(|(found, given, _)| found == name && fits(given));
        let value = fitting.next().map(|(_, _, value)| *value);
        assert!(fitting.next().is_none(), "{name} {labels:?} is more than one");
        value
    }
}

/// `name{label="value"} 1`
fn sample(line: &str) -> (String, Labels, f64) {
    let (series, value) = line.rsplit_once(' ').expect("a value");
    let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let mut labels = labels.strip_suffix('}').expect("labels end");
    let mut found = Labels::new();
    while !labels.is_empty() {
        let (name, rest) = labels.split_once("=\"").expect("a label");
        let end = rest.find('"').expect("its end");
        assert!(!rest[..end].contains('\\'), "no label of these tests is escaped: {line}");
        found.insert(name.trim_start_matches(',').to_owned(), rest[..end].to_owned());
        labels = &rest[end + 1..];
    }
    (name.to_owned(), found, value)
}

/// A server on which a little of everything has happened.
pub async fn busy() -> Server {
    let server = Server::with(&format!("{LISTENS}[secondary_storage]\nurl = \"memory\"\n")).await;
    let mut ada = server.member("Ada").await;
    let mut wrong = person("Ada");
    assert_eq!(ada.post("/sign-in/email", &wrong).await.status, 200);
    wrong["password"] = "not hers at all".into();
    assert_eq!(ada.post("/sign-in/email", &wrong).await.status, 401);
    assert_eq!(ada.post("/sign-in/email", &json!({ "email": "x", "password": "y" })).await.status, 400);
    assert_eq!(ada.get("/token").await.status, 200);
    assert_eq!(ada.get("/jwks").await.status, 200);
    assert_eq!(ada.get("!/.well-known/jwks.json").await.status, 200);
    assert_eq!(ada.get("/reset-password/a-canary-in-the-path?callbackURL=/").await.status, 302);
    assert_eq!(ada.get("/canary?canary=1").await.status, 404);
    assert_eq!(ada.send("CANARY", "/ok", &[], None).await.status, 404);
    server
}

#[actix_web::test]
async fn requests_are_counted_by_route_method_and_status_and_timed_by_route() {
    let scrape = Scrape::of(&busy().await).await;
    let requests = |route, method, status| {
        scrape.value("signet_http_requests_total", &[("route", route), ("method", method), ("status", status)])
    };
    assert_eq!(requests("/sign-up/email", "POST", "200"), Some(1.0));
    assert_eq!(requests("/sign-in/email", "POST", "200"), Some(1.0));
    assert_eq!(requests("/sign-in/email", "POST", "401"), Some(1.0));
    assert_eq!(requests("/sign-in/email", "POST", "400"), Some(1.0));
    assert_eq!(requests("/reset-password/:token", "GET", "302"), Some(1.0));
    assert_eq!(requests("none", "none", "404"), Some(2.0));
    let took = |end: &str, labels: &[(&str, &str)]| {
        scrape.value(&format!("signet_http_request_duration_seconds{end}"), labels)
    };
    let sign_in = ("route", "/sign-in/email");
    assert_eq!(took("_count", &[sign_in]), Some(3.0));
    assert_eq!(took("_bucket", &[sign_in, ("le", "+Inf")]), Some(3.0));
    assert!(took("_sum", &[sign_in]).is_some_and(|sum| sum > 0.0));
    assert_eq!(took("_count", &[("route", "/list-sessions")]), None, "nobody asked for these");
}

#[actix_web::test]
async fn t09_no_label_holds_what_a_client_sent() {
    let server = busy().await;
    let text = Scrape::of(&server).await.text;
    assert!(!text.to_lowercase().contains("canary"), "{text}");
    assert!(!text.contains("example.com"), "{text}");
}

#[actix_web::test]
async fn sign_ins_are_counted_by_outcome_and_their_hashes_by_wait() {
    let scrape = Scrape::of(&busy().await).await;
    let outcome = |outcome| scrape.value("signet_sign_ins_total", &[("outcome", outcome)]);
    let outcomes = ["succeeded", "refused", "invalid", "failed"].map(outcome);
    assert_eq!(outcomes, [Some(1.0), Some(1.0), Some(1.0), Some(0.0)]);
    assert_eq!(scrape.value("signet_hashing_wait_seconds_count", &[]), Some(3.0), "one to sign up, two to sign in");
    assert_eq!(scrape.value("signet_hashing_queue_depth", &[]), Some(0.0));
    assert_eq!(scrape.value("signet_hashing_refusals_total", &[("reason", "full")]), Some(0.0));
    assert_eq!(scrape.value("signet_hashing_refusals_total", &[("reason", "late")]), Some(0.0));
}

#[actix_web::test]
async fn refused_hashes_are_counted() {
    let slow = "[email_and_password.password]\nthreads = 1\nqueue = 1\nmemory_kib = 65536\niterations = 4\n";
    let server = Server::with(&format!("{LISTENS}{slow}")).await;
    let hashes = (0..4).map(|_| server.parts().house.passwords.hash("a password".to_owned().into()));
    let refused = futures_util::future::join_all(hashes).await.iter().filter(|hashed| hashed.is_err()).count();
    assert!(refused > 0);
    let scrape = Scrape::of(&server).await;
    let counted = scrape.value("signet_hashing_refusals_total", &[("reason", "full")]);
    assert_eq!(counted, Some(refused as f64));
}

#[actix_web::test]
async fn the_database_s_connections_are_counted_by_pool() {
    let scrape = Scrape::of(&busy().await).await;
    let pools: Vec<_> =
        scrape.samples.iter().filter(|(name, ..)| name == "signet_database_connections_limit").collect();
    assert!(!pools.is_empty());
    for (_, labels, limit) in pools {
        let pool = ("pool", labels["pool"].as_str());
        let connections = |state| scrape.value("signet_database_connections", &[pool, ("state", state)]);
        let open = connections("in_use").unwrap_or_default() + connections("idle").unwrap_or_default();
        assert!((0.0..=*limit).contains(&open) && *limit >= 1.0, "{labels:?}");
        assert!(scrape.value("signet_database_waits_total", &[pool]).is_some());
        assert_eq!(scrape.value("signet_database_timeouts_total", &[pool]), Some(0.0));
        assert!(scrape.value("signet_database_statements_total", &[pool]) > Some(0.0), "{labels:?}");
    }
}

#[actix_web::test]
async fn keys_are_told_with_their_state_and_age() {
    let server = busy().await;
    let kid = server.parts().keeper.as_ref().expect("a keeper").ring().list().expect("keys")[0].kid.clone();
    let before = Scrape::of(&server).await;
    let labels = [("kid", kid.as_str()), ("alg", "EdDSA"), ("state", "signing"), ("usable", "true")];
    assert_eq!(before.value("signet_key_info", &labels), Some(1.0));
    let age = |scrape: &Scrape| scrape.value("signet_key_age_seconds", &[("kid", &kid)]).expect("an age");
    server.wait(3600);
    let after = Scrape::of(&server).await;
    assert!((age(&after) - age(&before) - 3600.0).abs() < 1.0, "{} {}", age(&before), age(&after));
    assert_eq!(after.value("signet_keys_minted_total", &[]), Some(1.0));
    assert_eq!(after.value("signet_tokens_signed_total", &[]), Some(1.0));
    assert_eq!(after.value("signet_jwks_fetches_total", &[]), Some(2.0));
}

#[actix_web::test]
async fn the_interval_of_rotation_is_told_where_there_is_one() {
    for (configured, told) in [("\"7d\"", Some(604_800.0)), ("false", None)] {
        let server = Server::with(&format!("[plugins.jwt.jwks]\nrotation_interval = {configured}\n{LISTENS}")).await;
        let scrape = Scrape::of(&server).await;
        assert_eq!(scrape.value("signet_key_rotation_interval_seconds", &[]), told, "{configured}");
    }
}

#[actix_web::test]
async fn each_part_is_told_to_be_ready_or_not() {
    let server = Server::with(LISTENS).await;
    let ready = async || {
        let scrape = Scrape::of(&server).await;
        ["database", "keys", "hashing", "process"].map(|part| scrape.value("signet_ready", &[("part", part)]))
    };
    assert_eq!(ready().await, [Some(1.0); 4]);
    server.store().close().await;
    assert_eq!(ready().await, [Some(0.0), Some(1.0), Some(1.0), Some(1.0)]);
}

#[actix_web::test]
async fn servers_of_one_process_count_for_themselves() {
    let (busy, quiet) = (busy().await, Server::with(LISTENS).await);
    assert!(Scrape::of(&busy).await.value("signet_sign_ins_total", &[("outcome", "succeeded")]) > Some(0.0));
    assert_eq!(Scrape::of(&quiet).await.value("signet_sign_ins_total", &[("outcome", "succeeded")]), Some(0.0));
}

#[actix_web::test]
async fn every_family_is_explained_and_no_other() {
    let scrape = Scrape::of(&busy().await).await;
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operations.md")).expect("the page");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `signet_")?.split('`').next());
    let explained: BTreeSet<String> = rows.map(|name| format!("signet_{name}")).collect();
    assert_eq!(explained, scrape.kinds.into_keys().collect());
}

#[actix_web::test]
async fn promtool_has_nothing_to_say() {
    let text = Scrape::of(&busy().await).await.text;
    assert_eq!(promtool(&["check", "metrics"], &text), (true, String::new()));
}

#[actix_web::test]
async fn mails_are_counted_by_what_became_of_them() {
    let mailbox = crate::harness::Mailbox::open().await;
    let server = Server::with(&format!("{LISTENS}\n{}", mailbox.toml())).await;
    server.member("Ada").await;
    server.browser().post("/request-password-reset", &json!({ "email": "ada@example.com" })).await;
    mailbox.one(&server).await;
    let count = async |outcome| {
        let labels = [("carrier", "mail"), ("outcome", outcome)];
        Scrape::of(&server).await.value("signet_outbox_attempts_total", &labels)
    };
    assert_eq!((count("left").await, count("dropped").await), (Some(1.0), Some(0.0)));
    assert_eq!(Scrape::of(&server).await.value("signet_outbox_waiting", &[]), Some(0.0));
}
