//! jwt: signed tokens for backends, and the key set that they are verified with. What they say is `crate::tokens`.

pub mod config;

mod admin;
mod jwks;
mod token;

use std::sync::Arc;

use self::config::JwtConfig;
use super::Plugin;
use crate::base::Result;
use crate::http::config::SiteConfig;
use crate::keyring::Keeper;
use crate::moments::{Doing, Dress, Moments, Occasion, Shown};
use crate::tokens::Tokens;

/// The plugin over the keys.
pub fn plugin(config: &JwtConfig, site: &SiteConfig, keeper: &Arc<Keeper>, tokens: Arc<Tokens>) -> Plugin {
    let jwt = Arc::new(Jwt { tokens, sets_header: !config.disable_setting_jwt_header });
    let path = &config.jwks.jwks_path;
    let mut endpoints = vec![
        token::endpoint(Arc::clone(&jwt)),
        jwks::endpoint(path, Arc::clone(&jwt)),
        admin::jwks::endpoint(Arc::clone(keeper)),
        admin::jwks::rotate::endpoint(Arc::clone(keeper)),
        admin::jwks::revoke::endpoint(Arc::clone(keeper)),
    ];
    if format!("{}{path}", site.base_path.trim_end_matches('/')) != jwks::WELL_KNOWN {
        endpoints.push(jwks::endpoint_at_origin(Arc::clone(&jwt)));
    }
    Plugin { moments: jwt, endpoints }
}

/// What the plugin's endpoints share.
pub struct Jwt {
    tokens: Arc<Tokens>,
    sets_header: bool,
}

impl Jwt {
    /// A default token for a session and its user.
    ///
    /// # Errors
    /// 503 while no key can sign.
    async fn mint(&self, shown: &Shown) -> Result<String> {
        Ok(self.tokens.mint(self.tokens.default(), shown).await?.token)
    }
}

impl Moments for Jwt {
    /// `set-auth-jwt` on `/get-session`. Where no key can sign, the session is answered without it (deviation D5).
    fn dress<'a>(&'a self, occasion: &'a Occasion<'a>, dress: &'a mut Dress) -> Doing<'a> {
        Box::pin(async move {
            let Some(shown) = occasion.shown.filter(|_| self.sets_header && occasion.route == "/get-session") else {
                return;
            };
            match self.mint(shown).await {
                Ok(token) => dress.exposed.push(("set-auth-jwt", token)),
                Err(error) => {
                    tracing::error!("a session is answered without set-auth-jwt: {error}; see `signet keys list`")
                }
            }
        })
    }
}
