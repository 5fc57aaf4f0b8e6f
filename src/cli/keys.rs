//! `signet keys`: the state of the signing keys, and their rotation by hand.

use clap::Subcommand;

use super::{Failure, away, secret};
use crate::app::Config;
use crate::base::Random;
use crate::keyring::{KeyFault, KeyState, Ring};

#[derive(Clone, Copy, Subcommand)]
pub enum Keys {
    /// Show each key: its state and the times of its next changes.
    List,
    /// Publish a new key now. It signs when every verifier can know it; the present one signs until then.
    Rotate,
}

pub async fn run(mut config: Config, command: Keys) -> Result<(), Failure> {
    if !config.jwt.enabled {
        return Err(Failure::Refused(
            "The jwt plugin is off, so there are no keys. Set plugins.jwt.enabled = true.".into(),
        ));
    }
    match command {
        Keys::List => secret::find(&mut config, &Random::system())?,
        Keys::Rotate => secret::ensure(&mut config, &Random::system())?,
    }
    let keeper = super::keeper(&config).await?.ok_or_else(|| {
        Failure::Refused(
            "The database has no tables of keys yet. Run `signet migrate`, or start once with `signet serve`.".into(),
        )
    })?;
    match command {
        Keys::List => list(keeper.ring()),
        Keys::Rotate => {
            let key = keeper.rotate().await.map_err(away)?;
            println!("Published {}. It signs from {}; every replica follows by itself.", key.kid, key.signs_from);
            Ok(())
        }
    }
}

fn list(ring: &Ring) -> Result<(), Failure> {
    let keys = ring.list().map_err(away)?;
    println!(
        "{:<34} {:<7} {:<10} {:<25} {:<25} {:<25}",
        "kid", "alg", "state", "signs from", "signs until", "leaves the JWKS"
    );
    for key in keys {
        let KeyState { kid, algorithm, phase, signs_from, ends_at, removed_at, .. } = key;
        let from = signs_from.to_string();
        let until = ends_at.map_or_else(|| "its successor signs".to_owned(), |moment| moment.to_string());
        let removed = removed_at.map_or_else(|| "-".to_owned(), |moment| moment.to_string());
        println!("{kid:<34} {algorithm:<7} {:<10} {from:<25} {until:<25} {removed:<25}", phase.as_str());
    }
    for KeyFault { kid, why } in ring.unusable() {
        println!("{kid} cannot sign with the configured secrets: {why}");
    }
    Ok(())
}
