//! By what people are recognised: passwords, sessions, accounts at providers, and the tokens of those who are.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::ground::Ground;
use crate::app::Config;
use crate::base::{Error, Result};
use crate::crypto::{CookieSigner, Passwords};
use crate::keyring::Keeper;
use crate::oauth::OAuth;
use crate::oauth::config::AccountConfig;
use crate::session::Sessions;
use crate::session::account_cookie::AccountCookie;
use crate::session::cookie_cache::CookieCache;
use crate::session::cookies::Cookies;
use crate::tokens::Tokens;

/// The hasher of passwords, which knows the kinds of hashes that are in the database.
pub async fn passwords(ground: &Ground) -> Result<Passwords> {
    let config = ground.config.email_and_password.password.clone();
    let passwords = Passwords::new(config, ground.random.clone()).map_err(Error::broken)?;
    for stored in ground.store.password_samples().await? {
        passwords.kind_of(stored.expose_secret()).into_iter().for_each(|kind| passwords.note_present(kind));
    }
    Ok(passwords)
}

/// Without a database a row is this process's alone; a cookie finds its way back to any.
fn state_in_cookie(config: &Config) -> bool {
    config.account.state_in_cookie || config.session.cookie_cache.stateless
}

pub fn sessions(ground: &Ground) -> Sessions {
    let Ground { config, store, secrets, clock, random, .. } = ground;
    let settings = &config.session.cookie_cache;
    let cookies = Cookies::new(&config.site.cookies, CookieSigner::new(secrets));
    let (session_fields, user_fields) = (&config.session.additional_fields, &config.user.additional_fields);
    let cache = CookieCache::new(settings, secrets, session_fields, user_fields);
    let keeps_account = config.account.store_account_cookie || settings.stateless;
    let account = keeps_account.then(|| AccountCookie::new(secrets, settings.max_age));
    Sessions::new(config.session.clone(), cookies, store.clone(), clock.clone(), random.clone())
        .cached(cache)
        .with_accounts(account, state_in_cookie(config))
}

pub fn oauth(ground: &Ground) -> OAuth {
    let Ground { config, store, secrets, outbound, .. } = ground;
    OAuth::new(
        AccountConfig { state_in_cookie: state_in_cookie(config), ..config.account.clone() },
        config.providers.clone(),
        secrets,
        (store.clone(), outbound.clone()),
        ground.time_and_chance(),
    )
}

/// The tokens that a keeper's keys sign.
pub fn tokens(ground: &Ground, keeper: &Keeper) -> Arc<Tokens> {
    let config = &ground.config;
    let kinds = (&config.jwt.token, config.jwt.templates.as_slice());
    Arc::new(Tokens::new(kinds, &config.site.origin, Arc::clone(keeper.ring()), ground.time_and_chance()))
}
