//! A copy of a SQLite database while a server runs on it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("There is no database {}.", .0.display())]
    Missing(PathBuf),
    #[error("{} exists already, and is left as it is. Name another file.", .0.display())]
    Taken(PathBuf),
    #[error("{} is no name that SQLite can take: it has to be UTF-8.", .0.display())]
    Name(PathBuf),
    #[error("The copy cannot be written to {}: {}.", .0.display(), .1)]
    Write(PathBuf, io::Error),
    #[error("The database cannot be copied: {0}.")]
    Copy(sqlx::Error),
}

/// Copies a database as it is at one moment into a new file, for its owner alone, and gives the copy's size in bytes.
/// Readers and writers go on meanwhile. The file is there only when it is whole and on the disk.
pub async fn backup(database: &Path, file: &Path) -> Result<u64, BackupError> {
    if !database.is_file() {
        return Err(BackupError::Missing(database.to_owned()));
    }
    if file.exists() {
        return Err(BackupError::Taken(file.to_owned()));
    }
    let mut partial = file.as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    let partial = PathBuf::from(partial);
    // SQLite writes into an empty file too, and leaves its mode as it is.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial);
    made.map_err(|error| BackupError::Write(file.to_owned(), error))?;
    let copied = match copy(database, &partial).await {
        Ok(()) => keep(&partial, file),
        Err(error) => Err(error),
    };
    let removed = fs::remove_file(&partial).map_err(|error| BackupError::Write(partial, error));
    copied.and_then(|size| removed.map(|()| size))
}

async fn copy(database: &Path, partial: &Path) -> Result<(), BackupError> {
    let name = partial.to_str().ok_or_else(|| BackupError::Name(partial.to_owned()))?;
    let options = SqliteConnectOptions::new().filename(database).disable_statement_logging();
    let mut connection = options.connect().await.map_err(BackupError::Copy)?;
    let copied = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut connection).await;
    copied.map_err(BackupError::Copy)?;
    connection.close().await.map_err(BackupError::Copy)
}

/// Gives a whole copy its name, unless somebody else has taken that meanwhile.
fn keep(partial: &Path, file: &Path) -> Result<u64, BackupError> {
    let kept = || {
        let copy = File::open(partial)?;
        copy.sync_all()?;
        fs::hard_link(partial, file)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok(copy.metadata()?.len())
    };
    kept().map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Taken(file.to_owned()),
        _ => BackupError::Write(file.to_owned(), error),
    })
}
