//! What is known of single options: what they are in Signet beyond another spelling, and what a difference does.

use crate::app::takeover::Level;

/// What a difference between here and there does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Nobody is the worse for it.
    None,
    /// Whatever the two values are, this happens.
    Always(&'static str),
    /// This happens where it is on there and off here.
    WhereOn(&'static str),
}

const LOGS_OUT: &str = "browsers would send other cookies than Signet reads, so everybody would be logged out";
const OTHER_ROWS: &str = "Signet would look for the data elsewhere";
const LOCKS_OUT: &str = "who signs in this way could not";

/// Keys, or what they begin with where that ends with a dot, whose difference matters.
const WEIGHTS: &[(&str, Weight)] = &[
    ("base_url", Weight::Always("the names of cookies and the issuer of tokens follow it")),
    ("base_path", Weight::Always("clients would ask at the wrong address")),
    ("advanced.cookie_prefix", Weight::Always(LOGS_OUT)),
    ("advanced.use_secure_cookies", Weight::Always(LOGS_OUT)),
    ("advanced.cookies.", Weight::Always(LOGS_OUT)),
    ("advanced.cross_sub_domain_cookies.", Weight::Always("subdomains would be logged out")),
    ("advanced.default_cookie_attributes.", Weight::Always(LOGS_OUT)),
    ("session.expires_in", Weight::Always("sessions would end earlier, or live longer than they were meant to")),
    ("session.update_age", Weight::Always("sessions would be extended at another time")),
    ("session.disable_session_refresh", Weight::Always("sessions would live shorter or longer")),
    ("session.cookie_cache.strategy", Weight::Always("neither would read the other's cached sessions")),
    ("session.cookie_cache.version", Weight::Always("neither would read the other's cached sessions")),
    ("user.model_name", Weight::Always(OTHER_ROWS)),
    ("session.model_name", Weight::Always(OTHER_ROWS)),
    ("account.model_name", Weight::Always(OTHER_ROWS)),
    ("verification.model_name", Weight::Always(OTHER_ROWS)),
    ("user.fields.", Weight::Always(OTHER_ROWS)),
    ("session.fields.", Weight::Always(OTHER_ROWS)),
    ("account.fields.", Weight::Always(OTHER_ROWS)),
    ("verification.fields.", Weight::Always(OTHER_ROWS)),
    ("plugins.jwt.schema.jwks.", Weight::Always(OTHER_ROWS)),
    ("plugins.jwt.jwt.issuer", Weight::Always("verifiers would refuse the tokens")),
    ("plugins.jwt.jwt.audience", Weight::Always("verifiers would refuse the tokens")),
    ("plugins.jwt.jwks.jwks_path", Weight::Always("verifiers would find no keys")),
    ("plugins.jwt.enabled", Weight::WhereOn("there would be no tokens and no JWKS")),
    ("plugins.bearer.enabled", Weight::WhereOn("sessions in Authorization headers would not count")),
    ("plugins.admin.enabled", Weight::WhereOn("bans would not hold, and admins could do nothing")),
    ("plugins.username.enabled", Weight::WhereOn(LOCKS_OUT)),
    ("plugins.generic_oauth.enabled", Weight::WhereOn(LOCKS_OUT)),
    ("email_and_password.enabled", Weight::WhereOn(LOCKS_OUT)),
    ("email_and_password.disable_sign_up", Weight::WhereOn("anybody could sign up")),
    ("email_and_password.require_email_verification", Weight::WhereOn("unverified addresses would be let in")),
    ("plugins.bearer.require_signature", Weight::WhereOn("bare session tokens would be let in")),
    ("social_providers.", Weight::None),
];

/// What a difference at a key does.
pub fn weight(path: &str) -> Weight {
    if let Some(provider) = path.strip_prefix("social_providers.") {
        return if provider.ends_with(".client_id") { Weight::Always(LOCKS_OUT) } else { Weight::None };
    }
    let fits = |key: &str| if key.ends_with('.') { path.starts_with(key) } else { path == key };
    WEIGHTS.iter().find(|(key, _)| fits(key)).map_or(Weight::None, |(_, weight)| *weight)
}

const NO_WAY_IN: &str = "who signs in with it alone could not sign in again";
const NO_PROGRAMS: &str = "programs that come with it would be locked out";

/// What it means that an option has no counterpart: keys, or what they begin with.
const WITHOUT: &[(&str, Level, &str)] = &[
    ("plugins.two_factor", Level::Bad, "second factors would not be asked for"),
    ("plugins.passkey", Level::Bad, NO_WAY_IN),
    ("plugins.magic_link", Level::Bad, NO_WAY_IN),
    ("plugins.email_otp", Level::Bad, NO_WAY_IN),
    ("plugins.phone_number", Level::Bad, NO_WAY_IN),
    ("plugins.siwe", Level::Bad, NO_WAY_IN),
    ("plugins.sso", Level::Bad, NO_WAY_IN),
    ("plugins.anonymous", Level::Bad, NO_WAY_IN),
    ("plugins.one_tap", Level::Bad, NO_WAY_IN),
    ("plugins.api_key", Level::Bad, NO_PROGRAMS),
    ("plugins.oauth_provider", Level::Bad, NO_PROGRAMS),
    ("plugins.oidc_provider", Level::Bad, NO_PROGRAMS),
    ("plugins.mcp", Level::Bad, NO_PROGRAMS),
    ("plugins.device_authorization", Level::Bad, "devices without a browser could not sign in"),
    ("plugins.organization", Level::Note, "organizations and their members have no endpoints"),
    ("plugins.multi_session", Level::Note, "a browser has one session, the one that is active"),
    ("plugins.captcha", Level::Note, "no captcha is asked for"),
    (
        "plugins.have_i_been_pwned",
        Level::Note,
        "passwords are not looked up; see email_and_password.password.min_strength",
    ),
    ("plugins.custom_session", Level::Note, "/get-session answers with the plain session"),
    (
        "social_providers.",
        Level::Bad,
        "Signet does not know this provider or this option of it, and who signs in so could not",
    ),
    (
        "email_and_password.require_email_verification",
        Level::Bad,
        "it needs [mail], and unverified addresses would be let in",
    ),
    ("plugins.jwt.jwks.remote_url", Level::Bad, "the keys would be at another address"),
    ("base_url", Level::Bad, "the names of cookies and the issuer of tokens follow it"),
    ("base_path", Level::Bad, "clients would ask at the wrong address"),
    ("advanced.cookie", Level::Bad, LOGS_OUT),
    ("advanced.use_secure_cookies", Level::Bad, LOGS_OUT),
    ("user.model_name", Level::Bad, OTHER_ROWS),
    ("user.fields.", Level::Bad, OTHER_ROWS),
    ("session.model_name", Level::Bad, OTHER_ROWS),
    ("session.fields.", Level::Bad, OTHER_ROWS),
    ("account.model_name", Level::Bad, OTHER_ROWS),
    ("account.fields.", Level::Bad, OTHER_ROWS),
    ("plugins.admin.schema", Level::Bad, OTHER_ROWS),
    ("plugins.username.schema", Level::Bad, OTHER_ROWS),
];

/// How bad it is that an option has no counterpart, and what it means; nothing where the loader says it best.
pub fn without_counterpart(path: &str) -> (Level, &'static str) {
    let found = WITHOUT.iter().find(|(start, _, _)| path.starts_with(start));
    found.map_or((Level::Note, ""), |(_, level, sentence)| (*level, *sentence))
}

/// Tables whose keys are names of somebody's own, and keep their letters.
pub const NAMED: &[&str] = &[
    "user.fields",
    "session.fields",
    "account.fields",
    "verification.fields",
    "rate_limit.fields",
    "plugins.jwt.schema.jwks.fields",
    "user.additional_fields",
    "session.additional_fields",
    "account.additional_fields",
    "verification.additional_fields",
    "advanced.cookies",
    "rate_limit.custom_rules",
    "social_providers",
    "plugins.admin.roles",
];

/// Plugins whose options have counterparts.
pub const PLUGINS_BUILT: &[&str] = &["jwt", "bearer", "admin", "username", "generic_oauth", "open_api"];

/// Plugins that fit Better Auth into a framework: there is nothing of them in a server of its own.
pub const FRAMEWORKS: &[&str] =
    &["next-cookies", "expo", "tanstack-start-cookies", "svelte-kit-cookies", "sveltekit-cookies", "electron"];

/// Numbers there, texts here.
pub const TEXTS: &[&str] = &["session.cookie_cache.version"];

/// Texts with commas there, lists here.
pub const LISTS: &[&str] = &["plugins.admin.admin_roles", "plugins.admin.admin_user_ids"];

/// Objects that hold code, of which JSON keeps the shell, and what stands in its place.
pub const HOLLOW: &[(&str, &str)] = &[
    ("databaseHooks", "code around writes has no counterpart; [webhooks] tells of them afterwards"),
    ("hooks", "code around requests has no counterpart"),
    (
        "emailAndPassword.password",
        "passwords are hashed by code of yours; whether Signet verifies the hashes stands under passwords",
    ),
    ("trustedOrigins", "origins that code decides on have no counterpart; list them in trusted_origins"),
    ("rateLimit.customStorage", "counters in a store of yours have no counterpart; choose rate_limit.storage"),
];
