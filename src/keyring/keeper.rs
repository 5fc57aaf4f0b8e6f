//! The keeper: loads the keys, mints ahead of time, promotes what is ripe, sweeps what is long gone. Requests never do.

pub mod by_hand;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::ring::{Ring, Snapshot};
use super::rows::{KeyFault, StoredKey, Wanted};
use super::state::{KeyFacts, Phase};
use crate::base::{Error, Random, Result, Timestamp};
use crate::crypto::jose::{KeyKind, PrivateJwk};
use crate::store::audit::Action;

/// Keeps one ring.
pub struct Keeper {
    ring: Arc<Ring>,
    random: Random,
    poll_interval: Duration,
    /// The keys whose fault was reported already.
    reported: Mutex<HashSet<String>>,
}

impl Keeper {
    /// A keeper that looks after a ring every `poll_interval`.
    pub fn new(ring: Arc<Ring>, random: Random, poll_interval: Duration) -> Self {
        Self { ring, random, poll_interval, reported: Mutex::default() }
    }

    pub fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    /// Keeps the ring for as long as the server runs: at every poll, and as soon as another replica says that keys changed.
    pub async fn run(self: Arc<Self>) {
        let mut changes = self.ring.rows().listen();
        loop {
            let heard = async {
                match &mut changes {
                    Some(heard) => heard.recv().await,
                    None => std::future::pending().await,
                }
            };
            if let Ok(None) = tokio::time::timeout(self.poll_interval, heard).await {
                // Nothing will be heard any more: polling goes on.
                changes = None;
            }
            if let Err(error) = self.tick().await {
                self.warn(&error);
            }
        }
    }

    /// Loads the keys and changes none.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub async fn look(&self) -> Result<()> {
        self.ring.reload().await.map(drop)
    }

    /// One round: load, mint what is due, promote what is ripe, sweep what is gone.
    ///
    /// # Errors
    /// 503 where the database is away; the ring then stays as it is.
    pub async fn tick(&self) -> Result<()> {
        let mut snapshot = self.ring.reload().await?;
        let mut minted = false;
        for kind in self.ring.kinds() {
            if snapshot.states().mint_due(kind.algorithm.as_str()) {
                // Another replica may have been faster: then its key is read, and no second one is inserted.
                self.mint(*kind, false).await?;
                minted = true;
            }
        }
        if minted {
            // The first key signs at once, and then no longer waits.
            snapshot = self.ring.reload().await?;
        }
        let ripe = self.ripe(&snapshot);
        let mut changed = !ripe.is_empty() && self.ring.rows().promote(&ripe).await?;
        let gone: Vec<String> = snapshot.states().deletable().map(str::to_owned).collect();
        changed |= !gone.is_empty() && self.ring.rows().delete(&gone).await?;
        if changed {
            self.ring.reload().await?;
        }
        self.report_faults();
        Ok(())
    }

    /// Mints a key: made outside the lock, inserted only if one is still wanted when the lock is held.
    async fn mint(&self, kind: KeyKind, by_hand: bool) -> Result<Option<String>> {
        let jwk = self.make(kind).await?;
        let (ring, algorithm) = (&self.ring, kind.algorithm.as_str());
        let wanted = |keys: &[StoredKey], now: Timestamp| {
            let states = ring.states_of(keys, now);
            let wanted = Wanted { expires_at: ring.policy().expiry_of_new(now), at_once: states.signer().is_none() };
            (by_hand || states.mint_due(algorithm)).then_some(wanted)
        };
        let action = if by_hand { Action::KeyRotated } else { Action::KeyCreated };
        let kid = ring.rows().mint(&jwk, action, wanted).await?;
        if let Some(kid) = &kid {
            self.ring.tally().minted.add();
            tracing::info!(%kid, alg = algorithm, "published a new signing key");
        }
        Ok(kid)
    }

    /// Makes a key on a thread of its own: a long RSA key takes minutes. Other replicas' keys are adopted meanwhile, and a
    /// server that stops does not wait for it.
    async fn make(&self, kind: KeyKind) -> Result<PrivateJwk> {
        let (done, mut made) = oneshot::channel();
        let random = self.random.clone();
        // Where nobody waits for the key any more, it is dropped.
        let work = move || drop(done.send(PrivateJwk::generate(kind, &random)));
        thread::Builder::new().name("key".to_owned()).spawn(work).map_err(Error::broken)?;
        loop {
            match tokio::time::timeout(self.poll_interval, &mut made).await {
                Ok(made) => return made.map_err(Error::broken)?,
                Err(_) => self.look().await.unwrap_or_else(|error| self.warn(&error)),
            }
        }
    }

    fn warn(&self, error: &Error) {
        let next = self.poll_interval;
        tracing::warn!("the signing keys could not be looked after, next try in {next:?}: {}", error.chain());
    }

    /// The keys that wait and whose lead is over, or that sign before it is, since no other can.
    fn ripe(&self, snapshot: &Snapshot) -> Vec<String> {
        let ripe_before = snapshot.moment().plus_millis(-self.ring.policy().lead);
        let signs = |kid: &str| {
            let mut keys = snapshot.states().keys.iter();
            keys.any(|state| state.kid == kid && state.phase == Phase::Signing)
        };
        let ripe = snapshot.keys().iter().filter(|key| {
            let KeyFacts { created_at, kid, .. } = &key.facts;
            key.waits && (*created_at <= ripe_before || signs(kid))
        });
        ripe.map(|key| key.facts.kid.clone()).collect()
    }

    /// Says once of each key what is wrong with it.
    fn report_faults(&self) {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        for KeyFault { kid, why } in self.ring.unusable() {
            if reported.insert(kid.clone()) {
                tracing::error!(%kid, "a signing key cannot be used here: {why}");
            }
        }
        for KeyFault { kid, why } in self.ring.strange() {
            if reported.insert(kid.clone()) {
                tracing::warn!(%kid, "a row of the signing keys is passed over, and is not published: {why}");
            }
        }
    }
}
