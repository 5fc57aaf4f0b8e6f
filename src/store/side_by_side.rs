//! `[side_by_side]`: a Better Auth that serves the same users from the same database at the same time.

use std::fmt;
use std::str::FromStr;

use crate::config::{Section, Unset};

/// The other server, by its release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BetterAuth {
    minor: u32,
    /// As it was configured.
    text: String,
}

/// The first release whose tables and formats are known here.
const OLDEST: u32 = 2;
/// The first one that goes by the algorithm that a key's row names.
const READS_ALGORITHMS: u32 = 7;
/// The first one whose preserved rows of ended sessions have expired.
const ENDS_PRESERVED: u32 = 7;

impl BetterAuth {
    /// Reads `[side_by_side]`; None where Signet is alone.
    pub fn read(root: &mut Section<'_>) -> Option<Self> {
        let mut section = root.table("side_by_side");
        let doc = "The release of a Better Auth that serves the same users from the same database at the same time, e.g. \
                   `\"1.7.7\"`. New passwords are then hashed as it can read them, and what it could not live with is refused.";
        section.ask("better_auth", "text", Unset::Says("Signet is alone"), doc, |given| {
            let text = given.text().ok_or_else(|| given.mismatch("a release in quotes, like \"1.7.7\""))?;
            text.parse()
        })
    }

    /// Whether it leaves the rows of ended sessions as they were where it is told to keep them.
    pub fn is_before_1_7(&self) -> bool {
        self.minor < ENDS_PRESERVED
    }

    /// Whether it takes every key for one of its own configured algorithm, whatever the key's row says.
    pub fn ignores_algorithms(&self) -> bool {
        self.minor < READS_ALGORITHMS
    }
}

impl FromStr for BetterAuth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("is {text:?}; give the release of the other server, like \"1.7.7\"");
        let core = text.split_once(['-', '+']).map_or(text, |(core, _)| core);
        let numbers: Option<Vec<u32>> = core.split('.').map(|number| number.parse().ok()).collect();
        match numbers.as_deref() {
            Some([1, minor] | [1, minor, _]) if *minor >= OLDEST => Ok(Self { minor: *minor, text: text.to_owned() }),
            Some([0, ..] | [1, _] | [1, _, _]) => {
                Err(format!("is {text:?}; releases before 1.2 wrote other formats: update that server first"))
            }
            Some([_, _] | [_, _, _]) => Err(format!("is {text:?}; only releases 1.2 to 1.x are known")),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for BetterAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Better Auth {}", self.text)
    }
}
