//! Sessions: opened at sign-in, read with every request, refreshed when due, revoked for good.

pub mod account_cookie;
pub mod config;
pub mod cookie_cache;
pub mod cookies;

use serde_json::{Map, Value};

use self::account_cookie::AccountCookie;
use self::config::SessionConfig;
use self::cookie_cache::{CookieCache, Entry};
use self::cookies::{CookieKey, Cookies, SetCookie};
use crate::base::{Clock, Error, Random, Result, Timestamp, code};
use crate::store::{IMPERSONATED_BY, NewSession, Session, Store, User};

/// The life of a session that is not to be remembered, in seconds: one day, whatever `expires_in` says.
const NOT_REMEMBERED: i64 = 86_400;

/// What a request brings to be recognised by.
#[derive(Default)]
pub struct Presented {
    /// The session cookie's value as received, or what a plugin puts in its place.
    pub token: Option<String>,
    /// Whether a validly signed `dont_remember` cookie came along.
    pub dont_remember: bool,
}

/// Where a request comes from, as a new session notes it.
pub struct Origin {
    /// Empty where it is unknown, as Better Auth has it.
    pub ip_address: String,
    pub user_agent: String,
}

/// What reading a session may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Refreshes what is due and deletes what has expired.
    Refresh,
    /// Leaves a due session as it is (`disableRefresh`), but deletes an expired one.
    Keep,
    /// Writes nothing at all (`deferSessionRefresh` and a GET).
    Defer,
}

/// What became of a request's session.
pub enum Reading {
    /// No cookie, or none whose signature holds.
    Nobody,
    /// A validly signed token without a live session: the cookies are to be cleared.
    Ended,
    /// A live session.
    Live(Box<Live>),
}

/// A live session and its user.
pub struct Live {
    pub session: Session,
    pub user: User,
    /// Due for a refresh that was not made.
    pub needs_refresh: bool,
    /// Extended just now: the browser is to keep it for longer.
    pub refreshed: bool,
    /// Until when the cookie cache vouches for it; `None` for one that the database has shown just now.
    pub cached_until: Option<Timestamp>,
}

/// The sessions of a deployment.
pub struct Sessions {
    pub config: SessionConfig,
    pub cookies: Cookies,
    /// Absent where it is off.
    pub cache: Option<CookieCache>,
    /// Absent where it is off.
    pub account_cookie: Option<AccountCookie>,
    /// Whether the state of a social sign-in is in a cookie.
    pub state_in_cookie: bool,
    store: Store,
    clock: Clock,
    random: Random,
}

impl Sessions {
    pub fn new(config: SessionConfig, cookies: Cookies, store: Store, clock: Clock, random: Random) -> Self {
        Self { config, cookies, cache: None, account_cookie: None, state_in_cookie: false, store, clock, random }
    }

    /// With what browsers keep of accounts at providers.
    pub fn with_accounts(self, account_cookie: Option<AccountCookie>, state_in_cookie: bool) -> Self {
        Self { account_cookie, state_in_cookie, ..self }
    }

    /// With a cookie cache before the database.
    pub fn cached(self, cache: Option<CookieCache>) -> Self {
        Self { cache, ..self }
    }

    /// Opens a session for a user; one that is not to be remembered lives a day.
    pub async fn open(&self, user_id: &str, remember: bool, origin: Origin) -> Result<Session> {
        self.store.create_session(self.draft(user_id, remember, origin)).await
    }

    /// A session that is still to be stored, with a token of its own.
    pub fn draft(&self, user_id: &str, remember: bool, origin: Origin) -> NewSession {
        let now = self.clock.now();
        let more: Map<String, Value> = (self.config.additional_fields.iter())
            .filter_map(|field| field.default.clone().map(|value| (field.name.clone(), value)))
            .collect();
        NewSession {
            token: self.random.id(),
            user_id: user_id.to_owned(),
            expires_at: now.plus_seconds(if remember { self.config.expires_in } else { NOT_REMEMBERED }),
            created_at: now,
            ip_address: origin.ip_address,
            user_agent: origin.user_agent,
            more,
        }
    }

    /// A session in the place of one that ends with it. Whoever impersonates goes on impersonating, for as long as before.
    pub fn replacement(&self, live: &Session, origin: Origin) -> NewSession {
        let mut draft = self.draft(&live.user_id, true, origin);
        if let Some(by) = live.impersonated_by() {
            draft.more.insert(IMPERSONATED_BY.to_owned(), by.clone());
            draft.expires_at = live.expires_at;
        }
        draft
    }

    /// The token that a request presents, if its signature holds; whether it has a session is another matter.
    pub fn token(&self, presented: &Presented) -> Option<String> {
        presented.token.as_deref().and_then(|value| self.cookies.open(value))
    }

    /// Finds the session that a request presents; `at_this_moment`, past any copy of what the database has.
    ///
    /// # Errors
    /// 401 `FAILED_TO_GET_SESSION` when the row vanishes while it is refreshed.
    pub async fn read(&self, presented: &Presented, mode: Mode, at_this_moment: bool) -> Result<Reading> {
        let Some(token) = self.token(presented) else { return Ok(Reading::Nobody) };
        let now = self.clock.now();
        let found = match at_this_moment {
            true => self.store.session_by_token(&token).await?,
            false => self.store.find_session(&token).await?,
        };
        let Some((session, user)) = found else { return Ok(Reading::Ended) };
        if session.expires_at < now {
            if mode != Mode::Defer {
                self.store.delete_expired_session(&token, now).await?;
            }
            return Ok(Reading::Ended);
        }
        let needs_refresh = self.is_due(&session, presented, now);
        let mut live = Live { session, user, needs_refresh, refreshed: false, cached_until: None };
        if live.needs_refresh && mode == Mode::Refresh {
            self.refresh(&mut live, now).await?;
        }
        Ok(Reading::Live(Box::new(live)))
    }

    /// Whether a session was last extended at least `update_age` ago; never one that is not to be remembered, and never an
    /// impersonation, which ends when it was to end.
    fn is_due(&self, session: &Session, presented: &Presented, now: Timestamp) -> bool {
        let config = &self.config;
        let due_at = session.expires_at.plus_seconds(config.update_age - config.expires_in);
        let lasts = !presented.dont_remember && !session.is_impersonation();
        !config.disable_session_refresh && lasts && due_at <= now
    }

    /// Extends a session. Of several requests at once one writes; the others take what it wrote.
    async fn refresh(&self, live: &mut Live, now: Timestamp) -> Result<()> {
        let ends = now.plus_seconds(self.config.expires_in);
        let token = live.session.token.clone();
        live.session = match self.store.extend_session(&token, ends, now, live.session.expires_at).await? {
            Some(extended) => extended,
            None => match self.store.session_by_token(&token).await? {
                // One that was ended meanwhile may have been kept as a row.
                Some((session, _)) if session.expires_at > now => session,
                _ => return Err(Error::refused(401, code::FAILED_TO_GET_SESSION)),
            },
        };
        live.needs_refresh = false;
        live.refreshed = true;
        Ok(())
    }

    /// The cookies that hand a session to a browser; without `remember` they end with the browser.
    pub fn cookies_for(&self, token: &str, remember: bool) -> Vec<SetCookie> {
        if remember {
            return vec![self.cookies.set(CookieKey::SessionToken, token, Some(self.config.expires_in))];
        }
        let max_age = self.cookies.configured_max_age(CookieKey::DontRemember);
        vec![
            self.cookies.set(CookieKey::SessionToken, token, None),
            self.cookies.set(CookieKey::DontRemember, "true", max_age),
        ]
    }

    /// Finds a session in a cookie of the cache, which is about the token that the request presents. One that has no
    /// database behind it is extended when its end is near, unless it is not to be remembered.
    pub fn read_cached(&self, value: &str, presented: &Presented, mode: Mode) -> Option<Live> {
        let (cache, token, now) = (self.cache.as_ref()?, self.token(presented)?, self.clock.now());
        let Entry { mut session, user, expires_at, is_ending } = cache.open(value, &token, now)?;
        let lasts = !presented.dont_remember && !session.is_impersonation();
        let may_extend = !self.config.disable_session_refresh && lasts;
        let due = if cache.config.stateless { is_ending && may_extend } else { self.is_due(&session, presented, now) };
        let refreshed = cache.config.stateless && due && mode == Mode::Refresh;
        if refreshed {
            session.expires_at = now.plus_seconds(self.config.expires_in);
        }
        Some(Live { session, user, needs_refresh: due && !refreshed, refreshed, cached_until: Some(expires_at) })
    }

    /// The cookies that make a browser forget its session, with those that it carries of the cache.
    pub fn cleared(&self, carried: &[&str]) -> Vec<SetCookie> {
        let mut keys = vec![CookieKey::SessionToken, CookieKey::SessionData];
        keys.extend(self.account_cookie.as_ref().map(|_| CookieKey::AccountData));
        keys.extend(self.state_in_cookie.then_some(CookieKey::OauthState));
        let mut cleared: Vec<_> = keys.into_iter().map(|key| self.cookies.expire(key)).collect();
        cleared.extend(self.cookies.expire_chunks(CookieKey::AccountData, carried));
        cleared.extend(self.cookies.expire_chunks(CookieKey::SessionData, carried));
        cleared.push(self.cookies.expire(CookieKey::DontRemember));
        cleared
    }

    /// Whether a session was opened no longer than `fresh_age` ago; refreshing does not make it fresh.
    pub fn is_fresh(&self, session: &Session) -> bool {
        let age = self.config.fresh_age;
        age == 0 || self.clock.now() < session.created_at.plus_seconds(age)
    }
}
