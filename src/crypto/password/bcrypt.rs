//! bcrypt hashes of others: `$2b$12$` and 53 letters for salt and output, with `$2a$` and `$2y$` for the same function.
//!
//! | who | text | what bcrypt is given |
//! | --- | --- | --- |
//! | most | `$2b$12$…` | the password |
//! | Django | `bcrypt$$2b$12$…` | the password |
//! | Django | `bcrypt_sha256$$2b$12$…` | its SHA-256 in hexadecimal |
//! | passlib | `$bcrypt-sha256$2a,12$salt$output` | its SHA-256 in base64 |
//! | passlib | `$bcrypt-sha256$v=2,t=2b,r=12$salt$output` | its HMAC-SHA-256 under the salt's letters, in base64 |
//!
//! bcrypt takes 72 bytes, and what is longer counts as far as that. It was made for texts that end at a NUL, which
//! libraries treat each in their own way, so a password with one matches nothing.

use ::bcrypt::bcrypt;
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{NO_PAD, STANDARD};
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::argon2::decimal;
use crate::crypto::hex;

/// What may come from a stored hash: fifteen would take a core for seconds.
const COSTS: std::ops::RangeInclusive<u32> = 4..=14;

const SALT_LENGTH: usize = 16;
/// bcrypt makes a byte more, and nobody writes it.
const OUTPUT_LENGTH: usize = 23;
/// The letters that these are.
const SALT_LETTERS: usize = 22;
const OUTPUT_LETTERS: usize = 31;
/// What bcrypt takes, the NUL at the end included.
const LONGEST: usize = 72;

/// bcrypt's own letters. Those at the end hold bits that mean nothing, and some libraries set them.
const LETTERS: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, LENIENT);
const LENIENT: GeneralPurposeConfig = NO_PAD.with_decode_allow_trailing_bits(true);

/// A stored hash that is well formed.
pub struct Stored<'a> {
    /// The binary logarithm of the rounds.
    pub cost: u32,
    given: Given<'a>,
    salt: [u8; SALT_LENGTH],
    output: [u8; OUTPUT_LENGTH],
}

/// What bcrypt is given.
enum Given<'a> {
    Password,
    Hexadecimal,
    Base64,
    /// Under the salt's letters.
    Keyed(&'a str),
}

impl<'a> Stored<'a> {
    /// Reads any of the forms. `None` for another, and for a cost out of bounds.
    pub fn parse(stored: &'a str) -> Option<Self> {
        if let Some(passlib) = stored.strip_prefix("$bcrypt-sha256$") {
            return Self::of_passlib(passlib);
        }
        let (given, crypt) = match stored.split_once('$')? {
            ("bcrypt", crypt) => (Given::Password, crypt),
            ("bcrypt_sha256", crypt) => (Given::Hexadecimal, crypt),
            ("", _) => (Given::Password, stored),
            _ => return None,
        };
        let mut parts = crypt.strip_prefix('$')?.split('$');
        let (ident, cost, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let (salt, output) = rest.split_at_checked(SALT_LETTERS)?;
        let whole = matches!(ident, "2a" | "2b" | "2y") && cost.len() == 2 && parts.next().is_none();
        let cost = decimal(cost.strip_prefix('0').unwrap_or(cost))?;
        if whole { Self::new(cost, given, salt, output) } else { None }
    }

    fn of_passlib(rest: &'a str) -> Option<Self> {
        let mut parts = rest.split('$');
        let (parameters, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        match parameters.split(',').collect::<Vec<_>>().as_slice() {
            ["v=2", "t=2b", rounds] => {
                Self::new(decimal(rounds.strip_prefix("r=")?)?, Given::Keyed(salt), salt, output)
            }
            ["2a" | "2b" | "2y", rounds] => Self::new(decimal(rounds)?, Given::Base64, salt, output),
            _ => None,
        }
    }

    fn new(cost: u32, given: Given<'a>, salt: &str, output: &str) -> Option<Self> {
        let fits = COSTS.contains(&cost) && salt.len() == SALT_LETTERS && output.len() == OUTPUT_LETTERS;
        let decoded = |text: &str| LETTERS.decode(text).ok();
        let (salt, output) = fits.then_some((decoded(salt)?, decoded(output)?))?;
        Some(Self { cost, given, salt: salt.try_into().ok()?, output: output.try_into().ok()? })
    }

    /// Whether this is the hash of a password.
    pub fn matches(&self, password: &str) -> bool {
        let made = match &self.given {
            Given::Password => output(self.cost, self.salt, password.as_bytes()),
            Given::Hexadecimal => self.of_text(hex::encode(&Sha256::digest(password))),
            Given::Base64 => self.of_text(STANDARD.encode(Sha256::digest(password))),
            Given::Keyed(key) => self.of_text(STANDARD.encode(keyed(key, password))),
        };
        let has_nul = matches!(self.given, Given::Password) && password.contains('\0');
        bool::from(made[..OUTPUT_LENGTH].ct_eq(&self.output)) && !has_nul
    }

    fn of_text(&self, text: String) -> Zeroizing<[u8; 24]> {
        output(self.cost, self.salt, Zeroizing::new(text).as_bytes())
    }
}

/// What a hash of this cost costs, without a hash.
pub fn dummy(password: &str, cost: u32) {
    output(cost, [0; SALT_LENGTH], password.as_bytes());
}

/// Of the password and the NUL that ends it, as much as bcrypt takes.
fn output(cost: u32, salt: [u8; SALT_LENGTH], password: &[u8]) -> Zeroizing<[u8; 24]> {
    let mut ended = Zeroizing::new([0; LONGEST]);
    let length = password.len().min(LONGEST);
    ended[..length].copy_from_slice(&password[..length]);
    Zeroizing::new(bcrypt(cost, salt, &ended[..(length + 1).min(LONGEST)]))
}

fn keyed(key: &str, password: &str) -> impl AsRef<[u8]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(password.as_bytes());
    mac.finalize().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: &str = "$2b$04$6Nkqccvkv63MwspxmO3/fuW34feHm7SPlBNvBIdqim4/HMhOt6c5K";
    const RIGHT: &str = "correct horse battery staple";

    fn matches(stored: &str, password: &str) -> bool {
        Stored::parse(stored).is_some_and(|stored| stored.matches(password))
    }

    #[test]
    fn all_three_names_are_the_same_function() {
        for ident in ["2a", "2b", "2y"] {
            assert!(matches(&CHEAP.replace("2b", ident), RIGHT), "{ident}");
        }
        for ident in ["2", "2x", "2c", "3b", ""] {
            assert!(Stored::parse(&CHEAP.replace("2b", ident)).is_none(), "{ident}");
        }
    }

    #[test]
    fn t18_what_is_malformed_or_too_costly_is_no_hash() {
        for (from, to) in [
            ("$04$", "$15$"),
            ("$04$", "$31$"),
            ("$04$", "$99$"),
            ("$04$", "$03$"),
            ("$04$", "$4$"),
            ("$04$", "$+4$"),
            ("$04$", "$004$"),
            ("$04$", "$04$$"),
            ("6Nkq", "6Nk="),
            ("c5K", "c5"),
            ("c5K", "c5KK"),
            ("c5K", "c5K$"),
            ("$2b", "2b"),
            ("$2b", "$$2b"),
        ] {
            let altered = CHEAP.replace(from, to);
            assert!(altered != CHEAP && Stored::parse(&altered).is_none(), "{altered}");
        }
        for cut in 0..CHEAP.len() {
            assert!(Stored::parse(&CHEAP[..cut]).is_none(), "{}", &CHEAP[..cut]);
        }
        let passlib = "$bcrypt-sha256$v=2,t=2b,r=5$ey242RzTuUhOtwe4rvYqJO$8wihIXZ8L7li2tBXG17WX0YvxXNBe4i";
        assert!(matches(passlib, RIGHT));
        for (from, to) in
            [("v=2", "v=3"), ("t=2b", "t=2a"), ("r=5", "r=15"), ("r=5", "r=05"), (",r=5", ""), ("v=2,", "")]
        {
            assert!(Stored::parse(&passlib.replace(from, to)).is_none(), "{from} to {to}");
        }
    }

    #[test]
    fn t13_a_password_counts_up_to_its_72nd_byte_and_a_nul_matches_nothing() {
        let made = |password: &str| {
            let output = output(4, [7; SALT_LENGTH], password.as_bytes());
            format!("$2b$04${}{}", LETTERS.encode([7; SALT_LENGTH]), LETTERS.encode(&output[..OUTPUT_LENGTH]))
        };
        let long = "y".repeat(72);
        assert!(matches(&made(&long), &format!("{long}and more")));
        assert!(!matches(&made(&long), &long[..71]));
        assert!(!matches(&made("ends\0here"), "ends\0here") && !matches(&made("ends"), "ends\0here"));
        assert!(matches(&made(""), "") && !matches(&made(""), "\0"));
    }
}
