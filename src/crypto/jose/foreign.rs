//! Tokens that other servers sign: the ID tokens of providers. Their keys come over the network and their claims are more
//! various than ours, so nothing here is shared with the keys of the ring but the mathematics.

use serde_json::{Map, Value};

use super::claims::expiry;
use super::compact::Compact;
use super::{Algorithm, PublicJwk, Rejected, Verifier, claims};
use crate::base::{Timestamp, json};

/// A set that holds more is none: nobody signs with so many keys.
const MOST_KEYS: usize = 100;
/// By how many seconds the clock of the other server may be ahead.
const LEEWAY: i64 = 60;

/// The keys that another server publishes, those that are for signatures of an algorithm that is verified here.
pub struct KeySet(Vec<Key>);

struct Key {
    kid: Option<String>,
    verifier: Verifier,
}

/// What a foreign token must say.
#[derive(Clone, Debug)]
pub struct Wanted<'w> {
    /// It is of one of these. None where the caller checks the issuer itself, by the claims.
    pub issuers: Option<&'w [String]>,
    /// It is for one of these.
    pub audience: &'w [String],
    /// What it may be signed with.
    pub algorithms: &'w [Algorithm],
    /// How many seconds ago it may have been issued.
    pub max_age: Option<i64>,
}

impl KeySet {
    /// Reads a JWKS (RFC 7517 §5). Keys of no use here are passed over. None where it is not one.
    pub fn read(text: &[u8]) -> Option<Self> {
        let set = json::object(text)?;
        let listed = set.get("keys")?.as_array().filter(|keys| keys.len() <= MOST_KEYS)?;
        Some(Self(listed.iter().filter_map(Value::as_object).flat_map(Key::all_of).collect()))
    }

    /// Whether there is a key that a token of this kind could be verified with.
    pub fn has(&self, named: &Named) -> bool {
        self.find(named).is_ok()
    }

    /// The one key that fits. Of two with the same name neither can be meant.
    fn find(&self, named: &Named) -> Result<&Verifier, Rejected> {
        let fits = |key: &&Key| {
            let is_named = named.kid.as_ref().is_none_or(|kid| key.kid.as_ref() == Some(kid));
            is_named && key.verifier.algorithm() == named.algorithm
        };
        let mut fitting = self.0.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(&key.verifier),
            _ => Err(Rejected::UnknownKey),
        }
    }
}

impl Key {
    /// A JWK as the keys that it can be: an RSA key that names no algorithm is for two of them.
    fn all_of(jwk: &Map<String, Value>) -> Vec<Self> {
        let text = Value::Object(jwk.clone()).to_string();
        let kid = jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
        let read = |algorithm| {
            let key = PublicJwk::parse(&text, algorithm).ok()?;
            Some(Self { kid: kid.clone(), verifier: Verifier::new(&key).ok()? })
        };
        Algorithm::ALL.into_iter().filter_map(read).collect()
    }
}

/// The key that a token asks for. Nothing of it is verified.
pub struct Named {
    kid: Option<String>,
    algorithm: Algorithm,
}

/// What a provider's token may measure.
const MOST_BYTES: usize = 64 * 1024;

impl Named {
    /// Reads the header of a token that is of the right form.
    pub fn by(token: &str) -> Result<Self, Rejected> {
        Self::read(&read(token)?)
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn read(token: &Compact<'_>) -> Result<Self, Rejected> {
        let kid = if token.names_a_key() { Some(token.kid()?.to_owned()) } else { None };
        let algorithm = token.algorithm()?.parse().map_err(|_| Rejected::Algorithm)?;
        Ok(Self { kid, algorithm })
    }
}

/// Takes a token apart. Some providers list hundreds of groups in theirs.
fn read(token: &str) -> Result<Compact<'_>, Rejected> {
    if token.len() > MOST_BYTES { Err(Rejected::TooLong) } else { Compact::read_any_length(token) }
}

/// Verifies a token and gives its claims.
pub fn verify(token: &str, keys: &KeySet, wanted: &Wanted<'_>, now: Timestamp) -> Result<Map<String, Value>, Rejected> {
    let token = read(token)?;
    token.expect_type(None)?;
    let named = Named::read(&token)?;
    if !wanted.algorithms.contains(&named.algorithm) {
        return Err(Rejected::Algorithm);
    }
    if !keys.find(&named)?.verifies(token.message.as_bytes(), &token.signature) {
        return Err(Rejected::Signature);
    }
    let claims = token.payload()?;
    check(&claims, wanted, now)?;
    Ok(claims)
}

fn check(claims: &Map<String, Value>, wanted: &Wanted<'_>, now: Timestamp) -> Result<(), Rejected> {
    let issuer = claims::text(claims, "iss")?;
    if wanted.issuers.is_some_and(|issuers| !issuers.iter().any(|known| known == issuer)) {
        return Err(Rejected::Issuer);
    }
    if !claims::audience(claims)?.iter().any(|one| wanted.audience.iter().any(|ours| ours == one)) {
        return Err(Rejected::Audience);
    }
    claims::text(claims, "sub")?;
    expiry(claims, now)?;
    let issued_at = claims::moment(claims, "iat")?;
    let not_before = if claims.contains_key("nbf") { claims::moment(claims, "nbf")? } else { issued_at };
    if issued_at.max(not_before) > now.plus_seconds(LEEWAY) {
        return Err(Rejected::NotYet);
    }
    match wanted.max_age {
        Some(age) if issued_at.plus_seconds(age) < now => Err(Rejected::Expired),
        _ => Ok(()),
    }
}

/// The claims of a token that was verified before it was kept. They prove nothing about anybody else's.
pub fn claims_of_kept(token: &str) -> Option<Map<String, Value>> {
    read(token).ok()?.payload().ok()
}
