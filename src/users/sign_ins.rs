//! How sign-ins end, counted.

use crate::base::meter::Count;
use crate::base::{Error, Result};

/// The sign-ins since the start.
#[derive(Debug, Default)]
pub struct SignIns {
    succeeded: Count,
    refused: Count,
    invalid: Count,
    failed: Count,
}

impl SignIns {
    /// Counts one by its outcome.
    pub fn note<T>(&self, outcome: &Result<T>) {
        let count = match outcome {
            Ok(_) => &self.succeeded,
            Err(Error::Refused(refused)) if matches!(refused.status, 401 | 403) => &self.refused,
            Err(Error::TooMany { .. }) => &self.refused,
            Err(Error::Refused(_) | Error::Invalid(_)) => &self.invalid,
            Err(Error::Broken(_) | Error::Unavailable { .. }) => &self.failed,
        };
        count.add();
    }

    /// How many ended in which way: a session; credentials that were not accepted; input that could not be right; our
    /// own fault, an absent database and a full queue among them.
    pub fn read(&self) -> [(&'static str, u64); 4] {
        [
            ("succeeded", self.succeeded.get()),
            ("refused", self.refused.get()),
            ("invalid", self.invalid.get()),
            ("failed", self.failed.get()),
        ]
    }
}
