//! `signet secret`, and the secret that a first start generates.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use secrecy::SecretString;

use super::Failure;
use crate::app::Config;
use crate::base::Random;

/// Where a server without a configured secret keeps the one that it made.
pub const FILE: &str = "signet-data/secret";

/// 43 letters and digits: 256 bits.
pub fn fresh(random: &Random) -> String {
    random.text(43, crate::base::random::ALPHANUMERIC)
}

/// Gives a configuration without a secret the one in the data directory, which the first start makes.
pub fn ensure(config: &mut Config, random: &Random) -> Result<(), Failure> {
    complete(config, || write(Path::new(FILE), random))
}

/// As [`ensure`], for a command that changes nothing: where there is no secret yet, it gets one that nobody keeps.
pub fn find(config: &mut Config, random: &Random) -> Result<(), Failure> {
    complete(config, || Ok(fresh(random)))
}

/// Whether a secret is configured, or an earlier start has kept one.
pub fn is_known(config: &Config) -> bool {
    config.secrets.all().next().is_some() || Path::new(FILE).exists()
}

fn complete(config: &mut Config, make: impl FnOnce() -> std::io::Result<String>) -> Result<(), Failure> {
    if config.secrets.secret.is_some() || !config.secrets.secrets.is_empty() {
        return Ok(());
    }
    let told = |error: std::io::Error| {
        Failure::Refused(format!(
            "The generated secret in {FILE} cannot be used: {error}. Set BETTER_AUTH_SECRET instead (make one with `signet secret`)."
        ))
    };
    let text = match fs::read_to_string(FILE) {
        Ok(text) => text.trim().to_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make().map_err(told)?,
        Err(error) => return Err(told(error)),
    };
    if text.len() < 32 {
        return Err(Failure::Refused(format!(
            "The secret in {FILE} is cut short. Restore it from a backup; if it is lost, delete the file, and everybody signs in again."
        )));
    }
    config.secrets.secret = Some(SecretString::from(text));
    Ok(())
}

/// Makes the directory (0700) and the file (0600). Of two first starts at once, one writes and the other reads.
fn write(path: &Path, random: &Random) -> std::io::Result<String> {
    if let Some(directory) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let secret = fresh(random);
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    // A hard link fails where the file exists already: nobody's secret is ever overwritten.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Ok(()) => Ok(secret),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Ok(fs::read_to_string(path)?.trim().to_owned())
        }
        Err(error) => Err(error),
    }
}
