//! Hashes of Firebase Authentication: scrypt makes a key, and with that the project's signer key is encrypted (AES-256 in
//! counter mode); the outcome is the hash.
//!
//! The text is that of Supabase: `$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=<signer key>$<salt>$<hash>`, all in base64. Without `ss`
//! and `sk` they are the configured project's, and need not stand in every row.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::symm::{Cipher, encrypt};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::argon2::decimal;
use super::scrypt::Cost;

const PREFIX: &str = "$fbscrypt$v=1,";
const LONGEST_SALT: usize = 1024;
/// A hash is as long as the signer key, which has 64 bytes.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 16..=256;

/// The secrets of a Firebase project.
#[derive(Clone, PartialEq, Eq)]
pub struct FirebaseProject {
    signer_key: Arc<Zeroizing<Vec<u8>>>,
    salt_separator: Vec<u8>,
}

/// A stored hash that is well formed.
pub struct Stored {
    pub cost: Cost,
    project: FirebaseProject,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl FirebaseProject {
    /// From base64, as Firebase shows them. None where they are no base64, or of another length.
    pub fn new(signer_key: &str, salt_separator: &str) -> Option<Self> {
        let signer_key = Zeroizing::new(STANDARD.decode(signer_key).ok()?);
        let salt_separator = STANDARD.decode(salt_separator).ok()?;
        let fits = KEY_LENGTHS.contains(&signer_key.len()) && salt_separator.len() <= LONGEST_SALT;
        fits.then(|| Self { signer_key: Arc::new(signer_key), salt_separator })
    }
}

impl Stored {
    /// `None` for what cannot be a hash, for more work than we do, and without a project where the text names none.
    pub fn parse(stored: &str, project: Option<&FirebaseProject>) -> Option<Self> {
        let mut parts = stored.strip_prefix(PREFIX)?.split('$');
        let (parameters, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let mut parameters = parameters.split(',');
        let mut number = |name: &str| decimal(parameters.next()?.strip_prefix(name)?);
        let (log_n, r, p) = (number("n=")?, number("r=")?, number("p=")?);
        let cost = Cost::new(u8::try_from(log_n).ok()?, r, p)?;
        let (mut separator, mut key) = (None, None);
        for parameter in parameters {
            match parameter.split_once('=')? {
                ("ss", value) if separator.is_none() => separator = Some(value),
                ("sk", value) if key.is_none() => key = Some(value),
                _ => return None,
            }
        }
        let project = match (key, separator) {
            (Some(key), separator) => FirebaseProject::new(key, separator.unwrap_or_default())?,
            (None, None) => project?.clone(),
            (None, Some(_)) => return None,
        };
        let (salt, output) = (STANDARD.decode(salt).ok()?, STANDARD.decode(output).ok()?);
        let fits = salt.len() <= LONGEST_SALT && output.len() == project.signer_key.len();
        fits.then_some(Self { cost, project, salt, output })
    }

    /// Whether this is the hash of a password.
    pub fn matches(&self, password: &str) -> bool {
        let salt = [self.salt.as_slice(), &self.project.salt_separator].concat();
        let key = self.cost.key::<32>(password.as_bytes(), &salt);
        let made = encrypt(Cipher::aes_256_ctr(), key.as_ref(), Some(&[0; 16]), &self.project.signer_key);
        match made {
            Ok(made) => made.ct_eq(&self.output).into(),
            Err(error) => {
                tracing::warn!(%error, "a hash of Firebase could not be computed");
                false
            }
        }
    }
}

impl fmt::Debug for FirebaseProject {
    /// Without the key.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FirebaseProject").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Firebase's own example.
    const KEY: &str = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    const HASH: &str = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";

    #[test]
    fn the_parameters_are_the_texts_own_or_the_projects() {
        let project = FirebaseProject::new(KEY, "Bw==").unwrap();
        let short = format!("$fbscrypt$v=1,n=14,r=8,p=1$42xEC+ixf3L2lw==${HASH}");
        let whole = short.replace("p=1", &format!("p=1,ss=Bw==,sk={KEY}"));
        for (text, project) in [(&short, Some(&project)), (&whole, None), (&whole, Some(&project))] {
            let stored = Stored::parse(text, project).unwrap();
            assert!(stored.matches("user1password") && !stored.matches("user2password"));
        }
        assert!(Stored::parse(&short, None).is_none());
        assert_eq!(format!("{project:?}"), "FirebaseProject { .. }");
    }

    #[test]
    fn t18_what_is_malformed_or_too_costly_is_no_hash() {
        let good = format!("$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk={KEY}$42xEC+ixf3L2lw==${HASH}");
        assert!(Stored::parse(&good, None).is_some());
        for (from, to) in [
            ("v=1", "v=2"),
            ("n=14", "n=18"),
            ("n=14", "n=200"),
            ("r=8", "r=0"),
            ("p=1", "p=99"),
            ("ss=Bw==", "ss=Bw"),
            ("ss=Bw==,", "ss=Bw==,ss=Bw==,"),
            ("sk=jx", "sk=AAAAjx"),
            ("sk=", "xx="),
            ("42xE", "42x!"),
            ("lSrf", ""),
        ] {
            let altered = good.replace(from, to);
            assert!(altered != good && Stored::parse(&altered, None).is_none(), "{altered}");
        }
    }
}
