//! HS256 with a secret that a backend shares (RFC 7518 §3.2): for verifiers that know no public keys.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::compact::Compact;
use super::{Claims, Expected, Rejected, base64url};
use crate::base::{Error, Result, Timestamp};

/// The name in headers and settings.
pub const HS256: &str = "HS256";
/// The bytes that a secret has at least: as many as a tag (RFC 7518 §3.2).
pub const SHORTEST_SECRET: usize = 32;
/// What a secret's `kid` is the tag of.
const KID_OF: &str = "kid";
/// The bytes of the tag that a `kid` shows.
const KID_BYTES: usize = 8;

/// The secret that signs, and the one before it, whose tokens still verify. Neither is ever published.
#[derive(Clone)]
pub struct SharedKeys {
    current: SharedKey,
    previous: Option<SharedKey>,
}

#[derive(Clone)]
struct SharedKey {
    hmac: Hmac<Sha256>,
    kid: String,
}

impl SharedKeys {
    /// Keys of secrets whose length was judged already.
    pub fn new(current: &SecretString, previous: Option<&SecretString>) -> Self {
        Self { current: SharedKey::new(current), previous: previous.map(SharedKey::new) }
    }

    /// Which of two secrets signed a token: the first 8 bytes of HMAC-SHA256(secret, `"kid"`) in base64url. It tells no
    /// more of the secret than any token does.
    pub fn kid(&self) -> &str {
        &self.current.kid
    }

    /// A token in compact form with the header `{"alg","kid"}`, and `typ`, if it is given, in front.
    pub fn sign(&self, payload: &Map<String, Value>, typ: Option<&str>) -> Result<String> {
        let kid = &self.current.kid;
        let header = match typ {
            Some(typ) => json!({ "typ": typ, "alg": HS256, "kid": kid }),
            None => json!({ "alg": HS256, "kid": kid }),
        };
        let payload = base64url(serde_json::to_vec(payload).map_err(Error::broken)?);
        let message = format!("{}.{payload}", base64url(header.to_string()));
        let tag = base64url(self.current.tag(&message));
        Ok(format!("{message}.{tag}"))
    }

    /// Verifies a token of one of the secrets, and checks its claims, as [`super::verify()`] does for public keys.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub fn verify(&self, token: &str, expected: &Expected, now: Timestamp) -> Result<Claims, Rejected> {
        let token = Compact::read(token)?;
        token.expect_type(expected.typ.as_deref())?;
        let kid = token.kid()?;
        let mut keys = [Some(&self.current), self.previous.as_ref()].into_iter().flatten();
        let key = keys.find(|key| key.kid == kid).ok_or(Rejected::UnknownKey)?;
        if token.algorithm()? != HS256 {
            return Err(Rejected::Algorithm);
        }
        if !bool::from(key.tag(token.message).as_slice().ct_eq(&token.signature)) {
            return Err(Rejected::Signature);
        }
        Claims::check(token.payload()?, expected, now)
    }
}

impl SharedKey {
    fn new(secret: &SecretString) -> Self {
        let hmac = Hmac::new_from_slice(secret.expose_secret().as_bytes()).expect("HMAC takes a key of any length");
        let mut key = Self { hmac, kid: String::new() };
        key.kid = base64url(&key.tag(KID_OF)[..KID_BYTES]);
        key
    }

    fn tag(&self, message: &str) -> [u8; 32] {
        self.hmac.clone().chain_update(message).finalize().into_bytes().into()
    }
}

impl fmt::Debug for SharedKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SharedKeys").field("kid", &self.current.kid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::jose::{Algorithm, PrivateJwk, Signer};

    const NOW: i64 = 1_795_173_988;

    fn keys(secret: &str, previous: Option<&str>) -> SharedKeys {
        SharedKeys::new(&secret.into(), previous.map(Into::into).as_ref())
    }

    fn expected() -> Expected {
        Expected::new("https://auth.example.com", vec!["tasks".to_owned()])
    }

    fn claims() -> Map<String, Value> {
        let claims =
            json!({ "iat": NOW, "sub": "u1", "exp": NOW + 900, "iss": "https://auth.example.com", "aud": "tasks" });
        claims.as_object().expect("an object").clone()
    }

    fn now() -> Timestamp {
        Timestamp::from_seconds(NOW)
    }

    #[test]
    fn a_token_verifies_with_the_secret_of_today_and_with_the_one_before() {
        let [old, new] = ["old-secret-of-thirty-two-characters", "new-secret-of-thirty-two-characters"];
        let token = keys(old, None).sign(&claims(), None).expect("it signs");
        assert_eq!(keys(new, Some(old)).verify(&token, &expected(), now()).expect("it verifies").subject, "u1");
        assert_eq!(keys(new, None).verify(&token, &expected(), now()), Err(Rejected::UnknownKey));
        assert_ne!(keys(new, Some(old)).kid(), keys(old, None).kid());
    }

    #[test]
    fn t54_neither_an_unsigned_nor_an_altered_token_passes_nor_one_of_another_algorithm() {
        let keys = keys("a-secret-of-at-least-thirty-two-chars", None);
        let token = keys.sign(&claims(), None).expect("it signs");
        let (message, tag) = token.rsplit_once('.').expect("three parts");
        let (_, payload) = message.split_once('.').expect("two parts");
        for alg in ["none", "None", "HS512", "hs256", "EdDSA"] {
            let header = base64url(json!({ "alg": alg, "kid": keys.kid() }).to_string());
            let message = format!("{header}.{payload}");
            let signed = base64url(keys.current.tag(&message));
            for signature in [signed.as_str(), tag] {
                let verdict = keys.verify(&format!("{message}.{signature}"), &expected(), now());
                assert_eq!(verdict, Err(Rejected::Algorithm), "{alg}");
            }
        }
        let other = super::base64url([0; 32]);
        assert_eq!(keys.verify(&format!("{message}.{other}"), &expected(), now()), Err(Rejected::Signature));
    }

    #[test]
    fn t55_a_token_of_a_private_key_is_not_taken_for_one_of_the_secret() {
        let keys = keys("a-secret-of-at-least-thirty-two-chars", None);
        let random = crate::base::Random::seeded(1);
        let private = PrivateJwk::generate(Algorithm::EdDSA.into(), &random).expect("a key");
        let token = Signer::new(&private, keys.kid()).expect("a signer").sign(&claims(), None).expect("it signs");
        assert_eq!(keys.verify(&token, &expected(), now()), Err(Rejected::Algorithm));
    }

    #[test]
    fn a_typed_token_is_taken_for_its_type_alone() {
        let keys = keys("a-secret-of-at-least-thirty-two-chars", None);
        let token = keys.sign(&claims(), Some("at+jwt")).expect("it signs");
        assert_eq!(keys.verify(&token, &expected(), now()), Err(Rejected::Type));
        assert!(keys.verify(&token, &Expected { typ: Some("at+jwt".into()), ..expected() }, now()).is_ok());
    }

    #[test]
    fn no_secret_shows_in_debug() {
        let shown = format!("{:?}", keys("a-secret-of-at-least-thirty-two-chars", None));
        assert!(shown.starts_with("SharedKeys { kid: \"") && !shown.contains("a-secret"), "{shown}");
    }
}
