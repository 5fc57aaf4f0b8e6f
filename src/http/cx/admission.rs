//! Who may do what they ask for: whose session is good enough, who administers, who may have a session at all.

use super::{Cx, ReadFrom};
use crate::base::code::{self, Code};
use crate::base::{Actor, Behalf, Error, Result};
use crate::http::guard;
use crate::store::{Session, User};
use crate::users::admins::Admin;

/// How strictly a route wants its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Any live session; the cookie cache may say so.
    Session,
    /// One that was opened within `session.fresh_age`; the cookie cache may say so.
    Fresh,
    /// One that the database has at this moment, with its user as it is at this moment: for what hands out rights, takes
    /// sessions away, or changes how somebody signs in.
    Authoritative,
}

impl Cx {
    /// Whether a request that may change something may come from the page that it comes from: with a cookie, its origin
    /// must be trusted. `disable_origin_check` is about addresses in requests and has no say here.
    ///
    /// # Errors
    /// 403 `MISSING_OR_NULL_ORIGIN`, `INVALID_ORIGIN`.
    pub fn require_trusted_origin(&self) -> Result<()> {
        guard::origin_beyond(self)
    }

    /// The session without which a route does nothing.
    ///
    /// # Errors
    /// 401 `UNAUTHORIZED`; 403 `SESSION_NOT_FRESH`.
    pub async fn require_session(&self, guard: Guard) -> Result<(Session, User)> {
        let from = if guard == Guard::Authoritative { ReadFrom::Store } else { ReadFrom::Cache };
        let live = self.read_session(from).await?.ok_or_else(|| Error::refused(401, code::UNAUTHORIZED))?;
        if guard == Guard::Fresh && !self.house.sessions.is_fresh(&live.session) {
            return Err(Error::refused(403, code::SESSION_NOT_FRESH));
        }
        Ok((live.session, live.user))
    }

    /// Whoever administers with this request: by a token of `[admin] tokens`, or else by a session.
    ///
    /// # Errors
    /// 401 `UNAUTHORIZED`; 403 `YOU_ARE_NOT_ALLOWED_TO_MANAGE_KEYS`.
    pub async fn require_admin(&self) -> Result<Admin> {
        self.require_admin_or(code::YOU_ARE_NOT_ALLOWED_TO_MANAGE_KEYS).await
    }

    /// [`Cx::require_admin`] with a refusal of its own.
    ///
    /// # Errors
    /// 401 `UNAUTHORIZED`; 403 with `refusal`.
    pub async fn require_admin_or(&self, refusal: Code) -> Result<Admin> {
        let authorization = self.header("authorization");
        let token = authorization.as_deref().and_then(bearer_token);
        if let Some(admin) = token.and_then(|token| self.house.admins.by_token(token)) {
            Behalf::acts(Actor::Token(admin.name().to_owned()));
            return Ok(admin);
        }
        let (session, user) = self.require_session(Guard::Authoritative).await?;
        let admin = self.house.admins.by_session(&session, &user);
        admin.ok_or_else(|| Error::refused(403, refusal))
    }

    /// Whether a session may be opened for a user. Whoever opens one asks this first.
    ///
    /// # Errors
    /// The refusal of whichever plugin or guard refuses it first.
    pub async fn admit(&self, user: &User) -> Result<()> {
        Behalf::is_about(&user.id);
        self.ask_plugins(user).await?;
        self.house.guards.admit(&user.id, false).await
    }

    /// Whether a user may go on with what a session of theirs has begun.
    ///
    /// # Errors
    /// As [`Cx::admit`].
    pub async fn admit_still(&self, user: &User) -> Result<()> {
        self.ask_plugins(user).await?;
        self.house.guards.admit(&user.id, true).await
    }

    async fn ask_plugins(&self, user: &User) -> Result<()> {
        for plugin in &self.house.moments {
            plugin.admit(&user.id, &user.more).await?;
        }
        Ok(())
    }
}

/// The token of `Authorization: Bearer TOKEN` (RFC 6750 §2.1), whatever the case of the scheme and the spaces around.
pub fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
