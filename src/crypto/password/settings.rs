//! How passwords are hashed.

use std::time::Duration;

use super::argon2::Strength;
use super::firebase::FirebaseProject;

/// What may be configured.
const LIMIT: Strength = Strength { memory_kib: 1024 * 1024, iterations: 64, parallelism: 16 };

/// How passwords are hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordSettings {
    pub algorithm: PasswordAlgorithm,
    /// Argon2's memory in KiB, at most 1 GiB. Each thread may hold as much.
    pub memory_kib: u32,
    /// Argon2's passes, at most 64.
    pub iterations: u32,
    /// Argon2's lanes, at most 16, computed one after the other.
    pub parallelism: u32,
    /// How many passwords are hashed at once.
    pub threads: usize,
    /// How many may wait for a thread.
    pub queue: usize,
    /// How long one may wait for a thread.
    pub max_wait: Duration,
    /// Where users come from Firebase, and their hashes do not say of which project.
    pub firebase: Option<FirebaseProject>,
}

/// The algorithm of new hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordAlgorithm {
    Argon2id,
    /// Better Auth's own, for a Better Auth that opens the same database.
    Scrypt,
}

/// A setting that passwords cannot be hashed with.
#[derive(Debug, thiserror::Error)]
pub enum PasswordSettingsError {
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    #[error("memory_kib is at most 1048576, iterations at most 64, parallelism at most 16")]
    TooMuch,
    #[error("Argon2 does not work with these parameters: {0}")]
    Parameters(::argon2::Error),
    #[error("a hashing thread cannot be started")]
    Threads(#[source] std::io::Error),
}

impl Default for PasswordSettings {
    /// OWASP's parameters for Argon2id, a thread a core, and two seconds' wait.
    fn default() -> Self {
        Self {
            algorithm: PasswordAlgorithm::Argon2id,
            memory_kib: 19_456,
            iterations: 2,
            parallelism: 1,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            queue: 256,
            max_wait: Duration::from_secs(2),
            firebase: None,
        }
    }
}

impl PasswordSettings {
    /// Whether passwords can be hashed with these settings.
    pub fn check(&self) -> Result<(), PasswordSettingsError> {
        for (name, value) in [("threads", self.threads), ("queue", self.queue)] {
            if value == 0 {
                return Err(PasswordSettingsError::Zero(name));
            }
        }
        let strength = Strength::configured(self);
        if !strength.is_within(&LIMIT) {
            return Err(PasswordSettingsError::TooMuch);
        }
        strength.check().map_err(PasswordSettingsError::Parameters)
    }
}
