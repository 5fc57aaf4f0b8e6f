//! The secrets that sign cookies and encrypt what is stored.

use std::collections::HashSet;

use secrecy::{ExposeSecret, SecretString};
use toml::Value;

use super::given::Given;
use super::section::{Section, Unset};

/// The secret that Better Auth falls back to: public knowledge, so refused everywhere.
const BUILT_IN: &str = "better-auth-secret-12345678901234567890";
const SHORTEST: usize = 32;

/// The configured secrets. Without any, outside production, the command line keeps a generated one beside the data.
#[derive(Clone, Debug)]
pub struct SecretsConfig {
    /// The only secret; beside `secrets` the legacy one, which reads what was written before there were versions.
    pub secret: Option<SecretString>,
    /// Versioned secrets, the current one first.
    pub secrets: Vec<(u32, SecretString)>,
}

impl SecretsConfig {
    /// Reads and judges the secrets. In production one must be there, and each must be hard to guess: every one of them
    /// is accepted in a cookie's signature, so the weakest decides.
    pub fn read(root: &mut Section<'_>, production: bool) -> Self {
        let doc = "Signs cookies and encrypts stored keys. Make one with `signet secret`. In production at least 32 characters.";
        let secret = root.secret("secret", "generated and kept beside the data; required in production", doc);
        let doc = "Versioned secrets, the current one first: `[{ version = 2, value = \"…\" }]` or `\"2:new,1:old\"`.";
        let unset = Unset::Says("none");
        let kind = "list of versions and values";
        let secrets = root.ask_masked("secrets", kind, unset, doc, |given| versions(&given)).unwrap_or_default();
        if let Some(secret) = &secret {
            judge(root, "secret", secret, production);
        }
        for (_, secret) in &secrets {
            judge(root, "secrets", secret, production);
        }
        if production && secret.is_none() && !root.has("secret") && !root.has("secret_file") && !root.has("secrets") {
            root.refuse("secret", "is missing; set BETTER_AUTH_SECRET to what `signet secret` prints");
        }
        Self { secret, secrets }
    }

    /// Every configured secret.
    pub fn all(&self) -> impl Iterator<Item = &SecretString> {
        self.secret.iter().chain(self.secrets.iter().map(|(_, secret)| secret))
    }
}

fn versions(given: &Given<'_>) -> Result<Vec<(u32, SecretString)>, String> {
    const WANTED: &str = "must be like [{ version = 2, value = \"…\" }, …] or \"2:…,1:…\"";
    let pairs: Vec<(String, String)> = match (given.value, given.text()) {
        (Value::Array(entries), _) => entries.iter().map(entry).collect::<Option<_>>().ok_or(WANTED)?,
        (_, Some(text)) => {
            let entries = text.split(',').map(|entry| entry.trim().split_once(':'));
            let pairs =
                entries.map(|entry| entry.map(|(version, value)| (version.trim().to_owned(), value.trim().to_owned())));
            pairs.collect::<Option<_>>().ok_or(WANTED)?
        }
        _ => return Err(WANTED.to_owned()),
    };
    if pairs.is_empty() {
        return Err("is empty; leave it out or give at least one version".to_owned());
    }
    let mut seen = HashSet::new();
    let mut secrets = Vec::new();
    for (version, value) in pairs {
        let version = version.parse().map_err(|_| "each version must be a whole number of 0 or more")?;
        if !seen.insert(version) {
            return Err(format!("has version {version} twice; give each secret its own"));
        }
        if value.is_empty() {
            return Err(format!("has no secret for version {version}"));
        }
        secrets.push((version, SecretString::from(value)));
    }
    Ok(secrets)
}

fn entry(value: &Value) -> Option<(String, String)> {
    let table = value.as_table().filter(|table| table.len() == 2)?;
    Some((table.get("version")?.as_integer()?.to_string(), table.get("value")?.as_str()?.to_owned()))
}

fn judge(root: &mut Section<'_>, name: &str, secret: &SecretString, production: bool) {
    const REMEDY: &str = "use what `signet secret` prints";
    let secret = secret.expose_secret();
    if secret == BUILT_IN {
        return root.refuse(name, format!("is the secret that Better Auth's source gives away; {REMEDY}"));
    }
    let fault = if secret.chars().count() < SHORTEST {
        format!("has fewer than {SHORTEST} characters; {REMEDY}")
    } else if is_guessable(secret) {
        format!("is easy to guess: a pattern or few different characters; {REMEDY}")
    } else {
        return;
    };
    if production { root.refuse(name, fault) } else { root.warn(name, fault) }
}

/// Whether a secret shows no chance at all: few different characters, a short text over and over, or mostly runs (`abcd`).
fn is_guessable(secret: &str) -> bool {
    let letters: Vec<char> = secret.chars().collect();
    let different = letters.iter().collect::<HashSet<_>>().len();
    let repeats =
        (1..=letters.len() / 2).any(|period| letters.iter().skip(period).eq(&letters[..letters.len() - period]));
    let steps = letters.windows(2).filter(|pair| u32::from(pair[0]).abs_diff(u32::from(pair[1])) <= 1).count();
    different < 8 || repeats || steps * 2 > letters.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_secrets_pass_and_patterns_do_not() {
        for secret in [
            "kJ8vQ2mZpX4tR7wB9nL1cF6hD3sG5yAe",
            "9f86d081884c7d659a2feaa0c55ad015",
            "conformance-secret-of-at-least-32-characters",
        ] {
            assert!(!is_guessable(secret), "{secret}");
        }
        for secret in [
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "abababababababababababababababab",
            "passwordpasswordpasswordpassword",
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert!(is_guessable(secret), "{secret}");
        }
    }
}
