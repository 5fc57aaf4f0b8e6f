//! Keys of every algorithm: the one place that knows which crate does what.

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use josekit::jws::{JwsSigner, JwsVerifier};
use openssl::pkey::{Private, Public};
use zeroize::Zeroizing;

use super::jwk::{JwkError, Members};
use super::{Algorithm, KeyKind, ec, from_base64url, okp, rsa};
use crate::base::{Error, Random, Result};

/// What the keys of an algorithm are.
#[derive(Clone, Copy)]
pub enum Family {
    Ed25519,
    Ec(ec::Curve),
    Rsa(rsa::Scheme),
}

/// A private key, overwritten when it is dropped.
pub enum PrivateKey {
    Ed25519(SigningKey),
    Ec(ec::PrivateKey),
    Rsa(rsa::PrivateKey),
}

/// A public key.
#[derive(Clone)]
pub enum PublicKey {
    Ed25519(VerifyingKey),
    Ec(ec::PublicKey),
    Rsa(rsa::PublicKey),
}

/// A private key that is ready to sign.
pub enum SigningEngine {
    Ed25519(Box<SigningKey>),
    Josekit(Box<dyn JwsSigner>),
    Rsa(rsa::Engine<Private>),
}

/// A public key that is ready to verify.
pub enum VerifyingEngine {
    Ed25519(VerifyingKey),
    Josekit(Box<dyn JwsVerifier>),
    Rsa(rsa::Engine<Public>),
}

impl PrivateKey {
    pub fn generate(kind: KeyKind, random: &Random) -> Result<Self> {
        match kind.algorithm.family() {
            Family::Ed25519 => Ok(Self::Ed25519(okp::generate(random))),
            Family::Ec(curve) => ec::PrivateKey::generate(curve, random).map(Self::Ec),
            Family::Rsa(scheme) => rsa::PrivateKey::generate(scheme, kind.modulus_length).map(Self::Rsa),
        }
    }

    pub fn read(algorithm: Algorithm, members: &Members<'_>) -> Result<Self, JwkError> {
        match algorithm.family() {
            Family::Ed25519 => okp::private(members).map(Self::Ed25519),
            Family::Ec(curve) => ec::PrivateKey::read(curve, members).map(Self::Ec),
            Family::Rsa(scheme) => rsa::PrivateKey::read(scheme, members).map(Self::Rsa),
        }
    }

    pub fn json(&self) -> Zeroizing<String> {
        match self {
            Self::Ed25519(key) => okp::private_json(key),
            Self::Ec(key) => key.json(),
            Self::Rsa(key) => key.json(),
        }
    }

    /// Whether the primes of an RSA key are prime; other keys have none to test.
    pub fn has_primes(&self) -> bool {
        match self {
            Self::Rsa(key) => key.has_primes(),
            Self::Ed25519(_) | Self::Ec(_) => true,
        }
    }

    pub fn public(&self) -> PublicKey {
        match self {
            Self::Ed25519(key) => PublicKey::Ed25519(key.verifying_key()),
            Self::Ec(key) => PublicKey::Ec(key.public().clone()),
            Self::Rsa(key) => PublicKey::Rsa(key.public().clone()),
        }
    }

    pub fn engine(&self) -> Result<SigningEngine> {
        match self {
            Self::Ed25519(key) => Ok(SigningEngine::Ed25519(Box::new(key.clone()))),
            Self::Ec(key) => key.signer().map(SigningEngine::Josekit),
            Self::Rsa(key) => key.engine().map(SigningEngine::Rsa),
        }
    }
}

impl PublicKey {
    pub fn read(algorithm: Algorithm, members: &Members<'_>) -> Result<Self, JwkError> {
        match algorithm.family() {
            Family::Ed25519 => okp::public(members).map(Self::Ed25519),
            Family::Ec(curve) => ec::PublicKey::read(curve, members).map(Self::Ec),
            Family::Rsa(scheme) => rsa::PublicKey::read(scheme, members).map(Self::Rsa),
        }
    }

    pub fn json(&self) -> String {
        match self {
            Self::Ed25519(key) => okp::public_json(key),
            Self::Ec(key) => key.json(),
            Self::Rsa(key) => key.json(),
        }
    }

    pub fn engine(&self) -> Result<VerifyingEngine> {
        match self {
            Self::Ed25519(key) => Ok(VerifyingEngine::Ed25519(*key)),
            Self::Ec(key) => key.verifier().map(VerifyingEngine::Josekit),
            Self::Rsa(key) => key.engine().map(VerifyingEngine::Rsa),
        }
    }
}

impl SigningEngine {
    /// The signature in its JWS form.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Ed25519(key) => Ok(key.sign(message).to_vec()),
            Self::Josekit(signer) => signer.sign(message).map_err(Error::broken),
            Self::Rsa(engine) => engine.sign(message).map_err(Error::broken),
        }
    }
}

impl VerifyingEngine {
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => okp::verifies(key, message, signature),
            Self::Josekit(verifier) => verifier.verify(message, signature).is_ok(),
            Self::Rsa(engine) => engine.verifies(message, signature),
        }
    }
}

/// The bytes of a member of a JWK.
pub fn bytes(name: &'static str, member: Option<&str>) -> Result<Zeroizing<Vec<u8>>, JwkError> {
    member.and_then(from_base64url).map(Zeroizing::new).ok_or(JwkError::Member(name))
}

/// The bytes of a member of a JWK, exactly as many as they must be.
pub fn exact<const N: usize>(name: &'static str, member: Option<&str>) -> Result<Zeroizing<[u8; N]>, JwkError> {
    let exact = <[u8; N]>::try_from(bytes(name, member)?.as_slice());
    exact.map(Zeroizing::new).map_err(|_| JwkError::Member(name))
}
