//! `[session]`.

pub mod cookie_cache;
pub mod cookies;

use self::cookie_cache::CookieCacheConfig;
use crate::base::Field;
use crate::config::Section;
use crate::store::config::SESSION_FIELDS;

/// How long sessions live. All spans are seconds.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    pub expires_in: i64,
    /// How old a session's last extension must be to be extended again.
    pub update_age: i64,
    /// How long after sign-in a session counts as fresh; 0 for always.
    pub fresh_age: i64,
    pub disable_session_refresh: bool,
    pub defer_session_refresh: bool,
    pub cookie_cache: CookieCacheConfig,
    pub additional_fields: Vec<Field>,
}

/// Ten years: what is longer was meant as milliseconds.
const LONGEST: i64 = 315_360_000;

impl SessionConfig {
    /// Reads `[session]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.table("session");
        let doc = "How long a session lives after sign-in or its last extension.";
        let expires_in = section.span("expires_in", 604_800, 1..=LONGEST, doc);
        let doc = "A session is extended when its last extension is older than this.";
        let update_age = section.span("update_age", 86_400, 0..=LONGEST, doc);
        let doc = "How long after sign-in a session counts as fresh; 0 for always.";
        let fresh_age = section.span("fresh_age", 86_400, 0..=LONGEST, doc);
        Self {
            expires_in,
            update_age,
            fresh_age,
            disable_session_refresh: section.bool("disable_session_refresh", false, "Sessions are never extended."),
            defer_session_refresh: section.bool(
                "defer_session_refresh",
                false,
                "`GET /get-session` writes nothing and answers `needsRefresh`; `POST` extends.",
            ),
            cookie_cache: CookieCacheConfig::read(&mut section),
            additional_fields: additional_fields(&mut section),
        }
    }
}

/// Nobody is asked for a session's fields at sign-in, so a required one needs a default.
fn additional_fields(section: &mut Section<'_>) -> Vec<Field> {
    let fields = section.fields("additional_fields", &[SESSION_FIELDS, &["id"]].concat());
    for field in fields.iter().filter(|field| field.required && field.default.is_none()) {
        let text =
            "is required and has no default, so no session could be made; add `required = false` or a `default_value`";
        section.table("additional_fields").refuse(&field.name, text);
    }
    fields
}
