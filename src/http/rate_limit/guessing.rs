//! How often a password may be guessed at for one address, from wherever: an attacker with many addresses is one attacker.
//! Sessions that are open stay so, and a link for a new password still comes.

use super::rules::Rule;
use super::{RateLimits, Shared};
use crate::base::text::email::Email;
use crate::crypto::digest;
use crate::store::rate_limit::Hit;

/// A hundred in a row, until a quarter of an hour has gone by since the last. Addresses that are nobody's count alike.
pub const RULE: Rule = Rule { window: 900_000, max: 100 };

impl RateLimits {
    /// Counts an attempt to sign in with a password.
    ///
    /// # Errors
    /// After how many milliseconds the next one is heard.
    pub async fn guess(&self, email: &Email) -> Result<(), i64> {
        if !self.enabled {
            return Ok(());
        }
        match self.count(&key(email), RULE, self.clock.now()).await {
            Hit::Passes => Ok(()),
            Hit::Over(millis) => {
                self.tally.limited.add();
                Err(millis)
            }
        }
    }

    /// Somebody knew the password: what went before was no guessing.
    pub async fn guessed(&self, email: &Email) {
        if !self.enabled {
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
fn key(email: &Email) -> String {
    format!("sign-in|{}", digest::base64url(email.as_str()))
}
