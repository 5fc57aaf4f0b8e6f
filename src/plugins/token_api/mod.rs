//! token_api: sign-in for clients that keep tokens and no session cookie, by FastAPI's conventions: an access token in the
//! answer, a refresh token in a cookie.
//!
//! Behind each login is an ordinary session, whose token nobody has. Whatever ends sessions (a new password, a ban, the end
//! of the user, `/revoke-sessions`) ends what was handed out here.

pub mod config;

mod families;
mod holder;
mod login;
mod logout;
mod refresh;
mod refusal;
mod user;

use std::sync::Arc;

use serde_json::json;

use self::config::TokenApiConfig;
use self::families::Families;
use super::Plugin;
use crate::base::{Clock, Error, Random, Result};
use crate::http::config::SiteConfig;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;
use crate::moments::Moments;
use crate::store::{Session, Store, User};
use crate::tokens::{Template, Tokens};

/// The name of the cookie, which its clients forward by that name.
const REFRESH_TOKEN: &str = "refresh_token";

/// The plugin, if it is enabled.
pub fn plugin(
    config: &TokenApiConfig,
    site: &SiteConfig,
    tokens: Option<&Arc<Tokens>>,
    store: Store,
    (clock, random): (Clock, Random),
) -> Option<Plugin> {
    let tokens = tokens.filter(|_| config.enabled)?;
    let (lifetime, reuse_interval) = (config.refresh_token_expires_in, config.reuse_interval);
    let families = Families::new(store.clone(), clock.clone(), random, lifetime, reuse_interval);
    let secure = site.cookies.secure || site.origin.starts_with("https://");
    let (config, tokens) = (config.clone(), Arc::clone(tokens));
    let api = Arc::new(TokenApi { config, secure, tokens, families, store, clock });
    let endpoints = [
        login::endpoint(&api),
        refresh::endpoint(&api),
        logout::endpoint(&api),
        user::endpoint(&api),
        user::me::endpoint(&api, "/user/me"),
        user::me::endpoint(&api, "/auth/me"),
    ];
    let endpoints = endpoints.into_iter().chain(user::username::endpoints(&api));
    // A program has no origin, a page elsewhere always tells its own.
    let endpoint = |endpoint: Endpoint| endpoint.at_origin().needs_no_origin().refusing(refusal::reply).small();
    Some(Plugin { endpoints: endpoints.map(endpoint).collect(), moments: api })
}

/// What the plugin's endpoints share.
pub struct TokenApi {
    config: TokenApiConfig,
    /// Whether the cookie goes over TLS alone.
    secure: bool,
    tokens: Arc<Tokens>,
    families: Families,
    store: Store,
    clock: Clock,
}

/// The plugin has no say in anything.
impl Moments for TokenApi {}

impl TokenApi {
    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.config.base_path)
    }

    fn template(&self) -> Result<&Template> {
        let template = self.tokens.template(Some(self.config.template_name()));
        template.ok_or_else(|| Error::broken("the token API has lost its template"))
    }

    /// The answer that hands out an access token for a session, and the refresh token that goes with it.
    ///
    /// # Errors
    /// 403 for whom the template's roles leave out.
    async fn hand_out(&self, cx: &Cx, session: &Session, user: &User, refresh_token: &str) -> Result<Reply> {
        self.check_roles(cx, session, user)?;
        let token = self.tokens.mint(self.template()?, &cx.as_shown(session, user)).await?.token;
        let reply = Reply::json(&json!({ "access_token": token, "token_type": "bearer" }))?;
        Ok(reply.no_store().header("set-cookie", self.refresh_cookie(refresh_token)))
    }

    /// # Errors
    /// 403 for whom the template's roles leave out.
    fn check_roles(&self, cx: &Cx, session: &Session, user: &User) -> Result<()> {
        match self.template()?.may_be_asked_by(&cx.as_shown(session, user)) {
            true => Ok(()),
            false => Err(Error::uncoded(403, "Not enough permissions")),
        }
    }

    /// A session that has not ended, and its user.
    async fn live(&self, session_id: &str) -> Result<Option<(Session, User)>> {
        let found = self.store.session_by_id(session_id).await?;
        Ok(found.filter(|(session, _)| session.expires_at > self.clock.now()))
    }

    fn refresh_cookie(&self, refresh_token: &str) -> String {
        self.cookie(refresh_token, self.config.refresh_token_expires_in)
    }

    /// The `Set-Cookie` line of a refresh token; an empty one deletes it.
    fn cookie(&self, token: &str, max_age: i64) -> String {
        let secure = if self.secure { " Secure;" } else { "" };
        let path = &self.config.base_path;
        format!("{REFRESH_TOKEN}={token}; Max-Age={max_age}; Path={path}; HttpOnly;{secure} SameSite=Strict")
    }

    /// Ends a session and its family.
    async fn end(&self, session: &Session) -> Result<()> {
        self.store.delete_session(&session.token).await?;
        self.store.delete_refresh_tokens_of(&session.id).await
    }

    /// The refusal of a refresh token that is of no more use, which the browser forgets.
    fn refuse_refresh(&self) -> Reply {
        let refusal = refusal::reply(&Error::uncoded(401, "Invalid refresh token"));
        refusal.header("set-cookie", self.cookie("", 0))
    }
}
