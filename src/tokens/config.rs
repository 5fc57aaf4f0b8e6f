//! `[plugins.jwt.jwt]`, the default token, and `[plugins.jwt.templates.NAME]`, the others.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value as Json};

use crate::base::text::duration::parse_span;
use crate::config::secret::SecretsConfig;
use crate::config::{Given, Section, Unset, json};
use crate::crypto::jose::Algorithm;
use crate::crypto::jose::shared::{HS256, SHORTEST_SECRET};

/// What tokens say.
#[derive(Clone, Debug)]
pub struct TokenConfig {
    /// `iss`; absent for the origin of the base URL.
    pub issuer: Option<String>,
    pub audience: Audience,
    /// A token's life in seconds.
    pub expiration_time: i64,
    /// The payload instead of the whole user. Texts may hold references like `{user.email}`.
    pub claims: Option<Map<String, Json>>,
    /// `sub`, with references; absent for the user's id.
    pub subject: Option<String>,
}

/// Whom tokens are for: the claim `aud`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The origin of the base URL.
    Origin,
    One(String),
    /// An array in tokens, though it may hold one.
    Several(Vec<String>),
    /// No claim at all.
    Nobody,
}

/// A kind of token beside the default one.
#[derive(Clone, Debug)]
pub struct TemplateConfig {
    pub name: String,
    pub key: KeyChoice,
    pub token: TokenConfig,
    /// The header's `typ`.
    pub typ: Option<String>,
    /// Who may ask for it: users with one of these roles. None: every user.
    pub roles: Option<Vec<String>>,
    /// Whether `/token` hands it out.
    pub endpoint: bool,
}

/// What a kind of token is signed with.
#[derive(Clone, Debug)]
pub enum KeyChoice {
    /// The key ring, as it signs default tokens.
    Default,
    /// The key ring's keys of an algorithm.
    Ring(Algorithm),
    /// HS256 with the secret, and the one before it.
    Shared(SecretString, Option<SecretString>),
}

/// The claims that have a setting of their own, or that no template may say.
const OWN_CLAIMS: [&str; 6] = ["iat", "exp", "nbf", "iss", "aud", "sub"];
/// The reference to the session that a token was made for.
pub const SESSION: &str = "{session.id}";
/// Ten years.
const LONGEST: i64 = 315_360_000;
const DEFAULT_LIFE: i64 = 900;

impl Default for TokenConfig {
    /// Better Auth's: the whole user, 15 minutes, from and for the origin.
    fn default() -> Self {
        Self { issuer: None, audience: Audience::Origin, expiration_time: DEFAULT_LIFE, claims: None, subject: None }
    }
}

impl TokenConfig {
    /// Reads `[plugins.jwt.jwt]`.
    pub fn read(section: &mut Section<'_>) -> Self {
        let (issuer, audience, expiration_time) = read_frame(section, false);
        let doc = "The payload in place of the whole user. Texts may hold references: `\"{user.email}\"`, `\"{session.id}\"`, `\"{roles}\"`, `\"{jti}\"`.";
        let claims = section.object("claims", "the user's fields", doc);
        let doc = "The claim `sub`, which may hold references.";
        let subject = section.optional_text("subject", "`{user.id}`", doc);
        Self { issuer, audience, expiration_time, claims: claims.map(as_json), subject }
    }

    /// Whether tokens say which session they were made for.
    pub fn names_the_session(&self) -> bool {
        let subject = self.subject.as_deref().is_some_and(|subject| subject.contains(SESSION));
        subject || self.claims.iter().flatten().any(|(_, claim)| claim.to_string().contains(SESSION))
    }
}

impl TemplateConfig {
    /// Reads `[plugins.jwt.templates]`. No secret of theirs may be one of `secrets`, unless that is wanted.
    pub fn read_all(section: &mut Section<'_>, secrets: &SecretsConfig) -> Vec<Self> {
        let names = section.own_names();
        names.into_iter().filter_map(|name| Self::read(&mut section.table(&name), name, secrets)).collect()
    }

    fn read(section: &mut Section<'_>, name: String, secrets: &SecretsConfig) -> Option<Self> {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            section.refuse("", "is no name for a template: it stands in URLs; use letters, digits, `-` and `_`");
        }
        let key = read_key(section, secrets);
        let (issuer, audience, expiration_time) = read_frame(section, true);
        let doc = "Further claims, with references as in `plugins.jwt.jwt.claims`.";
        let claims = section.object("claims", "none", doc).map(as_json).unwrap_or_default();
        if let Some(own) = OWN_CLAIMS.into_iter().find(|own| claims.contains_key(*own)) {
            section.refuse("claims", format!("has `{own}`, which is not for a template to define; remove it"));
        }
        let typ = section.optional_text("type", "none", "The header `typ`, e.g. `at+jwt` (RFC 9068).");
        if typ.as_deref().is_some_and(|typ| typ.is_empty() || !typ.bytes().all(|byte| byte.is_ascii_graphic())) {
            section.refuse("type", "must be a media type like \"at+jwt\"");
        }
        let doc = "Who may ask for it: users with one of these roles. Without, every user.";
        let roles = section.has("roles").then_some(());
        let listed = section.list("roles", &[], doc);
        let doc = "Whether `/token?template=` hands it out. Off: only what runs in Signet itself uses it, and no browser sees it.";
        let endpoint = section.bool("endpoint", true, doc);
        let token = TokenConfig { issuer, audience, expiration_time, claims: Some(claims), subject: None };
        Some(Self { name, key: key?, token, typ, roles: roles.map(|()| listed), endpoint })
    }

    /// The algorithm whose keys the ring has to have for it.
    pub fn ring_algorithm(&self) -> Option<Algorithm> {
        match self.key {
            KeyChoice::Ring(algorithm) => Some(algorithm),
            KeyChoice::Default | KeyChoice::Shared(..) => None,
        }
    }
}

/// Issuer, audience and life.
fn read_frame(section: &mut Section<'_>, is_template: bool) -> (Option<String>, Audience, i64) {
    let issuer = section.optional_text("issuer", "the origin of `base_url`", "The claim `iss`.");
    if issuer.as_deref() == Some("") {
        section.refuse("issuer", "is empty; leave it out for the origin of base_url");
    }
    let unset = Unset::Says("the origin of `base_url`");
    let (kind, doc) = match is_template {
        true => {
            ("text, list of texts, or `false`", "The claim `aud`, an array where this is a list; none with `false`.")
        }
        false => ("text, or list of texts", "The claim `aud`, an array where this is a list."),
    };
    let audience = section.ask("audience", kind, unset, doc, |given| audience(&given, is_template));
    let unset = Unset::Is("\"15m\"".to_owned());
    let life = section.ask("expiration_time", "span like `\"15m\"`", unset, "A token's life.", expiration_time);
    (issuer, audience.unwrap_or(Audience::Origin), life.unwrap_or(DEFAULT_LIFE))
}

/// What a template is signed with. None where that cannot be told.
fn read_key(section: &mut Section<'_>, secrets: &SecretsConfig) -> Option<KeyChoice> {
    let mut choices = Algorithm::ALL.map(|algorithm| (algorithm.as_str(), KeyChoiceName::Ring(algorithm))).to_vec();
    choices.push((HS256, KeyChoiceName::Shared));
    let doc = "What it is signed with: keys of the key ring, or `HS256` with the secret below.";
    let name = section.optional_choice("algorithm", "the key ring's", &choices, &[], doc);
    let doc = "For `HS256`: what its verifiers share, at least 32 bytes. Whoever has it can make such tokens.";
    let secret = section.secret("secret", "none", doc);
    let doc = "For `HS256`: the secret before, during a change. Signet accepts its tokens and makes none.";
    let previous = section.secret("previous_secret", "none", doc);
    let doc = "Accepts that the secret is Signet's own. Whoever verifies with it can then forge sessions and read stored keys.";
    let allowed = section.bool("allow_session_secret", false, doc);
    let Some(KeyChoiceName::Shared) = name else {
        if secret.is_some() || previous.is_some() {
            section.refuse("secret", "goes with `algorithm = \"HS256\"` alone; remove it");
        }
        return Some(match name {
            Some(KeyChoiceName::Ring(algorithm)) => KeyChoice::Ring(algorithm),
            _ => KeyChoice::Default,
        });
    };
    let given = ["secret", "secret_file", "secret_env"].iter().any(|name| section.has(name));
    if secret.is_none() && !given {
        section.refuse("secret", "is missing: HS256 wants one that its verifiers share; make it with `signet secret`");
    }
    for (name, secret) in [("secret", &secret), ("previous_secret", &previous)] {
        secret.iter().for_each(|secret| judge(section, name, secret, secrets, allowed));
    }
    Some(KeyChoice::Shared(secret?, previous))
}

#[derive(Clone, Copy)]
enum KeyChoiceName {
    Ring(Algorithm),
    Shared,
}

fn judge(section: &mut Section<'_>, name: &str, secret: &SecretString, secrets: &SecretsConfig, allowed: bool) {
    if secret.expose_secret().len() < SHORTEST_SECRET {
        let text = format!("has fewer than {SHORTEST_SECRET} bytes (RFC 7518 §3.2); use what `signet secret` prints");
        return section.refuse(name, text);
    }
    if !secrets.all().any(|own| own.expose_secret() == secret.expose_secret()) {
        return;
    }
    const GIVES: &str =
        "whoever verifies these tokens can forge session cookies and mailed links, and decrypt the stored signing keys";
    if allowed {
        section
            .warn(name, format!("is Signet's own secret: {GIVES}. Give the template a secret of its own when you can"));
    } else {
        let text = format!(
            "is Signet's own secret: {GIVES}. Use what `signet secret` prints, or, if the backends cannot be changed, \
             set allow_session_secret = true"
        );
        section.refuse(name, text);
    }
}

fn as_json(table: toml::Table) -> Map<String, Json> {
    table.iter().map(|(name, value)| (name.clone(), json(value))).collect()
}

fn audience(given: &Given<'_>, may_be_nobody: bool) -> Result<Audience, String> {
    if may_be_nobody && given.value.as_bool() == Some(false) {
        return Ok(Audience::Nobody);
    }
    let audience = match given.value.as_str() {
        Some(one) => Audience::One(one.to_owned()),
        None => Audience::Several(given.list().ok_or_else(|| given.mismatch("a text or a list of texts"))?),
    };
    let is_empty = match &audience {
        Audience::One(one) => one.is_empty(),
        Audience::Several(several) => several.is_empty() || several.iter().any(String::is_empty),
        Audience::Origin | Audience::Nobody => false,
    };
    if is_empty { Err("is empty; leave it out for the origin of base_url".to_owned()) } else { Ok(audience) }
}

/// Spans with a unit alone: a bare number would be a moment in Better Auth (deviation from it: refused, not obeyed).
fn expiration_time(given: Given<'_>) -> Result<i64, String> {
    let seconds = match given.value {
        toml::Value::Integer(number) => {
            return Err(format!(
                "must be a span with a unit: write \"{number}s\" for {number} seconds, or e.g. \"15m\""
            ));
        }
        value => parse_span(value.as_str().ok_or_else(|| given.mismatch("a span like \"15m\""))?)?,
    };
    match seconds {
        1..=LONGEST => Ok(seconds),
        _ => Err(format!("is {seconds} seconds, and must be from 1 second to 10 years")),
    }
}
