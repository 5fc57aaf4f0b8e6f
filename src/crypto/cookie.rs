//! Signed cookie values, as Better Auth writes and reads them: `value.signature`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::Secrets;

/// The standard base64, with its one `=`, of 32 bytes.
const SIGNATURE_LENGTH: usize = 44;

/// Signs values with the current secret and opens what any listed one has signed, so that a change of secret ends no session.
#[derive(Clone)]
pub struct CookieSigner {
    /// One keyed HMAC-SHA256 a secret, the current one first.
    keys: Vec<Hmac<Sha256>>,
}

impl CookieSigner {
    /// A signer that knows all the secrets.
    pub fn new(secrets: &Secrets) -> Self {
        let keyed = |secret: &[u8]| Hmac::new_from_slice(secret).expect("HMAC takes a key of any length");
        Self { keys: secrets.all().map(|secret| keyed(secret.expose_secret().as_bytes())).collect() }
    }

    /// `value.signature`, not yet percent-encoded for a cookie.
    pub fn sign(&self, value: &str) -> String {
        format!("{value}.{}", signature(&self.keys[0], value))
    }

    /// The value of a cookie as it was received: percent-encoded or not, perhaps in double quotes. `None` if it is not
    /// signed by a listed secret.
    pub fn open(&self, cookie: &str) -> Option<String> {
        let decoded = percent_decoded(cookie);
        let unquoted = decoded.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&decoded);
        self.checked(unquoted)
    }

    /// The value of a bearer token: percent-encoded or not, but never in quotes. `None` if it is not signed by a listed
    /// secret.
    pub fn open_decoded(&self, token: &str) -> Option<String> {
        self.checked(&percent_decoded(token))
    }

    /// The value before the last dot. The signature is compared as text, so that a second spelling of the same bytes is
    /// no second good cookie, and with every key, so that the time tells nothing.
    fn checked(&self, signed: &str) -> Option<String> {
        let (value, given) = signed.rsplit_once('.')?;
        if value.is_empty() || given.len() != SIGNATURE_LENGTH {
            return None;
        }
        let good = self
            .keys
            .iter()
            .fold(Choice::from(0), |good, key| good | signature(key, value).as_bytes().ct_eq(given.as_bytes()));
        bool::from(good).then(|| value.to_owned())
    }
}

fn signature(key: &Hmac<Sha256>, value: &str) -> String {
    STANDARD.encode(key.clone().chain_update(value).finalize().into_bytes())
}

/// What `decodeURIComponent` makes of a text with `%`; the text itself where that would throw.
fn percent_decoded(text: &str) -> String {
    let escapes_are_whole = text
        .split('%')
        .skip(1)
        .all(|rest| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) if escapes_are_whole => decoded.into_owned(),
        _ => text.to_owned(),
    }
}

impl fmt::Debug for CookieSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CookieSigner").field("keys", &self.keys.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    const VECTORS: &str = include_str!("../../tests/vectors/signed-cookie.json");
    const SECRET: &str = "fixture-secret-0123456789-abcdefghijklmnop";
    const TOKEN: &str = "wLch7djBiNUeKi2YQgD9MlIkntiXyG6c";
    const SIGNED: &str = "wLch7djBiNUeKi2YQgD9MlIkntiXyG6c.e7eUhFPQkoxDsXsIZh9csTMM7kTDpPgUlwTWZhEc+D4=";

    fn signer(secret: &str) -> CookieSigner {
        CookieSigner::new(&Secrets::new(vec![], Some(secret.into())).unwrap())
    }

    #[test]
    fn better_auths_cookies_are_signed_alike_and_opened() {
        let vectors: Value = serde_json::from_str(VECTORS).unwrap();
        let signer = signer(vectors["secret"].as_str().unwrap());
        for case in vectors["cases"].as_array().unwrap() {
            let value = case["value"].as_str().unwrap();
            let decoded = case["decoded_cookie_value"].as_str().unwrap();
            assert_eq!(signer.sign(value), decoded);
            assert_eq!(signer.open(case["cookie_header_value"].as_str().unwrap()).as_deref(), Some(value));
            // A raw value that itself looks percent-encoded cannot be told from an encoded one, here as in Better Auth.
            if !value.contains('%') {
                assert_eq!(signer.open(decoded).as_deref(), Some(value));
                assert_eq!(signer.open_decoded(decoded).as_deref(), Some(value));
            }
        }
    }

    #[test]
    fn every_spelling_that_better_auth_reads_is_read() {
        let encoded = SIGNED.replace('+', "%2B").replace('=', "%3D");
        let in_lower_case = SIGNED.replace('+', "%2b").replace('=', "%3d");
        for cookie in [SIGNED, &encoded, &in_lower_case, &format!("\"{SIGNED}\""), &format!("\"{encoded}\"")] {
            assert_eq!(signer(SECRET).open(cookie).as_deref(), Some(TOKEN), "{cookie}");
        }
        assert_eq!(signer(SECRET).open_decoded(&encoded).as_deref(), Some(TOKEN));
    }

    #[test]
    fn a_bearer_token_in_quotes_is_refused() {
        assert_eq!(signer(SECRET).open_decoded(&format!("\"{SIGNED}\"")), None);
    }

    #[test]
    fn a_signature_of_any_listed_secret_is_accepted_and_the_current_one_signs() {
        let secrets = Secrets::new(vec![(2, "new".into()), (1, SECRET.into())], Some("legacy".into())).unwrap();
        let rotated = CookieSigner::new(&secrets);
        assert_eq!(rotated.open(SIGNED).as_deref(), Some(TOKEN));
        assert_eq!(rotated.open(&signer("legacy").sign("a")).as_deref(), Some("a"));
        assert_eq!(rotated.sign("a"), signer("new").sign("a"));
    }

    #[test]
    fn t24_a_forged_cookie_is_refused() {
        let signer = signer(SECRET);
        let (value, signature) = SIGNED.rsplit_once('.').unwrap();
        let url_safe = signature.replace('+', "-").replace('/', "_");
        let forged = [
            String::new(),
            ".".to_owned(),
            format!(".{signature}"),
            value.to_owned(),
            format!("{value}."),
            format!("{value}x.{signature}"),
            format!("{value}.x.{signature}"),
            format!("{value}.{signature}.x"),
            format!("{value}.{}", signature.trim_end_matches('=')),
            format!("{value}.{signature}="),
            format!("{value}.{url_safe}"),
            // The same 32 bytes, spelt with the two unused bits of the last letter set.
            format!("{value}.{}", signature.replace("4=", "5=")),
            format!("{value}.{}", signature.replace('+', " ")),
            format!("{value}.{}", signature.replace('+', "%20")),
            format!("{value}.{}", signature.to_lowercase()),
            format!("{value}.{}", "A".repeat(43) + "="),
            format!("{value}.{}", "%".repeat(44)),
            format!("{value}.{}", "é".repeat(22)),
            format!("{value}%00.{signature}"),
            format!("\"{SIGNED}"),
            format!("{SIGNED}\""),
            format!("\"\"{SIGNED}\"\""),
            SIGNED.replace('=', "%253D"),
            SIGNED.replace('=', "%3"),
            SIGNED.replace('=', "%ff"),
        ];
        for cookie in &forged {
            assert_eq!(signer.open(cookie), None, "{cookie}");
            assert_eq!(signer.open_decoded(cookie), None, "{cookie}");
        }
    }

    #[test]
    fn t24_an_empty_value_is_none_even_if_it_is_signed() {
        assert_eq!(signer(SECRET).open(&signer(SECRET).sign("")), None);
    }

    #[test]
    fn a_value_with_a_broken_escape_is_taken_as_it_is() {
        for value in ["100% of %41", "%4", "%41%zz", "%ff%41", "%"] {
            assert_eq!(signer(SECRET).open(&signer(SECRET).sign(value)).as_deref(), Some(value));
        }
    }

    #[test]
    fn t24_a_signature_of_another_secret_is_refused() {
        for secret in ["better-auth-secret-12345678901234567890", "", "Fixture-secret-0123456789-abcdefghijklmnop"] {
            let key: Hmac<Sha256> = Hmac::new_from_slice(secret.as_bytes()).unwrap();
            assert_eq!(signer(SECRET).open(&format!("{TOKEN}.{}", signature(&key, TOKEN))), None);
        }
    }

    #[test]
    fn t67_no_key_shows_in_debug() {
        assert_eq!(format!("{:?}", signer(SECRET)), "CookieSigner { keys: 1 }");
    }

    proptest! {
        #[test]
        fn t24_no_text_makes_the_reader_panic_or_pass(text in "\\PC*") {
            prop_assert_eq!(signer(SECRET).open(&text), None);
        }

        #[test]
        fn t24_no_single_changed_character_passes(place in 0..SIGNED.len(), letter in "[ -~]") {
            let mut changed = SIGNED.to_owned();
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != SIGNED);
            prop_assert_eq!(signer(SECRET).open(&changed), None);
        }

        #[test]
        fn what_is_signed_is_opened(value in "[^%\"]+") {
            let signer = signer(SECRET);
            prop_assert_eq!(signer.open(&signer.sign(&value)), Some(value));
        }
    }
}
