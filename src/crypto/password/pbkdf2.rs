//! PBKDF2 hashes of others.
//!
//! | who | text |
//! | --- | --- |
//! | passlib | `$pbkdf2-sha256$29000$salt$output`, `$pbkdf2-sha512$…`, `$pbkdf2$…` for SHA-1; base64 with `.` for `+`, no padding |
//! | Django | `pbkdf2_sha256$1000000$salt$output`, `pbkdf2_sha1$…`; the salt as it stands, the output in base64 |
//!
//! Hashes of Keycloak are written in passlib's way when they are imported.

use ::pbkdf2::pbkdf2_hmac;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::argon2::decimal;

/// What may come from a stored hash, in rounds times blocks: about two seconds.
const MOST_WORK: u64 = 3_000_000;
const LONGEST_SALT: usize = 1024;
/// An output that cannot be guessed; no more than is ever made.
const OUTPUT_LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// The hash function in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Sha1,
    Sha256,
    Sha512,
}

/// How much work a hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    function: Function,
    rounds: u32,
    /// Each of an output of the function's own length.
    blocks: u32,
}

/// A stored hash that is well formed.
pub struct Stored {
    pub cost: Cost,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Function {
    fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

impl Cost {
    pub fn work(&self) -> u64 {
        u64::from(self.rounds) * u64::from(self.blocks)
    }

    fn output(&self, password: &str, salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let mut output = Zeroizing::new(vec![0; length]);
        let (password, rounds) = (password.as_bytes(), self.rounds);
        match self.function {
            Function::Sha1 => pbkdf2_hmac::<Sha1>(password, salt, rounds, &mut output),
            Function::Sha256 => pbkdf2_hmac::<Sha256>(password, salt, rounds, &mut output),
            Function::Sha512 => pbkdf2_hmac::<Sha512>(password, salt, rounds, &mut output),
        }
        output
    }
}

impl Stored {
    /// Reads any of the forms. `None` for another, and for more rounds than we do.
    pub fn parse(stored: &str) -> Option<Self> {
        let mut parts = stored.split('$');
        let name = parts.next()?;
        let is_passlib = name.is_empty();
        let function = match if is_passlib { parts.next()? } else { name } {
            "pbkdf2" if is_passlib => Function::Sha1,
            "pbkdf2-sha256" if is_passlib => Function::Sha256,
            "pbkdf2-sha512" if is_passlib => Function::Sha512,
            "pbkdf2_sha1" if !is_passlib => Function::Sha1,
            "pbkdf2_sha256" if !is_passlib => Function::Sha256,
            _ => return None,
        };
        let (rounds, salt, output) = (decimal(parts.next()?)?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let (salt, output) = if is_passlib {
            (adapted(salt)?, adapted(output)?)
        } else {
            (salt.as_bytes().to_vec(), STANDARD.decode(output).ok()?)
        };
        let blocks = u32::try_from(output.len().div_ceil(function.length())).ok()?;
        let cost = Cost { function, rounds, blocks };
        let fits = rounds > 0 && cost.work() <= MOST_WORK;
        let fits = fits && salt.len() <= LONGEST_SALT && OUTPUT_LENGTHS.contains(&output.len());
        fits.then_some(Self { cost, salt, output })
    }

    /// Whether this is the hash of a password.
    pub fn matches(&self, password: &str) -> bool {
        self.cost.output(password, &self.salt, self.output.len()).ct_eq(&self.output).into()
    }
}

/// What a hash of this cost costs, without a hash.
pub fn dummy(password: &str, cost: &Cost) {
    let length = cost.function.length() * usize::try_from(cost.blocks).unwrap_or(1);
    cost.output(password, &[0; 16], length);
}

/// Passlib's own base64.
fn adapted(text: &str) -> Option<Vec<u8>> {
    let standard = if text.contains('+') { return None } else { text.replace('.', "+") };
    STANDARD_NO_PAD.decode(standard).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSLIB: &str = "$pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0$Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZXM";

    #[test]
    fn t18_what_is_malformed_or_too_costly_is_no_hash() {
        assert!(Stored::parse(PASSLIB).is_some());
        for (from, to) in [
            ("$1000$", "$3000001$"),
            ("$1000$", "$99999999999$"),
            ("$1000$", "$0$"),
            ("$1000$", "$$"),
            ("$1000$", "$-1$"),
            ("sha256", "sha384"),
            ("$pbkdf2-", "pbkdf2-"),
            ("$pbkdf2-", "$pbkdf2_"),
            ("c2Fs", "c2F+"),
            ("Y29y", "Y2!y"),
            ("IHN0YXBsZXM", "IHN0YXBsZXM$"),
            ("ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZXM", ""),
        ] {
            let altered = PASSLIB.replace(from, to);
            assert!(altered != PASSLIB && Stored::parse(&altered).is_none(), "{altered}");
        }
        // Two blocks of an output are twice the work.
        let twice = format!("$pbkdf2-sha256$1500001$c2FsdA${}", "A".repeat(86));
        assert!(Stored::parse(&twice).is_none() && Stored::parse(&twice.replace("1500001", "1500000")).is_some());
        assert!(Stored::parse(&format!("pbkdf2_sha256$10${}$", "s".repeat(9))).is_none());
    }
}
