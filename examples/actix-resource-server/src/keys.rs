//! The public keys at a URL.

use std::collections::HashMap;
use std::sync::RwLock;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::CACHE_CONTROL;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use tokio::sync::Mutex;

// region keys
/// At most one fetch in this time is for the sake of unknown keys, and none after one that failed.
const COOLDOWN: Duration = Duration::from_secs(10);
/// How long keys are used after their `max-age` while the server is away.
const STALE: Duration = Duration::from_secs(3600);
const TIMEOUT: Duration = Duration::from_secs(3);

/// There is no key to verify anything with, and the server that has them does not answer.
pub struct Unavailable;

/// The keys at a URL, kept for as long as the answer's `max-age` says. A token that names another key has them fetched
/// again, for keys rotate. Requests that wait for the same fetch share it; known keys never wait for an unknown one.
pub struct KeySet {
    url: String,
    client: reqwest::Client,
    known: RwLock<Known>,
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, Key>,
    fresh_until: Option<Instant>,
    not_before: Option<Instant>,
    not_for_unknown_before: Option<Instant>,
}

impl KeySet {
    pub fn at(url: &str) -> Self {
        let client = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
        let client = client.build().expect("a client with these options");
        Self { url: url.to_owned(), client, known: RwLock::default(), fetching: Mutex::default() }
    }

    pub async fn find(&self, kid: &str) -> Result<Option<Key>, Unavailable> {
        if self.read().wants_fetch(kid) {
            let _one_at_a_time = self.fetching.lock().await;
            // Somebody else may just have done it.
            if self.read().wants_fetch(kid) {
                self.fetch().await;
            }
        }
        let known = self.read();
        let is_usable = known.fresh_until.is_some_and(|until| Instant::now() < until + STALE);
        if is_usable { Ok(known.keys.get(kid).cloned()) } else { Err(Unavailable) }
    }

    async fn fetch(&self) {
        let fetched = self.ask().await;
        let now = Instant::now();
        let mut known = self.known.write().expect("no holder panics");
        match fetched {
            Ok((keys, max_age)) => {
                if known.is_fresh(now) {
                    known.not_for_unknown_before = Some(now + COOLDOWN);
                }
                known.keys = keys;
                known.fresh_until = Some(now + max_age);
            }
            Err(_) => known.not_before = Some(now + COOLDOWN),
        }
    }

    async fn ask(&self) -> Result<(HashMap<String, Key>, Duration), Box<dyn std::error::Error>> {
        let answer = self.client.get(&self.url).send().await?.error_for_status()?;
        let cache = answer.headers().get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let max_age = cache.split(',').find_map(|part| part.trim().strip_prefix("max-age=")?.parse::<u32>().ok());
        let max_age = Duration::from_secs(u64::from(max_age.unwrap_or(300).max(1)));
        let set: Jwks = serde_json::from_slice(&answer.bytes().await?)?;
        let keys = set.keys.into_iter().filter_map(|jwk| Some((jwk.kid.clone()?, Key::of(&jwk)?))).collect();
        Ok((keys, max_age))
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().expect("no holder panics")
    }
}

impl Known {
    fn is_fresh(&self, now: Instant) -> bool {
        self.fresh_until.is_some_and(|until| now < until)
    }

    fn wants_fetch(&self, kid: &str) -> bool {
        let now = Instant::now();
        let may = |moment: Option<Instant>| moment.is_none_or(|moment| now >= moment);
        let wants = !self.is_fresh(now) || (!self.keys.contains_key(kid) && may(self.not_for_unknown_before));
        wants && may(self.not_before)
    }
}
// endregion

// region key
#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

/// The members that matter; one that a key has no need of is absent.
#[derive(Deserialize)]
struct Jwk {
    kid: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// A public key, which has one algorithm.
#[derive(Clone)]
pub struct Key {
    name: &'static str,
    algorithm: &'static dyn VerificationAlgorithm,
    bytes: Vec<u8>,
}

impl Key {
    /// None for a key of another kind.
    fn of(jwk: &Jwk) -> Option<Self> {
        let part = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_ref()?).ok();
        match jwk.crv.as_deref()? {
            "Ed25519" => Some(Self { name: "EdDSA", algorithm: &ED25519, bytes: part(&jwk.x)? }),
            "P-256" => {
                let bytes = [vec![4], part(&jwk.x)?, part(&jwk.y)?].concat();
                Some(Self { name: "ES256", algorithm: &ECDSA_P256_SHA256_FIXED, bytes })
            }
            _ => None,
        }
    }

    pub fn algorithm(&self) -> &'static str {
        self.name
    }

    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.algorithm, &self.bytes).verify(message, signature).is_ok()
    }
}
// endregion
