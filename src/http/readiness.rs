//! Whether the server can do its work, part by part.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::house::House;
use crate::base::Timestamp;
use crate::crypto::Passwords;
use crate::keyring::{Phase, Ring};
use crate::outbox::Outbox;
use crate::store::Store;

/// How long the database may take to answer: less than the second that Kubernetes gives a probe.
const DATABASE_ANSWERS_WITHIN: Duration = Duration::from_millis(800);

/// Each part, and why it is not ready if it is not.
pub struct Readiness(Vec<(&'static str, Option<String>)>);

/// What is looked at beside the house.
pub struct Vitals {
    /// None where the jwt plugin is off.
    pub ring: Option<Arc<Ring>>,
    pub outbox: Arc<Outbox>,
    pub stopping: Stopping,
    pub started_at: Timestamp,
}

/// Whether the server was told to stop. Copies share it.
#[derive(Clone, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Stopping {
    pub fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Looks at every part.
pub async fn look(house: &House, vitals: &Vitals) -> Readiness {
    let mut parts = vec![("database", database(&house.store).await)];
    if let Some(ring) = &vitals.ring {
        parts.push(("keys", keys(ring)));
    }
    parts.push(("hashing", hashing(&house.passwords)));
    parts.push(("process", vitals.stopping.has_begun().then(|| "the server was told to stop".to_owned())));
    Readiness(parts)
}

impl Readiness {
    pub fn is_ready(&self) -> bool {
        self.0.iter().all(|(_, fault)| fault.is_none())
    }

    /// Why a part is not ready; None where it is.
    pub fn fault(&self, part: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| *name == part);
        found.and_then(|(_, fault)| fault.as_deref())
    }

    /// Each part by name, and whether it is ready.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.0.iter().map(|(name, fault)| (*name, fault.is_none()))
    }

    /// `{"ready":false,"parts":{"database":{"ready":false,"reason":"…"},"keys":{"ready":true},…}}`
    pub fn to_json(&self) -> Value {
        let part = |fault: &Option<String>| match fault {
            None => json!({ "ready": true }),
            Some(reason) => json!({ "ready": false, "reason": reason }),
        };
        let parts: Map<String, Value> = self.0.iter().map(|(name, fault)| ((*name).to_owned(), part(fault))).collect();
        json!({ "ready": self.is_ready(), "parts": parts })
    }
}

async fn database(store: &Store) -> Option<String> {
    match tokio::time::timeout(DATABASE_ANSWERS_WITHIN, store.ping()).await {
        Ok(answer) => answer.err().map(|error| error.to_string()),
        Err(_) => Some(format!("the database did not answer within {DATABASE_ANSWERS_WITHIN:?}")),
    }
}

/// A key that signs, whichever: one that cannot be opened harms nobody while the one before it goes on.
fn keys(ring: &Ring) -> Option<String> {
    let keys = match ring.list() {
        Ok(keys) => keys,
        Err(error) => return Some(error.to_string()),
    };
    if keys.iter().any(|key| key.phase == Phase::Signing && key.usable) {
        return None;
    }
    let lost = keys.iter().filter(|key| !key.usable && key.phase != Phase::Removed).map(|key| key.kid.as_str());
    let lost: Vec<_> = lost.collect();
    Some(match lost.as_slice() {
        [] => "no key can sign; see `signet keys list`".to_owned(),
        lost => format!("no key can sign: the configured secrets do not open {}", lost.join(", ")),
    })
}

fn hashing(passwords: &Passwords) -> Option<String> {
    let queue = passwords.queue();
    (queue.depth() >= queue.limit()).then(|| format!("{} passwords wait to be hashed, and no more may", queue.limit()))
}
