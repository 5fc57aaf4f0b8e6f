//! Encryption at rest in Better Auth's format: XChaCha20-Poly1305 in hexadecimal, with the version of the secret in front.
//!
//! The key is the SHA-256 of the secret. A sealed text is `hex(nonce ‖ ciphertext ‖ tag)`; where secrets have versions it
//! is `$ba$<version>$<hex>`.

use std::fmt;

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Secrets, hex};
use crate::base::Random;

const PURPOSE_SALT: &[u8] = b"better-auth:oauth-encryption:v1";
const ENVELOPE: &str = "$ba$";
const NONCE_LENGTH: usize = 24;

/// Seals texts with the current secret and opens what any secret has sealed, each by its version.
#[derive(Clone)]
pub struct Sealer {
    /// The current version first.
    versions: Vec<(u32, XChaCha20Poly1305)>,
    /// For texts that name no version.
    legacy: Option<XChaCha20Poly1305>,
}

/// Why a sealed text cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("it is sealed with version {0} of the secret, which is not among `secrets`")]
    MissingVersion(u32),
    #[error("it was sealed before secrets had versions: give that secret as `secret` beside `secrets`")]
    MissingLegacy,
    #[error("version {0} of the secret does not fit: it was changed, or the text was altered")]
    WrongVersion(u32),
    #[error("the secret does not fit: it was changed, or the text was altered")]
    Wrong,
    #[error("it is not a sealed text")]
    Malformed,
}

impl Sealer {
    /// A sealer that knows all the secrets.
    pub fn new(secrets: &Secrets) -> Self {
        Self {
            versions: secrets.versions().iter().map(|(version, secret)| (*version, cipher(secret))).collect(),
            legacy: secrets.legacy().map(cipher),
        }
    }

    /// A sealer for one purpose of OAuth alone: a text that was sealed for another one is not opened. Its secrets are
    /// derived from the deployment's (RFC 5869), each under its version.
    pub fn for_purpose(secrets: &Secrets, purpose: &str) -> Self {
        let derived = |secret: &SecretString| cipher(&purpose_key(secret, purpose));
        Self {
            versions: secrets.versions().iter().map(|(version, secret)| (*version, derived(secret))).collect(),
            legacy: secrets.legacy().map(derived),
        }
    }

    /// Seals a text with the current secret.
    pub fn seal(&self, random: &Random, plaintext: &str) -> String {
        let nonce = random.bytes();
        match (self.versions.first(), &self.legacy) {
            (Some((version, cipher)), _) => format!("{ENVELOPE}{version}${}", sealed(cipher, nonce, plaintext)),
            (None, Some(cipher)) => sealed(cipher, nonce, plaintext),
            (None, None) => unreachable!("Secrets hold at least one"),
        }
    }

    /// Opens a sealed text with the secret that it asks for: the version that it names, the legacy secret without one.
    pub fn open(&self, text: &str) -> Result<Zeroizing<String>, SealError> {
        // Without `secrets` an envelope is opened by nothing, and says which version is missing.
        let (cipher, sealed, unfit) = match envelope(text) {
            Some((version, sealed)) => {
                let known = self.versions.iter().find(|(known, _)| *known == version);
                let (_, cipher) = known.ok_or(SealError::MissingVersion(version))?;
                (cipher, sealed, SealError::WrongVersion(version))
            }
            None => (self.legacy.as_ref().ok_or(SealError::MissingLegacy)?, text, SealError::Wrong),
        };
        opened(cipher, sealed, unfit)
    }

    /// The text of a `privateKey` column of Better Auth's `jwks` table: the sealed JWK as a JSON string.
    pub fn seal_private_key(&self, random: &Random, jwk: &str) -> String {
        // The envelope and hexadecimal digits need no escape.
        format!("\"{}\"", self.seal(random, jwk))
    }

    /// Whether a `privateKey` column is encrypted at all.
    pub fn is_sealed(column: &str) -> bool {
        !column.trim_start().starts_with('{')
    }

    /// Whether a `privateKey` column is encrypted with the current secret, as far as its envelope says. Without versions
    /// there is one secret.
    pub fn is_current(&self, column: &str) -> bool {
        let Ok(sealed) = serde_json::from_str::<String>(column) else { return false };
        envelope(&sealed).map(|(version, _)| version) == self.versions.first().map(|(version, _)| *version)
    }

    /// The JWK of a `privateKey` column: a JSON string of the sealed JWK, or, where `disablePrivateKeyEncryption` was on,
    /// the JWK itself. Which of the two is seen row by row.
    pub fn open_private_key(&self, column: &str) -> Result<Zeroizing<String>, SealError> {
        if !Self::is_sealed(column) {
            return Ok(Zeroizing::new(column.to_owned()));
        }
        let sealed: String = serde_json::from_str(column).map_err(|_| SealError::Malformed)?;
        self.open(&sealed)
    }
}

/// Better Auth's key for a purpose: the 64 hexadecimal digits themselves are what a secret would be.
fn purpose_key(secret: &SecretString, purpose: &str) -> SecretString {
    let keyed = |key: &[u8]| Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    let extracted = keyed(PURPOSE_SALT).chain_update(secret.expose_secret()).finalize().into_bytes();
    let info = format!("better-auth:{purpose}:v1");
    // One block is all that 32 bytes take.
    let expanded = keyed(&extracted).chain_update(info).chain_update([1]).finalize().into_bytes();
    hex::encode(&expanded).into()
}

fn cipher(secret: &SecretString) -> XChaCha20Poly1305 {
    let mut key = Sha256::digest(secret.expose_secret());
    let cipher = <XChaCha20Poly1305 as chacha20poly1305::KeyInit>::new(&key);
    zeroize::Zeroize::zeroize(key.as_mut_slice());
    cipher
}

/// Splits `$ba$<version>$<sealed>`. The version is read as JavaScript's `parseInt` reads it: digits, then whatever.
fn envelope(text: &str) -> Option<(u32, &str)> {
    let (version, sealed) = text.strip_prefix(ENVELOPE)?.split_once('$')?;
    let digits = version.len() - version.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    Some((version[..digits].parse().ok()?, sealed))
}

fn sealed(cipher: &XChaCha20Poly1305, nonce: [u8; NONCE_LENGTH], plaintext: &str) -> String {
    let sealed = cipher.encrypt(&XNonce::from(nonce), plaintext.as_bytes()).expect("a text in memory is not too long");
    hex::encode(&nonce) + &hex::encode(&sealed)
}

fn opened(cipher: &XChaCha20Poly1305, text: &str, unfit: SealError) -> Result<Zeroizing<String>, SealError> {
    let bytes = hex::decode(text).ok_or(SealError::Malformed)?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>().ok_or(SealError::Malformed)?;
    let plaintext = cipher.decrypt(&XNonce::from(*nonce), sealed).map_err(|_| unfit)?;
    let text = String::from_utf8(plaintext).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        SealError::Malformed
    })?;
    Ok(Zeroizing::new(text))
}

impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<u32> = self.versions.iter().map(|(version, _)| *version).collect();
        formatter
            .debug_struct("Sealer")
            .field("versions", &versions)
            .field("legacy", &self.legacy.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../tests/vectors/symmetric-encryption.json")).unwrap()
    }

    fn text<'a>(value: &'a Value, name: &str) -> &'a str {
        value[name].as_str().unwrap()
    }

    fn sealer(versions: &[(u32, &str)], legacy: Option<&str>) -> Sealer {
        let versions = versions.iter().map(|(version, secret)| (*version, (*secret).into())).collect();
        Sealer::new(&Secrets::new(versions, legacy.map(Into::into)).unwrap())
    }

    fn plain(vectors: &Value) -> Sealer {
        sealer(&[], Some(text(vectors, "secret")))
    }

    fn versioned(vectors: &Value, legacy: bool) -> Sealer {
        let vectors = &vectors["versioned"];
        let keys = [(2, text(&vectors["keys"], "2")), (1, text(&vectors["keys"], "1"))];
        sealer(&keys, legacy.then(|| text(vectors, "legacy_secret")))
    }

    #[test]
    fn better_auths_texts_are_opened() {
        let vectors = vectors();
        for case in vectors["bare_hex"].as_array().unwrap() {
            let opened = plain(&vectors).open(text(case, "ciphertext")).unwrap();
            assert_eq!(opened.as_str(), text(case, "plaintext"));
        }
        for case in vectors["versioned"]["cases"].as_array().unwrap() {
            let opened = versioned(&vectors, true).open(text(case, "ciphertext")).unwrap();
            assert_eq!(opened.as_str(), text(case, "plaintext"));
        }
    }

    #[test]
    fn the_same_nonce_gives_better_auths_text() {
        let vectors = vectors();
        let cipher = cipher(&text(&vectors, "secret").into());
        for case in vectors["fixed_nonce"].as_array().unwrap() {
            let nonce = hex::decode(text(case, "nonce_hex")).unwrap().try_into().unwrap();
            assert_eq!(sealed(&cipher, nonce, text(case, "plaintext")), text(case, "ciphertext"));
        }
    }

    #[test]
    fn a_text_is_sealed_with_the_current_version_and_never_twice_alike() {
        let (random, vectors) = (Random::seeded(1), vectors());
        let bare = plain(&vectors).seal(&random, "hello");
        assert_eq!(bare.len(), 2 * (24 + 5 + 16));
        assert_ne!(plain(&vectors).seal(&random, "hello"), bare);
        let sealed = versioned(&vectors, true).seal(&random, "hello");
        assert!(sealed.starts_with("$ba$2$"));
        assert_eq!(versioned(&vectors, false).open(&sealed).unwrap().as_str(), "hello");
    }

    #[test]
    fn what_better_auth_cannot_open_is_an_error_that_says_what_is_missing() {
        let vectors = vectors();
        let secret = text(&vectors, "secret");
        let case = |start: &str| -> &str {
            let errors = vectors["errors"].as_array().unwrap();
            text(errors.iter().find(|case| text(case, "case").starts_with(start)).unwrap(), "data")
        };
        let first_only = sealer(&[(1, secret)], Some(secret));
        assert_eq!(sealer(&[], Some("other")).open(case("wrong secret")), Err(SealError::Wrong));
        assert_eq!(versioned(&vectors, false).open(case("bare hex")), Err(SealError::MissingLegacy));
        assert_eq!(first_only.open(case("unknown version")), Err(SealError::MissingVersion(2)));
        assert_eq!(plain(&vectors).open(case("envelope but only")), Err(SealError::MissingVersion(2)));
        assert_eq!(sealer(&[(2, secret)], None).open(case("unknown version")), Err(SealError::WrongVersion(2)));
        assert_eq!(plain(&vectors).open(case("uppercase hex")).unwrap().as_str(), "hello world");
        for malformed in ["odd length", "truncated", "no second dollar", "negative version"] {
            assert_eq!(plain(&vectors).open(case(malformed)), Err(SealError::Malformed), "{malformed}");
        }
        for lenient in ["leading zero", "'$ba$2junk$'"] {
            assert_eq!(versioned(&vectors, false).open(case(lenient)).unwrap().as_str(), "hello world", "{lenient}");
        }
    }

    #[test]
    fn better_auths_keys_for_a_purpose_are_derived_alike() {
        let vectors: Value = serde_json::from_str(include_str!("../../tests/vectors/purpose-keys.json")).unwrap();
        let secrets = Secrets::new(vec![], Some(text(&vectors, "secret").into())).unwrap();
        let (mut before, plain) = (None, Sealer::new(&secrets));
        for case in vectors["cases"].as_array().unwrap() {
            let sealer = Sealer::for_purpose(&secrets, text(case, "purpose"));
            let sealed = text(case, "ciphertext");
            assert_eq!(sealer.open(sealed).unwrap().as_str(), text(case, "plaintext"));
            assert_eq!(plain.open(sealed), Err(SealError::Wrong));
            assert_eq!(before.map_or(Err(SealError::Wrong), |other: Sealer| other.open(sealed)), Err(SealError::Wrong));
            before = Some(sealer);
        }
    }

    #[test]
    fn an_altered_text_is_refused_wherever_it_is_altered() {
        let vectors = vectors();
        let sealed = plain(&vectors).seal(&Random::seeded(1), "hello");
        for place in 0..sealed.len() {
            let other = if &sealed[place..=place] == "0" { "1" } else { "0" };
            let mut altered = sealed.clone();
            altered.replace_range(place..=place, other);
            assert_eq!(plain(&vectors).open(&altered), Err(SealError::Wrong), "{place}");
        }
    }

    #[test]
    fn a_private_key_column_is_a_json_string_or_the_plain_jwk() {
        let vectors = vectors();
        let (sealer, jwk) = (plain(&vectors), r#"{"crv":"Ed25519","d":"secret"}"#);
        let column = sealer.seal_private_key(&Random::seeded(1), jwk);
        assert!(column.starts_with('"') && column.ends_with('"'));
        assert_eq!(sealer.open_private_key(&column).unwrap().as_str(), jwk);
        assert_eq!(sealer.open_private_key(jwk).unwrap().as_str(), jwk);
        for column in ["", "null", "7c30", "[\"7c30\"]", "\"7c3"] {
            assert_eq!(sealer.open_private_key(column), Err(SealError::Malformed), "{column}");
        }
    }

    #[test]
    fn t67_neither_debug_nor_an_error_shows_a_secret_or_what_was_sealed() {
        let sealer = sealer(&[(3, "hush-hush")], Some("hush-legacy"));
        assert_eq!(format!("{sealer:?}"), "Sealer { versions: [3], legacy: true, .. }");
        let sealed = Sealer::new(&Secrets::new(vec![], Some("elsewhere".into())).unwrap());
        let error = sealer.open(&sealed.seal(&Random::seeded(1), "hush")).unwrap_err();
        assert_eq!(error.to_string(), "the secret does not fit: it was changed, or the text was altered");
    }
}
