//! forward_auth: a proxy that one has already asks, request by request, whether it may pass, and as whom.
//!
//! nginx `auth_request`, Caddy `forward_auth`, Traefik `forwardAuth` and Envoy `ext_authz` ask alike: 200 lets the request
//! pass, with the headers that the answer has; anything else denies it. Whatever goes wrong denies.

pub mod config;

mod identity;
mod options;
mod original;
mod sign_in;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use self::config::ForwardAuthConfig;
use self::identity::Identity;
use self::options::Options;
use self::original::Original;
use self::sign_in::SignIn;
use super::Plugin;
use crate::base::{Error, Result, code};
use crate::crypto::TokenDigest;
use crate::http::config::SiteConfig;
use crate::http::cx::{Cx, ReadFrom};
use crate::http::endpoint::Endpoint;
use crate::http::guard;
use crate::http::reply::{Content, Reply};
use crate::moments::Moments;
use crate::tokens::roles;

/// What a proxy shows that it is one by, where a secret is configured.
const SECRET: &str = "x-forward-auth-secret";

/// The plugin, if it is enabled.
pub fn plugin(config: &ForwardAuthConfig, site: &SiteConfig) -> Option<Plugin> {
    let (config, sign_in) = (config.clone(), SignIn::new(config, site));
    let enabled = config.enabled;
    let forward_auth = Arc::new(ForwardAuth { config, sign_in, hinted: AtomicBool::new(false) });
    let moments = Arc::clone(&forward_auth) as Arc<dyn Moments>;
    let endpoint = Endpoint::get("/forward-auth", async move |cx: &Cx, (): ()| forward_auth.answer(cx).await);
    // Every request of every visitor asks once: a limit would be one on the whole site.
    let endpoint = endpoint.wide().unlimited().always_private();
    enabled.then(|| Plugin { moments, endpoints: vec![endpoint] })
}

struct ForwardAuth {
    config: ForwardAuthConfig,
    sign_in: SignIn,
    /// Whether the log says already how a proxy becomes a trusted one.
    hinted: AtomicBool,
}

/// The plugin has no say in anything.
impl Moments for ForwardAuth {}

impl ForwardAuth {
    async fn answer(&self, cx: &Cx) -> Result<Reply> {
        self.admit(cx)?;
        let options = Options::read(cx)?;
        let original = Original::of(cx);
        if original.needs_an_origin(cx) {
            guard::origin(cx)?;
        }
        // Who asks for a role asks for a right: the database says who has it at this moment.
        let from = if options.roles.is_empty() { ReadFrom::Cache } else { ReadFrom::Store };
        let Some(live) = cx.read_session(from).await? else {
            return match options.optional {
                true => Ok(passes(Identity::default())),
                false => Ok(self.sign_in.asked_for(cx, &original, options.redirect)),
            };
        };
        let shown = cx.as_shown(&live.session, &live.user);
        if !options.roles.is_empty() && !roles(&shown.user).iter().any(|role| options.roles.contains(role)) {
            return Err(Error::refused(403, code::ROLE_REQUIRED));
        }
        let template = options.template.as_deref().or(self.config.template.as_deref());
        identity::of(cx, &shown, template).await.map(passes)
    }

    /// Only a proxy may ask: what is answered holds tokens that no browser is to see.
    ///
    /// # Errors
    /// 403 `PROXY_NOT_TRUSTED`.
    fn admit(&self, cx: &Cx) -> Result<()> {
        let knows_it = |secret: &TokenDigest| cx.only_header(SECRET).is_some_and(|given| secret.is_of(&given));
        if cx.comes_from_a_proxy() && self.config.secret.as_ref().is_none_or(knows_it) {
            return Ok(());
        }
        if !self.hinted.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "somebody asked for forward auth who is no trusted proxy: list yours in \
                 advanced.ip_address.trusted_proxies, and let it send X-Forward-Auth-Secret where a secret is configured"
            );
        }
        Err(Error::refused(403, code::PROXY_NOT_TRUSTED))
    }
}

fn passes(identity: Identity) -> Reply {
    let reply = Reply { status: 200, content: Content::Nothing, headers: Vec::new() };
    identity.headers().into_iter().fold(reply, |reply, (name, value)| reply.header(name, value))
}
