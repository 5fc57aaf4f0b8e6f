//! Better Auth's internal tokens, HS256 with the secret itself as key: those in mails that verify an address.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::compact::Compact;
use super::{Rejected, base64url, claims};
use crate::base::{Error, Result, Timestamp};
use crate::crypto::Secrets;

const ALGORITHM: &str = "HS256";
const HEADER: &str = r#"{"alg":"HS256"}"#;

/// Signs with the current secret and verifies with any listed one. Never a way to verify the tokens of the key ring.
#[derive(Clone)]
pub struct Hs256 {
    /// One keyed HMAC-SHA256 a secret, the current one first.
    keys: Vec<Hmac<Sha256>>,
}

impl Hs256 {
    /// A signer and verifier that knows all the secrets.
    pub fn new(secrets: &Secrets) -> Self {
        let keyed = |secret: &[u8]| Hmac::new_from_slice(secret).expect("HMAC takes a key of any length");
        Self { keys: secrets.all().map(|secret| keyed(secret.expose_secret().as_bytes())).collect() }
    }

    /// A token with the header `{"alg":"HS256"}`. The payload keeps its order, and must have an `exp` to be verified again.
    pub fn sign(&self, payload: &Map<String, Value>) -> Result<String> {
        serde_json::to_string(payload).map(|payload| self.sign_text(&payload)).map_err(Error::broken)
    }

    /// As [`Hs256::sign`], for a payload that is written already.
    pub(in crate::crypto) fn sign_text(&self, payload: &str) -> String {
        let message = format!("{}.{}", base64url(HEADER), base64url(payload));
        let signature = base64url(self.tag(&message));
        format!("{message}.{signature}")
    }

    /// What the current secret makes of a text.
    pub(in crate::crypto) fn tag(&self, message: &str) -> [u8; 32] {
        tag(&self.keys[0], message)
    }

    /// Whether one of the secrets has made this of a text. Asks every key, so that the time tells nothing.
    pub(in crate::crypto) fn has_tag(&self, message: &str, given: &[u8]) -> bool {
        self.keys.iter().fold(Choice::from(0), |good, key| good | tag(key, message).as_slice().ct_eq(given)).into()
    }

    /// The payload of a token that one of the secrets has signed and that has not expired ([`Rejected::Expired`]).
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Map<String, Value>, Rejected> {
        self.verify_parts(&Compact::read(token)?, now)
    }

    /// As [`Hs256::verify`], for a token whose length was judged already.
    pub(in crate::crypto) fn verify_any_length(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, Rejected> {
        self.verify_parts(&Compact::read_any_length(token)?, now)
    }

    fn verify_parts(&self, token: &Compact<'_>, now: Timestamp) -> Result<Map<String, Value>, Rejected> {
        token.expect_type(None)?;
        // Those that backends are given name a key, and may be signed with the same secret where one insists on it.
        if token.names_a_key() {
            return Err(Rejected::UnknownKey);
        }
        if token.algorithm()? != ALGORITHM {
            return Err(Rejected::Algorithm);
        }
        if !self.has_tag(token.message, &token.signature) {
            return Err(Rejected::Signature);
        }
        let payload = token.payload()?;
        claims::expiry(&payload, now)?;
        Ok(payload)
    }
}

fn tag(key: &Hmac<Sha256>, message: &str) -> [u8; 32] {
    key.clone().chain_update(message).finalize().into_bytes().into()
}

impl fmt::Debug for Hs256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hs256").field("keys", &self.keys.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::SharedKeys;
    use super::*;

    const FLOWS: &str = include_str!("../../../tests/vectors/verification-flows.json");
    const SECRET: &str = "fixture-secret-0123456789-abcdefghijklmnop";

    fn hs256(secret: &str) -> Hs256 {
        Hs256::new(&Secrets::new(vec![], Some(secret.into())).unwrap())
    }

    /// Tokens of Better Auth's mails, and the text of their payloads.
    fn mailed() -> Vec<(String, String)> {
        let flows: Value = serde_json::from_str(FLOWS).unwrap();
        let plain = &flows["storeIdentifier=plain"];
        let case = |flow: &str| {
            let token = plain[flow]["sent"][0]["token"].as_str().unwrap();
            (token.to_owned(), plain[flow]["token_decoded"][1].as_str().unwrap().to_owned())
        };
        vec![case("send-verification-email"), case("change-email")]
    }

    #[test]
    fn better_auths_mailed_tokens_are_verified_and_signed_alike() {
        for (token, text) in mailed() {
            let payload = hs256(SECRET).verify(&token, Timestamp::from_seconds(1_795_177_793)).unwrap();
            assert_eq!(serde_json::to_string(&payload).unwrap(), text);
            assert_eq!(hs256(SECRET).sign(&payload).unwrap(), token);
        }
    }

    #[test]
    fn a_token_ends_with_its_exp_and_not_a_second_later() {
        let (token, _) = mailed().remove(0);
        let at = |seconds| hs256(SECRET).verify(&token, Timestamp::from_seconds(seconds));
        assert_eq!(at(1_795_177_794), Err(Rejected::Expired));
        let endless = hs256(SECRET).sign(&Map::new()).unwrap();
        assert_eq!(hs256(SECRET).verify(&endless, Timestamp::from_seconds(0)), Err(Rejected::Claim("exp")));
    }

    #[test]
    fn a_token_of_any_listed_secret_is_accepted_and_of_no_other() {
        let (token, _) = mailed().remove(0);
        let now = Timestamp::from_seconds(1_795_177_793);
        let rotated = Hs256::new(&Secrets::new(vec![(2, "new".into())], Some(SECRET.into())).unwrap());
        assert!(rotated.verify(&token, now).is_ok());
        assert_eq!(hs256("other").verify(&token, now), Err(Rejected::Signature));
    }

    #[test]
    fn t54_only_hs256_is_accepted() {
        let now = Timestamp::from_seconds(0);
        for alg in ["none", "None", "HS512", "hs256", "EdDSA"] {
            let message = format!("{}.{}", base64url(format!(r#"{{"alg":"{alg}"}}"#)), base64url(r#"{"exp":9}"#));
            let signature = base64url(tag(&hs256(SECRET).keys[0], &message));
            let verdict = hs256(SECRET).verify(&format!("{message}.{signature}"), now);
            assert_eq!(verdict, Err(Rejected::Algorithm), "{alg}");
            assert_eq!(hs256(SECRET).verify(&format!("{message}."), now), Err(Rejected::Malformed), "{alg}");
        }
    }

    #[test]
    fn t64_a_token_for_backends_is_none_of_ours_though_it_has_our_secret() {
        let claims = serde_json::json!({ "email": "zoe@example.com", "exp": 9 });
        let claims = claims.as_object().unwrap();
        let (shared, now) = (SharedKeys::new(&SECRET.into(), None), Timestamp::from_seconds(0));
        assert!(hs256(SECRET).verify(&hs256(SECRET).sign(claims).unwrap(), now).is_ok());
        assert_eq!(hs256(SECRET).verify(&shared.sign(claims, None).unwrap(), now), Err(Rejected::UnknownKey));
    }

    #[test]
    fn t67_no_key_shows_in_debug() {
        assert_eq!(format!("{:?}", hs256(SECRET)), "Hs256 { keys: 1 }");
    }
}
