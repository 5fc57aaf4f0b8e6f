//! Argon2 hashes as PHC text: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<output>`, both in base64 without padding. What we make
//! is Argon2id; Argon2i, Argon2d and the version before are verified. Django writes `argon2` in front.
//!
//! The password is hashed byte for byte as it was typed.

use ::argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::PasswordSettings;
use crate::base::Random;

const PREFIX: &str = "$argon2id$v=19$";
const DJANGO: &str = "argon2";
const SALT_LENGTH: usize = 16;
const OUTPUT_LENGTH: usize = 32;
/// What a stored salt or output may measure: Argon2's own least salt; an output that cannot be guessed; no more than is
/// ever made.
const SALT_LENGTHS: std::ops::RangeInclusive<usize> = 8..=64;
const OUTPUT_LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// Which of Argon2's functions a hash was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Make {
    algorithm: Algorithm,
    version: Version,
}

impl Make {
    /// What new hashes are made with.
    pub const OURS: Self = Self { algorithm: Algorithm::Argon2id, version: Version::V0x13 };
}

/// How much work a hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallelism: u32,
}

impl Strength {
    /// What may come from a stored hash: as much as common libraries write (64 MiB, four passes, four lanes), with room.
    /// Beyond that a row of the database could exhaust the machine.
    pub const CEILING: Self = Self { memory_kib: 128 * 1024, iterations: 10, parallelism: 16 };

    /// The strength that is configured.
    pub fn configured(settings: &PasswordSettings) -> Self {
        let PasswordSettings { memory_kib, iterations, parallelism, .. } = *settings;
        Self { memory_kib, iterations, parallelism }
    }

    /// Whether no part of it is above that of another.
    pub fn is_within(&self, ceiling: &Self) -> bool {
        self.memory_kib <= ceiling.memory_kib
            && self.iterations <= ceiling.iterations
            && self.parallelism <= ceiling.parallelism
    }

    /// This or the other, whichever is more, part by part.
    pub fn raised_to(&self, other: &Self) -> Self {
        Self {
            memory_kib: self.memory_kib.max(other.memory_kib),
            iterations: self.iterations.max(other.iterations),
            parallelism: self.parallelism.max(other.parallelism),
        }
    }

    /// Checks it against Argon2's own bounds.
    pub fn check(&self) -> Result<(), ::argon2::Error> {
        self.params(OUTPUT_LENGTH).map(drop)
    }

    fn params(&self, output_length: usize) -> Result<Params, ::argon2::Error> {
        Params::new(self.memory_kib, self.iterations, self.parallelism, Some(output_length))
    }
}

/// A stored hash that is well formed; its strength is not yet judged.
pub struct Stored {
    pub make: Make,
    pub strength: Strength,
    salt: Vec<u8>,
    output: Vec<u8>,
    /// Whether another's prefix is in front.
    is_prefixed: bool,
}

impl Stored {
    /// Reads PHC text. `None` for another order of parameters, or what cannot be a hash.
    pub fn parse(stored: &str) -> Option<Self> {
        let phc = stored.strip_prefix(DJANGO).unwrap_or(stored);
        let (algorithm, rest) = phc.strip_prefix('$')?.split_once('$')?;
        let algorithm = match algorithm {
            "argon2id" => Algorithm::Argon2id,
            "argon2i" => Algorithm::Argon2i,
            "argon2d" => Algorithm::Argon2d,
            _ => return None,
        };
        // The first version wrote no number.
        let (version, rest) = match rest.split_once('$')? {
            ("v=19", rest) => (Version::V0x13, rest),
            ("v=16", rest) => (Version::V0x10, rest),
            _ => (Version::V0x10, rest),
        };
        let mut parts = rest.split('$');
        let (parameters, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
        let mut numbers = parameters.split(',');
        let mut number = |name: &str| decimal(numbers.next()?.strip_prefix(name)?);
        let strength = Strength { memory_kib: number("m=")?, iterations: number("t=")?, parallelism: number("p=")? };
        if parts.next().is_some() || numbers.next().is_some() {
            return None;
        }
        let (salt, output) = (STANDARD_NO_PAD.decode(salt).ok()?, STANDARD_NO_PAD.decode(output).ok()?);
        let fits = SALT_LENGTHS.contains(&salt.len()) && OUTPUT_LENGTHS.contains(&output.len());
        let is_prefixed = phc.len() < stored.len();
        fits.then_some(Self { make: Make { algorithm, version }, strength, salt, output, is_prefixed })
    }

    /// Whether a fresh hash of the same make and strength would be no better.
    pub fn is_as_made(&self) -> bool {
        !self.is_prefixed && self.salt.len() >= SALT_LENGTH && self.output.len() >= OUTPUT_LENGTH
    }

    /// Whether this is the hash of a password.
    pub fn matches(&self, password: &str, memory: &mut Memory) -> Result<bool, ::argon2::Error> {
        let output = memory.output(self.make, &self.strength, password, &self.salt, self.output.len())?;
        Ok(output.ct_eq(&self.output).into())
    }
}

/// A fresh hash as PHC text.
pub fn hash(
    password: &str,
    strength: &Strength,
    random: &Random,
    memory: &mut Memory,
) -> Result<String, ::argon2::Error> {
    let salt = random.bytes::<SALT_LENGTH>();
    let output = memory.output(Make::OURS, strength, password, &salt, OUTPUT_LENGTH)?;
    let Strength { memory_kib, iterations, parallelism } = strength;
    let (salt, output) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(&*output));
    Ok(format!("{PREFIX}m={memory_kib},t={iterations},p={parallelism}${salt}${output}"))
}

/// What a hash costs, without a hash.
pub fn dummy(password: &str, make: Make, strength: &Strength, memory: &mut Memory) -> Result<(), ::argon2::Error> {
    memory.output(make, strength, password, &[0; SALT_LENGTH], OUTPUT_LENGTH).map(drop)
}

/// A number as it is written: digits alone, without a zero in front.
pub fn decimal(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    plain.then(|| text.parse().ok())?
}

/// The blocks that a thread's hashes work in, kept from one to the next: to allocate them anew is a sixth of the time.
#[derive(Default)]
pub struct Memory {
    blocks: Vec<Block>,
}

impl Memory {
    fn output(
        &mut self,
        make: Make,
        strength: &Strength,
        password: &str,
        salt: &[u8],
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, ::argon2::Error> {
        let params = strength.params(length)?;
        let missing = params.block_count().saturating_sub(self.blocks.len());
        self.blocks.try_reserve_exact(missing).map_err(|_| ::argon2::Error::OutOfMemory)?;
        self.blocks.resize(self.blocks.len() + missing, Block::new());
        let blocks = &mut self.blocks[..params.block_count()];
        let mut output = Zeroizing::new(vec![0; length]);
        Argon2::new(make.algorithm, make.version, params).hash_password_into_with_memory(
            password.as_bytes(),
            salt,
            &mut output,
            blocks,
        )?;
        Ok(output)
    }

    /// Overwrites what the last hash has left.
    pub fn wipe(&mut self) {
        self.blocks.iter_mut().for_each(Zeroize::zeroize);
    }

    /// Gives the blocks back.
    pub fn release(&mut self) {
        self.wipe();
        self.blocks = Vec::new();
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEAK: Strength = Strength { memory_kib: 64, iterations: 1, parallelism: 1 };

    fn matches(stored: &str, password: &str) -> bool {
        Stored::parse(stored).is_some_and(|stored| stored.matches(password, &mut Memory::default()).unwrap())
    }

    #[test]
    fn a_hash_of_the_reference_implementation_matches() {
        // phc-winner-argon2, test.c: argon2id, v=19, t=2, m=2^16, p=1, "password", "somesalt".
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(matches(stored, "password"));
        assert!(!matches(stored, "passwore"));
    }

    #[test]
    fn a_fresh_hash_matches_and_says_its_strength() {
        let hashed = hash("pässword", &WEAK, &Random::seeded(1), &mut Memory::default()).unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hashed}");
        assert!(matches(&hashed, "pässword"));
        assert!(!matches(&hashed, "password"));
        let stored = Stored::parse(&hashed).unwrap();
        assert_eq!((stored.make, stored.strength, stored.is_as_made()), (Make::OURS, WEAK, true));
    }

    #[test]
    fn t13_a_password_is_hashed_as_it_was_typed() {
        let hashed = hash("e\u{301}cole ", &WEAK, &Random::seeded(1), &mut Memory::default()).unwrap();
        assert!(matches(&hashed, "e\u{301}cole "));
        for other in ["\u{e9}cole ", "e\u{301}cole", "E\u{301}cole "] {
            assert!(!matches(&hashed, other), "{other}");
        }
    }

    #[test]
    fn blocks_that_were_used_for_more_do_not_change_a_smaller_hash() {
        let mut memory = Memory::default();
        let large = Strength { memory_kib: 256, iterations: 2, parallelism: 2 };
        hash("first", &large, &Random::seeded(1), &mut memory).unwrap();
        let hashed = hash("second", &WEAK, &Random::seeded(2), &mut memory).unwrap();
        assert!(matches(&hashed, "second"));
    }

    #[test]
    fn what_was_in_the_blocks_is_gone_after_a_wipe_and_the_blocks_after_a_release() {
        let mut memory = Memory::default();
        dummy("password", Make::OURS, &WEAK, &mut memory).unwrap();
        let is_clear = |memory: &Memory| memory.blocks.iter().all(|block| block.as_ref().iter().all(|word| *word == 0));
        assert!(!is_clear(&memory));
        memory.wipe();
        assert!(is_clear(&memory));
        memory.release();
        assert_eq!(memory.blocks.capacity(), 0);
    }

    #[test]
    fn t18_what_is_not_strict_phc_text_is_no_hash() {
        let good = hash("password", &WEAK, &Random::seeded(1), &mut Memory::default()).unwrap();
        assert!(Stored::parse(&good).is_some());
        for (from, to) in [
            ("$argon2id$", "$argon2$"),
            ("$argon2id$", "argon2id$"),
            ("$argon2id$", "argon2argon2$argon2id$"),
            ("v=19", "v=20"),
            ("m=64", "m=+64"),
            ("m=64", "m=064"),
            ("m=64", "m="),
            ("m=64", "m=99999999999"),
            ("m=64", "m=-1"),
            ("m=64,t=1", "t=1,m=64"),
            (",p=1", ""),
            (",p=1", ",p=1,data=AAAA"),
            ("p=1$", "p=1$AAAA$"),
        ] {
            let altered = good.replace(from, to);
            assert!(altered != good && Stored::parse(&altered).is_none(), "{altered}");
        }
        for cut in 0..good.len() - 24 {
            assert!(Stored::parse(&good[..cut]).is_none(), "{}", &good[..cut]);
        }
    }

    #[test]
    fn t18_a_strength_outside_argon2s_bounds_is_an_error_and_allocates_nothing() {
        let mut memory = Memory::default();
        for strength in [
            Strength { memory_kib: 1, ..WEAK },
            Strength { iterations: 0, ..WEAK },
            Strength { parallelism: 0, ..WEAK },
            Strength { parallelism: 9, ..WEAK },
        ] {
            assert!(strength.check().is_err());
            assert!(dummy("password", Make::OURS, &strength, &mut memory).is_err(), "{strength:?}");
            assert_eq!(memory.blocks.capacity(), 0);
        }
    }
}
