//! What a token endpoint answers (RFC 6749 §5.1), and what is kept of it.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::base::text::plain::storable;
use crate::base::{Random, Timestamp};
use crate::crypto::Sealer;
use crate::store::ProviderTokens;

/// The longest life of a token that is believed, in seconds: ten years.
const LONGEST: f64 = 315_360_000.0;

/// Tokens as a provider gave them.
#[derive(Clone, Default)]
pub struct Tokens {
    pub access: Option<SecretString>,
    pub refresh: Option<SecretString>,
    pub id: Option<SecretString>,
    pub access_expires_at: Option<Timestamp>,
    pub refresh_expires_at: Option<Timestamp>,
    /// None where the provider does not say.
    pub scopes: Vec<String>,
}

impl Tokens {
    /// Reads an answer; None for one that holds no token, or says that something went wrong.
    pub fn read(answer: &Map<String, Value>, now: Timestamp) -> Option<Self> {
        if answer.contains_key("error") {
            return None;
        }
        let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let token = |name: &str| text(name).filter(|text| storable(text)).map(SecretString::from);
        let tokens = Self {
            access: token("access_token"),
            refresh: token("refresh_token"),
            id: token("id_token"),
            access_expires_at: after(now, answer.get("expires_in")),
            refresh_expires_at: after(now, answer.get("refresh_token_expires_in")),
            scopes: scopes(answer.get("scope")),
        };
        (tokens.access.is_some() || tokens.id.is_some()).then_some(tokens)
    }

    pub fn scope(&self) -> String {
        self.scopes.join(",")
    }
}

/// A moment so many seconds from now; some providers write the number as a text.
fn after(now: Timestamp, seconds: Option<&Value>) -> Option<Timestamp> {
    let seconds = match seconds? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let seconds: f64 = seconds.filter(|seconds| *seconds > 0.0)?;
    Some(now.plus_seconds(seconds.min(LONGEST) as i64))
}

/// Divided by blanks, or a list already.
fn scopes(given: Option<&Value>) -> Vec<String> {
    let words: Vec<&str> = match given {
        Some(Value::String(text)) => text.split_whitespace().collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::trim).collect(),
        _ => Vec::new(),
    };
    words.into_iter().filter(|word| !word.is_empty() && storable(word)).map(str::to_owned).collect()
}

/// Seals tokens for their rows, where the deployment asks for that, and opens them.
pub struct Wrapping {
    pub sealer: Sealer,
    pub seals: bool,
    pub random: Random,
}

impl Wrapping {
    /// What a row keeps. Scopes are its caller's business.
    pub fn wrap(&self, tokens: &Tokens) -> ProviderTokens {
        ProviderTokens {
            access_token: self.seal(tokens.access.as_ref()),
            refresh_token: self.seal(tokens.refresh.as_ref()),
            id_token: self.seal(tokens.id.as_ref()),
            access_token_expires_at: tokens.access_expires_at,
            refresh_token_expires_at: tokens.refresh_expires_at,
            scope: None,
        }
    }

    fn seal(&self, token: Option<&SecretString>) -> Option<SecretString> {
        let token = token?;
        // What looks sealed is sealed, whatever is configured: a token that a client makes up is not opened as ours.
        let seals = self.seals || looks_sealed(token.expose_secret());
        Some(if seals { self.sealer.seal(&self.random, token.expose_secret()).into() } else { token.clone() })
    }

    /// A token out of its row; None where it was sealed with a secret that is gone. What looks like no sealed text is a
    /// token of the time before tokens were sealed.
    pub fn open(&self, kept: &SecretString) -> Option<SecretString> {
        let text = kept.expose_secret();
        if !looks_sealed(text) {
            return Some(kept.clone());
        }
        match self.sealer.open(text) {
            Ok(token) => Some(SecretString::from(token.as_str())),
            // A provider's token may be made of hexadecimal digits alone.
            Err(_) if !self.seals && !text.starts_with("$ba$") => Some(kept.clone()),
            Err(_) => None,
        }
    }
}

fn looks_sealed(text: &str) -> bool {
    text.starts_with("$ba$") || (text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crypto::Secrets;

    fn read(answer: Value) -> Option<Tokens> {
        Tokens::read(answer.as_object().unwrap(), Timestamp::from_seconds(1000))
    }

    #[test]
    fn an_answer_is_read_whatever_its_numbers_and_scopes_look_like() {
        for (seconds, at) in [(json!(60), Some(1060)), (json!("60"), Some(1060)), (json!(0), None), (json!("x"), None)]
        {
            let tokens = read(json!({"access_token": "a", "expires_in": seconds})).unwrap();
            assert_eq!(tokens.access_expires_at.map(Timestamp::seconds), at);
        }
        for absurd in [json!(1e300), json!(u64::MAX)] {
            assert!(read(json!({"access_token": "a", "expires_in": absurd})).unwrap().access_expires_at.is_some());
        }
        for scope in [json!(" a  b "), json!(["a", " b", ""])] {
            assert_eq!(read(json!({"access_token": "a", "scope": scope})).unwrap().scope(), "a,b");
        }
    }

    #[test]
    fn an_answer_without_a_token_or_with_an_error_is_none() {
        for answer in [json!({}), json!({"access_token": ""}), json!({"access_token": 1}), json!({"ok": false})] {
            assert!(read(answer).is_none());
        }
        assert!(read(json!({"access_token": "a", "error": "bad_verification_code"})).is_none());
        assert!(read(json!({"access_token": "a\0"})).is_none());
    }

    #[test]
    fn t52_what_is_kept_is_sealed_and_what_was_kept_before_stays_readable() {
        let secrets = Secrets::new(vec![], Some("a-secret-for-tests-of-at-least-32-characters".into())).unwrap();
        let wrapping = |seals| Wrapping { sealer: Sealer::new(&secrets), seals, random: Random::seeded(1) };
        let kept =
            wrapping(true).wrap(&Tokens { access: Some("hush".into()), ..Tokens::default() }).access_token.unwrap();
        assert!(!kept.expose_secret().contains("hush"));
        let opened =
            |seals, kept: &str| wrapping(seals).open(&kept.into()).map(|token| token.expose_secret().to_owned());
        for seals in [true, false] {
            assert_eq!(opened(seals, kept.expose_secret()).as_deref(), Some("hush"));
            assert_eq!(opened(seals, "before").as_deref(), Some("before"));
        }
        assert_eq!(opened(false, "00ff").as_deref(), Some("00ff"));
        assert_eq!(opened(true, "$ba$7$00"), None);
    }
}
