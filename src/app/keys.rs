//! The signing keys that the configuration asks for: their policy and their keeper.

use std::sync::Arc;
use std::time::Duration;

use super::database::open_store;
use super::parts::ground::Ground;
use super::{Config, beside, import};
use crate::base::{Clock, Error, Random, Result};
use crate::crypto::{Sealer, Secrets};
use crate::keyring::{Keeper, Policy, PolicyWanted, Ring, Rows};
use crate::store::Store;
use crate::store::side_by_side::BetterAuth;

/// The keeper of a database's keys, without a server around it: it has looked at them and changed none. None where the
/// jwt plugin is off, or where the database lacks tables still.
pub async fn open_keeper(config: &Config, clock: Clock, random: Random) -> Result<Option<Keeper>> {
    if !config.jwt.enabled {
        return Ok(None);
    }
    let store = open_store(config, clock.clone(), random.clone()).await?;
    if !store.plan().await?.is_empty() {
        return Ok(None);
    }
    let keeper = keeper(config, None, &secrets(config)?, store, clock, random)?;
    keeper.look().await?;
    Ok(Some(keeper))
}

pub(super) fn secrets(config: &Config) -> Result<Secrets> {
    Secrets::new(config.secrets.secrets.clone(), config.secrets.secret.clone()).map_err(Error::broken)
}

/// The keeper of a server that starts: it has looked, taken in the keys that lie in the folder for them, and made what is
/// due. None where the jwt plugin is off.
pub(super) async fn start_keeper(ground: &Ground, policy: Option<Policy>) -> Result<Option<Arc<Keeper>>> {
    let Ground { config, store, secrets, clock, random, .. } = ground;
    if !config.jwt.enabled {
        return Ok(None);
    }
    let keeper = keeper(config, policy, secrets, store.clone(), clock.clone(), random.clone())?;
    keeper.look().await?;
    if let Some(fault) = beside::fault_of_keys(&keeper, config.side_by_side.as_ref())? {
        return Err(Error::broken(fault));
    }
    import::import(&keeper, &config.jwt.jwks).await?;
    keeper.tick().await?;
    Ok(Some(Arc::new(keeper)))
}

/// The key policy that the configuration asks for, made sound; each correction is a warning.
pub fn key_policy(config: &Config) -> std::result::Result<(Policy, Vec<String>), Vec<String>> {
    let jwks = &config.jwt.jwks;
    let millis = |seconds: i64| seconds.saturating_mul(1000);
    Policy::corrected(PolicyWanted {
        interval: jwks.rotation_interval.map(millis),
        lead: millis(jwks.publish_lead),
        grace: millis(jwks.grace_period),
        max_age: millis(jwks.cache_max_age),
        poll: millis(jwks.poll_interval),
        token_life: millis(config.jwt.longest_life()),
    })
}

/// The keeper of the configured keys, or of those that a policy made by hand asks for.
fn keeper(
    config: &Config,
    policy: Option<Policy>,
    secrets: &Secrets,
    store: Store,
    clock: Clock,
    random: Random,
) -> Result<Keeper> {
    let jwks = &config.jwt.jwks;
    let policy = match policy {
        Some(policy) => policy,
        None => key_policy(config).map(|(policy, _)| policy).map_err(|faults| Error::broken(faults.join("; ")))?,
    };
    let (encrypts, algorithm) = (!jwks.disable_private_key_encryption, jwks.key_kind.algorithm);
    let rows = Rows::new(store, Sealer::new(secrets), random.clone(), encrypts, algorithm)?;
    let ring = Ring::new(rows, policy, config.jwt.key_kinds(), clock);
    let ring = ring.with_one_algorithm(config.side_by_side.as_ref().is_some_and(BetterAuth::ignores_algorithms));
    Ok(Keeper::new(Arc::new(ring), random, Duration::from_secs(jwks.poll_interval.unsigned_abs())))
}
