//! Hashes and verifies: the work that a thread does.

use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use super::argon2::{self, Make, Memory, Strength};
use super::firebase::{self, FirebaseProject};
use super::{PasswordAlgorithm, PasswordSettings, Verdict, bcrypt, pbkdf2, scrypt, scrypt_phc};
use crate::base::Random;

/// How many kinds of hash a refusal is spread over. With imported hashes of more kinds, the cheapest can be told by time.
const MOST_KINDS: usize = 4;

/// What the others cost in the unit of [`Kind::cost`], as measured: 2^18 blocks of scrypt are four or five times Argon2id's
/// 19 MiB and two passes; a round of bcrypt and one of PBKDF2.
const SCRYPT_BLOCK: f64 = 0.65;
const BCRYPT_ROUND: u64 = 80;
const PBKDF2_ROUND: u64 = 1;

/// The kind of a stored hash: what it takes to compute one like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(pub(super) Work);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Argon2(Make, Strength),
    Scrypt(scrypt::Cost),
    /// By its cost.
    Bcrypt(u32),
    Pbkdf2(pbkdf2::Cost),
}

/// Knows what is configured, and the kinds of hash that are stored.
///
/// How long a refusal takes must not tell whether a user exists, nor how the password is stored. Timers leak under load,
/// and estimates of one algorithm in terms of another differ between machines; so every refusal does *the same work*: one
/// hash of each kind that is present, the stored hash for its own kind and a dummy for each other one. That is never less
/// than the slowest kind, and dearer than the slowest alone only while several kinds are left.
pub struct Hasher {
    configured: Kind,
    ceiling: Strength,
    firebase: Option<FirebaseProject>,
    random: Random,
    /// The kinds that are present, the configured one first.
    present: Mutex<Vec<Kind>>,
    crowded: Once,
}

/// A stored hash that is well formed.
enum Stored<'a> {
    Argon2(argon2::Stored),
    Bcrypt(bcrypt::Stored<'a>),
    Pbkdf2(pbkdf2::Stored),
    ScryptPhc(scrypt_phc::Stored),
    Firebase(firebase::Stored),
    BetterAuth(scrypt::Stored<'a>),
}

impl Hasher {
    pub fn new(settings: &PasswordSettings, random: Random) -> Self {
        let strength = Strength::configured(settings);
        let configured = Kind(match settings.algorithm {
            PasswordAlgorithm::Argon2id => Work::Argon2(Make::OURS, strength),
            PasswordAlgorithm::Scrypt => Work::Scrypt(scrypt::COST),
        });
        // What is configured is allowed, also where it is above what may come from a row.
        let ceiling = Strength::CEILING.raised_to(&strength);
        let firebase = settings.firebase.clone();
        Self { configured, ceiling, firebase, random, present: Mutex::new(vec![configured]), crowded: Once::new() }
    }

    pub fn configured(&self) -> Kind {
        self.configured
    }

    /// A fresh hash of the configured kind.
    pub fn hash(&self, password: &str, memory: &mut Memory) -> Result<String, ::argon2::Error> {
        match &self.configured.0 {
            Work::Argon2(_, strength) => argon2::hash(password, strength, &self.random, memory),
            _ => Ok(scrypt::hash(password, &self.random)),
        }
    }

    /// Compares a password with a stored hash. With none, and with one that is not accepted, the answer is no.
    pub fn verify(
        &self,
        password: &str,
        stored: Option<&str>,
        memory: &mut Memory,
    ) -> Result<Verdict, ::argon2::Error> {
        let stored = stored.and_then(|stored| self.read_or_warn(stored));
        if let Some(stored) = &stored
            && stored.matches(password, memory)?
        {
            return Ok(Verdict { matches: true, rehash: self.rehash(password, stored, memory) });
        }
        for kind in self.kinds_left(stored.as_ref().map(Stored::kind)) {
            kind.dummy(password, memory)?;
        }
        Ok(Verdict { matches: false, rehash: None })
    }

    /// The kind of a stored hash; `None` for one that is not accepted.
    pub fn kind_of(&self, stored: &str) -> Option<Kind> {
        self.read(stored).map(|stored| stored.kind())
    }

    /// Counts a kind among those that are present.
    pub fn note_present(&self, kind: Kind) {
        let mut present = self.present();
        if present.contains(&kind) {
            return;
        }
        if present.len() < MOST_KINDS {
            present.push(kind);
            return;
        }
        self.crowded.call_once(|| tracing::warn!("more than {MOST_KINDS} kinds of password hash are stored"));
        let cheapest = present[1..].iter_mut().min_by_key(|kind| kind.cost());
        if let Some(cheapest) = cheapest.filter(|cheapest| cheapest.cost() < kind.cost()) {
            *cheapest = kind;
        }
    }

    /// The kinds that a refusal still has to work through after the stored hash's own.
    pub fn kinds_left(&self, done: Option<Kind>) -> Vec<Kind> {
        if let Some(kind) = done {
            self.note_present(kind);
        }
        self.present().iter().copied().filter(|kind| Some(*kind) != done).collect()
    }

    /// A fresh hash in place of one that is not what is configured. A failure here does not undo the match.
    fn rehash(&self, password: &str, stored: &Stored<'_>, memory: &mut Memory) -> Option<String> {
        if stored.kind() == self.configured && stored.is_as_made() {
            return None;
        }
        let fresh = self.hash(password, memory);
        fresh.inspect_err(|error| tracing::warn!(%error, "a password could not be hashed anew")).ok()
    }

    fn read_or_warn<'a>(&self, stored: &'a str) -> Option<Stored<'a>> {
        let read = self.read(stored);
        if read.is_none() {
            tracing::warn!("a stored password hash is malformed, of an unknown kind, or too costly to verify");
        }
        read
    }

    /// Reads a stored hash, and refuses what is malformed or would take more than is allowed.
    fn read<'a>(&self, stored: &'a str) -> Option<Stored<'a>> {
        argon2::Stored::parse(stored)
            .map(Stored::Argon2)
            .or_else(|| bcrypt::Stored::parse(stored).map(Stored::Bcrypt))
            .or_else(|| pbkdf2::Stored::parse(stored).map(Stored::Pbkdf2))
            .or_else(|| scrypt_phc::Stored::parse(stored).map(Stored::ScryptPhc))
            .or_else(|| firebase::Stored::parse(stored, self.firebase.as_ref()).map(Stored::Firebase))
            .or_else(|| scrypt::Stored::parse(stored).map(Stored::BetterAuth))
            .filter(|stored| self.allows(stored.kind()))
    }

    /// The other kinds are held to their ceilings where they are read.
    fn allows(&self, kind: Kind) -> bool {
        match kind.0 {
            Work::Argon2(_, strength) => strength.is_within(&self.ceiling) && strength.check().is_ok(),
            Work::Scrypt(_) | Work::Bcrypt(_) | Work::Pbkdf2(_) => true,
        }
    }

    /// Nothing panics under the lock, so a poisoned one is as good as any.
    fn present(&self) -> MutexGuard<'_, Vec<Kind>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    /// What a hash of this kind costs, without a hash.
    fn dummy(self, password: &str, memory: &mut Memory) -> Result<(), ::argon2::Error> {
        match self.0 {
            Work::Argon2(make, strength) => return argon2::dummy(password, make, &strength, memory),
            Work::Scrypt(cost) => scrypt::dummy(password, &cost),
            Work::Bcrypt(cost) => bcrypt::dummy(password, cost),
            Work::Pbkdf2(cost) => pbkdf2::dummy(password, &cost),
        }
        Ok(())
    }

    /// About what it costs, in KiB that Argon2 fills: good for telling which of two is dearer.
    fn cost(self) -> u64 {
        match self.0 {
            Work::Argon2(_, strength) => u64::from(strength.memory_kib) * u64::from(strength.iterations),
            Work::Scrypt(cost) => (cost.work() as f64 * SCRYPT_BLOCK) as u64,
            Work::Bcrypt(cost) => (1 << cost) * BCRYPT_ROUND,
            Work::Pbkdf2(cost) => cost.work() * PBKDF2_ROUND,
        }
    }
}

impl Stored<'_> {
    fn kind(&self) -> Kind {
        Kind(match self {
            Self::Argon2(stored) => Work::Argon2(stored.make, stored.strength),
            Self::Bcrypt(stored) => Work::Bcrypt(stored.cost),
            Self::Pbkdf2(stored) => Work::Pbkdf2(stored.cost),
            Self::ScryptPhc(stored) => Work::Scrypt(stored.cost),
            Self::Firebase(stored) => Work::Scrypt(stored.cost),
            Self::BetterAuth(_) => Work::Scrypt(scrypt::COST),
        })
    }

    /// Whether a fresh hash of the same kind would be no better, and be written in no other way.
    fn is_as_made(&self) -> bool {
        match self {
            Self::Argon2(stored) => stored.is_as_made(),
            Self::BetterAuth(_) => true,
            Self::Bcrypt(_) | Self::Pbkdf2(_) | Self::ScryptPhc(_) | Self::Firebase(_) => false,
        }
    }

    fn matches(&self, password: &str, memory: &mut Memory) -> Result<bool, ::argon2::Error> {
        Ok(match self {
            Self::Argon2(stored) => return stored.matches(password, memory),
            Self::Bcrypt(stored) => stored.matches(password),
            Self::Pbkdf2(stored) => stored.matches(password),
            Self::ScryptPhc(stored) => stored.matches(password),
            Self::Firebase(stored) => stored.matches(password),
            Self::BetterAuth(stored) => stored.matches(password),
        })
    }
}
