//! The plugins that are on, in the order in which they have their say.

use std::sync::Arc;

use super::ground::Ground;
use crate::base::{Error, Result};
use crate::crypto::CookieSigner;
use crate::gateway::config::RouteConfig;
use crate::http::readiness::Vitals;
use crate::keyring::Keeper;
use crate::plugins::discovery::Discovered;
use crate::plugins::revocations::Feed;
use crate::plugins::{self, Plugin};
use crate::routes;
use crate::tokens::Tokens;

/// All of them, and the feed of what was revoked where one of them has it.
pub async fn assemble(
    ground: &Ground,
    (keeper, tokens): (Option<&Arc<Keeper>>, Option<&Arc<Tokens>>),
    vitals: &Arc<Vitals>,
) -> Result<(Option<Arc<Feed>>, Vec<Plugin>)> {
    let config = &ground.config;
    let mut all = about_people(ground, keeper, tokens);
    let (feed, about_tokens) = about_tokens(ground, tokens).await?;
    all.extend(about_tokens);
    all.push(plugins::operations::plugin(&config.settings, vitals));
    let core = routes::endpoints();
    let endpoints = core.iter().chain(all.iter().flat_map(|plugin| &plugin.endpoints));
    let moved = [("/jwks", config.jwt.jwks.jwks_path.as_str()), ("/api/v1", config.token_api.base_path.as_str())];
    let open_api = plugins::open_api::plugin(&config.open_api, &config.site, endpoints, &moved)?;
    all.extend(open_api);
    check_routes(&config.session.cookie_cache.always_read, &all, &config.gateway)?;
    Ok((feed, all))
}

/// Those for people, their sessions, and the tokens that they get for them.
fn about_people(ground: &Ground, keeper: Option<&Arc<Keeper>>, tokens: Option<&Arc<Tokens>>) -> Vec<Plugin> {
    let Ground { config, store, secrets, clock, .. } = ground;
    let site = &config.site;
    let jwt = keeper.zip(tokens);
    let (token_api, time_and_chance) = (&config.token_api, ground.time_and_chance());
    let plugins = [
        plugins::admin::plugin(&config.admin, store.clone(), clock.clone()),
        plugins::audit::plugin(&config.audit, store),
        jwt.map(|(keeper, tokens)| plugins::jwt::plugin(&config.jwt, site, keeper, Arc::clone(tokens))),
        plugins::bearer::plugin(&config.bearer, CookieSigner::new(secrets)),
        plugins::username::plugin(&config.username, store.clone()),
        plugins::token_api::plugin(token_api, site, tokens, store.clone(), time_and_chance),
        plugins::forward_auth::plugin(&config.forward_auth, site),
    ];
    plugins.into_iter().flatten().collect()
}

/// The plugins for those who verify tokens, and the feed of what was revoked, which is up to date.
async fn about_tokens(ground: &Ground, tokens: Option<&Arc<Tokens>>) -> Result<(Option<Arc<Feed>>, Vec<Plugin>)> {
    let Ground { config, store, .. } = ground;
    let Some(tokens) = tokens else { return Ok((None, Vec::new())) };
    let servers = Arc::new(config.resource_servers.clone());
    let mut plugins: Vec<Plugin> = plugins::resource_servers::plugin(&servers, tokens).into_iter().collect();
    let enabled = config.revocations.enabled;
    plugins.push(plugins::discovery::plugin(
        &config.site,
        &Discovered {
            issuer: tokens.default().issuer(),
            algorithms: config.jwt.key_kinds().iter().map(|kind| kind.algorithm.as_str()).collect(),
            jwks_path: &config.jwt.jwks.jwks_path,
            introspects: !servers.is_empty(),
            revocations_path: enabled.then_some(plugins::revocations::PATH),
        },
    )?);
    if !enabled {
        return Ok((None, plugins));
    }
    if let Some(lifetime) = config.jwt.longest_life_of_a_sessions_token() {
        // A cookie that was not taken back makes tokens for as long as the cache is believed.
        let cache = &config.session.cookie_cache;
        store.list_ended_sessions(lifetime + if cache.enabled { cache.max_age } else { 0 });
    }
    let feed = Arc::new(Feed::new(store.clone()));
    feed.look().await?;
    plugins.extend(plugins::revocations::plugin(&config.revocations, &feed, tokens, &servers));
    Ok((Some(feed), plugins))
}

/// Refuses a route that is to read the database whatever is cached, and that nobody serves: it may be misspelt.
fn check_routes(always_read: &[String], plugins: &[Plugin], gateway: &[RouteConfig]) -> Result<()> {
    let core = routes::endpoints();
    let is_route = |named: &String| {
        let mut all = core.iter().chain(plugins.iter().flat_map(|plugin| &plugin.endpoints));
        let is_prefix = gateway.iter().any(|route| route.label() == named);
        named == "*" || is_prefix || all.any(|endpoint| *endpoint.path == **named)
    };
    always_read.iter().find(|named| !is_route(named)).map_or(Ok(()), |named| {
        Err(Error::broken(format!("session.cookie_cache.always_read names {named}, which is no route of this server")))
    })
}
