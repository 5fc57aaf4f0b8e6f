//! The ring that requests use: an immutable snapshot of the keys, with ready signers and the JWKS already serialised.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::policy::Policy;
use super::rows::{KeyFault, Loaded, Rows, StoredKey};
use super::state::{KeyFacts, KeyState, Phase, States, states};
use crate::base::meter::Count;
use crate::base::{Clock, Error, Result, Timestamp};
use crate::crypto::digest;
use crate::crypto::jose::{Algorithm, KeyKind, Signer, Verifier};

/// The keys of a deployment as this replica knows them. Requests read it without a lock that anybody holds for long.
pub struct Ring {
    rows: Rows,
    policy: Policy,
    /// What keys are made, the primary kind first: an algorithm each.
    kinds: Vec<KeyKind>,
    /// Whether no key of another algorithm than the primary one may be there.
    alone: bool,
    clock: Clock,
    tally: Tally,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    /// Numbers the loads in the order in which they began.
    loads: AtomicU64,
    /// One reload of requests at a time: whoever waits for it takes what it brought. Holds when one failed last.
    reloading: tokio::sync::Mutex<Option<Timestamp>>,
}

/// What this replica did with its keys since the start.
#[derive(Debug, Default)]
pub struct Tally {
    /// Keys that it made.
    pub minted: Count,
    /// Tokens that it signed.
    pub signed: Count,
    /// How often the key set was asked for.
    pub fetched: Count,
}

/// The keys at one load, and what follows from them until the next change of state.
pub struct Snapshot {
    load: Arc<Load>,
    states: States,
    signer: Option<Arc<Signer>>,
    /// Those of the algorithms in use, one each where one can sign.
    signers: Vec<Arc<Signer>>,
    jwks: Arc<Jwks>,
}

/// What one load brought.
struct Load {
    loaded: Loaded,
    /// The database's clock less this machine's, in milliseconds.
    offset: i64,
    /// When it began, by this machine's clock.
    began: Timestamp,
    /// Its number among the loads.
    number: u64,
}

/// The key set as it is served.
pub struct Jwks {
    pub body: Bytes,
    /// Strong, quotes included.
    pub etag: String,
}

impl Ring {
    pub fn new(rows: Rows, policy: Policy, kinds: Vec<KeyKind>, clock: Clock) -> Self {
        let (snapshot, loads, reloading) = (RwLock::default(), AtomicU64::default(), tokio::sync::Mutex::default());
        let tally = Tally::default();
        Self { rows, policy, kinds, alone: false, clock, tally, snapshot, loads, reloading }
    }

    /// Lets no key of a second algorithm in: somebody reads these keys who takes all for keys of one algorithm.
    #[must_use]
    pub fn with_one_algorithm(mut self, alone: bool) -> Self {
        self.alone = alone;
        self
    }

    /// Whether no key of an algorithm may be there.
    pub(super) fn is_strange(&self, algorithm: &str) -> bool {
        self.alone && self.algorithms().next().is_some_and(|primary| primary.as_str() != algorithm)
    }

    /// A key that signs, or will, and may not be there.
    ///
    /// # Errors
    /// 503 before the first load.
    pub fn stranger(&self) -> Result<Option<KeyState>> {
        let mut keys = self.list()?.into_iter();
        Ok(keys.find(|key| key.phase <= Phase::Signing && self.is_strange(&key.algorithm)))
    }

    /// Signs a payload (RFC 7515 compact serialisation) with the key whose turn it is.
    ///
    /// A replica that has not seen the keys for longer than it takes to adopt one, since it slept, looks first.
    ///
    /// # Errors
    /// 503 while no key can sign.
    pub async fn sign(&self, payload: &Map<String, Value>, typ: Option<&str>) -> Result<String> {
        let current = self.awake().await?;
        let signer = current.signer.as_ref().ok_or_else(|| Error::unavailable("no key can sign"))?;
        self.sign_with(signer, payload, typ)
    }

    /// As [`Ring::sign`], in one of the algorithms in use and no other.
    ///
    /// # Errors
    /// 503 while no key of the algorithm can sign.
    pub async fn sign_in(
        &self,
        algorithm: Algorithm,
        payload: &Map<String, Value>,
        typ: Option<&str>,
    ) -> Result<String> {
        let current = self.awake().await?;
        let signer = current.signers.iter().find(|signer| signer.algorithm() == algorithm);
        let signer = signer.ok_or_else(|| Error::unavailable(format!("no {algorithm} key can sign")))?;
        self.sign_with(signer, payload, typ)
    }

    fn sign_with(&self, signer: &Signer, payload: &Map<String, Value>, typ: Option<&str>) -> Result<String> {
        let token = signer.sign(payload, typ).map_err(Error::broken)?;
        self.tally.signed.add();
        Ok(token)
    }

    /// The snapshot, loaded anew after a sleep.
    async fn awake(&self) -> Result<Arc<Snapshot>> {
        match self.current() {
            Some(current) if !self.is_stale(&current) => Ok(current),
            _ => self.reload_once().await,
        }
    }

    /// The key set, from memory, and for how many seconds a cache may keep it.
    ///
    /// That is `max_age` for as long as this replica cannot have missed a key that signs within it: one that it has not
    /// heard of was made after its last load, and waits for its lead.
    ///
    /// # Errors
    /// 503 before the first load: never an empty set.
    pub fn jwks(&self) -> Result<(Arc<Jwks>, i64)> {
        self.tally.fetched.add();
        let current = self.known()?;
        let policy = &self.policy;
        let age = self.age(&current);
        let max_age = if (0..=policy.adoption).contains(&age) {
            // What the lead of a sound policy allows for.
            policy.max_age
        } else if age > 0 {
            policy.max_age.min(policy.lead - policy.skew - age).max(0)
        } else {
            0
        };
        Ok((Arc::clone(&current.jwks), max_age / 1000))
    }

    /// The verifier of a key that is published; `None` for one that is unknown, revoked or removed.
    pub fn verifier(&self, kid: &str) -> Option<Arc<Verifier>> {
        let current = self.current()?;
        current.states.published().find(|state| state.kid == kid)?;
        current.keys().iter().find(|key| key.facts.kid == kid).map(|key| Arc::clone(&key.verifier))
    }

    /// The keys with the times of their changes, newest first.
    ///
    /// # Errors
    /// 503 before the first load.
    pub fn list(&self) -> Result<Vec<KeyState>> {
        Ok(self.known()?.states.keys.clone())
    }

    /// The keys that should sign, now or later, and cannot do it here: no configured secret opens their private half.
    pub fn unusable(&self) -> Vec<KeyFault> {
        let Some(current) = self.current() else { return Vec::new() };
        let matters =
            |kid: &str| current.states.keys.iter().any(|state| state.kid == kid && state.phase <= Phase::Signing);
        let keys = current.keys().iter().filter(|key| matters(&key.facts.kid));
        let fault = |key: &StoredKey| Some(KeyFault { kid: key.facts.kid.clone(), why: key.signer.clone().err()? });
        keys.filter_map(fault).collect()
    }

    /// The rows that hold no key of an algorithm that is known here.
    pub fn strange(&self) -> Vec<KeyFault> {
        self.current().map(|current| current.load.loaded.strange.clone()).unwrap_or_default()
    }

    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The algorithms in use, the primary one first.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.kinds.iter().map(|kind| kind.algorithm)
    }

    pub(super) fn kinds(&self) -> &[KeyKind] {
        &self.kinds
    }

    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// What a set of rows means at a moment.
    pub(super) fn states_of(&self, keys: &[StoredKey], now: Timestamp) -> States {
        let facts: Vec<KeyFacts> = keys.iter().map(|key| key.facts.clone()).collect();
        let algorithms: Vec<&str> = self.kinds.iter().map(|kind| kind.algorithm.as_str()).collect();
        states(&facts, &algorithms, &self.policy, now)
    }

    /// Loads the keys and swaps the snapshot.
    pub(super) async fn reload(&self) -> Result<Arc<Snapshot>> {
        let held = self.held();
        let known = held.as_ref().map(|snapshot| snapshot.keys()).unwrap_or_default();
        let (began, number) = (self.clock.now(), self.loads.fetch_add(1, Ordering::SeqCst));
        let loaded = self.rows.load(known).await?;
        let asked = self.clock.now();
        let now = self.rows.now().await?;
        // The answer was true at some moment between the question and now: half way, it is wrong by half of that at most.
        let answered = self.clock.now().millis_since(asked) / 2;
        let offset = now.millis_since(asked.plus_millis(answered));
        Ok(self.swap(Load { loaded, offset, began, number }))
    }

    /// The snapshot after a reload that another request may have made meanwhile.
    async fn reload_once(&self) -> Result<Arc<Snapshot>> {
        let asked = self.clock.now();
        let mut failed_at = self.reloading.lock().await;
        match self.current() {
            Some(current) if !self.is_stale(&current) => Ok(current),
            // Those who waited for a database that is away do not each wait for it once more.
            _ if failed_at.is_some_and(|failed| failed >= asked) => {
                Err(Error::unavailable("the signing keys could not be loaded"))
            }
            _ => {
                let reloaded = self.reload().await;
                *failed_at = reloaded.is_err().then(|| self.clock.now());
                reloaded
            }
        }
    }

    fn swap(&self, load: Load) -> Arc<Snapshot> {
        let now = self.clock.now().plus_millis(load.offset);
        let snapshot = Arc::new(self.at(Arc::new(load), now));
        let mut slot = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        // Of two loads at once, the one that began later knows more. Their numbers say it: a clock can be set back.
        if slot.as_ref().is_none_or(|present| present.load.number < snapshot.load.number) {
            *slot = Some(Arc::clone(&snapshot));
        }
        snapshot
    }

    /// What follows from a load at a moment of the database's clock.
    fn at(&self, load: Arc<Load>, now: Timestamp) -> Snapshot {
        let keys = &load.loaded.keys;
        let states = self.states_of(keys, now);
        let moved = self.states_of_moved(keys, now);
        let signer = self.signer(keys, &states, (states.signer(), moved.signer()), now);
        let lines = self.kinds.iter().map(|kind| kind.algorithm.as_str());
        let turns = lines.map(|line| (states.signer_of(line), moved.signer_of(line)));
        let signers = turns.filter_map(|turns| self.signer(keys, &states, turns, now)).collect();
        let jwks = Arc::new(self.serialise(keys, &states));
        Snapshot { load, states, signer, signers, jwks }
    }

    /// As [`Ring::states_of`], of the keys alone that a Better Auth beside us sees.
    fn states_of_moved(&self, keys: &[StoredKey], now: Timestamp) -> States {
        let moved: Vec<StoredKey> = keys.iter().filter(|key| !key.waits).cloned().collect();
        self.states_of(&moved, now)
    }

    /// The signer of a line: the key whose turn it is. Until that one has moved to where a Better Auth beside us sees and
    /// publishes it, the key signs that would if it did not exist, for as long as its grace covers what it signs.
    fn signer(
        &self,
        keys: &[StoredKey],
        states: &States,
        (turn, moved): (Option<&str>, Option<&str>),
        now: Timestamp,
    ) -> Option<Arc<Signer>> {
        let found = |kid: &str| keys.iter().find(|key| key.facts.kid == kid);
        let policy = &self.policy;
        let over = now.plus_millis(policy.token_life + policy.max_age + policy.skew);
        let covered = |kid: &&str| {
            let state = states.keys.iter().find(|state| state.kid == **kid);
            state.is_some_and(|state| state.removed_at.is_none_or(|removed| over <= removed))
        };
        let turn = found(turn?)?;
        let stands_in = moved.filter(|_| turn.waits).filter(covered).and_then(found);
        stands_in.unwrap_or(turn).signer.clone().ok()
    }

    /// The key set with its members in Better Auth's order, newest key first.
    fn serialise(&self, keys: &[StoredKey], states: &States) -> Jwks {
        let entry = |state: &KeyState| keys.iter().find(|key| key.facts.kid == state.kid).map(|key| key.jwk.clone());
        let body = json!({ "keys": states.published().filter_map(entry).collect::<Vec<_>>() }).to_string();
        let etag = format!("\"{}\"", digest::fingerprint(body.as_bytes()));
        Jwks { body: body.into(), etag }
    }

    fn held(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn known(&self) -> Result<Arc<Snapshot>> {
        self.current().ok_or_else(|| Error::unavailable("the signing keys are not loaded yet"))
    }

    /// The snapshot, brought up to the present moment: states change as time passes, without anybody loading anything.
    fn current(&self) -> Option<Arc<Snapshot>> {
        let held = self.held()?;
        let now = self.clock.now().plus_millis(held.load.offset);
        if held.states.next_change().is_none_or(|change| now < change) {
            return Some(held);
        }
        let fresh = Arc::new(self.at(Arc::clone(&held.load), now));
        let mut slot = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().is_some_and(|present| Arc::ptr_eq(present, &held)) {
            *slot = Some(Arc::clone(&fresh));
        }
        Some(fresh)
    }

    /// How long ago the keys were loaded, in milliseconds. Negative where the clock was set back since.
    fn age(&self, snapshot: &Snapshot) -> i64 {
        self.clock.now().millis_since(snapshot.load.began)
    }

    fn is_stale(&self, snapshot: &Snapshot) -> bool {
        !(0..=self.policy.adoption).contains(&self.age(snapshot))
    }
}

impl Snapshot {
    pub(super) fn states(&self) -> &States {
        &self.states
    }

    pub(super) fn keys(&self) -> &[StoredKey] {
        &self.load.loaded.keys
    }

    /// The present moment of the database's clock at the load.
    pub(super) fn moment(&self) -> Timestamp {
        self.load.began.plus_millis(self.load.offset)
    }
}
