//! Chance that is passed in: the operating system's for a server, a seeded stream for a test that wants to know its tokens.

use std::fmt;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

/// `a-z A-Z 0-9`: row ids, session tokens.
pub const ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A source of random bytes. Cheap to clone; copies of a seeded one share its stream.
#[derive(Clone)]
pub struct Random(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<Stream>>),
}

/// SHA-256 of a seed and a counter, byte by byte.
struct Stream {
    seed: u64,
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Random {
    /// The operating system's generator, asked anew each time, so that a fork shares nothing.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The same bytes for the same seed. For tests alone.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(Stream { seed, counter: 0, block: [0; 32], used: 32 }))))
    }

    /// Fills a buffer with random bytes.
    #[allow(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::System => getrandom::fill(bytes).expect("the operating system gives random bytes"),
            Source::Seeded(stream) => stream.lock().expect("no holder of the stream panics").fill(bytes),
        }
    }

    /// An array of random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A text of `length` characters, each drawn evenly from an alphabet of 2 to 256 ASCII characters.
    pub fn text(&self, length: usize, alphabet: &[u8]) -> String {
        let even = 256 - 256 % alphabet.len();
        let mut text = Vec::with_capacity(length);
        let mut pool = [0u8; 256];
        while text.len() < length {
            // Some bytes fall out, and one call of the system costs more than the bytes that are left over.
            let wanted = (2 * (length - text.len())).min(pool.len());
            let pool = &mut pool[..wanted];
            self.fill(pool);
            let drawn = pool.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < even);
            text.extend(drawn.take(length - text.len()).map(|byte| alphabet[byte % alphabet.len()]));
        }
        String::from_utf8(text).expect("the alphabet is ASCII")
    }

    /// An id or a session token as Better Auth makes them: 32 characters of `a-z A-Z 0-9`, 190 bits.
    pub fn id(&self) -> String {
        self.text(32, ALPHANUMERIC)
    }

    /// A random UUID (version 4).
    pub fn uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

impl Stream {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.used == self.block.len() {
                let input = [self.seed.to_be_bytes(), self.counter.to_be_bytes()].concat();
                self.block = Sha256::digest(&input).into();
                self.counter += 1;
                self.used = 0;
            }
            *byte = self.block[self.used];
            self.used += 1;
        }
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            Source::System => "Random::system()",
            Source::Seeded(_) => "Random::seeded(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn an_id_has_32_letters_and_digits() {
        let id = Random::system().id();
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn t34_a_million_tokens_hold_no_duplicate_and_use_every_letter_evenly() {
        let random = Random::system();
        let mut seen = HashSet::new();
        let mut counts = [0u32; 128];
        for _ in 0..1_000_000 {
            let token = random.id();
            token.bytes().take(4).for_each(|byte| counts[usize::from(byte)] += 1);
            assert!(seen.insert(token), "a token came twice");
        }
        let expected = 4_000_000 / ALPHANUMERIC.len() as u32;
        for letter in ALPHANUMERIC {
            let count = counts[usize::from(*letter)];
            assert!(
                count.abs_diff(expected) < expected / 20,
                "{} came {count} times, expected {expected}",
                char::from(*letter)
            );
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_texts_and_another_seed_others() {
        assert_eq!(Random::seeded(7).id(), Random::seeded(7).id());
        assert_ne!(Random::seeded(7).id(), Random::seeded(8).id());
    }
}
