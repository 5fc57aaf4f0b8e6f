//! Where a database is, and how it is used.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::kv::Kv;
use super::session::config::SessionHomeConfig;
use super::verification::config::VerificationConfig;

/// Where the data is.
#[derive(Clone, Debug)]
pub enum StoreUrl {
    /// A file, which is made if it is missing, for its owner alone.
    Sqlite(PathBuf),
    /// The memory of this process. Every store has one of its own, which ends with it.
    Memory,
    /// `postgres://user:password@host/database`.
    Postgres(SecretString),
}

/// Where the data is and how long to wait for it. A silent database is given up after the sum of `acquire_timeout` and
/// `statement_timeout`.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    pub url: StoreUrl,
    /// The Postgres server itself, where `url` leads to a pooler: notifications are heard there.
    pub direct_url: Option<SecretString>,
    /// The zone of times in columns without one, on Postgres; none for UTC.
    pub time_zone: Option<String>,
    /// On SQLite those that read; there is one more that writes.
    pub max_connections: u32,
    /// For opening a connection, within the time for acquiring one.
    pub connect_timeout: Duration,
    /// For a free connection that answers.
    pub acquire_timeout: Duration,
    /// For each statement.
    pub statement_timeout: Duration,
    /// Redis, or what stands for it.
    pub secondary: Option<Kv>,
    /// Where values that are used once are kept, and how.
    pub verifications: VerificationConfig,
    pub sessions: SessionHomeConfig,
    /// Nothing is ever written: no file is made, and the database refuses what would change it.
    pub read_only: bool,
}

impl StoreSettings {
    /// Ten connections, and an error within three seconds.
    pub fn new(url: StoreUrl) -> Self {
        Self {
            url,
            direct_url: None,
            time_zone: None,
            max_connections: 10,
            connect_timeout: Duration::from_millis(1000),
            acquire_timeout: Duration::from_millis(1000),
            statement_timeout: Duration::from_millis(1900),
            secondary: None,
            verifications: VerificationConfig::default(),
            sessions: SessionHomeConfig::default(),
            read_only: false,
        }
    }
}
