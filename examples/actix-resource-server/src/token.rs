//! What makes a token one of ours, and one for us.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::keys::{KeySet, Unavailable};

// region verify
/// No token of ours is longer: what is sent is bounded before it is read.
const LONGEST: usize = 16 * 1024;
/// Nor does one live longer, in seconds: no less than the `expiration_time` of the tokens.
const LONGEST_LIFE: i64 = 24 * 3600;
/// How far two clocks may be apart, in seconds.
const LEEWAY: i64 = 5;

/// A header that says more than ours do (`jwk`, `jku`, `x5u`, `crit`, `b64`) is refused by that alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: Option<String>,
}

/// What has to be there, in these types: an `exp` that is missing, a text or beyond an `i64` is a failure to read it, and
/// so is a claim that comes twice.
#[derive(Deserialize)]
pub struct Claims {
    pub sub: String,
    iss: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    #[serde(default, deserialize_with = "present")]
    nbf: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

pub enum Refused {
    Invalid,
    /// There are no keys to verify with.
    Unavailable,
}

pub struct Verifier {
    pub keys: KeySet,
    pub issuer: String,
    pub audience: String,
}

impl Verifier {
    pub async fn verify(&self, token: &str) -> Result<Claims, Refused> {
        let (message, signature) = token.rsplit_once('.').ok_or(Refused::Invalid)?;
        let (header, payload) = message.split_once('.').ok_or(Refused::Invalid)?;
        if token.len() > LONGEST {
            return Err(Refused::Invalid);
        }
        let header: Header = read(header)?;
        if header.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("jwt")) {
            return Err(Refused::Invalid);
        }
        let key = self.keys.find(&header.kid).await.map_err(|Unavailable| Refused::Unavailable)?;
        let key = key.ok_or(Refused::Invalid)?;
        let signature = bytes(signature)?;
        // The key says which algorithm; the header has to agree.
        if header.alg != key.algorithm() || !key.has_signed(message.as_bytes(), &signature) {
            return Err(Refused::Invalid);
        }
        let claims: Claims = read(payload)?;
        if self.allows(&claims) { Ok(claims) } else { Err(Refused::Invalid) }
    }

    fn allows(&self, claims: &Claims) -> bool {
        let now = now();
        let is_for_us = match &claims.aud {
            Audience::One(one) => *one == self.audience,
            Audience::Several(several) => several.contains(&self.audience),
        };
        let begins = claims.nbf.map_or(claims.iat, |nbf| nbf.max(claims.iat));
        let lives = claims.exp.checked_sub(claims.iat).is_some_and(|life| (1..=LONGEST_LIFE).contains(&life));
        let is_its_time = begins <= now + LEEWAY && now - LEEWAY < claims.exp;
        is_for_us && claims.iss == self.issuer && lives && is_its_time && !claims.sub.is_empty()
    }
}
// endregion

fn bytes(part: &str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refused::Invalid)
}

fn read<T: DeserializeOwned>(part: &str) -> Result<T, Refused> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| Refused::Invalid)
}

/// A claim may be absent, but where it is there it is no `null`.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    i64::deserialize(value).map(Some)
}

#[expect(clippy::disallowed_methods, reason = "an example, whose tests run it with the real time")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
