//! JSON Web Keys, and signed JSON Web Tokens made and verified with them.
//!
//! [`key`] is the one place that knows the algorithms; an algorithm is added there and in [`Algorithm`].

mod claims;
mod compact;
mod ec;
pub mod foreign;
pub mod forge;
pub mod hs256;
pub mod import;
pub mod jwe;
pub mod jwk;
mod key;
mod okp;
mod rsa;
pub mod shared;
pub mod sign;
pub mod verify;

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use self::ec::Curve;
use self::key::Family;
use self::rsa::Scheme;

pub use claims::{Claims, Expected};
pub use compact::Rejected;
pub use hs256::Hs256;
pub use import::{ImportError, Imported};
pub use jwe::Jwe;
pub use jwk::{JwkError, PrivateJwk, PublicJwk, thumbprint};
pub use shared::SharedKeys;
pub use sign::Signer;
pub use verify::{Verifier, verify};

/// An algorithm that tokens are signed with. Its key has one algorithm for life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// Ed25519 (RFC 8037).
    EdDSA,
    /// ECDSA with P-256 and SHA-256 (RFC 7518 §3.4).
    ES256,
    /// ECDSA with P-521 and SHA-512.
    ES512,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
    RS256,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, and a salt of 32 bytes (RFC 7518 §3.5).
    PS256,
}

/// What a new key is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyKind {
    pub algorithm: Algorithm,
    /// The bits of an RSA key's modulus, at least 2048. Keys of other algorithms have none.
    pub modulus_length: u32,
}

/// The name of an algorithm that tokens are not signed with here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tokens can be signed with EdDSA, ES256, ES512, RS256 or PS256")]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 5] = [Self::EdDSA, Self::ES256, Self::ES512, Self::RS256, Self::PS256];

    /// Its name in a JWS header and in the `alg` column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EdDSA => "EdDSA",
            Self::ES256 => "ES256",
            Self::ES512 => "ES512",
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
        }
    }

    /// The curve of its keys: the `crv` of their JWKs and of their row. `None` for RSA.
    pub fn curve(self) -> Option<&'static str> {
        match self.family() {
            Family::Ed25519 => Some("Ed25519"),
            Family::Ec(curve) => Some(curve.name()),
            Family::Rsa(_) => None,
        }
    }

    /// Whether its keys are RSA keys, which are made in a length of choice.
    pub fn is_rsa(self) -> bool {
        matches!(self.family(), Family::Rsa(_))
    }

    /// The `kty` of its JWKs.
    fn key_type(self) -> &'static str {
        match self.family() {
            Family::Ed25519 => "OKP",
            Family::Ec(_) => "EC",
            Family::Rsa(_) => "RSA",
        }
    }

    fn family(self) -> Family {
        match self {
            Self::EdDSA => Family::Ed25519,
            Self::ES256 => Family::Ec(Curve::P256),
            Self::ES512 => Family::Ec(Curve::P521),
            Self::RS256 => Family::Rsa(Scheme::Pkcs1),
            Self::PS256 => Family::Rsa(Scheme::Pss),
        }
    }
}

impl From<Algorithm> for KeyKind {
    /// RSA keys of 2048 bits, as Better Auth makes them.
    fn from(algorithm: Algorithm) -> Self {
        Self { algorithm, modulus_length: 2048 }
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Reads the exact name.
    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name).ok_or(UnknownAlgorithm)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

pub(super) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes the one canonical spelling: without padding, white space, or bits that no byte uses.
pub(super) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests;
