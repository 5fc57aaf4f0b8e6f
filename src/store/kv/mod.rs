//! Secondary storage: values with a lifetime, in Redis or in this process. Each operation is of one key and decides at once,
//! so that it is the same on one server and on a cluster of them.

pub mod config;
mod memory;
mod redis;

use std::sync::Arc;

use self::config::{Address, SecondaryConfig};
use self::memory::Memory;
use self::redis::Redis;
use crate::base::meter::{Count, Spread};
use crate::base::{Clock, Error};

/// Values by key. Cheap to clone.
#[derive(Clone)]
pub struct Kv(Arc<Inner>);

struct Inner {
    kind: Kind,
    prefix: String,
    tally: Arc<Tally>,
}

enum Kind {
    Memory(Memory),
    Redis(Redis),
}

/// What the storage has counted of itself.
#[derive(Default)]
pub struct Tally {
    /// Operations that were answered, and how long they took.
    pub took: Spread,
    /// Operations that were not answered in time, or whose connection broke.
    pub lost: Count,
    /// Operations that were not tried, since the storage was away.
    pub away: Count,
    /// Operations that the storage refused: it is full, or may not be written.
    pub refused: Count,
}

/// Why an operation has no result.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KvError {
    /// Nothing was sent: the storage is known to be away.
    #[error("the secondary storage is away")]
    Away,
    /// It was sent, and whether anything came of it is not known.
    #[error("the secondary storage did not answer: {0}")]
    Lost(String),
    /// The storage said no, and nothing came of it.
    #[error("the secondary storage refused: {0}")]
    Refused(String),
}

impl From<KvError> for Error {
    fn from(error: KvError) -> Self {
        Self::unavailable(error.to_string())
    }
}

type Result<T> = std::result::Result<T, KvError>;

impl std::fmt::Debug for Kv {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Kv").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}

impl Kv {
    /// Opens the storage. It may be away: then it is looked for in the background for as long as this lives.
    ///
    /// # Errors
    /// Where the address can be no storage's.
    pub async fn open(config: &SecondaryConfig, clock: Clock) -> std::result::Result<Self, String> {
        let tally = Arc::new(Tally::default());
        let kind = match &config.address {
            Address::Memory => Kind::Memory(Memory::new(clock)),
            _ => Kind::Redis(Redis::open(config, Arc::clone(&tally)).await?),
        };
        Ok(Self(Arc::new(Inner { kind, prefix: config.key_prefix.clone(), tally })))
    }

    /// The value of a key that has not run out.
    pub async fn get(&self, key: &str) -> Result<Option<String>> {
        match &self.0.kind {
            Kind::Memory(memory) => Ok(memory.get(&self.key(key))),
            Kind::Redis(redis) => redis.get(&self.key(key)).await,
        }
    }

    /// Gives a key a value for so many seconds, and no value where there are none left.
    pub async fn put(&self, key: &str, value: &str, seconds: i64) -> Result<()> {
        if seconds <= 0 {
            return self.forget(key).await;
        }
        match &self.0.kind {
            Kind::Memory(memory) => {
                memory.put(self.key(key), value, seconds);
                Ok(())
            }
            Kind::Redis(redis) => redis.put(&self.key(key), value, seconds).await,
        }
    }

    /// Gives a key a value for so many seconds, unless it has one; whether it did.
    pub async fn put_if_absent(&self, key: &str, value: &str, seconds: i64) -> Result<bool> {
        if seconds <= 0 {
            return Ok(false);
        }
        match &self.0.kind {
            Kind::Memory(memory) => Ok(memory.put_if_absent(self.key(key), value, seconds)),
            Kind::Redis(redis) => redis.put_if_absent(&self.key(key), value, seconds).await,
        }
    }

    /// Gives a key a value for so many seconds, at least one, if its value is still the one that was read; whether it did. No
    /// value counts as the empty text.
    pub async fn put_if_same(&self, key: &str, same: &str, value: &str, seconds: i64) -> Result<bool> {
        let seconds = seconds.max(1);
        match &self.0.kind {
            Kind::Memory(memory) => Ok(memory.put_if_same(self.key(key), same, value, seconds)),
            Kind::Redis(redis) => redis.put_if_same(&self.key(key), same, value, seconds).await,
        }
    }

    /// Takes a key's value away.
    pub async fn forget(&self, key: &str) -> Result<()> {
        self.take(key).await.map(drop)
    }

    /// Takes a key's value away; of any number of takers one gets it.
    pub async fn take(&self, key: &str) -> Result<Option<String>> {
        match &self.0.kind {
            Kind::Memory(memory) => Ok(memory.take(&self.key(key))),
            Kind::Redis(redis) => redis.take(&self.key(key)).await,
        }
    }

    /// Counts one more. The count ends so many seconds after the first.
    pub async fn bump(&self, key: &str, seconds: i64) -> Result<u64> {
        match &self.0.kind {
            Kind::Memory(memory) => Ok(memory.bump(self.key(key), seconds)),
            Kind::Redis(redis) => redis.bump(&self.key(key), seconds).await,
        }
    }

    /// Whether the storage answered when it was last asked.
    pub fn is_there(&self) -> bool {
        match &self.0.kind {
            Kind::Memory(_) => true,
            Kind::Redis(redis) => redis.is_there(),
        }
    }

    /// What it has counted.
    pub fn tally(&self) -> &Tally {
        &self.0.tally
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.0.prefix)
    }
}
