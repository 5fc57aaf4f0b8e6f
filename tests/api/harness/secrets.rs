//! What is secret about a test's server, gathered as it goes over the wire, and in no line of the log.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aho_corasick::AhoCorasick;
use percent_encoding::percent_decode_str;
use secrecy::ExposeSecret;
use serde_json::Value;
use signet::app::{Config, Parts};
use signet::crypto::{Sealer, Secrets as ServerSecrets};
use signet::tokens::config::KeyChoice;

use super::browser::Answer;

/// What is shorter may stand in a line by itself.
const SHORTEST: usize = 8;
/// Parts of a token that are as long as this are as secret as the whole.
const TELLING_PART: usize = 16;
/// The members of a body, and the parameters of a query, that are secret.
const MEMBERS: [&str; 8] =
    ["token", "password", "newPassword", "currentPassword", "accessToken", "access_token", "refreshToken", "idToken"];
/// Parameters of a query that are secret besides.
const PARAMETERS: [&str; 2] = ["code", "state"];

/// Each with what it is.
#[derive(Default)]
pub struct Secrets(Mutex<BTreeMap<String, &'static str>>);

impl Secrets {
    pub fn add(&self, what: &'static str, text: &str) {
        if text.len() >= SHORTEST {
            self.lock().insert(text.to_owned(), what);
        }
    }

    /// A token that may be percent-encoded, and its parts. The header of a JWT, which many of them share, is no secret.
    fn add_token(&self, what: &'static str, text: &str) {
        let decoded = percent_decode_str(text).decode_utf8_lossy();
        for text in [text, &decoded] {
            self.add(what, text);
            let parts = text.split('.').skip(usize::from(text.starts_with("eyJ")));
            parts.filter(|part| part.len() >= TELLING_PART).for_each(|part| self.add(what, part));
        }
    }

    /// What a server was configured with, the private keys that it has at its start, and what its hashes begin with.
    pub async fn add_server(&self, config: &Config, parts: &Parts) {
        self.add("a password's hash", "$argon2id$");
        let (secret, versions) = (&config.secrets.secret, &config.secrets.secrets);
        for secret in versions.iter().map(|(_, secret)| secret).chain(secret) {
            self.add("a secret of the configuration", secret.expose_secret());
        }
        for template in &config.jwt.templates {
            if let KeyChoice::Shared(secret, previous) = &template.key {
                let shared = [secret].into_iter().chain(previous);
                shared.for_each(|secret| self.add("a secret of a template", secret.expose_secret()));
            }
        }
        if parts.keeper.is_none() {
            return;
        }
        let secrets = ServerSecrets::new(versions.clone(), secret.clone()).expect("they were taken at the start");
        let (store, sealer) = (&parts.house.store, Sealer::new(&secrets));
        for (template, column) in [
            ("SELECT {jwks.*} FROM {jwks}", "jwks.privateKey"),
            ("SELECT {signet_key.*} FROM {signet_key}", "signet_key.privateKey"),
        ] {
            let statement = store.renderer().statement("of a test", template).expect("a template");
            for row in store.fetch_all(&statement, &[]).await.expect("rows") {
                let stored = row.text(column).expect("a text");
                self.add("a private key as it is stored", &stored);
                // A test may have put something there that is no key of this server.
                let Ok(jwk) = sealer.open_private_key(&stored) else { continue };
                let jwk: Value = serde_json::from_str(&jwk).unwrap_or_default();
                jwk["d"].as_str().into_iter().for_each(|private| self.add("a private key", private));
            }
        }
    }

    /// What a request holds.
    pub fn add_request(&self, path: &str, headers: &[(String, String)], body: Option<&[u8]>) {
        for (name, value) in headers {
            match name.as_str() {
                "cookie" => value.split("; ").for_each(|pair| self.add_cookie("a cookie that was sent", pair)),
                "authorization" => {
                    let token = value.split_once(' ').map_or(value.as_str(), |(_, token)| token);
                    self.add_token("credentials that were sent", token);
                }
                _ => {}
            }
        }
        let query = path.split_once('?').map(|(_, query)| query.as_bytes());
        for (name, value) in [query, body].into_iter().flatten().flat_map(url::form_urlencoded::parse) {
            if MEMBERS.contains(&&*name) || PARAMETERS.contains(&&*name) {
                self.add_token("a parameter that was sent", &value);
            }
        }
        self.add_members("a member of a body that was sent", &json(body.unwrap_or_default()));
    }

    /// What an answer hands out.
    pub fn add_answer(&self, answer: &Answer) {
        for line in answer.cookies() {
            self.add_cookie("a cookie of an answer", line.split(';').next().unwrap_or_default());
        }
        for name in ["set-auth-jwt", "set-auth-token"] {
            answer.header(name).into_iter().for_each(|token| self.add_token("a header of an answer", token));
        }
        self.add_members("a member of an answer", &json(&answer.body));
    }

    fn add_cookie(&self, what: &'static str, pair: &str) {
        pair.split_once('=').into_iter().for_each(|(_, value)| self.add_token(what, value));
    }

    fn add_members(&self, what: &'static str, json: &Value) {
        match json {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if MEMBERS.contains(&name.as_str()) => self.add_token(what, text),
                        value => self.add_members(what, value),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.add_members(what, item)),
            _ => {}
        }
    }

    /// Fails for the first line that holds one of them, as it is or as a line escapes it. The lines are read once: there
    /// are megabytes of them, and often hundreds of secrets.
    pub fn assert_in_none(&self, lines: &str) {
        let secrets = self.lock();
        let mut spellings = BTreeMap::new();
        for (secret, what) in &*secrets {
            let json = Value::from(secret.as_str()).to_string();
            for spelling in [secret.clone(), secret.escape_debug().to_string(), json.trim_matches('"').to_owned()] {
                spellings.insert(spelling, (secret, what));
            }
        }
        let any = AhoCorasick::new(spellings.keys()).expect("few enough secrets");
        if let Some(found) = any.find(lines) {
            let (secret, what) = spellings[&lines[found.range()]];
            let line = lines[..found.start()].rfind('\n').map_or(0, |end| end + 1);
            let line = lines[line..].lines().next().unwrap_or_default();
            panic!("{what} is in the log: {secret:?} in {line}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, &'static str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is no JSON has no members.
fn json(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap_or_default()
}
