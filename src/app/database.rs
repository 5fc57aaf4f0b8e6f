//! The configured database and secondary storage, as the configuration has them opened.

use std::time::Duration;

use super::Config;
use crate::base::{Clock, Error, Random, Result};
use crate::store::config::DatabaseUrl;
use crate::store::kv::Kv;
use crate::store::{Layout, LayoutSettings, Store, StoreSettings, StoreUrl};

/// Opens the configured database; its tables may be missing still.
pub async fn open_store(config: &Config, clock: Clock, random: Random) -> Result<Store> {
    open_store_with(config, None, clock, random).await
}

/// Opens the secondary storage, where one is configured.
pub(super) async fn open_secondary(config: &Config, clock: &Clock) -> Result<Option<Kv>> {
    let Some(config) = &config.secondary_storage else { return Ok(None) };
    Kv::open(config, clock.clone()).await.map(Some).map_err(Error::broken)
}

/// Opens the configured database to look at it: nothing is changed, nothing made, and a statement may take a while.
pub async fn open_store_to_read(config: &Config, limit: Duration, clock: Clock, random: Random) -> Result<Store> {
    let (settings, layout) = store_settings(config, None)?;
    let settings = StoreSettings { read_only: true, statement_timeout: limit, max_connections: 2, ..settings };
    Store::open(settings, layout, clock, random).await
}

pub(super) async fn open_store_with(
    config: &Config,
    secondary: Option<Kv>,
    clock: Clock,
    random: Random,
) -> Result<Store> {
    let (settings, layout) = store_settings(config, secondary)?;
    Store::open(settings, layout, clock, random).await
}

fn store_settings(config: &Config, secondary: Option<Kv>) -> Result<(StoreSettings, Layout)> {
    let layout = LayoutSettings {
        ids: config.database.ids,
        casing: config.database.casing,
        use_plural: config.database.use_plural,
        tables: config.names.tables.clone(),
        user_fields: config.user.additional_fields.clone(),
        session_fields: config.session.additional_fields.clone(),
        jwt: config.jwt.enabled,
        rate_limits: config.rate_limit.is_in_database(),
        refresh_tokens: config.token_api.enabled,
        admin: config.admin.enabled,
        audit: config.audit.enabled,
    };
    let database = &config.database;
    let settings = StoreSettings {
        url: match &database.url {
            DatabaseUrl::Sqlite(path) => StoreUrl::Sqlite(path.clone()),
            DatabaseUrl::Nowhere => StoreUrl::Memory,
            DatabaseUrl::Postgres(url) => StoreUrl::Postgres(url.clone()),
        },
        direct_url: database.direct_url.clone(),
        time_zone: database.time_zone.clone(),
        max_connections: database.max_connections,
        connect_timeout: database.connect_timeout,
        acquire_timeout: database.acquire_timeout,
        statement_timeout: database.statement_timeout,
        secondary,
        verifications: config.verification.clone(),
        sessions: config.session_home,
        read_only: false,
    };
    Ok((settings, Layout::new(layout).map_err(Error::broken)?))
}
