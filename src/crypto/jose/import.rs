//! Private keys that were made elsewhere: a PEM text (PKCS#8 of RFC 5958, and OpenSSL's older forms) or a JWK.

use openssl::error::ErrorStack;
use openssl::pkey::{Id, PKey, Private};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::jwk::{JwkError, PrivateJwk, PublicJwk};
use super::{Algorithm, ec, okp, rsa};

/// A key as it was brought, and the name that its JWK gives it.
#[derive(Debug)]
pub struct Imported {
    pub jwk: PrivateJwk,
    pub kid: Option<String>,
}

/// Why a text is no key to sign with. Holds no part of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("it holds no private key: a PKCS#8 PEM or a private JWK is wanted")]
    NoKey,
    #[error("it is encrypted with a passphrase; decrypt it first: openssl pkcs8 -in FILE -out DECRYPTED")]
    Encrypted,
    #[error("tokens are signed with keys on Ed25519, P-256 or P-521, or with RSA keys, and it is none of these")]
    OtherKind,
    #[error("{0}")]
    Jwk(#[from] JwkError),
    #[error("its numbers p and q are not prime")]
    NotPrime,
}

#[derive(Deserialize)]
struct Named<'a> {
    kid: Option<&'a str>,
    alg: Option<&'a str>,
}

impl Imported {
    /// Reads a key. An RSA key that does not say its algorithm is taken for `configured`, or else for RS256.
    ///
    /// The primes of an RSA key are tested, which takes seconds for a long one: not to be waited for where requests are
    /// answered.
    pub fn read(text: &str, configured: Algorithm) -> Result<Self, ImportError> {
        let is_jwk = text.trim_start().starts_with('{');
        let kid = if is_jwk { named(text)? } else { None };
        let (text, bound) = if is_jwk { (Zeroizing::new(text.to_owned()), None) } else { jwk_of(text)? };
        let algorithm = bound.or_else(|| PublicJwk::algorithm_of(&text, configured)).ok_or(ImportError::OtherKind)?;
        let jwk = PrivateJwk::parse(&text, algorithm)?;
        if jwk.has_primes() { Ok(Self { jwk, kid }) } else { Err(ImportError::NotPrime) }
    }
}

/// The `kid` of a JWK, whose algorithm, if it says one, is one of ours.
fn named(jwk: &str) -> Result<Option<String>, ImportError> {
    let Named { kid, alg } = serde_json::from_str(jwk).map_err(|_| JwkError::NoJwk)?;
    match alg.map(str::parse::<Algorithm>) {
        Some(Err(_)) => Err(ImportError::OtherKind),
        _ => Ok(kid.map(str::to_owned)),
    }
}

/// The JWK of a PEM text, and the algorithm if the key is for one alone.
fn jwk_of(pem: &str) -> Result<(Zeroizing<String>, Option<Algorithm>), ImportError> {
    let mut asked = false;
    let key = PKey::private_key_from_pem_callback(pem.as_bytes(), |_| {
        asked = true;
        Ok(0)
    });
    match key {
        Ok(key) => text_of(&key).map_err(|_| ImportError::OtherKind)?.ok_or(ImportError::OtherKind),
        Err(_) if asked => Err(ImportError::Encrypted),
        Err(_) => Err(ImportError::NoKey),
    }
}

type Text = (Zeroizing<String>, Option<Algorithm>);

fn text_of(key: &PKey<Private>) -> Result<Option<Text>, ErrorStack> {
    Ok(match key.id() {
        Id::ED25519 => {
            okp::private_of(&Zeroizing::new(key.raw_private_key()?)).map(|key| (okp::private_json(&key), None))
        }
        Id::EC => ec::PrivateKey::of(&key.ec_key()?)?.map(|key| (key.json(), None)),
        Id::RSA => Some((rsa::PrivateKey::of(rsa::Scheme::Pkcs1, key.rsa()?)?.json(), None)),
        // A key that its maker has bound to PSS.
        Id::RSA_PSS => Some((rsa::PrivateKey::of(rsa::Scheme::Pss, key.rsa()?)?.json(), Some(Algorithm::PS256))),
        _ => None,
    })
}
