//! What tokens are made from: the deployment's own keys and templates, and a key of nobody.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::app::{self, Config};
use crate::base::{Clock, Random, Timestamp};
use crate::cli::{Failure, away, keeper, secret};
use crate::crypto::Secrets;
use crate::crypto::jose::forge::{Hand, spellings};
use crate::crypto::jose::{Algorithm, Hs256, KeyKind, PrivateJwk};
use crate::keyring::{Keeper, Phase};
use crate::moments::Shown;
use crate::tokens::config::KeyChoice;
use crate::tokens::{Template, Tokens};
use crate::users::answer;

/// The kid of a key that is nobody's.
const FOREIGN_KID: &str = "signet-doctor";

/// Makes tokens, good ones and others.
pub struct Source {
    config: Config,
    keeper: Keeper,
    tokens: Tokens,
    template: Option<String>,
    shown: Shown,
    random: Random,
    /// A key that no key set has.
    foreign: PrivateJwk,
    /// What signs as the template's key does.
    pub own: Hand,
    /// What signs as somebody else.
    pub stranger: Hand,
    /// A good token, taken apart.
    pub header: Map<String, Value>,
    pub payload: Map<String, Value>,
    pub good: String,
    pub now: Timestamp,
}

impl Source {
    pub async fn open(mut config: Config, template: Option<&str>, user: Option<&str>) -> Result<Self, Failure> {
        let random = Random::system();
        secret::find(&mut config, &random)?;
        if !config.jwt.enabled {
            return Err(misused("The jwt plugin is off, so there are no tokens. Set plugins.jwt.enabled = true."));
        }
        let none = || misused("The database has no keys yet. Start once with `signet serve`.");
        let keeper = keeper(&config).await?.ok_or_else(none)?;
        let kinds = (&config.jwt.token, config.jwt.templates.as_slice());
        let tokens =
            Tokens::new(kinds, &config.site.origin, Arc::clone(keeper.ring()), (Clock::System, random.clone()));
        let found = tokens.template(template).ok_or_else(|| {
            misused(format!("There is no template {} in [plugins.jwt.templates].", template.unwrap_or_default()))
        })?;
        let shown = shown(&config, user, &random).await?;
        let minted = tokens.mint(found, &shown).await.map_err(away)?;
        let header = header_of(&minted.token);
        let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let kid = header.get("kid").and_then(Value::as_str).unwrap_or_default();
        let own = own_hand(&config, &keeper, template, kid).await?;
        // Where a secret signs, a key of some algorithm stands for a stranger's.
        let kind = algorithm.parse::<Algorithm>().map_or_else(|_| KeyKind::from(Algorithm::ES256), KeyKind::from);
        let foreign = PrivateJwk::generate(kind, &random).map_err(away)?;
        let stranger = match algorithm.parse::<Algorithm>() {
            Ok(_) => Hand::private(&foreign).map_err(away)?,
            Err(_) => Hand::secret(random.text(43, crate::base::random::ALPHANUMERIC).as_bytes()),
        };
        let template = template.map(str::to_owned);
        let (good, payload) = (minted.token, minted.payload);
        let now = Clock::System.now();
        Ok(Self { config, keeper, tokens, template, shown, random, foreign, own, stranger, header, payload, good, now })
    }

    /// A fresh good token.
    pub async fn good(&self) -> Result<String, Failure> {
        self.tokens.mint(self.template(), &self.shown).await.map(|minted| minted.token).map_err(away)
    }

    /// A good token of each other template that is for others, by its name.
    pub async fn for_others(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut tokens = Vec::new();
        let ours = self.template().audience();
        for other in self.tokens.templates().filter(|other| other.name() != self.template.as_deref()) {
            let is_for_us = other.audience().iter().any(|audience| ours.contains(audience));
            if ours.is_empty() || is_for_us {
                continue;
            }
            let minted = self.tokens.mint(other, &self.shown).await.map_err(away)?;
            tokens.push((other.name().unwrap_or("default").to_owned(), minted.token));
        }
        Ok(tokens)
    }

    /// What signs as a key does that the key set has no longer, by its kid.
    pub async fn removed(&self) -> Result<Option<(String, Hand)>, Failure> {
        let keys = self.keeper.ring().list().map_err(away)?;
        let is_gone = |phase: Phase| phase == Phase::Removed;
        let Some(key) = keys.iter().find(|key| is_gone(key.phase) && Some(&*key.algorithm) == self.algorithm()) else {
            return Ok(None);
        };
        match self.keeper.export(&key.kid).await.map_err(away)? {
            Some(Ok(private)) => Ok(Some((key.kid.clone(), Hand::private(&private).map_err(away)?))),
            _ => Ok(None),
        }
    }

    /// A token of ours that is for a mailed link and for nothing else.
    pub fn mailed(&self) -> Result<String, Failure> {
        let secrets = Secrets::new(self.config.secrets.secrets.clone(), self.config.secrets.secret.clone());
        let secrets = secrets.map_err(|fault| Failure::Refused(fault.to_string()))?;
        let now = self.now.seconds();
        let payload = json!({ "email": self.shown.user.get("email"), "iat": now, "exp": now + 3600 });
        Hs256::new(&secrets).sign(payload.as_object().unwrap_or(&Map::new())).map_err(away)
    }

    /// The spellings of the key set's key as a secret; none where a secret signs.
    pub fn public_spellings(&self) -> Result<Vec<(&'static str, Vec<u8>)>, Failure> {
        let set: Value = match self.keeper.ring().jwks() {
            Ok((jwks, _)) => serde_json::from_slice(&jwks.body).unwrap_or_default(),
            Err(error) => return Err(away(error)),
        };
        let keys = set.get("keys").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
        let key = keys.into_iter().find(|key| key.get("kid") == self.header.get("kid"));
        key.map_or_else(|| Ok(Vec::new()), |key| spellings(key).map_err(away))
    }

    /// A key set that holds the stranger's key alone, under every kid that matters.
    pub fn own_keys(&self) -> String {
        let kids = [self.header.get("kid").and_then(Value::as_str).unwrap_or_default(), FOREIGN_KID];
        json!({ "keys": kids.map(|kid| self.foreign.public().entry(kid)) }).to_string()
    }

    /// The stranger's public key.
    pub fn foreign_jwk(&self) -> Value {
        Value::Object(self.foreign.public().entry(FOREIGN_KID))
    }

    /// Whether a secret signs the template's tokens.
    pub fn is_shared(&self) -> bool {
        self.algorithm().is_some_and(|algorithm| algorithm.parse::<Algorithm>().is_err())
    }

    pub fn algorithm(&self) -> Option<&str> {
        self.header.get("alg").and_then(Value::as_str)
    }

    pub fn has_audience(&self) -> bool {
        self.payload.contains_key("aud")
    }

    pub fn random_id(&self) -> String {
        self.random.id()
    }

    fn template(&self) -> &Template {
        self.tokens.template(self.template.as_deref()).unwrap_or_else(|| self.tokens.default())
    }
}

/// What signs as the template's key does.
async fn own_hand(config: &Config, keeper: &Keeper, template: Option<&str>, kid: &str) -> Result<Hand, Failure> {
    let named = config.jwt.templates.iter().find(|config| Some(config.name.as_str()) == template);
    if let Some(KeyChoice::Shared(secret, _)) = named.map(|config| &config.key) {
        return Ok(Hand::secret(secret.expose_secret().as_bytes()));
    }
    match keeper.export(kid).await.map_err(away)? {
        Some(Ok(private)) => Hand::private(&private).map_err(away),
        Some(Err(why)) => Err(Failure::Refused(format!("{kid} cannot sign here: {why}."))),
        None => Err(Failure::Refused(format!("There is no key {kid}. See `signet keys list`."))),
    }
}

/// The user whom the tokens name, in a session that nobody has.
async fn shown(config: &Config, user: Option<&str>, random: &Random) -> Result<Shown, Failure> {
    let user = match user {
        None => json!({
            "name": "Signet doctor", "email": "doctor@signet.invalid", "emailVerified": false, "image": null,
            "createdAt": Clock::System.now(), "updatedAt": Clock::System.now(), "id": random.id(),
        })
        .as_object()
        .cloned()
        .unwrap_or_default(),
        Some(id) => {
            let store = app::open_store(config, Clock::System, random.clone()).await.map_err(away)?;
            let user = store.user_by_id(id).await.map_err(away)?;
            let user = user.ok_or_else(|| misused(format!("There is no user with the id {id}.")))?;
            answer::user(&user, &config.user.additional_fields)
        }
    };
    let session = json!({ "id": random.id(), "userId": user.get("id") });
    Ok(Shown { session: session.as_object().cloned().unwrap_or_default(), user })
}

fn header_of(token: &str) -> Map<String, Value> {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = token.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap_or_default();
    serde_json::from_slice(&header).unwrap_or_default()
}

/// Nothing can be said: exit code 2.
fn misused(text: impl Into<String>) -> Failure {
    Failure::Misconfigured(vec![text.into()])
}
