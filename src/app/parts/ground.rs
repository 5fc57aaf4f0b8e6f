//! What all parts are made with.

use crate::app::Config;
use crate::app::database::{open_secondary, open_store_with};
use crate::app::keys::secrets;
use crate::base::{Clock, Random, Result};
use crate::crypto::Secrets;
use crate::outbound::Outbound;
use crate::store::Store;

/// The configuration, the database as it has to be, and what is passed to many.
pub struct Ground {
    pub config: Config,
    pub store: Store,
    pub secrets: Secrets,
    pub outbound: Outbound,
    pub clock: Clock,
    pub random: Random,
}

impl Ground {
    /// Opens the database and brings it up to date.
    pub async fn open(config: Config, clock: Clock, random: Random) -> Result<Self> {
        let secondary = open_secondary(&config, &clock).await?;
        let store = open_store_with(&config, secondary, clock.clone(), random.clone()).await?;
        store.migrate().await?;
        let secrets = secrets(&config)?;
        Ok(Self { config, store, secrets, outbound: Outbound::default(), clock, random })
    }

    pub fn time_and_chance(&self) -> (Clock, Random) {
        (self.clock.clone(), self.random.clone())
    }
}
