//! The session that a request comes with: out of the cookie cache, or out of the database.

use serde_json::Value;

use super::Cx;
use crate::base::{Actor, Behalf, Result};
use crate::session::cookies::CookieKey;
use crate::session::{Live, Mode, Presented, Reading};
use crate::store::{Session, User};

/// Where a session may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// The cookie cache, if it is good, or else the database.
    Cache,
    /// The database; without one, the cookie all the same, for there is nothing that knows better.
    Store,
}

impl Cx {
    /// Whether the session is to end with the browser.
    pub fn dont_remember(&self) -> bool {
        let cookies = &self.house.sessions.cookies;
        let value = self.cookies.get(cookies.name(CookieKey::DontRemember));
        value.and_then(|value| cookies.open(value)).is_some_and(|value| value == "true")
    }

    /// What the request presents to be recognised by; what a plugin finds goes before the cookie.
    pub fn presented(&self) -> Presented {
        let authorization = self.header("authorization");
        let found = self.house.moments.iter().find_map(|plugin| plugin.find_session(authorization.as_deref()));
        let cookie = || self.cookies.get(self.house.sessions.cookies.name(CookieKey::SessionToken)).map(str::to_owned);
        Presented { token: found.or_else(cookie), dont_remember: self.dont_remember() }
    }

    /// Reads the request's session, as its query (`disableRefresh`, `disableCookieCache`) and method allow, and sets the
    /// cookies that follow.
    pub async fn read_session(&self, from: ReadFrom) -> Result<Option<Live>> {
        let sessions = &self.house.sessions;
        let deferred = sessions.config.defer_session_refresh && !self.is_post();
        let mode = if deferred {
            Mode::Defer
        } else if self.query.truthy("disableRefresh") {
            Mode::Keep
        } else {
            Mode::Refresh
        };
        let presented = self.presented();
        let live = match self.read_cached(&presented, mode, from) {
            Some(live) => Some(live),
            None => self.read_stored(&presented, mode, from).await?,
        };
        if let Some(Live { session, user, .. }) = &live {
            recognised(session, user);
        }
        Ok(live)
    }

    async fn read_stored(&self, presented: &Presented, mode: Mode, from: ReadFrom) -> Result<Option<Live>> {
        let sessions = &self.house.sessions;
        match sessions.read(presented, mode, from == ReadFrom::Store).await? {
            Reading::Nobody => Ok(None),
            Reading::Ended => {
                self.forget_session();
                Ok(None)
            }
            Reading::Live(live) => {
                if live.refreshed {
                    self.hand_over(&live.session, &live.user, Some(true));
                } else if mode != Mode::Keep && !presented.dont_remember {
                    self.cache(&live.session, &live.user, true);
                }
                Ok(Some(*live))
            }
        }
    }

    /// The session as the cookie cache has it, if this request may go by that. What is no good is deleted.
    fn read_cached(&self, presented: &Presented, mode: Mode, from: ReadFrom) -> Option<Live> {
        let sessions = &self.house.sessions;
        let cache = sessions.cache.as_ref()?;
        let is_asked = from == ReadFrom::Cache && cache.serves(&self.route) && !self.query.truthy("disableCookieCache");
        if !is_asked && !self.house.stateless {
            return None;
        }
        sessions.token(presented)?;
        let Some(live) = sessions.read_cached(&self.long_cookie(CookieKey::SessionData)?, presented, mode) else {
            self.forget_cache();
            return None;
        };
        if live.refreshed {
            self.hand_over(&live.session, &live.user, Some(true));
        } else {
            self.cached_until.set(live.cached_until);
        }
        Some(live)
    }
}

/// Notes that a request is that of a session's user.
pub fn recognised(session: &Session, user: &User) {
    Behalf::acts(Actor::User {
        id: user.id.clone(),
        session_id: session.id.clone(),
        impersonated_by: session.more.get("impersonatedBy").and_then(Value::as_str).map(str::to_owned),
    });
}
