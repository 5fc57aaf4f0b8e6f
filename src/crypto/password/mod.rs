//! Passwords: hashed, verified, and upgraded when their hash is not what is configured.

mod argon2;
mod bcrypt;
mod firebase;
mod hasher;
mod pbkdf2;
mod queue;
mod scrypt;
mod scrypt_phc;
mod settings;

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

pub use self::firebase::FirebaseProject;
use self::hasher::Hasher;
pub use self::hasher::Kind;
pub use self::queue::Queue;
pub use self::settings::{PasswordAlgorithm, PasswordSettings, PasswordSettingsError};
use crate::base::{Error, Random, Result};

/// Hashes and verifies passwords on threads of its own. A call that finds too many others waiting, or waits too long,
/// ends with [`Error::Unavailable`].
///
/// Every refusal costs the same, at least as much as the slowest kind of hash that is stored.
pub struct Passwords {
    hasher: Arc<Hasher>,
    queue: Queue,
}

/// A password as it was typed: zeroised when it is dropped, never shown.
pub type Password = SecretString;

/// What came of a verification.
pub struct Verdict {
    pub matches: bool,
    /// The fresh hash to store in place of the old one. Only for a password that matches.
    pub rehash: Option<String>,
}

/// A password's length as JavaScript counts it, in UTF-16 units.
pub fn utf16_length(text: &str) -> usize {
    text.encode_utf16().count()
}

impl Passwords {
    /// Starts the hashing threads.
    pub fn new(settings: PasswordSettings, random: Random) -> Result<Self, PasswordSettingsError> {
        settings.check()?;
        let queue = Queue::new(settings.threads, settings.queue, settings.max_wait);
        let queue = queue.map_err(PasswordSettingsError::Threads)?;
        Ok(Self { hasher: Arc::new(Hasher::new(&settings, random)), queue })
    }

    /// A fresh hash of the configured kind. The password's length is the caller's to check.
    pub async fn hash(&self, password: Password) -> Result<SecretString> {
        let hasher = Arc::clone(&self.hasher);
        let hashed = self.queue.run(move |memory| hasher.hash(password.expose_secret(), memory)).await?;
        hashed.map(SecretString::from).map_err(Error::broken)
    }

    /// Compares a password with a stored hash, or with none: then the answer is no, at the cost of any other no.
    pub async fn verify(&self, password: Password, stored: Option<SecretString>) -> Result<Verdict> {
        let hasher = Arc::clone(&self.hasher);
        let work = move |memory: &mut _| {
            let stored = stored.as_ref().map(ExposeSecret::expose_secret);
            hasher.verify(password.expose_secret(), stored, memory)
        };
        self.queue.run(work).await?.map_err(Error::broken)
    }

    /// The queue before the hashing threads.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Takes note that hashes of a kind are stored, so that refusals cost as much from the start. Kinds that are met later
    /// are noted by themselves.
    pub fn note_present(&self, kind: Kind) {
        self.hasher.note_present(kind);
    }

    /// The kind of a stored hash; `None` for one that is not accepted and so can match nothing.
    pub fn kind_of(&self, stored: &str) -> Option<Kind> {
        self.hasher.kind_of(stored)
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Passwords").field("configured", &self.hasher.configured()).finish_non_exhaustive()
    }
}

/// Shows no hash: it is what an attacker would like to find in a log.
impl fmt::Debug for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rehash = self.rehash.is_some();
        formatter.debug_struct("Verdict").field("matches", &self.matches).field("rehash", &rehash).finish()
    }
}

#[cfg(test)]
mod tests;
