//! How often a password may be guessed at for one address, from wherever: an attacker with many addresses is one attacker.
//! Sessions that are open stay so, and a link for a new password still comes.

use super::rules::Rule;
use super::{RateLimits, Shared};
use crate::base::{Error, Result};
use crate::crypto::digest;
use crate::store::rate_limit::Hit;

/// A hundred in a row, until a quarter of an hour has gone by since the last. Addresses that are nobody's count alike.
pub const RULE: Rule = Rule { window: 900_000, max: 100 };

impl RateLimits {
    /// Counts an attempt at the password of whoever has an address, given in lower case.
    ///
    /// # Errors
    /// 429 with the time after which the next one is heard.
    pub async fn guess(&self, email: &str) -> Result<()> {
        if !self.counts_guesses {
            return Ok(());
        }
        match self.count(&key(email), RULE, self.clock.now()).await {
            Hit::Passes => Ok(()),
            Hit::Over(millis) => {
                self.tally.limited.add();
                Err(Error::TooMany { millis })
            }
        }
    }

    /// Somebody knew the password: what went before was no guessing.
    pub async fn guessed(&self, email: &str) {
        if !self.counts_guesses {
            return;
        }
        let key = key(email);
        let forgotten = match &self.shared {
            Shared::None => Ok(()),
            Shared::Database(store) => store.forget_rate_limit(&key).await,
            Shared::Secondary(kv) => kv.forget(&key).await.map_err(Into::into),
        };
        self.buckets.forget(&key);
        if let Err(error) = forgotten {
            tracing::debug!("a count of attempts to sign in stays as it is: {}", error.chain());
        }
    }
}

/// Nobody who reads the counts learns an address.
fn key(email: &str) -> String {
    format!("password|{}", digest::base64url(email))
}
