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
    /// This happens where it is off there and on here.
    WhereOff(&'static str),
    /// The first happens where it is on there and off here, the second where it is off there and on here.
    Either(&'static str, &'static str),
    /// This happens where it has a value there, and another or none here.
    WhereSet(&'static str),
    /// Lists: the first happens where an item of theirs is not here, the second where one of these is not there.
    Items(&'static str, &'static str),
}

impl Weight {
    /// What happens with these two values, as TOML; nothing where nobody is the worse for it.
    pub fn harm(self, there: Option<&str>, here: Option<&str>) -> Option<&'static str> {
        let lacks = |one: Option<&str>, other: Option<&str>| {
            let other = items(other);
            items(one).iter().any(|item| !other.contains(item))
        };
        let turned_off = there == Some("true") && here != Some("true");
        let turned_on = there != Some("true") && here == Some("true");
        match self {
            Self::None => None,
            Self::Always(why) => Some(why),
            Self::WhereOn(why) => turned_off.then_some(why),
            Self::WhereOff(why) => turned_on.then_some(why),
            Self::Either(off, on) => turned_off.then_some(off).or(turned_on.then_some(on)),
            Self::WhereSet(why) => there.is_some().then_some(why),
            Self::Items(fewer, more) => lacks(there, here).then_some(fewer).or(lacks(here, there).then_some(more)),
        }
    }
}

/// The texts of a list that is written as TOML.
fn items(list: Option<&str>) -> Vec<String> {
    let parsed = list.and_then(|list| format!("list = {list}").parse::<toml::Table>().ok());
    let items = parsed.and_then(|table| table["list"].as_array().cloned()).unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

const LOGS_OUT: &str = "browsers would send other cookies than Signet reads, so everybody would be logged out";
const OTHER_ROWS: &str = "Signet would look for the data elsewhere";
const LOCKS_OUT: &str = "who signs in this way could not";
const OTHERS: &str = "users would be let in who were not, or locked out";
const LINKS: &str = "accounts would be linked to users who did not ask for it";

/// Keys, or what they begin with where that ends with a dot, whose difference matters; `*` stands for any name.
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
    (
        "disabled_paths",
        Weight::Items("endpoints that were closed would be open", "endpoints that are in use would be closed"),
    ),
    (
        "trusted_origins",
        Weight::Items("pages there would be refused", "pages of origins that were refused could act for users"),
    ),
    ("advanced.disable_csrf_check", Weight::WhereOff("every web page could act for users")),
    ("advanced.disable_origin_check", Weight::WhereOff("links could send users to any site")),
    ("user.additional_fields.*.input", Weight::Either("clients could not set it", "clients could set it")),
    ("user.additional_fields.*.returned", Weight::WhereOff("clients would be shown it")),
    ("session.additional_fields.*.input", Weight::Either("clients could not set it", "clients could set it")),
    ("session.additional_fields.*.returned", Weight::WhereOff("clients would be shown it")),
    ("account.encrypt_oauth_tokens", Weight::WhereOn("the tokens of providers would be stored in clear")),
    ("account.store_state_strategy", Weight::Always("a sign-in that one server began, the other would refuse")),
    ("account.skip_state_cookie_check", Weight::WhereOff("a link could sign its reader in as somebody else")),
    (
        "account.account_linking.enabled",
        Weight::Either(
            "who has signed up otherwise could not sign in with a provider",
            "accounts that were refused would be linked to users",
        ),
    ),
    ("account.account_linking.disable_implicit_linking", Weight::WhereOn(LINKS)),
    ("account.account_linking.require_local_email_verified", Weight::WhereOn(LINKS)),
    (
        "account.account_linking.trusted_providers",
        Weight::Items("who signs up otherwise could not sign in with them", LINKS),
    ),
    ("account.account_linking.allow_different_emails", Weight::WhereOff("accounts of other addresses would be linked")),
    ("social_providers.*.client_id", Weight::WhereSet(LOCKS_OUT)),
    ("social_providers.*.client_secret", Weight::WhereSet(LOCKS_OUT)),
    ("social_providers.*.redirect_uri", Weight::WhereSet(LOCKS_OUT)),
    ("social_providers.*.enabled", Weight::Either(LOCKS_OUT, "users could sign in with it who could not")),
    (
        "social_providers.*.disable_sign_up",
        Weight::Either("anybody could sign up with it", "nobody could sign up with it"),
    ),
    ("social_providers.*.disable_implicit_sign_up", Weight::WhereOn("a sign-in would sign up who did not ask for it")),
    ("social_providers.*.disable_id_token_sign_in", Weight::WhereOn("ID tokens of clients would be let in")),
    ("social_providers.*.hd", Weight::Always(OTHERS)),
    ("social_providers.*.tenant_id", Weight::Always(OTHERS)),
    ("social_providers.*.authority", Weight::Always(OTHERS)),
    ("social_providers.*.issuer", Weight::Always(OTHERS)),
    ("social_providers.*.audience", Weight::Always(OTHERS)),
    ("social_providers.*.app_bundle_identifier", Weight::Always(OTHERS)),
];

/// Keys that Better Auth takes from elsewhere too: that its options do not name them says nothing.
pub const ELSEWHERE_TOO: &[&str] = &["trusted_origins"];

/// What a difference at a key does.
pub fn weight(path: &str) -> Weight {
    let fits = |key: &str| match key.split_once('*') {
        Some((start, end)) => path.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
        None if key.ends_with('.') => path.starts_with(key),
        None => path == key,
    };
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
    ("plugins.generic_oauth", Level::Bad, ""),
    ("disabled_paths", Level::Bad, ""),
    ("trusted_origins", Level::Bad, ""),
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

/// Parameters and headers for a provider's server that are no secrets, in small letters.
pub const HARMLESS: &[&str] = &[
    "prompt",
    "access_type",
    "response_mode",
    "response_type",
    "hd",
    "login_hint",
    "domain_hint",
    "scope",
    "audience",
    "resource",
    "display",
    "max_age",
    "ui_locales",
    "acr_values",
    "grant_type",
    "include_granted_scopes",
    "accept",
    "user-agent",
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
