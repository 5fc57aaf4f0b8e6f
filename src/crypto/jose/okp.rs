//! Ed25519 keys as JWKs (RFC 8037 §2), through ed25519-dalek.

use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::jwk::{JwkError, Members};
use super::{base64url, key};
use crate::base::Random;

/// A fresh key.
pub fn generate(random: &Random) -> SigningKey {
    SigningKey::from_bytes(&Zeroizing::new(random.bytes()))
}

/// The private key of a JWK. Its public half must be the one that belongs to it: signing with another gives the private
/// half away (RUSTSEC-2022-0093).
pub fn private(members: &Members<'_>) -> Result<SigningKey, JwkError> {
    let key = SigningKey::from_bytes(&*key::exact("d", members.d)?);
    let public = public(members)?;
    if key.verifying_key() == public { Ok(key) } else { Err(JwkError::Unrelated) }
}

/// The key of 32 bytes that were made elsewhere.
pub fn private_of(bytes: &[u8]) -> Option<SigningKey> {
    SigningKey::try_from(bytes).ok()
}

/// The public key of a JWK: a canonically encoded point that is not of small order.
pub fn public(members: &Members<'_>) -> Result<VerifyingKey, JwkError> {
    let encoded = key::exact("x", members.x)?;
    let key = VerifyingKey::from_bytes(&encoded).map_err(|_| JwkError::NoPoint)?;
    let is_canonical = key.to_edwards().compress().to_bytes() == *encoded;
    if is_canonical && !key.is_weak() { Ok(key) } else { Err(JwkError::NoPoint) }
}

/// The public JWK, its members in Better Auth's order.
pub fn public_json(key: &VerifyingKey) -> String {
    format!(r#"{{"crv":"Ed25519","x":"{}","kty":"OKP"}}"#, base64url(key))
}

/// The private JWK, its members in Better Auth's order.
pub fn private_json(key: &SigningKey) -> Zeroizing<String> {
    let d = Zeroizing::new(base64url(key.as_bytes()));
    let x = base64url(key.verifying_key());
    Zeroizing::new(format!(r#"{{"crv":"Ed25519","d":"{}","x":"{x}","kty":"OKP"}}"#, *d))
}

/// Strict verification: what other implementations take differently is refused (RFC 8032 §8.4, small orders).
pub fn verifies(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    Signature::from_slice(signature).is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}
