//! The deployment's secrets: Better Auth's `secret`, and its `secrets` with versions.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// The secrets that sign and encrypt. The first of the versioned ones is current; without any, the unversioned one is.
///
/// Beside versioned ones the unversioned secret is the *legacy* one: it opens what was written before versions were used.
#[derive(Clone)]
pub struct Secrets {
    versions: Vec<(u32, SecretString)>,
    legacy: Option<SecretString>,
}

/// Why secrets cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    #[error("no secret is given")]
    None,
    #[error("a secret is empty")]
    Empty,
    #[error("version {0} of the secret is given twice")]
    Twice(u32),
}

impl Secrets {
    /// The secrets in the order of the configuration, the current one first.
    pub fn new(versions: Vec<(u32, SecretString)>, legacy: Option<SecretString>) -> Result<Self, SecretsError> {
        let secrets = Self { versions, legacy };
        if secrets.listed().next().is_none() {
            return Err(SecretsError::None);
        }
        if secrets.listed().any(|secret| secret.expose_secret().is_empty()) {
            return Err(SecretsError::Empty);
        }
        for (place, (version, _)) in secrets.versions.iter().enumerate() {
            if secrets.versions[..place].iter().any(|(earlier, _)| earlier == version) {
                return Err(SecretsError::Twice(*version));
            }
        }
        Ok(secrets)
    }

    /// The secret that signs and encrypts what is new.
    pub fn current(&self) -> &SecretString {
        self.listed().next().expect("checked when the secrets were made")
    }

    /// Every secret, the current one first and none twice.
    pub fn all(&self) -> impl Iterator<Item = &SecretString> {
        let twice = |place: usize, secret: &SecretString| {
            self.listed().take(place).any(|earlier| earlier.expose_secret() == secret.expose_secret())
        };
        self.listed().enumerate().filter(move |(place, secret)| !twice(*place, secret)).map(|(_, secret)| secret)
    }

    /// Whether what is encrypted names the version of its secret.
    pub fn is_versioned(&self) -> bool {
        !self.versions.is_empty()
    }

    /// The versioned secrets, the current one first.
    pub fn versions(&self) -> &[(u32, SecretString)] {
        &self.versions
    }

    /// The secret without a version.
    pub fn legacy(&self) -> Option<&SecretString> {
        self.legacy.as_ref()
    }

    fn listed(&self) -> impl Iterator<Item = &SecretString> {
        self.versions.iter().map(|(_, secret)| secret).chain(&self.legacy)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<u32> = self.versions.iter().map(|(version, _)| *version).collect();
        formatter
            .debug_struct("Secrets")
            .field("versions", &versions)
            .field("legacy", &self.legacy.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(secrets: &Secrets) -> Vec<&str> {
        secrets.all().map(|secret| secret.expose_secret()).collect()
    }

    #[test]
    fn the_first_version_is_current_not_the_highest() {
        let secrets = Secrets::new(vec![(1, "one".into()), (2, "two".into())], Some("old".into())).unwrap();
        assert_eq!(secrets.current().expose_secret(), "one");
        assert_eq!(texts(&secrets), ["one", "two", "old"]);
        assert!(secrets.is_versioned());
    }

    #[test]
    fn a_lone_secret_is_current_and_has_no_version() {
        let secrets = Secrets::new(vec![], Some("only".into())).unwrap();
        assert_eq!(texts(&secrets), ["only"]);
        assert!(!secrets.is_versioned());
    }

    #[test]
    fn a_secret_that_is_listed_twice_comes_once() {
        let secrets = Secrets::new(vec![(2, "same".into()), (1, "other".into())], Some("same".into())).unwrap();
        assert_eq!(texts(&secrets), ["same", "other"]);
    }

    #[test]
    fn no_secret_an_empty_one_and_a_version_given_twice_are_refused() {
        let refusal = |versions, legacy| Secrets::new(versions, legacy).unwrap_err();
        assert_eq!(refusal(vec![], None), SecretsError::None);
        assert_eq!(refusal(vec![(1, "".into())], None), SecretsError::Empty);
        assert_eq!(refusal(vec![(1, "a".into()), (1, "b".into())], None), SecretsError::Twice(1));
    }

    #[test]
    fn t67_secrets_do_not_show_in_debug() {
        let secrets = Secrets::new(vec![(7, "hush-versioned".into())], Some("hush-legacy".into())).unwrap();
        assert_eq!(format!("{secrets:?}"), "Secrets { versions: [7], legacy: true, .. }");
    }
}
