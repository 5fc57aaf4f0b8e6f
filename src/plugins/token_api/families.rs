//! Refresh tokens: each is spent for the next one, and those of one session are a family.
//!
//! Of a token nothing is kept but its digest. One statement decides what it is good for: it gives a token that nobody has
//! spent a random number, and finds the number of one that was spent within the reuse interval. The successor follows from
//! the token and that number (`crypto::successor`). So of any number of requests at once the first chooses, all get the
//! same successor, and a family never forks; a client that got no answer asks again and gets what it was to get. The
//! database alone yields no token, neither by the digests nor by the numbers.
//!
//! What is shown after the interval was copied: whoever it was taken from and whoever took it are told apart by nobody, so
//! the family ends with its session. Within the interval, a token whose successor was spent in turn is refused and ends
//! nothing: the client that has the newer one goes on with it, and a thief gets nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::{Clock, Error, Random, Result, Timestamp};
use crate::crypto::{digest, successor};
use crate::store::Store;
use crate::store::refresh_token::RefreshToken;

/// The refresh tokens of a deployment.
pub struct Families {
    store: Store,
    clock: Clock,
    random: Random,
    /// In seconds.
    lifetime: i64,
    /// In seconds.
    reuse_interval: i64,
}

/// What a refresh token that was shown is good for.
pub enum Turn {
    /// This one, which is of the session.
    Next { token: String, session_id: String },
    /// Nothing: it was just spent, and so was its successor.
    Late,
    /// Nothing: it was spent long ago. Whoever shows it may have stolen it.
    Reused { session_id: String },
    /// Nothing: it is none, or has expired.
    Unknown,
}

impl Families {
    pub fn new(store: Store, clock: Clock, random: Random, lifetime: i64, reuse_interval: i64) -> Self {
        Self { store, clock, random, lifetime, reuse_interval }
    }

    /// When a family ends whose newest token was made now.
    pub fn ends(&self) -> Timestamp {
        self.clock.now().plus_seconds(self.lifetime)
    }

    /// The first token of a session.
    pub async fn begin(&self, session_id: &str) -> Result<String> {
        self.store.sweep_refresh_tokens().await?;
        let token = self.secret();
        self.keep(&token, session_id).await?;
        Ok(token)
    }

    /// Spends a token for its successor.
    pub async fn turn(&self, token: &str) -> Result<Turn> {
        let digest = digest::base64url(token);
        let just_now = self.clock.now().plus_seconds(-self.reuse_interval);
        let Some(spent) = self.store.spend_refresh_token(&digest, &self.secret(), just_now).await? else {
            return self.refuse(&digest).await;
        };
        let nonce = spent.nonce.ok_or_else(|| Error::broken("a refresh token was spent without a number"))?;
        let token = successor(token, &nonce);
        let next = self.keep(&token, &spent.session_id).await?;
        Ok(if next.spent_at.is_some() { Turn::Late } else { Turn::Next { token, session_id: spent.session_id } })
    }

    /// The session of a token, spent or not.
    pub async fn session_of(&self, token: &str) -> Result<Option<String>> {
        let found = self.store.refresh_token(&digest::base64url(token)).await?;
        Ok(found.map(|found| found.session_id))
    }

    /// Why a token was not spent.
    async fn refuse(&self, digest: &str) -> Result<Turn> {
        let found = self.store.refresh_token(digest).await?.filter(|found| found.spent_at.is_some());
        Ok(found.map_or(Turn::Unknown, |found| Turn::Reused { session_id: found.session_id }))
    }

    async fn keep(&self, token: &str, session_id: &str) -> Result<RefreshToken> {
        self.store.keep_refresh_token(&digest::base64url(token), session_id, self.ends()).await
    }

    /// 256 random bits.
    fn secret(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.random.bytes::<32>())
    }
}
