//! scrypt hashes of others: `$scrypt$ln=16,r=8,p=1$salt$output` as passlib writes them (base64 without padding), and Django's
//! `scrypt$16384$salt$8$5$output` (the salt as it stands, the output in base64).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use subtle::ConstantTimeEq;

use super::argon2::decimal;
use super::scrypt::Cost;

const LONGEST_SALT: usize = 1024;
/// An output that cannot be guessed; no more than is ever made.
const OUTPUT_LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// A stored hash that is well formed.
pub struct Stored {
    pub cost: Cost,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Stored {
    /// Reads either form. `None` for another, and for more work than we do.
    pub fn parse(stored: &str) -> Option<Self> {
        let parts: Vec<_> = stored.split('$').collect();
        let (cost, salt, output) = match parts.as_slice() {
            ["", "scrypt", parameters, salt, output] => {
                let mut numbers = parameters.split(',');
                let mut number = |name: &str| decimal(numbers.next()?.strip_prefix(name)?);
                let (log_n, r, p) = (number("ln=")?, number("r=")?, number("p=")?);
                if numbers.next().is_some() {
                    return None;
                }
                let (salt, output) = (STANDARD_NO_PAD.decode(salt).ok()?, STANDARD_NO_PAD.decode(output).ok()?);
                (Cost::new(u8::try_from(log_n).ok()?, r, p)?, salt, output)
            }
            ["scrypt", n, salt, r, p, output] => {
                let n = decimal(n).filter(|n| n.is_power_of_two())?;
                let cost = Cost::new(u8::try_from(n.ilog2()).ok()?, decimal(r)?, decimal(p)?)?;
                (cost, salt.as_bytes().to_vec(), STANDARD.decode(output).ok()?)
            }
            _ => return None,
        };
        let fits = salt.len() <= LONGEST_SALT && OUTPUT_LENGTHS.contains(&output.len());
        fits.then_some(Self { cost, salt, output })
    }

    /// Whether this is the hash of a password.
    pub fn matches(&self, password: &str) -> bool {
        // The bytes of a shorter key are the first ones of a longer.
        let key = self.cost.key::<64>(password.as_bytes(), &self.salt);
        key[..self.output.len()].ct_eq(&self.output).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSLIB: &str = "$scrypt$ln=10,r=8,p=2$jNEao3Su1Zrz/h9DyBljTA$NHDAR91UhqoDtr5vss+G47aDy48BW1U58pykta6Z8k8";

    #[test]
    fn t18_what_is_malformed_or_too_costly_is_no_hash() {
        assert!(Stored::parse(PASSLIB).is_some_and(|stored| stored.matches("correct horse battery staple")));
        for (from, to) in [
            ("ln=10,r=8,p=2", "ln=17,r=16,p=1"),
            ("ln=10,r=8,p=2", "ln=17,r=8,p=3"),
            ("ln=10,r=8,p=2", "ln=63,r=8,p=1"),
            ("ln=10,r=8,p=2", "ln=256,r=8,p=1"),
            ("ln=10,r=8,p=2", "ln=0,r=8,p=1"),
            ("ln=10,r=8,p=2", "ln=10,r=0,p=1"),
            ("ln=10,r=8,p=2", "ln=10,r=8,p=0"),
            ("ln=10,r=8,p=2", "ln=1,r=4294967295,p=4294967295"),
            ("ln=10,r=8,p=2", "r=8,ln=10,p=2"),
            ("ln=10,r=8,p=2", "ln=10,r=8"),
            ("ln=10,r=8,p=2", "ln=10,r=8,p=2,x=1"),
            ("NHDAR91UhqoDtr5vss", ""),
            ("$scrypt", "scrypt"),
            ("Z8k8", "Z8k8$"),
        ] {
            let altered = PASSLIB.replace(from, to);
            let parsed = Stored::parse(&altered);
            assert!(altered != PASSLIB && (parsed.is_none() || from.starts_with("NHD")), "{altered}");
        }
        let django = "scrypt$1024$salt$8$5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        assert!(Stored::parse(django).is_some());
        for n in ["1023", "0", "4294967296", "2097152", ""] {
            assert!(Stored::parse(&django.replace("1024", n)).is_none(), "{n}");
        }
    }
}
