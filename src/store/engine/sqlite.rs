//! Opening a SQLite file, or a database in this process' memory: one connection that writes, and a pool of those that read.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
pub use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Row, Sqlite};
use tokio::sync::Mutex;

use super::fault::Fault;
use super::pool::{Lease, Limits, Pool, PoolLoad};

/// What is left of the write-ahead log after a checkpoint; during a burst it grows beyond.
const LOG_BYTES: &str = "16777216";

pub struct Files {
    writer: Pool<Sqlite>,
    readers: Pool<Sqlite>,
    watcher: Pool<Sqlite>,
    watch: Mutex<Watch>,
    /// The connection for whose sake a database in memory stays: it ends with its last one.
    kept: Mutex<Option<Lease<Sqlite>>>,
}

/// The connection whose `data_version` is asked: the number means nothing on another.
#[derive(Default)]
struct Watch {
    lease: Option<Lease<Sqlite>>,
    /// How often that connection was opened.
    opened: i64,
}

impl Files {
    pub async fn open(path: &Path, readers: u32, limits: Limits, read_only: bool) -> Result<Self, Fault> {
        if read_only {
            let reading = SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(false)
                .read_only(true)
                .busy_timeout(limits.statement.mul_f32(0.8))
                .disable_statement_logging();
            let files = Self::of(reading, readers, limits);
            files.acquire(false).await?.give_back();
            return Ok(files);
        }
        create(path).map_err(|error| Fault::of("create the database's file", sqlx::Error::Io(error)))?;
        let writing = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            // A session that was acknowledged survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(limits.statement.mul_f32(0.8))
            .pragma("journal_size_limit", LOG_BYTES)
            .disable_statement_logging();
        let files = Self::of(writing, readers, limits);
        files.acquire(true).await?.give_back();
        Ok(files)
    }

    /// A database of this name in the memory of this process, which nobody else can reach, and which is gone with it.
    pub async fn open_in_memory(name: &str, readers: u32, limits: Limits) -> Result<Self, Fault> {
        let writing = SqliteConnectOptions::new()
            // Names that begin with a slash are shared by the connections of a process.
            .filename(format!("/{name}"))
            .vfs("memdb")
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Memory)
            .synchronous(SqliteSynchronous::Off)
            .foreign_keys(true)
            .busy_timeout(limits.statement.mul_f32(0.8))
            .disable_statement_logging();
        let kept = Pool::new(writing.clone(), 1, limits).acquire().await?;
        Ok(Self { kept: Mutex::new(Some(kept)), ..Self::of(writing, readers, limits) })
    }

    fn of(writing: SqliteConnectOptions, readers: u32, limits: Limits) -> Self {
        let reading = writing.clone().pragma("query_only", "ON");
        Self {
            writer: Pool::new(writing, 1, limits),
            readers: Pool::new(reading.clone(), readers, limits),
            watcher: Pool::new(reading, 1, limits),
            watch: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    pub async fn acquire(&self, writes: bool) -> Result<Lease<Sqlite>, Fault> {
        if writes { self.writer.acquire().await } else { self.readers.acquire().await }
    }

    /// The watcher's pool is left out: it lends to nobody.
    pub fn loads(&self) -> Vec<PoolLoad> {
        vec![self.writer.load("writer"), self.readers.load("readers")]
    }

    pub async fn data_version(&self) -> Result<i64, Fault> {
        let mut watch = self.watch.lock().await;
        if watch.lease.is_none() {
            watch.lease = Some(self.watcher.acquire().await?);
            watch.opened += 1;
        }
        let opened = watch.opened;
        let Some(lease) = &mut watch.lease else { return Ok(opened) };
        let asked = sqlx::query("PRAGMA data_version").fetch_all(lease.ask()).await;
        match asked.and_then(|rows| rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get::<i64, _>(0)) {
            Ok(version) => Ok((opened << 32) + version),
            Err(error) => {
                watch.lease = None;
                Err(Fault::of("data_version", error))
            }
        }
    }

    pub async fn close(&self) {
        self.watch.lock().await.lease = None;
        self.watcher.close().await;
        self.readers.close().await;
        // Last, so that it folds the log into the file.
        self.writer.close().await;
        *self.kept.lock().await = None;
    }
}

/// Makes the file for its owner alone, and its directory likewise, where they are missing. SQLite gives the files
/// beside it (`-wal`, `-shm`) the same mode.
fn create(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if path.metadata()?.permissions().mode() & 0o077 != 0 {
                tracing::warn!(path = %path.display(), "others than its owner can open the database: chmod 600");
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}
