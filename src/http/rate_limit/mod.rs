//! How often a client may ask for a path. Every request counts, before it is known whether it is any good, but for the
//! routes that verifiers and probes rely on.

mod buckets;
pub mod config;
mod guessing;
mod lines;
pub mod rules;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use actix_web::HttpRequest;

use self::buckets::Buckets;
use self::config::{RateLimitConfig, Storage};
use self::rules::{Rule, Rules};
use super::address::{AddressRule, client_address_of};
use super::config::SiteConfig;
use super::reply::Reply;
use super::router::Target;
use crate::base::meter::Count;
use crate::base::{Clock, Error, Result, Timestamp};
use crate::store::Store;
use crate::store::kv::{Kv, KvError};
use crate::store::rate_limit::Hit;

/// What all paths are counted as that lead nowhere: a client that makes paths up makes no counters.
const NOWHERE: &str = "*";
/// Between two looks for rows that no longer matter, in milliseconds.
const SWEEPING: i64 = 60_000;

/// The limits of a server.
pub struct RateLimits {
    enabled: bool,
    /// Whether attempts at passwords are counted, which needs no client's address.
    counts_guesses: bool,
    rules: Rules,
    address: AddressRule,
    /// Whom requests are counted for that name nobody.
    unknown: &'static str,
    /// The storage in memory, and what stands in for one that is away: then each replica counts for itself.
    buckets: Buckets,
    shared: Shared,
    clock: Clock,
    swept_at: AtomicI64,
    hinted: AtomicBool,
    pub tally: Tally,
}

/// What the limits have counted of themselves.
#[derive(Default)]
pub struct Tally {
    /// Requests that were turned away.
    pub limited: Count,
    /// Requests that this replica counted for itself, since the shared storage was away.
    pub alone: Count,
}

/// Where replicas count together.
pub enum Shared {
    None,
    Database(Store),
    Secondary(Kv),
}

impl Shared {
    /// The storage that a configuration names.
    pub fn of(config: &RateLimitConfig, store: &Store) -> Self {
        match config.storage {
            Storage::Memory => Self::None,
            Storage::Database => Self::Database(store.clone()),
            Storage::Secondary => store.kv().map_or(Self::None, |kv| Self::Secondary(kv.clone())),
        }
    }
}

impl RateLimits {
    pub fn new(config: &RateLimitConfig, site: &SiteConfig, shared: Shared, clock: Clock) -> Self {
        Self {
            // Where addresses are not told apart, one client's requests would be everybody's.
            enabled: config.enabled && !site.client_address.disabled,
            counts_guesses: config.enabled,
            rules: Rules::new(config.rule, config.custom_rules.clone()),
            address: site.client_address.clone(),
            unknown: if site.production { "no-trusted-ip" } else { "127.0.0.1" },
            buckets: Buckets::default(),
            shared,
            clock,
            swept_at: AtomicI64::new(0),
            hinted: AtomicBool::new(false),
            tally: Tally::default(),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// After how many milliseconds the client may ask again, where it has asked too often.
    pub async fn admit(&self, request: &HttpRequest, target: &Target<'_>) -> Result<(), i64> {
        if !self.enabled {
            return Ok(());
        }
        let (path, rule) = match target {
            // What other servers answer is theirs to limit: pages of an application ask much more often.
            Target::Disabled | Target::Beyond(..) => return Ok(()),
            Target::Unclear | Target::Nowhere => (NOWHERE, Some(self.rules.general())),
            Target::Endpoint(endpoint, _) if !endpoint.is_limited => return Ok(()),
            Target::Endpoint(endpoint, _) => self.rules.of(endpoint, request.uri().path()),
        };
        let Some(rule) = rule else { return Ok(()) };
        let client = client_address_of(&self.address, request);
        let key = format!("{}|{path}", client.as_deref().unwrap_or(self.unknown));
        match self.count(&key, rule, self.clock.now()).await {
            Hit::Passes => Ok(()),
            Hit::Over(millis) => {
                self.tally.limited.add();
                self.hint(request, client.is_some());
                Err(millis)
            }
        }
    }

    /// Tells the log, once, where many clients may have been taken for one: behind a proxy that is not believed, or that
    /// names nobody.
    fn hint(&self, request: &HttpRequest, is_known: bool) {
        const KEY: &str = "advanced.ip_address";
        let peer = request.peer_addr().map(|peer| peer.ip());
        let names_somebody = self.address.headers.iter().any(|name| request.headers().contains_key(name));
        let is_strange = names_somebody && peer.is_some_and(|peer| !self.address.believes(peer));
        let is_usual = is_known && !is_strange;
        if is_usual || self.hinted.swap(true, Ordering::Relaxed) {
            return;
        }
        if is_strange {
            tracing::warn!(
                ?peer,
                "requests that name another client are counted as their sender's; if that is your proxy, list it in {KEY}.trusted_proxies"
            );
        } else {
            tracing::warn!(
                "all clients whose address is not known are counted as one; let your proxy name the client in a header of {KEY}.ip_address_headers"
            );
        }
    }

    async fn count(&self, key: &str, rule: Rule, now: Timestamp) -> Hit {
        let counted = match &self.shared {
            Shared::None => return self.buckets.hit(key, rule, now),
            Shared::Database(store) => {
                self.sweep(store, now);
                store.hit_rate_limit(key, rule.window, rule.max, now).await
            }
            // It tells the log itself when it is away.
            Shared::Secondary(kv) => bump(kv, key, rule).await.map_err(Error::from),
        };
        counted.unwrap_or_else(|error| {
            self.tally.alone.add();
            tracing::debug!("a request was counted by this replica alone: {}", error.chain());
            self.buckets.hit(key, rule, now)
        })
    }

    /// Deletes rows that no longer matter, now and then, while the request goes on.
    fn sweep(&self, store: &Store, now: Timestamp) {
        let (last, at) = (self.swept_at.load(Ordering::Relaxed), now.millis());
        let due = (at - last).abs() >= SWEEPING;
        if !due || self.swept_at.compare_exchange(last, at, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let longest = self.rules.longest_window().max(guessing::RULE.window);
        let (store, before) = (store.clone(), now.plus_millis(-longest));
        actix_web::rt::spawn(async move {
            if let Err(error) = store.sweep_rate_limits(before).await {
                tracing::warn!("old rate limits were not deleted: {}", error.chain());
            }
        });
    }
}

/// Counts in a window that begins with the first request, as Better Auth does in Redis.
async fn bump(kv: &Kv, key: &str, rule: Rule) -> Result<Hit, KvError> {
    let count = kv.bump(key, rule.window / 1000).await?;
    Ok(if count <= u64::from(rule.max) { Hit::Passes } else { Hit::Over(rule.window) })
}

/// The answer to one request too many.
pub fn too_many(millis: i64) -> Reply {
    let seconds = (millis + 999) / 1000;
    let refusal = Error::uncoded(429, "Too many requests. Please try again later.");
    Reply::from(&refusal).header("x-retry-after", seconds.max(1).to_string())
}
