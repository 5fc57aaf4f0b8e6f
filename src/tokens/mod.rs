//! The tokens that backends verify: the default one, which is Better Auth's, and the templates of a deployment's own.
//!
//! A template decides what its tokens say and what they are signed with. Whoever hands tokens out (`/token`, the
//! gateway, forward auth) names one, and whoever takes them back asks it whether a token is one of its.

pub mod config;
mod payload;

use std::sync::Arc;

use serde_json::{Map, Value};

use self::config::{KeyChoice, TemplateConfig, TokenConfig};
use self::payload::Payloads;
use crate::base::{Clock, Random, Result, Timestamp, text};
use crate::crypto::jose::shared::HS256;
use crate::crypto::jose::{Algorithm, Claims, Expected, Rejected, SharedKeys, verify};
use crate::keyring::Ring;
use crate::moments::Shown;

/// By how many seconds the maker of a token may be ahead of us.
const LEEWAY: i64 = 60;

/// Every kind of token of a deployment.
pub struct Tokens {
    /// The default one first.
    templates: Vec<Template>,
    ring: Arc<Ring>,
    clock: Clock,
}

/// A kind of token.
pub struct Template {
    name: Option<String>,
    payloads: Payloads,
    typ: Option<String>,
    key: Key,
    roles: Option<Vec<String>>,
    endpoint: bool,
    /// What a token must say to be one of these.
    expected: Expected,
}

enum Key {
    /// The key ring's turn, whatever its algorithm.
    Default,
    Ring(Algorithm),
    Shared(Box<SharedKeys>),
}

/// A token that was just signed.
pub struct Minted {
    /// In compact form.
    pub token: String,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
    pub payload: Map<String, Value>,
}

impl Tokens {
    /// The default token and the templates. `origin` is the base URL's, which issuers and audiences are where none is
    /// configured.
    pub fn new(
        (default, templates): (&TokenConfig, &[TemplateConfig]),
        origin: &str,
        ring: Arc<Ring>,
        (clock, random): (Clock, Random),
    ) -> Self {
        let named = templates.iter().map(|config| Template::named(config, origin, random.clone()));
        let default = Template::new(Payloads::new(default, origin, random.clone()), None, Key::Default);
        Self { templates: [default].into_iter().chain(named).collect(), ring, clock }
    }

    /// A template by its name; the default one without.
    pub fn template(&self, name: Option<&str>) -> Option<&Template> {
        self.templates.iter().find(|template| template.name.as_deref() == name)
    }

    /// The kind that is asked for by no name.
    pub fn default(&self) -> &Template {
        &self.templates[0]
    }

    /// All templates, the default one first.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.templates.iter()
    }

    /// The keys that sign what no shared secret does.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// A token for a session and its user. Whether the user may have it was judged already.
    ///
    /// # Errors
    /// 503 while no key can sign.
    pub async fn mint(&self, template: &Template, shown: &Shown) -> Result<Minted> {
        let payload = template.payloads.payload(shown, self.clock.now());
        let token = match &template.key {
            Key::Default => self.ring.sign(&payload, template.typ.as_deref()).await?,
            Key::Ring(algorithm) => self.ring.sign_in(*algorithm, &payload, template.typ.as_deref()).await?,
            Key::Shared(keys) => keys.sign(&payload, template.typ.as_deref())?,
        };
        let moment =
            |name: &str| Timestamp::from_seconds(payload.get(name).and_then(Value::as_i64).unwrap_or_default());
        Ok(Minted { token, issued_at: moment("iat"), expires_at: moment("exp"), payload })
    }

    /// Verifies a token as one of a template, strictly (RFC 8725): with its kind of key alone, its algorithm, type,
    /// issuer and audience. A revoked key's tokens are refused at once.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub fn verify(&self, template: &Template, token: &str) -> Result<Claims, Rejected> {
        let now = self.clock.now();
        let of_ring = |wanted: Option<Algorithm>| {
            let keys = move |kid: &str| {
                self.ring.verifier(kid).filter(|key| wanted.is_none_or(|wanted| key.algorithm() == wanted))
            };
            verify(token, &keys, &template.expected, now)
        };
        match &template.key {
            Key::Default => of_ring(None),
            Key::Ring(algorithm) => of_ring(Some(*algorithm)),
            Key::Shared(keys) => keys.verify(token, &template.expected, now),
        }
    }
}

impl Tokens {
    /// Until when a token has to stay revoked: not for longer than any of ours lives, whatever it says itself. Who shares
    /// a secret with us could say anything.
    pub fn revoked_until(&self, claims: &Claims) -> Timestamp {
        let longest = self.templates().map(Template::lifetime).max().unwrap_or_default();
        claims.expires_at.min(self.clock.now().plus_seconds(longest + LEEWAY))
    }
}

impl Template {
    fn new(payloads: Payloads, typ: Option<String>, key: Key) -> Self {
        let mut expected = Expected::new(payloads.issuer(), payloads.audience());
        expected.typ.clone_from(&typ);
        Self { name: None, payloads, typ, key, roles: None, endpoint: true, expected }
    }

    fn named(config: &TemplateConfig, origin: &str, random: Random) -> Self {
        let key = match &config.key {
            KeyChoice::Default => Key::Default,
            KeyChoice::Ring(algorithm) => Key::Ring(*algorithm),
            KeyChoice::Shared(secret, previous) => Key::Shared(Box::new(SharedKeys::new(secret, previous.as_ref()))),
        };
        let template = Self::new(Payloads::new(&config.token, origin, random), config.typ.clone(), key);
        let (name, roles) = (Some(config.name.clone()), config.roles.clone());
        Self { name, roles, endpoint: config.endpoint, ..template }
    }

    /// None for the default one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether `/token` hands it out.
    pub fn is_public(&self) -> bool {
        self.endpoint
    }

    /// Whether a user's roles allow to ask for it.
    pub fn may_be_asked_by(&self, shown: &Shown) -> bool {
        let has = |wanted: &Vec<String>| roles(&shown.user).iter().any(|role| wanted.contains(role));
        self.roles.as_ref().is_none_or(has)
    }

    /// Whether not every user may have it.
    pub fn is_for_some(&self) -> bool {
        self.roles.is_some()
    }

    pub fn issuer(&self) -> &str {
        self.payloads.issuer()
    }

    /// Whom its tokens are for; empty where they say nothing of it.
    pub fn audience(&self) -> &[String] {
        &self.expected.audience
    }

    /// Seconds from `iat` to `exp`.
    pub fn lifetime(&self) -> i64 {
        self.payloads.lifetime()
    }

    /// Whether `sub` is the user's id, and not something that was configured in its place.
    pub fn subject_is_the_id(&self) -> bool {
        self.payloads.subject_is_the_id()
    }

    /// Whether `sid` is the session that a token was made for.
    pub fn sid_is_the_session(&self) -> bool {
        self.payloads.sid_is_the_session()
    }

    /// The algorithm that its tokens are to be signed with. None: the key ring's own.
    pub fn algorithm(&self) -> Option<&'static str> {
        match &self.key {
            Key::Default => None,
            Key::Ring(algorithm) => Some(algorithm.as_str()),
            Key::Shared(_) => Some(HS256),
        }
    }
}

/// A user's roles; a list where a field of the deployment's own is one.
pub fn roles(user: &Map<String, Value>) -> Vec<String> {
    match user.get("role") {
        Some(Value::String(roles)) => text::roles::roles(roles).map(str::to_owned).collect(),
        Some(Value::Array(roles)) => roles.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
