//! A database for one test: a SQLite file in memory-backed storage, or a fresh Postgres database that is dropped at the end.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use tempfile::TempDir;

/// Whether the tests run on Postgres, unless one asks for another database.
pub fn is_postgres() -> bool {
    std::env::var("SIGNET_TEST_ENGINE").is_ok_and(|engine| engine == "postgres")
}

/// A database and what keeps it; the last holder removes it.
#[derive(Clone)]
pub struct Database {
    pub url: String,
    _held: Arc<Held>,
}

enum Held {
    Nothing,
    Folder { _folder: TempDir },
    Postgres { name: String, maintenance: String },
}

impl Database {
    /// On the engine that `SIGNET_TEST_ENGINE` names.
    pub async fn fresh() -> Self {
        if is_postgres() {
            Self::postgres().expect("SIGNET_TEST_ENGINE=postgres needs SIGNET_TEST_POSTGRES; run scripts/test")
        } else {
            Self::sqlite()
        }
    }

    pub fn sqlite() -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("signet.db").display());
        Self { url, _held: Arc::new(Held::Folder { _folder: folder }) }
    }

    /// None at all: each server has its own memory.
    pub fn nowhere() -> Self {
        Self { url: "none".into(), _held: Arc::new(Held::Nothing) }
    }

    /// A fresh Postgres database; None where no Postgres is named.
    pub fn postgres() -> Option<Self> {
        let template = std::env::var("SIGNET_TEST_POSTGRES").ok()?;
        let name = format!(
            "signet_{}",
            uuid::Builder::from_random_bytes(signet::base::Random::system().bytes()).into_uuid().simple()
        );
        let maintenance = template.replace("{db}", "postgres");
        psql(&maintenance, &format!("CREATE DATABASE {name}"));
        Some(Self { url: template.replace("{db}", &name), _held: Arc::new(Held::Postgres { name, maintenance }) })
    }

    /// All that is in it: the bytes of SQLite's files, or what `pg_dump` writes.
    pub fn dump(&self) -> String {
        let bytes = match self.url.strip_prefix("sqlite:") {
            Some(path) => ["", "-wal"].map(|end| std::fs::read(format!("{path}{end}")).unwrap_or_default()).concat(),
            None => Command::new("pg_dump").arg(&self.url).output().expect("pg_dump runs").stdout,
        };
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The same database for another server.
    pub fn share(&self) -> Self {
        self.clone()
    }
}

impl Database {
    /// The same database by another way.
    pub fn through(&self, url: String) -> Self {
        Self { url, _held: Arc::clone(&self._held) }
    }
}

impl Drop for Held {
    /// On a thread of its own: a connection that this one is still opening would keep the database until it times out.
    fn drop(&mut self) {
        if let Self::Postgres { name, maintenance } = self {
            let (url, sql) = (maintenance.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            thread::spawn(move || psql(&url, &sql));
        }
    }
}

fn psql(url: &str, sql: &str) {
    let done =
        Command::new("psql").args([url, "--no-psqlrc", "--quiet", "--command", sql]).output().expect("psql runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
