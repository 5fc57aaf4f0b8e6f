//! Better Auth's own password hashes: `salt:key` in lower-case hexadecimal.
//!
//! The salt that goes into scrypt is the hexadecimal *text*, and the password is normalised (NFKC) first.

use ::scrypt::{Params, scrypt};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::base::Random;
use crate::crypto::hex;

/// N = 2^14 = 16384, r = 16, p = 1: 32 MiB, allocated by the scrypt crate anew for each hash.
pub const COST: Cost = Cost { log_n: 14, r: 16, p: 1 };
const KEY_LENGTH: usize = 64;
const SALT_LENGTH: usize = 16;

/// The most that NFKC makes of a text, in bytes for a byte: U+FDFA, three bytes, becomes eighteen letters in 33.
const NORMAL_GROWTH: usize = 11;

/// How much work a hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The binary logarithm of N.
    pub log_n: u8,
    pub r: u32,
    pub p: u32,
}

/// What may come from a stored hash, in blocks of 128 bytes: 128 MiB at once, twice that much work.
const MOST_BLOCKS: u64 = 1 << 20;
const MOST_WORK: u64 = 1 << 21;

impl Cost {
    /// `None` for what scrypt does not take, or what a row of the database shall not make us do.
    pub fn new(log_n: u8, r: u32, p: u32) -> Option<Self> {
        let cost = Self { log_n, r, p };
        let fits = (1..=24).contains(&log_n) && (1..=1024).contains(&r) && (1..=64).contains(&p);
        let fits = fits && cost.blocks() <= MOST_BLOCKS && cost.work() <= MOST_WORK;
        (fits && Params::new(log_n, r, p).is_ok()).then_some(cost)
    }

    /// How many blocks it fills.
    pub fn work(&self) -> u64 {
        self.blocks() * u64::from(self.p)
    }

    fn blocks(&self) -> u64 {
        (1 << self.log_n) * u64::from(self.r)
    }

    /// The key of a password and a salt.
    pub fn key<const LENGTH: usize>(&self, password: &[u8], salt: &[u8]) -> Zeroizing<[u8; LENGTH]> {
        let mut key = Zeroizing::new([0; LENGTH]);
        let params = Params::new(self.log_n, self.r, self.p).expect("a cost is within scrypt's bounds");
        scrypt(password, salt, &params, key.as_mut()).expect("a short key is within scrypt's bounds");
        key
    }
}

/// A stored hash that is well formed.
pub struct Stored<'a> {
    salt: &'a str,
    key: &'a str,
}

impl<'a> Stored<'a> {
    /// Reads `salt:key`. What follows a second colon is ignored, as in Better Auth. `None` for what can match nothing.
    pub fn parse(stored: &'a str) -> Option<Self> {
        let mut parts = stored.split(':');
        let (salt, key) = (parts.next()?, parts.next()?);
        // Digits in upper case match nothing, as in Better Auth.
        let is_hex = key.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let fits = !salt.is_empty() && !salt.starts_with('$') && key.len() == 2 * KEY_LENGTH && is_hex;
        fits.then_some(Self { salt, key })
    }

    /// Whether this is the hash of a password.
    pub fn matches(&self, password: &str) -> bool {
        key(password, self.salt).as_bytes().ct_eq(self.key.as_bytes()).into()
    }
}

/// A fresh hash, `salt:key`.
pub fn hash(password: &str, random: &Random) -> String {
    let salt = hex::encode(&random.bytes::<SALT_LENGTH>());
    let key = key(password, &salt);
    format!("{salt}:{}", key.as_str())
}

/// What a hash of this cost costs, without a hash. The password is normalised, which takes no time beside scrypt's.
pub fn dummy(password: &str, cost: &Cost) {
    cost.key::<KEY_LENGTH>(normal(password).as_bytes(), b"00000000000000000000000000000000");
}

fn key(password: &str, salt: &str) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(COST.key::<KEY_LENGTH>(normal(password).as_bytes(), salt.as_bytes()).as_ref()))
}

fn normal(password: &str) -> Zeroizing<String> {
    // With room for the longest outcome: growing would leave copies of the password behind.
    let mut normal = Zeroizing::new(String::with_capacity(password.len() * NORMAL_GROWTH));
    normal.extend(password.nfkc());
    normal
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../../tests/vectors/password-scrypt.json")).unwrap()
    }

    fn matches(stored: &str, password: &str) -> bool {
        Stored::parse(stored).is_some_and(|stored| stored.matches(password))
    }

    #[test]
    fn better_auths_hashes_match_their_passwords_in_either_normal_form_and_no_other() {
        for case in vectors()["cases"].as_array().unwrap() {
            let stored = case["hash"].as_str().unwrap();
            assert!(matches(stored, case["password"].as_str().unwrap()), "{case}");
            assert!(matches(stored, case["nfkc"].as_str().unwrap()), "{case}");
            assert!(!matches(stored, "another password"), "{case}");
        }
    }

    #[test]
    fn the_same_salt_gives_better_auths_hash() {
        let vector = &vectors()["fixed_salt"];
        let (salt, password) = (vector["salt_text"].as_str().unwrap(), vector["password"].as_str().unwrap());
        assert_eq!(format!("{salt}:{}", key(password, salt).as_str()), vector["hash"].as_str().unwrap());
    }

    #[test]
    fn t18_what_is_malformed_matches_nothing() {
        let vectors = vectors();
        let password = vectors["cases"][0]["password"].as_str().unwrap();
        for case in vectors["malformed"].as_array().unwrap() {
            let expected = case["result"].as_bool().unwrap_or(false);
            assert_eq!(matches(case["hash"].as_str().unwrap(), password), expected, "{case}");
        }
        let good = vectors["cases"][0]["hash"].as_str().unwrap();
        for stored in [&good[..good.len() - 1], &good[..good.len() / 2], &good[1..], &format!("{good}0")] {
            assert!(!matches(stored, password), "{stored}");
        }
    }

    #[test]
    fn a_fresh_hash_has_better_auths_shape_and_a_salt_of_its_own() {
        let random = Random::seeded(1);
        let (one, other) = (hash("password", &random), hash("password", &random));
        let (salt, key) = one.split_once(':').unwrap();
        assert_eq!((salt.len(), key.len()), (32, 128));
        assert_ne!(one, other);
        assert!(matches(&one, "password"));
    }

    #[test]
    fn no_character_grows_beyond_the_room_that_is_kept() {
        for character in '\0'..=char::MAX {
            let grown: usize = character.nfkc().map(char::len_utf8).sum();
            assert!(grown <= character.len_utf8() * NORMAL_GROWTH, "{character:?}");
        }
    }
}
