//! `signet keys`: the state of the signing keys, and what an operator does to them by hand.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use zeroize::Zeroizing;

use super::{Failure, away, secret};
use crate::app::Config;
use crate::base::Random;
use crate::crypto::jose::{Algorithm, Imported};
use crate::keyring::keeper::by_hand::{Revoked, Rotated};
use crate::keyring::rows::by_hand::{Import, Rewrapped};
use crate::keyring::{Keeper, KeyFault, KeyState, Ring};

#[derive(Subcommand)]
pub enum Keys {
    /// Show each key: its state and the times of its next changes.
    List,
    /// Publish a new key now. It signs when every verifier can know it; the present one signs until then.
    Rotate {
        /// Let it sign at once. Verifiers that keep an older JWKS refuse new tokens until they fetch it again.
        #[arg(long)]
        immediately: bool,
        /// The algorithm whose keys are rotated, e.g. `ES256`, where templates use several. Without, the default tokens'.
        #[arg(long, value_name = "ALG")]
        alg: Option<Algorithm>,
    },
    /// Take a key out of the JWKS for good. Its tokens verify no longer.
    Revoke { kid: String },
    /// Publish a key from a file: a PKCS#8 PEM or a private JWK. It signs after its lead, as a new one does.
    Import {
        /// The file; `-` for standard input.
        file: PathBuf,
    },
    /// Print a key with its private half as a JWK. Whoever has it can sign tokens.
    Export { kid: String },
    /// Encrypt every private key with the current secret, so that an older one can be taken out of `secrets`.
    Rewrap,
}

pub async fn run(mut config: Config, command: Keys) -> Result<(), Failure> {
    if !config.jwt.enabled {
        return Err(Failure::Refused(
            "The jwt plugin is off, so there are no keys. Set plugins.jwt.enabled = true.".into(),
        ));
    }
    match command {
        Keys::List => secret::find(&mut config, &Random::system())?,
        _ => secret::ensure(&mut config, &Random::system())?,
    }
    let keeper = super::keeper(&config).await?.ok_or_else(|| {
        Failure::Refused(
            "The database has no tables of keys yet. Run `signet migrate`, or start once with `signet serve`.".into(),
        )
    })?;
    match command {
        Keys::List => list(keeper.ring()),
        Keys::Rotate { immediately, alg } => rotate(&keeper, immediately, alg).await,
        Keys::Revoke { kid } => revoke(&keeper, &kid).await,
        Keys::Import { file } => import(&keeper, &file, config.jwt.jwks.key_kind.algorithm).await,
        Keys::Export { kid } => export(&keeper, &kid).await,
        Keys::Rewrap => rewrap(&keeper).await,
    }
}

fn list(ring: &Ring) -> Result<(), Failure> {
    let keys = ring.list().map_err(away)?;
    let wide = keys.iter().map(|key| key.kid.len()).max().unwrap_or(0).max(32) + 2;
    println!(
        "{:<wide$} {:<7} {:<10} {:<25} {:<25} {:<25}",
        "kid", "alg", "state", "signs from", "signs until", "leaves the JWKS"
    );
    for key in keys {
        let KeyState { kid, algorithm, phase, signs_from, ends_at, removed_at, .. } = key;
        let from = signs_from.to_string();
        let until = ends_at.map_or_else(|| "its successor signs".to_owned(), |moment| moment.to_string());
        let removed = removed_at.map_or_else(|| "-".to_owned(), |moment| moment.to_string());
        println!("{kid:<wide$} {algorithm:<7} {:<10} {from:<25} {until:<25} {removed:<25}", phase.as_str());
    }
    for KeyFault { kid, why } in ring.unusable() {
        println!("{kid} cannot sign with the configured secrets: {why}");
    }
    Ok(())
}

async fn rotate(keeper: &Keeper, immediately: bool, algorithm: Option<Algorithm>) -> Result<(), Failure> {
    if let Some(algorithm) = algorithm.filter(|algorithm| !keeper.ring().algorithms().any(|used| used == *algorithm)) {
        return Err(Failure::Refused(format!(
            "No token is signed with {algorithm} here. Give a template `algorithm = \"{algorithm}\"` first."
        )));
    }
    if immediately {
        let Rotated { key, safe_at } = keeper.rotate_immediately(algorithm).await.map_err(away)?;
        println!("{} signs from now on; every replica follows by itself within seconds.", key.kid);
        println!("Verifiers that keep the JWKS as long as they may know it from {safe_at} on.");
    } else {
        let Rotated { key, .. } = keeper.rotate(algorithm).await.map_err(away)?;
        println!("Published {}. It signs from {}; every replica follows by itself.", key.kid, key.signs_from);
    }
    Ok(())
}

async fn revoke(keeper: &Keeper, kid: &str) -> Result<(), Failure> {
    let Revoked { safe_at, successor, .. } = keeper.revoke(kid).await.map_err(away)?.ok_or_else(|| unknown(kid))?;
    println!("{kid} is revoked; every replica follows by itself within seconds.");
    if let Some(successor) = successor {
        println!("No other key could sign, so {successor} does from now on.");
    }
    println!("Verifiers that keep the JWKS as long as they may refuse its tokens from {safe_at} on.");
    Ok(())
}

async fn import(keeper: &Keeper, file: &Path, configured: Algorithm) -> Result<(), Failure> {
    let unreadable = |why: String| Failure::Refused(format!("{} cannot be imported: {why}.", file.display()));
    let text = read(file).map_err(|error| unreadable(error.to_string()))?;
    let imported = Imported::read(&text, configured).map_err(|error| unreadable(error.to_string()))?;
    match keeper.import(&imported, false).await.map_err(away)? {
        Import::Added(kid) => {
            println!("Published {kid}. `signet keys list` says from when on it signs.");
            Ok(())
        }
        Import::Present(kid) => {
            println!("It is there already, as {kid}: nothing to do.");
            Ok(())
        }
        other => Err(unreadable(other.to_string())),
    }
}

/// A private key's text, overwritten when it is dropped.
fn read(file: &Path) -> std::io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        std::fs::File::open(file)?.read_to_string(&mut text)?;
    }
    Ok(text)
}

async fn export(keeper: &Keeper, kid: &str) -> Result<(), Failure> {
    let key = keeper.export(kid).await.map_err(away)?.ok_or_else(|| unknown(kid))?;
    let key = key.map_err(|why| Failure::Refused(format!("{kid} cannot be exported: {why}.")))?;
    println!("{}", *key.named_json(kid));
    Ok(())
}

async fn rewrap(keeper: &Keeper) -> Result<(), Failure> {
    let Rewrapped { moved, current, closed } = keeper.rewrap().await.map_err(away)?;
    println!("Encrypted anew: {moved}. As they should be: {current}. Not opened by any secret: {}.", closed.len());
    if closed.is_empty() {
        return Ok(());
    }
    let lines = closed.iter().map(|KeyFault { kid, why }| format!("{kid} is left as it is: {why}."));
    Err(Failure::Refused(lines.collect::<Vec<_>>().join("\n")))
}

fn unknown(kid: &str) -> Failure {
    Failure::Refused(format!("There is no key {kid}. See `signet keys list`."))
}
