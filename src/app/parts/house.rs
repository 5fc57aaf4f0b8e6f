//! The house: what handlers work with.

use std::sync::Arc;

use super::ground::Ground;
use super::sign_in;
use crate::app::Config;
use crate::base::text::origin::TrustedOrigins;
use crate::base::{Error, Result};
use crate::crypto::Passwords;
use crate::crypto::jose::Hs256;
use crate::http::house::House;
use crate::http::page::ErrorPage;
use crate::http::rate_limit::{RateLimits, Shared};
use crate::mail::Mail;
use crate::outbox::Outbox;
use crate::pages::{Features, Pages};
use crate::plugins::Plugin;
use crate::plugins::admin::config::AdminConfig;
use crate::store::Store;
use crate::store::config::DatabaseUrl;
use crate::tokens::Tokens;
use crate::users::admins::Admins;
use crate::users::first_admin::FirstAdmin;
use crate::users::guards::Guards;
use crate::users::sign_ins::SignIns;

pub async fn assemble(
    ground: &Ground,
    passwords: Passwords,
    tokens: Option<Arc<Tokens>>,
    plugins: &[Plugin],
    (outbox, pages): (&Arc<Outbox>, &Arc<Pages>),
) -> Result<House> {
    let Ground { config, store, secrets, outbound, clock, random } = ground;
    let trusted = TrustedOrigins::new(&config.site.origin, config.site.trusted_origins.clone());
    let (limits, shared) = (&config.rate_limit, Shared::of(&config.rate_limit, store));
    Ok(House {
        first_admin: first_admin(config, store),
        trusted: trusted.map_err(Error::broken)?,
        guards: Guards::find(store, config.user.guards).await?,
        site: config.site.clone(),
        email_and_password: config.email_and_password.clone(),
        email_verification: config.email_verification,
        mail: Mail::new(&config.mail, Arc::clone(outbox)),
        user_fields: config.user.additional_fields.clone(),
        session_fields: config.session.additional_fields.clone(),
        user: config.user.clone(),
        error_url: config.error_url.clone(),
        error_page: Arc::clone(pages) as Arc<dyn ErrorPage>,
        sessions: sign_in::sessions(ground),
        passwords,
        mail_tokens: Hs256::new(secrets),
        oauth: sign_in::oauth(ground),
        admins: Admins {
            tokens: config.admin_tokens.clone(),
            users: config.admin.enabled.then(|| config.admin.admins.clone()),
        },
        sign_ins: SignIns::default(),
        tokens,
        rate_limits: RateLimits::new(limits, &config.site, shared, clock.clone()),
        stateless: config.session.cookie_cache.stateless,
        moments: plugins.iter().map(|plugin| Arc::clone(&plugin.moments)).collect(),
        store: store.clone(),
        clock: clock.clone(),
        random: random.clone(),
        outbound: outbound.clone(),
    })
}

/// Who makes the first admin, where somebody with a password can be one for longer than the process lives.
fn first_admin(config: &Config, store: &Store) -> Option<FirstAdmin> {
    let AdminConfig { enabled, admins, default_role, .. } = &config.admin;
    let lasts = !matches!(config.database.url, DatabaseUrl::Nowhere);
    let wanted = *enabled && config.email_and_password.enabled && lasts;
    wanted.then(|| FirstAdmin::new(store.clone(), admins, default_role)).flatten()
}

/// The pages, which show what is on.
pub fn pages(config: &Config) -> Arc<Pages> {
    Pages::new(&config.pages, &config.site, features(config))
}

/// What the pages have to show.
fn features(config: &Config) -> Features {
    let open_api = Some(&config.open_api).filter(|open_api| open_api.enabled && !open_api.disable_default_reference);
    Features {
        username: config.username.enabled,
        admin: config.admin.enabled,
        keys: config.jwt.enabled,
        audit: config.audit.enabled,
        jwks_path: config.jwt.enabled.then(|| config.jwt.jwks.jwks_path.clone()),
        reference_path: open_api.map(|open_api| open_api.path.clone()),
    }
}
