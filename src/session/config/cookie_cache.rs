//! `[session.cookie_cache]`.

use crate::config::Section;
use crate::crypto::CacheForm;

/// Sessions that a cookie holds whole, so that reading one asks no database.
#[derive(Clone, Debug)]
pub struct CookieCacheConfig {
    pub enabled: bool,
    /// Seconds.
    pub max_age: i64,
    pub form: CacheForm,
    /// What was cached under another version is not used.
    pub version: String,
    /// The routes, below the base path, that never use it; `*` stands for all.
    pub always_read: Vec<String>,
    /// What was said of renewing it; whether there is a database decides.
    renews: Option<bool>,
    /// Whether there is no database: then the cookie is the session, and is renewed before it ends.
    pub stateless: bool,
}

/// Browsers keep no cookie longer than 400 days.
const LONGEST: i64 = 34_560_000;
/// For how long somebody who was signed out elsewhere is let in without a word of warning.
const LONG: i64 = 3_600;

impl CookieCacheConfig {
    /// Reads the table below `[session]`.
    pub fn read(session: &mut Section<'_>) -> Self {
        let mut section = session.table("cookie_cache");
        let doc = "Sessions are cached in a signed cookie, so that reading one asks no database. One that was ended \
                   elsewhere is good for reading until its cache ends.";
        let enabled = section.bool("enabled", false, doc);
        let doc = "How long a cached session is good.";
        let max_age = section.span("max_age", 300, 1..=LONGEST, doc);
        if enabled && max_age > LONG {
            section.warn("max_age", format!("lets sessions that were ended elsewhere live on for {max_age} seconds"));
        }
        let forms = [("compact", CacheForm::Compact), ("jwt", CacheForm::Jwt), ("jwe", CacheForm::Jwe)];
        let doc =
            "How it is written: signed, signed as a JWT, or encrypted as a JWE, which alone the client cannot read.";
        let form = section.choice("strategy", &forms, &[], doc);
        let version = section.text("version", "1", "What was cached under another version is not used.");
        let doc = "Without a database the cookie is renewed before it ends, whatever is said here; with one it is not.";
        let renews = section.optional_bool("refresh_cache", "`true` without a database", doc);
        let doc = "Routes that read the database whatever the cache says, like `\"/token\"`; `\"*\"` stands for all.";
        let always_read = section.list("always_read", &[], doc);
        if always_read.iter().any(|route| route != "*" && !route.starts_with('/')) {
            section.refuse("always_read", "must name routes below the base path, like \"/token\", or be [\"*\"]");
        }
        Self { enabled, max_age, form, version, always_read, renews, stateless: false }
    }

    /// Warns of what has no effect beside a database.
    pub fn stay_a_cache(&self, root: &mut Section<'_>) {
        if self.renews == Some(true) {
            let text = "has no effect with a database: what is cached is read anew";
            root.at(&["session", "cookie_cache"]).warn("refresh_cache", text);
        }
    }

    /// Where there is no database the cookie is all there is: encrypted, and good for as long as the session.
    pub fn go_stateless(&mut self, root: &mut Section<'_>, session_lifetime: i64) {
        let mut section = root.at(&["session", "cookie_cache"]);
        for (name, value, is_so) in [
            ("enabled", "true".to_owned(), self.enabled),
            ("strategy", "\"jwe\"".to_owned(), self.form == CacheForm::Jwe),
            ("max_age", session_lifetime.to_string(), self.max_age == session_lifetime),
        ] {
            if section.has(name) && !is_so {
                section.warn(name, format!("is {value} without a database, whatever is said here"));
            }
            section.resolve(name, value);
        }
        *self =
            Self { enabled: true, max_age: session_lifetime, form: CacheForm::Jwe, stateless: true, ..self.clone() };
    }
}
