//! The three forms of Better Auth's session cookie cache: signed JSON of its own (`compact`), a JWT signed with the secret
//! (`jwt`), and a JWE that only the server can read (`jwe`).

use serde_json::{Map, Value};

use super::Secrets;
use super::jose::{Hs256, Jwe, base64url, from_base64url};
use crate::base::{Random, Timestamp, json};

/// The purpose of the key that the `jwe` form is encrypted with.
const SALT: &str = "better-auth-session";
/// The same of the account cookie, which has no other form.
const ACCOUNT_SALT: &str = "better-auth-account";

/// What a cached session may measure in letters. A longer one would make requests so long that the server, or a proxy
/// before it, refuses them.
const MOST_BYTES: usize = 64 * 1024;

/// How a cached session is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheForm {
    Compact,
    Jwt,
    Jwe,
}

/// Writes cached sessions with the current secret and reads what any listed one has written.
#[derive(Debug)]
pub struct CacheSealer {
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    Compact(Hs256),
    Jwt(Hs256),
    Jwe(Jwe),
}

/// A cached session as it was written, and until when it is good.
pub struct Opened {
    pub content: Map<String, Value>,
    pub expires_at: Timestamp,
}

impl CacheSealer {
    pub fn new(form: CacheForm, secrets: &Secrets) -> Self {
        let keys = match form {
            CacheForm::Compact => Keys::Compact(Hs256::new(secrets)),
            CacheForm::Jwt => Keys::Jwt(Hs256::new(secrets)),
            CacheForm::Jwe => Keys::Jwe(Jwe::new(secrets, SALT)),
        };
        Self { keys }
    }

    /// For the account cookie.
    pub fn for_accounts(secrets: &Secrets) -> Self {
        Self { keys: Keys::Jwe(Jwe::new(secrets, ACCOUNT_SALT)) }
    }

    /// A text of base64url letters and dots, which is good for so many seconds; `None` where it would be too long.
    pub fn seal(&self, content: Map<String, Value>, lifetime: i64, now: Timestamp, random: &Random) -> Option<String> {
        let text = match &self.keys {
            Keys::Compact(keys) => compact(keys, content, now.plus_seconds(lifetime)),
            Keys::Jwt(keys) => keys.sign_text(&text(timed(content, lifetime, now))),
            Keys::Jwe(keys) => {
                let mut content = timed(content, lifetime, now);
                content.insert("jti".into(), random.uuid().to_string().into());
                keys.seal(random, text(content).as_bytes())
            }
        };
        (text.len() <= MOST_BYTES).then_some(text)
    }

    /// What a text says that this deployment has written in this form and that is still good; `None` for any other text.
    pub fn open(&self, text: &str, now: Timestamp) -> Option<Opened> {
        if text.len() > MOST_BYTES {
            return None;
        }
        let opened = match &self.keys {
            Keys::Compact(keys) => open_compact(keys, text)?,
            Keys::Jwt(keys) => ending(keys.verify_any_length(text, now).ok()?)?,
            Keys::Jwe(keys) => ending(json::object(&keys.open(text)?)?)?,
        };
        (opened.expires_at > now).then_some(opened)
    }
}

/// With the claims that say how long it is good.
fn timed(mut content: Map<String, Value>, lifetime: i64, now: Timestamp) -> Map<String, Value> {
    content.insert("iat".into(), now.seconds().into());
    content.insert("exp".into(), now.seconds().saturating_add(lifetime).into());
    content
}

fn ending(content: Map<String, Value>) -> Option<Opened> {
    let expires_at = Timestamp::from_seconds(content.get("exp")?.as_i64()?);
    Some(Opened { content, expires_at })
}

/// `{"session":CONTENT,"expiresAt":…,"signature":…}`; signed is the content with `expiresAt` as its last member.
fn compact(keys: &Hs256, content: Map<String, Value>, expires_at: Timestamp) -> String {
    let signature = base64url(keys.tag(&text(signed(content.clone(), expires_at))));
    let content = text(content);
    base64url(format!(r#"{{"session":{content},"expiresAt":{},"signature":"{signature}"}}"#, expires_at.millis()))
}

/// The content is written again in the order in which it came, for this is what was signed.
fn open_compact(keys: &Hs256, text: &str) -> Option<Opened> {
    let mut whole = json::object(&from_base64url(text)?)?;
    let millis = whole.get("expiresAt")?.as_i64()?;
    let expires_at = Timestamp::from_millis(millis);
    let signature = from_base64url(whole.get("signature")?.as_str()?)?;
    let Value::Object(content) = whole.get_mut("session")?.take() else { return None };
    let message = self::text(signed(content.clone(), expires_at));
    let is_whole = expires_at.millis() == millis && keys.has_tag(&message, &signature);
    is_whole.then_some(Opened { content, expires_at })
}

fn signed(mut content: Map<String, Value>, expires_at: Timestamp) -> Map<String, Value> {
    content.insert("expiresAt".into(), expires_at.millis().into());
    content
}

fn text(content: Map<String, Value>) -> String {
    Value::Object(content).to_string()
}

#[cfg(test)]
mod tests;
