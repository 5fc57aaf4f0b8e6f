//! JSON Web Keys (RFC 7517), with their members in the order in which Better Auth stores them.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::key::{PrivateKey, PublicKey};
use super::{Algorithm, KeyKind, base64url};
use crate::base::{Random, Result};

/// A private key. Overwritten when it is dropped, never shown by `Debug`.
pub struct PrivateJwk {
    pub(super) key: PrivateKey,
    public: PublicJwk,
}

/// A public key. Nothing but the public members of a JWK is kept, so nothing else can be published.
#[derive(Clone)]
pub struct PublicJwk {
    algorithm: Algorithm,
    pub(super) key: PublicKey,
    json: String,
}

/// Why a text is not the JWK that it should be. Holds no part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    #[error("it is not a JWK: a JSON object with text members")]
    NoJwk,
    #[error("its kty, crv, alg or use is not that of a key for {0} signatures")]
    Other(Algorithm),
    #[error("its member {0} is absent, or not canonical base64url of the right length")]
    Member(&'static str),
    #[error("its public part is no point of the curve that can be used")]
    NoPoint,
    #[error("its modulus is even or has less than 2048 bits, or its exponent is not an odd number above 1")]
    Weak,
    #[error("its public part does not belong to its private part")]
    Unrelated,
}

/// The members that matter, borrowed from the text, so that no copy of a private one is left behind. None may come twice.
#[derive(Deserialize)]
pub(super) struct Members<'a> {
    kty: &'a str,
    crv: Option<&'a str>,
    alg: Option<&'a str>,
    #[serde(rename = "use")]
    purpose: Option<&'a str>,
    pub x: Option<&'a str>,
    pub y: Option<&'a str>,
    pub n: Option<&'a str>,
    pub e: Option<&'a str>,
    pub d: Option<&'a str>,
    pub p: Option<&'a str>,
    pub q: Option<&'a str>,
    pub dp: Option<&'a str>,
    pub dq: Option<&'a str>,
    pub qi: Option<&'a str>,
}

impl<'a> Members<'a> {
    fn read(text: &'a str) -> Result<Self, JwkError> {
        serde_json::from_str(text).map_err(|_| JwkError::NoJwk)
    }

    /// The members, if they are those of a key for signatures of an algorithm.
    fn expect(self, algorithm: Algorithm) -> Result<Self, JwkError> {
        if self.fit(algorithm) { Ok(self) } else { Err(JwkError::Other(algorithm)) }
    }

    fn fit(&self, algorithm: Algorithm) -> bool {
        self.kty == algorithm.key_type()
            && self.crv == algorithm.curve()
            && self.alg.is_none_or(|alg| alg == algorithm.as_str())
            && self.purpose.is_none_or(|purpose| purpose == "sig")
    }
}

impl PrivateJwk {
    /// A fresh key. An RSA key comes from OpenSSL's own chance, and takes from a tenth of a second (2048 bits) to minutes
    /// (8192 bits): not to be waited for where requests are answered.
    pub fn generate(kind: KeyKind, random: &Random) -> Result<Self> {
        PrivateKey::generate(kind, random).map(|key| Self::new(kind.algorithm, key))
    }

    /// Reads a private JWK whose public part belongs to it.
    pub fn parse(text: &str, algorithm: Algorithm) -> Result<Self, JwkError> {
        let members = Members::read(text)?.expect(algorithm)?;
        PrivateKey::read(algorithm, &members).map(|key| Self::new(algorithm, key))
    }

    fn new(algorithm: Algorithm, key: PrivateKey) -> Self {
        Self { public: PublicJwk::new(algorithm, key.public()), key }
    }

    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    pub(super) fn has_primes(&self) -> bool {
        self.key.has_primes()
    }

    /// The public half.
    pub fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// The text for the `publicKey` column: `{"crv","x","kty"}`, `{"kty","x","y","crv"}` or `{"kty","n","e"}`.
    pub fn public_json(&self) -> String {
        self.public.json().to_owned()
    }

    /// The SHA-256 thumbprint of its public half (RFC 7638), in base64url.
    pub fn thumbprint(&self) -> String {
        let public: Map<String, Value> = serde_json::from_str(self.public.json()).expect("written as a JSON object");
        thumbprint(&public).expect("written with all its members")
    }

    /// The text to seal for the `privateKey` column: the same with the private members as Better Auth places them.
    pub fn private_json(&self) -> Zeroizing<String> {
        self.key.json()
    }

    /// The private JWK with its `kid` and `alg`, as other programs take it.
    pub fn named_json(&self, kid: &str) -> Zeroizing<String> {
        let (own, kid) = (self.private_json(), Value::from(kid));
        let own = own.strip_prefix('{').expect("an object");
        Zeroizing::new(format!(r#"{{"kid":{kid},"alg":"{}",{own}"#, self.algorithm()))
    }
}

impl PublicJwk {
    /// Reads a public JWK; members that are not public are left behind.
    pub fn parse(text: &str, algorithm: Algorithm) -> Result<Self, JwkError> {
        let members = Members::read(text)?.expect(algorithm)?;
        PublicKey::read(algorithm, &members).map(|key| Self::new(algorithm, key))
    }

    /// The algorithm that a stored JWK can be for: rows of older releases have no `alg`. An RSA key can be for two; it is
    /// taken for the configured one, or else for RS256.
    pub fn algorithm_of(text: &str, configured: Algorithm) -> Option<Algorithm> {
        let members = Members::read(text).ok()?;
        [configured].into_iter().chain(Algorithm::ALL).find(|algorithm| members.fit(*algorithm))
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its text in Better Auth's order.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Its entry in a JWKS: `alg`, `crv` if it has one, the other members in their stored order, `kid`.
    pub fn entry(&self, kid: &str) -> Map<String, Value> {
        let own: Map<String, Value> = serde_json::from_str(&self.json).expect("written as a JSON object");
        let mut entry = Map::new();
        entry.insert("alg".to_owned(), self.algorithm.as_str().into());
        entry.extend(self.algorithm.curve().map(|curve| ("crv".to_owned(), curve.into())));
        entry.extend(own.into_iter().filter(|(name, _)| name != "crv"));
        entry.insert("kid".to_owned(), kid.into());
        entry
    }

    fn new(algorithm: Algorithm, key: PublicKey) -> Self {
        Self { algorithm, json: key.json(), key }
    }
}

/// The SHA-256 thumbprint of any JWK (RFC 7638): of its required members in alphabetical order, in base64url.
pub fn thumbprint(jwk: &Map<String, Value>) -> Option<String> {
    let required: &[&str] = match jwk.get("kty")?.as_str()? {
        "OKP" => &["crv", "kty", "x"],
        "EC" => &["crv", "kty", "x", "y"],
        "RSA" => &["e", "kty", "n"],
        "oct" => &["k", "kty"],
        _ => return None,
    };
    let member = |name: &&str| Some((String::from(*name), Value::from(jwk.get(*name)?.as_str()?)));
    let members: Map<String, Value> = required.iter().map(member).collect::<Option<_>>()?;
    Some(base64url(Sha256::digest(Value::Object(members).to_string())))
}

impl fmt::Debug for PrivateJwk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PrivateJwk").field("public", &self.public).finish_non_exhaustive()
    }
}

impl fmt::Debug for PublicJwk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("PublicJwk").field(&self.json).finish()
    }
}
