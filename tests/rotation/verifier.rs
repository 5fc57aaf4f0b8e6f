//! Verifiers as they are out there: each keeps a key set for as long as it was told to, and asks nobody until then.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::Value;
use signet::base::{Clock, Timestamp};
use signet::crypto::jose::{Algorithm, Claims, Expected, PublicJwk, Rejected, Verifier, verify};

use crate::fleet::Fleet;

/// An answer of `/jwks`.
pub struct KeySet {
    keys: HashMap<String, Arc<Verifier>>,
    kept_until: Instant,
}

impl KeySet {
    pub fn read(body: &[u8], cache_control: &str) -> Self {
        let max_age = cache_control.strip_prefix("public, max-age=").and_then(|age| age.parse().ok());
        let kept_until = Instant::now() + Duration::from_secs(max_age.expect("a max-age"));
        let set: Value = serde_json::from_slice(body).expect("JSON");
        let entries = set["keys"].as_array().expect("keys").iter();
        let keys = entries.map(|entry| {
            let algorithm: Algorithm = entry["alg"].as_str().and_then(|alg| alg.parse().ok()).expect("an algorithm");
            let key = PublicJwk::parse(&entry.to_string(), algorithm).expect("a key");
            let kid = entry["kid"].as_str().expect("a kid").to_owned();
            (kid, Arc::new(Verifier::new(&key).expect("a verifier")))
        });
        Self { keys: keys.collect(), kept_until }
    }

    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    pub fn verify(&self, token: &str) -> Result<Claims, Rejected> {
        let origin = "http://localhost:3000".to_owned();
        let expected = Expected::new(origin.clone(), vec![origin]);
        verify(token, &|kid| self.keys.get(kid).cloned(), &expected, Clock::System.now())
    }
}

/// How long a run lasts, who verifies, and how many tokens are asked for.
#[derive(Clone, Copy)]
pub struct Course {
    length: Duration,
    /// Those that keep a set for its whole max-age.
    patient: usize,
    /// Between two tokens.
    pace: Duration,
}

impl Course {
    pub fn of(length: Duration) -> Self {
        Self { length, patient: 5, pace: Duration::from_millis(50) }
    }
}

#[derive(Default)]
pub struct Outcome {
    pub checks: usize,
    pub failures: Vec<String>,
    signers: BTreeSet<String>,
}

impl Outcome {
    pub fn kids(&self) -> usize {
        self.signers.len()
    }
}

/// One verifier, and what it holds.
struct Judge {
    /// Keeps a set for ever and asks again only when it meets a `kid` that is not in it.
    lazy: bool,
    held: tokio::sync::Mutex<Option<Rc<KeySet>>>,
}

impl Judge {
    async fn verify(&self, fleet: &Fleet, token: &str) -> Result<Claims, Rejected> {
        let set = self.set(fleet, false).await;
        match set.verify(token) {
            Err(Rejected::UnknownKey) if self.lazy => self.set(fleet, true).await.verify(token),
            verdict => verdict,
        }
    }

    async fn set(&self, fleet: &Fleet, again: bool) -> Rc<KeySet> {
        let mut held = self.held.lock().await;
        match &*held {
            Some(set) if !again && (self.lazy || Instant::now() < set.kept_until) => Rc::clone(set),
            _ => Rc::clone(held.insert(Rc::new(fleet.key_set().await))),
        }
    }
}

struct Trial<'f> {
    fleet: &'f Fleet,
    judges: Vec<Judge>,
    outcome: RefCell<Outcome>,
}

/// Asks for tokens, and has each verified by all verifiers, at once and again just before its `exp`.
pub async fn run(fleet: &Fleet, course: Course) -> Outcome {
    let judge = |lazy| Judge { lazy, held: tokio::sync::Mutex::default() };
    let judges = (0..course.patient).map(|_| judge(false)).chain([judge(true)]).collect();
    let trial = Trial { fleet, judges, outcome: RefCell::default() };
    let tokens = u32::try_from(course.length.as_millis() / course.pace.as_millis()).expect("a short run");
    join_all((0..tokens).map(|nth| trial.follow(course.pace * nth))).await;
    trial.outcome.into_inner()
}

/// Has a token of a revoked key verified over and over, by verifiers that fetched their key sets at different times, until
/// well after the moment from which all should refuse it; who accepted it after that.
pub async fn accepted_after(fleet: &Fleet, token: &str, safe_at: Timestamp) -> Vec<String> {
    let judge = |_| Judge { lazy: false, held: tokio::sync::Mutex::default() };
    let judges: Vec<Judge> = (0..20).map(judge).collect();
    let accepted = RefCell::new(Vec::new());
    let watch = async |nth: usize, judge: &Judge| {
        tokio::time::sleep(Duration::from_millis(100 * nth as u64)).await;
        let end = safe_at.plus_millis(1500);
        while Clock::System.now() < end {
            let asked = Clock::System.now();
            if judge.verify(fleet, token).await.is_ok() && asked >= safe_at {
                accepted.borrow_mut().push(format!("verifier {nth} at {asked}"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    join_all(judges.iter().enumerate().map(|(nth, judge)| watch(nth, judge))).await;
    accepted.into_inner()
}

impl Trial<'_> {
    /// The life of one token that is asked for after a while.
    async fn follow(&self, after: Duration) {
        tokio::time::sleep(after).await;
        let token = self.fleet.token().await;
        self.judge("at once", &token).await;
        let expires_at = expiry(&token);
        let left = expires_at.millis_since(Clock::System.now()) - 150;
        tokio::time::sleep(Duration::from_millis(left.max(0).unsigned_abs())).await;
        self.judge("before its exp", &token).await;
    }

    async fn judge(&self, when: &str, token: &str) {
        let (kid, expires_at) = (kid(token), expiry(token));
        let verdicts = join_all(self.judges.iter().map(|judge| judge.verify(self.fleet, token))).await;
        let mut outcome = self.outcome.borrow_mut();
        outcome.signers.insert(kid.clone());
        for verdict in verdicts {
            match verdict {
                // The machine was too busy to ask in time, which says nothing about keys.
                Err(Rejected::Expired) if expires_at <= Clock::System.now() => {}
                Ok(_) => outcome.checks += 1,
                Err(rejected) => {
                    outcome.checks += 1;
                    outcome.failures.push(format!("{when}, at {}, {kid}: {rejected}", Clock::System.now()));
                }
            }
        }
    }
}

fn part(token: &str, nth: usize) -> Value {
    use base64::Engine;
    let part = token.split('.').nth(nth).expect("three parts");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

pub fn kid(token: &str) -> String {
    part(token, 0)["kid"].as_str().expect("a kid").to_owned()
}

fn expiry(token: &str) -> Timestamp {
    Timestamp::from_seconds(part(token, 1)["exp"].as_i64().expect("a whole number"))
}
