//! `signet config`: the configuration in force, checked and explained.

use std::path::Path;

use clap::Subcommand;

use super::{Failure, secret};
use crate::app::{self, Config, beside};
use crate::base::Random;
use crate::config::{Record, Sources};
use crate::keyring::KeyFault;

#[derive(Subcommand)]
pub enum ConfigCommand {
    /// Check everything that a start would check, and whether the stored keys can be decrypted; one line a fault.
    Check,
    /// Print every option in force and where it comes from. Secrets are masked.
    Show,
}

pub async fn run(file: Option<&Path>, command: ConfigCommand) -> Result<(), Failure> {
    let (mut config, record) = read(file)?;
    let warnings = warnings(&config, &record)?;
    match command {
        ConfigCommand::Show => print!("{}", record.show()),
        ConfigCommand::Check => {
            warnings.iter().for_each(|warning| println!("warning: {warning}"));
            secret::find(&mut config, &Random::system())?;
            check_keys(&config).await?;
            println!("The configuration is good.");
        }
    }
    Ok(())
}

/// The configuration and its warnings.
pub fn load(file: Option<&Path>) -> Result<(Config, Vec<String>), Failure> {
    let (config, record) = read(file)?;
    let warnings = warnings(&config, &record)?;
    Ok((config, warnings))
}

/// What is unwise: single values, and times of keys that do not fit together and were corrected.
fn warnings(config: &Config, record: &Record) -> Result<Vec<String>, Failure> {
    let (_, corrections) = app::key_policy(config).map_err(Failure::Misconfigured)?;
    let warnings = record.warnings.iter().map(ToString::to_string);
    Ok(warnings.chain(corrections.into_iter().filter(|_| config.jwt.enabled)).collect())
}

/// The configuration, and what is known of each of its keys.
pub fn read(file: Option<&Path>) -> Result<(Config, Record), Failure> {
    let (file, environment) = (file.map(Path::to_owned), std::env::vars().collect());
    let sources = Sources { file, directory: ".".into(), environment, ..Sources::default() };
    Config::load(&sources).map_err(|faults| Failure::Misconfigured(faults.iter().map(ToString::to_string).collect()))
}

/// Keys that the configured secrets do not open would leave sessions without tokens.
async fn check_keys(config: &Config) -> Result<(), Failure> {
    let Some(keeper) = super::keeper(config).await? else { return Ok(()) };
    for KeyFault { kid, why } in keeper.ring().strange() {
        println!("warning: the key {kid} of the database is passed over, and is not published: {why}");
    }
    let lost = keeper.ring().unusable();
    let fault = |KeyFault { kid, why }: KeyFault| {
        format!(
            "The private key {kid} cannot be used: {why}. List the secret it was made with in BETTER_AUTH_SECRETS, or \
             `signet keys rotate` if that is lost."
        )
    };
    let misread = beside::fault_of_keys(&keeper, config.side_by_side.as_ref()).map_err(super::away)?;
    let faults: Vec<String> = lost.into_iter().map(fault).chain(misread).collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failure::Misconfigured(faults)),
    }
}
