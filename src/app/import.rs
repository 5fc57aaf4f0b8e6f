//! The keys that lie in `plugins.jwt.jwks.import_dir`. Each is imported once, by the replica that starts first.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::base::{Error, Result};
use crate::crypto::jose::Imported;
use crate::keyring::Keeper;
use crate::keyring::rows::by_hand::Import;
use crate::plugins::jwt::config::JwksConfig;

/// Where nothing is configured, and where it need not be.
const FOLDER: &str = "keys";
const KINDS: [&str; 2] = ["pem", "jwk"];

/// Why a start does not go on.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be imported: {why}. Mend it, or take it out of plugins.jwt.jwks.import_dir", path.display())]
struct Unfit {
    path: PathBuf,
    why: String,
}

/// Imports what lies there and was not imported before.
///
/// # Errors
/// A folder that is configured and cannot be read; a file that holds no key which can be imported.
pub async fn import(keeper: &Keeper, jwks: &JwksConfig) -> Result<()> {
    let folder = match &jwks.import_dir {
        Some(folder) => folder,
        None if !Path::new(FOLDER).is_dir() => return Ok(()),
        None => Path::new(FOLDER),
    };
    let unfit = |path: &Path, why: String| Error::broken(Unfit { path: path.to_owned(), why });
    for path in files(folder).map_err(|error| unfit(folder, error.to_string()))? {
        let text = read(&path).map_err(|error| unfit(&path, error.to_string()))?;
        let imported = Imported::read(&text, jwks.key_kind.algorithm).map_err(|why| unfit(&path, why.to_string()))?;
        match keeper.import(&imported, true).await? {
            Import::Added(_) | Import::Present(_) => {}
            passed @ (Import::Spent(_) | Import::Revoked(_)) => {
                tracing::info!("{} is not imported: {passed}", path.display());
            }
            refused => return Err(unfit(&path, refused.to_string())),
        }
    }
    Ok(())
}

/// The files of keys, in the order of their names.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|kind| KINDS.iter().any(|known| kind == *known)));
    paths.sort();
    Ok(paths)
}

/// A private key's text, overwritten when it is dropped.
fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut file = File::open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        tracing::warn!("{0} is a private key that others can read: chmod 600 {0}", path.display());
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map(|_| text)
}
