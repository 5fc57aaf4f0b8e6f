//! bearer: a session token in `Authorization` does what the session cookie does, for clients without a cookie jar.

pub mod config;

use std::future::ready;
use std::sync::Arc;

use self::config::BearerConfig;
use super::Plugin;
use crate::crypto::cookie::CookieSigner;
use crate::http::cx::bearer_token;
use crate::moments::{Doing, Dress, Moments, Occasion};

/// The plugin, if it is enabled.
pub fn plugin(config: &BearerConfig, signer: CookieSigner) -> Option<Plugin> {
    let bearer = Bearer { require_signature: config.require_signature, signer };
    config.enabled.then(|| Plugin { moments: Arc::new(bearer), endpoints: Vec::new() })
}

struct Bearer {
    require_signature: bool,
    signer: CookieSigner,
}

impl Moments for Bearer {
    /// A signed token stands in for the cookie if its signature holds. A raw one is signed here, unless signatures are
    /// required. What is no good is passed over, so that the cookie counts.
    fn find_session(&self, authorization: Option<&str>) -> Option<String> {
        let token = bearer_token(authorization?)?;
        if token.contains('.') {
            return self.signer.open_decoded(token).map(|value| self.signer.sign(&value));
        }
        (!self.require_signature).then(|| self.signer.sign(token))
    }

    /// Repeats the session token of the cookie, signed but not percent-encoded.
    fn dress<'a>(&'a self, occasion: &'a Occasion<'a>, dress: &'a mut Dress) -> Doing<'a> {
        dress.exposed.extend(occasion.session_token.map(|token| ("set-auth-token", token.to_owned())));
        Box::pin(ready(()))
    }
}
