//! Bearer tokens of which nothing but the SHA-256 is kept.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::hex;

/// The SHA-256 of a token. The token is long and random, so its digest needs neither salt nor work.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// Reads 64 hexadecimal digits, as `sha256sum` prints them.
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text)?.try_into().ok().map(Self)
    }

    /// Whether this is the digest of a token. Takes as long for every token of a length.
    pub fn is_of(&self, token: &str) -> bool {
        self.is(&Self::of(token))
    }

    /// Whether two are the same, in a time that tells nothing of either.
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// A name for logs: the first 8 of the 64 digits.
    pub fn name(&self) -> String {
        hex::encode(&self.0[..4])
    }
}

/// The token that follows on another: of it and of a random number, which one keeps. Whoever shows the earlier one once
/// more can be given the same again, and neither of the two alone leads to it.
pub fn successor(token: &str, nonce: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes a key of any length");
    URL_SAFE_NO_PAD.encode(mac.chain_update(nonce).finalize().into_bytes())
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("TokenDigest").field(&self.name()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_follows_from_both_and_has_256_bits() {
        let next = successor("token", "nonce");
        assert_eq!((next.len(), &next), (43, &successor("token", "nonce")));
        assert!(next != successor("token", "other") && next != successor("other", "nonce"));
    }

    #[test]
    fn a_token_fits_its_own_digest_alone_and_nothing_shows_it() {
        let digest = TokenDigest::from_hex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD").unwrap();
        assert_eq!(digest, TokenDigest::of("abc"));
        assert!(digest.is_of("abc"));
        assert!(!digest.is_of("abd") && !digest.is_of(""));
        assert_eq!((digest.name().as_str(), format!("{digest:?}").as_str()), ("ba7816bf", "TokenDigest(\"ba7816bf\")"));
        for text in ["", "ba78", &"g".repeat(64), &"a".repeat(66)] {
            assert_eq!(TokenDigest::from_hex(text), None, "{text}");
        }
    }
}
