//! What the parts have counted, for Prometheus. `docs/operations.md` explains each family. No label holds what a client
//! sent: routes are patterns, methods those of our endpoints.

use super::Ops;
use super::exposition::{Exposition, Kind};
use crate::crypto::Passwords;
use crate::http::rate_limit::Tally;
use crate::http::readiness::{self, Readiness};
use crate::http::router::Router;
use crate::http::traffic::Traffic;
use crate::http::visit::NO_ROUTE;
use crate::keyring::{KeyState, Ring};
use crate::outbox::Outbox;
use crate::store::kv::Kv;
use crate::store::{PoolLoad, Store};
use crate::users::sign_ins::SignIns;

/// Everything, as it is now.
pub async fn render(ops: &Ops) -> String {
    // The database is asked before anything is read, so that the numbers are of one moment.
    let (house, vitals) = (&ops.service.house, &ops.vitals);
    let readiness = readiness::look(house, vitals).await;
    let mut text = Exposition::default();
    text.family(Kind::Gauge, "signet_build_info", "1, and which version runs.")
        .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    ready(&mut text, &readiness);
    requests(&mut text, &ops.service.router, &ops.service.strays);
    gateway(&mut text, &ops.service.router);
    rate_limits(&mut text, &house.rate_limits.tally);
    sign_ins(&mut text, &house.sign_ins);
    hashing(&mut text, &house.passwords);
    database(&mut text, &house.store);
    if let Some(kv) = house.store.kv() {
        secondary_storage(&mut text, kv);
    }
    outbox(&mut text, &vitals.outbox).await;
    if let Some(ring) = &vitals.ring {
        // Before the first load there are no keys to tell of.
        keys(&mut text, &ring.list().unwrap_or_default(), house.clock.now().millis());
        rotation(&mut text, ring);
        ring_tally(&mut text, ring);
    }
    text.finish()
}

fn ready(text: &mut Exposition, readiness: &Readiness) {
    text.family(Kind::Gauge, "signet_ready", "Whether a part is ready: 1, or 0.");
    for (part, is_ready) in readiness.parts() {
        text.sample(&[("part", part)], u8::from(is_ready));
    }
}

fn requests(text: &mut Exposition, router: &Router, strays: &Traffic) {
    let routes = router.endpoints().map(|endpoint| (endpoint.label(), endpoint.method.as_str(), &endpoint.traffic));
    let passages = router.passages().map(|passage| (passage.prefix().into(), "any", passage.traffic()));
    let mut routes: Vec<_> = routes.chain(passages).chain([(NO_ROUTE.into(), NO_ROUTE, strays)]).collect();
    routes.sort_by(|(route, method, _), (other, others, _)| (route, method).cmp(&(other, others)));
    text.family(Kind::Counter, "signet_http_requests_total", "Requests answered, by route, method and status.");
    for (route, method, traffic) in &routes {
        for (status, count) in traffic.answers() {
            text.sample(&[("route", route), ("method", method), ("status", &status.to_string())], count);
        }
    }
    text.family(
        Kind::Histogram,
        "signet_http_request_duration_seconds",
        "Time from a request's head to its answer's head.",
    );
    for (route, method, traffic) in routes.iter().filter(|(_, _, traffic)| traffic.answers().next().is_some()) {
        text.spread(&[("route", route), ("method", method)], &traffic.took.read());
    }
}

/// Nothing where no requests are passed on.
fn gateway(text: &mut Exposition, router: &Router) {
    let mut passages = router.passages().peekable();
    if passages.peek().is_some() {
        let help = "Requests to which the service behind a prefix of the gateway gave no whole answer, by reason.";
        text.family(Kind::Counter, "signet_gateway_failures_total", help);
    }
    for passage in passages {
        for (reason, count) in passage.failures() {
            text.sample(&[("route", passage.prefix()), ("reason", reason)], count);
        }
    }
}

fn rate_limits(text: &mut Exposition, tally: &Tally) {
    let help = "Requests answered 429, since their client had sent too many.";
    text.family(Kind::Counter, "signet_rate_limited_total", help).sample(&[], tally.limited.get());
    let help = "Requests that this replica counted for itself, since the storage that replicas share did not answer.";
    text.family(Kind::Counter, "signet_rate_limit_alone_total", help).sample(&[], tally.alone.get());
}

fn sign_ins(text: &mut Exposition, sign_ins: &SignIns) {
    text.family(Kind::Counter, "signet_sign_ins_total", "Sign-ins by outcome.");
    for (outcome, count) in sign_ins.read() {
        text.sample(&[("outcome", outcome)], count);
    }
}

fn hashing(text: &mut Exposition, passwords: &Passwords) {
    let (queue, tally) = (passwords.queue(), passwords.queue().tally());
    text.family(Kind::Gauge, "signet_hashing_queue_depth", "Passwords that wait to be hashed.")
        .sample(&[], queue.depth())
        .family(Kind::Gauge, "signet_hashing_queue_limit", "Passwords that may wait to be hashed.")
        .sample(&[], queue.limit())
        .family(Kind::Histogram, "signet_hashing_wait_seconds", "Time that passwords waited before they were hashed.")
        .spread(&[], &tally.waited.read())
        .family(Kind::Counter, "signet_hashing_refusals_total", "Passwords that were not hashed, by reason.")
        .sample(&[("reason", "full")], tally.crowded_out.get())
        .sample(&[("reason", "late")], tally.late.get());
}

fn database(text: &mut Exposition, store: &Store) {
    let pools = store.pools();
    let each = |text: &mut Exposition, value: fn(&PoolLoad) -> u64| {
        for pool in &pools {
            text.sample(&[("pool", pool.name)], value(pool));
        }
    };
    text.family(Kind::Gauge, "signet_database_connections", "Open connections by pool and state.");
    for pool in &pools {
        text.sample(&[("pool", pool.name), ("state", "in_use")], pool.in_use)
            .sample(&[("pool", pool.name), ("state", "idle")], pool.idle);
    }
    text.family(Kind::Gauge, "signet_database_connections_limit", "Connections that a pool may open.");
    each(text, |pool| pool.size as u64);
    text.family(Kind::Counter, "signet_database_waits_total", "Times that all connections of a pool were in use.");
    each(text, |pool| pool.waits);
    let help = "Times that a pool had no connection to give in time.";
    text.family(Kind::Counter, "signet_database_timeouts_total", help);
    each(text, |pool| pool.timeouts);
    let help = "Statements that a pool's connections were given.";
    text.family(Kind::Counter, "signet_database_statements_total", help);
    each(text, |pool| pool.statements);
}

/// How many messages wait is left out while the database does not say.
async fn outbox(text: &mut Exposition, outbox: &Outbox) {
    if let Ok(waiting) = outbox.waiting().await {
        let help = "Mails and notices that have not left, of all replicas.";
        text.family(Kind::Gauge, "signet_outbox_waiting", help).sample(&[], waiting);
    }
    let help = "Attempts of this replica to send a mail or a notice, by outcome.";
    text.family(Kind::Counter, "signet_outbox_attempts_total", help);
    for (carrier, tally) in outbox.tallies() {
        for (outcome, count) in [("left", &tally.left), ("postponed", &tally.postponed), ("dropped", &tally.dropped)] {
            text.sample(&[("carrier", carrier), ("outcome", outcome)], count.get());
        }
    }
}

fn secondary_storage(text: &mut Exposition, kv: &Kv) {
    let tally = kv.tally();
    text.family(Kind::Gauge, "signet_secondary_storage_up", "Whether the secondary storage answers: 1, or 0.")
        .sample(&[], u8::from(kv.is_there()));
    let help = "Time that the secondary storage took to answer.";
    text.family(Kind::Histogram, "signet_secondary_storage_duration_seconds", help).spread(&[], &tally.took.read());
    let help = "Operations that the secondary storage did not do, by reason.";
    text.family(Kind::Counter, "signet_secondary_storage_failures_total", help)
        .sample(&[("reason", "away")], tally.away.get())
        .sample(&[("reason", "lost")], tally.lost.get())
        .sample(&[("reason", "refused")], tally.refused.get());
}

fn keys(text: &mut Exposition, keys: &[KeyState], now: i64) {
    text.family(Kind::Gauge, "signet_key_info", "1 for each key, and in which state of its life it is.");
    for key in keys {
        let usable = if key.usable { "true" } else { "false" };
        let labels =
            [("kid", key.kid.as_str()), ("alg", &key.algorithm), ("state", key.phase.as_str()), ("usable", usable)];
        text.sample(&labels, 1);
    }
    text.family(Kind::Gauge, "signet_key_age_seconds", "Time since a key was made.");
    for key in keys {
        let age = (now - key.created_at.millis()).max(0) as f64 / 1000.0;
        text.sample(&[("kid", key.kid.as_str()), ("alg", &key.algorithm)], age);
    }
}

/// Without rotation there is no interval to tell of.
fn rotation(text: &mut Exposition, ring: &Ring) {
    let help = "How long a key signs before the next one does.";
    text.family(Kind::Gauge, "signet_key_rotation_interval_seconds", help);
    if let Some(interval) = ring.policy().interval {
        text.sample(&[], interval as f64 / 1000.0);
    }
}

fn ring_tally(text: &mut Exposition, ring: &Ring) {
    let tally = ring.tally();
    text.family(Kind::Counter, "signet_keys_minted_total", "Keys that this replica made.")
        .sample(&[], tally.minted.get())
        .family(Kind::Counter, "signet_tokens_signed_total", "JWTs that this replica signed.")
        .sample(&[], tally.signed.get())
        .family(Kind::Counter, "signet_jwks_fetches_total", "Times that this replica was asked for its key set.")
        .sample(&[], tally.fetched.get());
}
