//! The cookie cache: a session and its user in a cookie, as the last read of the database found them. Whoever holds the
//! session's own cookie beside it is let in without a look at the database, until the cache ends.

use serde_json::{Map, Value};

use super::config::cookie_cache::CookieCacheConfig;
use crate::base::{Field, Random, Timestamp};
use crate::crypto::cache::Opened;
use crate::crypto::{CacheForm, CacheSealer, Secrets};
use crate::moments::Shown;
use crate::store::{Session, User};

/// By how many seconds the clock of the replica that wrote a cache may be ahead.
const CLOCKS_DIFFER_BY: i64 = 60;

/// The cache of a deployment.
pub struct CookieCache {
    pub config: CookieCacheConfig,
    sealer: CacheSealer,
    /// The additional fields that answers show. No other is ever written, or believed.
    session_fields: Vec<String>,
    user_fields: Vec<String>,
}

/// A cookie's value, and for how many seconds a browser keeps it; without an age, until it is closed.
pub struct Sealed {
    pub value: String,
    pub max_age: Option<i64>,
}

/// A cached session that is good.
pub struct Entry {
    pub session: Session,
    pub user: User,
    pub expires_at: Timestamp,
    /// Whether it ends soon and has no database behind it from which it could be made anew.
    pub is_ending: bool,
}

impl CookieCache {
    /// `None` where it is off.
    pub fn new(
        config: &CookieCacheConfig,
        secrets: &Secrets,
        session_fields: &[Field],
        user_fields: &[Field],
    ) -> Option<Self> {
        let names = |fields: &[Field]| {
            let returned = fields.iter().filter(|field| field.returned);
            returned.map(|field| field.name.clone()).collect()
        };
        config.enabled.then(|| Self {
            sealer: CacheSealer::new(config.form, secrets),
            config: config.clone(),
            session_fields: names(session_fields),
            user_fields: names(user_fields),
        })
    }

    /// Whether a route may use it.
    pub fn serves(&self, route: &str) -> bool {
        !self.config.always_read.iter().any(|named| named == "*" || named == route)
    }

    /// A cookie of a session and its user as answers show them. What was itself read out of the cache is good `until`
    /// then and no longer: else a session that was ended could be cached anew for ever. `None` where it would be too long for
    /// a cookie.
    pub fn seal(
        &self,
        shown: Shown,
        remember: bool,
        until: Option<Timestamp>,
        now: Timestamp,
        random: &Random,
    ) -> Option<Sealed> {
        let content = [
            ("session", Value::Object(shown.session)),
            ("user", Value::Object(shown.user)),
            ("updatedAt", now.millis().into()),
            ("version", self.config.version.as_str().into()),
        ];
        let content = content.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let lifetime = if remember { self.config.max_age } else { self.unremembered() };
        let lifetime = until.map_or(lifetime, |until| lifetime.min(until.millis_since(now) / 1000));
        let value = self.sealer.seal(content, lifetime, now, random)?;
        Some(Sealed { value, max_age: remember.then_some(self.config.max_age) })
    }

    /// How long the cache of a session is good that is not to be remembered: Better Auth's own spans, if they are no
    /// longer than the configured one.
    fn unremembered(&self) -> i64 {
        let span = match self.config.form {
            _ if self.config.stateless => self.config.max_age,
            CacheForm::Compact => 60,
            CacheForm::Jwt | CacheForm::Jwe => 300,
        };
        span.min(self.config.max_age)
    }

    /// What a cookie says, if it is good and about the session of this token.
    pub fn open(&self, value: &str, token: &str, now: Timestamp) -> Option<Entry> {
        let Opened { content, expires_at } = self.sealer.open(value, now)?;
        let is_current = content.get("version").and_then(Value::as_str) == Some(self.config.version.as_str());
        // One that was written while caches lived longer ends as those do that are written now.
        let written = Timestamp::from_millis(content.get("updatedAt")?.as_i64()?);
        let is_young = now < written.plus_seconds(self.config.max_age);
        // Else a clock that was set back would let in for longer whoever was signed out meanwhile.
        let is_past = self.config.stateless || written <= now.plus_seconds(CLOCKS_DIFFER_BY);
        let session = session(content.get("session")?.as_object()?, &self.session_fields)?;
        let user = user(content.get("user")?.as_object()?, &self.user_fields)?;
        let fits = session.token == token && session.user_id == user.id && session.expires_at >= now;
        let rest = expires_at.millis_since(now) / 1000;
        let is_ending = self.config.stateless && rest < self.config.max_age / 5;
        (is_current && is_young && is_past && fits).then_some(Entry { session, user, expires_at, is_ending })
    }
}

fn session(fields: &Map<String, Value>, more: &[String]) -> Option<Session> {
    Some(Session {
        id: text(fields, "id")?,
        token: text(fields, "token")?,
        user_id: text(fields, "userId")?,
        expires_at: time(fields, "expiresAt")?,
        created_at: time(fields, "createdAt")?,
        updated_at: time(fields, "updatedAt")?,
        ip_address: text(fields, "ipAddress").unwrap_or_default(),
        user_agent: text(fields, "userAgent").unwrap_or_default(),
        more: known(fields, more),
    })
}

fn user(fields: &Map<String, Value>, more: &[String]) -> Option<User> {
    Some(User {
        id: text(fields, "id")?,
        name: text(fields, "name")?,
        email: text(fields, "email")?,
        email_verified: fields.get("emailVerified")?.as_bool()?,
        image: text(fields, "image"),
        created_at: time(fields, "createdAt")?,
        updated_at: time(fields, "updatedAt")?,
        more: known(fields, more),
    })
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name)?.as_str().map(str::to_owned)
}

fn time(fields: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    Timestamp::parse(fields.get(name)?.as_str()?)
}

fn known(fields: &Map<String, Value>, names: &[String]) -> Map<String, Value> {
    names.iter().filter_map(|name| Some((name.clone(), fields.get(name)?.clone()))).collect()
}
