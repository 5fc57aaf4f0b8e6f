//! Digests that are no secrets.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::hex;

/// The whole SHA-256 of these bytes.
pub fn bytes(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A number for this name: the first 64 bits of its SHA-256.
pub fn number(name: &str) -> i64 {
    let digest = Sha256::digest(name);
    i64::from_be_bytes(std::array::from_fn(|place| digest[place]))
}

/// A uuid for this name (RFC 9562 §5.8): of the first 128 bits of its SHA-256.
pub fn uuid(name: &str) -> uuid::Uuid {
    let digest = Sha256::digest(name);
    uuid::Builder::from_custom_bytes(std::array::from_fn(|place| digest[place])).into_uuid()
}

/// The whole SHA-256 of a text, in 43 letters of base64url: also the S256 challenge of a PKCE verifier (RFC 7636 §4.2).
pub fn base64url(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// A short name for these bytes and no others: 22 letters of base64url, 128 bits of their SHA-256.
pub fn fingerprint(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(bytes)[..16])
}

/// A short name for a text, as many may be kept of: 16 letters of base64url, 96 bits of its SHA-256.
pub fn brief(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..12])
}

/// How a page's policy names a style that stands in it (Content Security Policy, hash-source).
pub fn integrity(bytes: &[u8]) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(bytes)))
}

/// The SHA-256 of a text in hexadecimal digits.
pub fn hexadecimal(text: &str) -> String {
    hex::encode(&Sha256::digest(text))
}
