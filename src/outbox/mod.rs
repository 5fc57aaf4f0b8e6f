//! The outbox, seen by those who post and those who carry: what is posted is sealed, kept in the database, and carried
//! by any replica until it has left. A recipient may get a message twice, when a process dies at the wrong moment; it
//! then bears the same id.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Notify;

use crate::base::meter::Count;
use crate::base::{Clock, Error, Random, Result};
use crate::crypto::Sealer;
use crate::store::Store;
use crate::store::audit::Line;
use crate::store::notice::Posting;
use crate::store::outbox::{LEASE, Message};

/// How often the database is asked for what other replicas left behind and what is due again.
const POLL: Duration = Duration::from_secs(5);
/// How long carrying may take: less than the lease, so that nobody else carries the same meanwhile.
const PATIENCE: Duration = Duration::from_secs(LEASE as u64 - 5);
/// The longest pause between two attempts, in seconds.
const LONGEST_PAUSE: i64 = 300;
/// What has not left after a day is of no use any more, in seconds.
const GIVE_UP: i64 = 86_400;

/// What becomes of an attempt.
#[derive(Debug)]
pub enum Outcome {
    /// It has left, or nobody wants it any more.
    Left,
    /// Another attempt may succeed; why this one did not.
    Later(String),
    /// No attempt will succeed, and why.
    Never(String),
}

/// Carries the messages of one kind.
pub trait Carrier: Send + Sync {
    /// The kind.
    fn name(&self) -> &'static str;
    /// Makes one attempt.
    fn carry<'a>(&'a self, message: &'a Message, content: Value) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;
}

/// What a carrier has done.
#[derive(Default)]
pub struct Tally {
    pub left: Count,
    pub postponed: Count,
    pub dropped: Count,
}

/// Takes messages and has them carried.
pub struct Outbox {
    store: Store,
    packer: Packer,
    clock: Clock,
    tallies: BTreeMap<&'static str, Tally>,
}

#[derive(Serialize, Deserialize)]
struct Parcel {
    carrier: String,
    content: Value,
}

/// Makes messages of contents. Whoever writes rows of the outbox within a transaction has one.
#[derive(Clone)]
pub struct Packer {
    sealer: Sealer,
    random: Random,
    posted: Arc<Notify>,
}

impl Packer {
    /// A message with an id of its own, sealed.
    ///
    /// # Errors
    /// Where the content is no JSON.
    pub fn pack(&self, carrier: &'static str, recipient: &str, content: &impl Serialize) -> Result<Posting> {
        let content = serde_json::to_value(content).map_err(Error::broken)?;
        let parcel = Parcel { carrier: carrier.to_owned(), content };
        let text = serde_json::to_string(&parcel).map_err(Error::broken)?;
        Ok(Posting {
            id: self.random.uuid().to_string(),
            recipient: format!("{carrier}:{recipient}"),
            content: self.sealer.seal(&self.random, &text),
        })
    }

    /// What is notified of each message once it is there.
    pub fn posted(&self) -> Arc<Notify> {
        Arc::clone(&self.posted)
    }
}

impl Outbox {
    /// An outbox for carriers of these names.
    pub fn new(store: Store, sealer: Sealer, random: Random, clock: Clock, carriers: &[&'static str]) -> Self {
        let tallies = carriers.iter().map(|name| (*name, Tally::default())).collect();
        Self { store, packer: Packer { sealer, random, posted: Arc::default() }, clock, tallies }
    }

    /// Keeps a message until it has left, and what the audit trail says of it. What goes to one recipient by one carrier keeps
    /// its order.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub async fn post(
        &self,
        carrier: &'static str,
        recipient: &str,
        content: &impl Serialize,
        line: Option<Line>,
    ) -> Result<()> {
        let Posting { id, recipient, content } = self.packer.pack(carrier, recipient, content)?;
        self.store.post(&id, &recipient, &content, line).await?;
        self.packer.posted.notify_one();
        Ok(())
    }

    /// What makes messages of this outbox.
    pub fn packer(&self) -> Packer {
        self.packer.clone()
    }

    /// What each carrier has done since the start.
    pub fn tallies(&self) -> impl Iterator<Item = (&'static str, &Tally)> {
        self.tallies.iter().map(|(name, tally)| (*name, tally))
    }

    /// How many messages have not left, those of other replicas too.
    pub async fn waiting(&self) -> Result<i64> {
        self.store.waiting_messages().await
    }

    /// How many of them have waited for longer than any message that only waits for its turn: attempts to send them fail.
    pub async fn overdue(&self) -> Result<i64> {
        self.store.messages_waiting_for(LONGEST_PAUSE).await
    }

    /// Has messages carried for as long as the server runs.
    pub async fn run(self: Arc<Self>, carriers: Vec<Arc<dyn Carrier>>) {
        loop {
            match self.round(&carriers).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!("the outbox cannot be read, next try in {POLL:?}: {}", error.chain()),
            }
            // Whichever comes first; a wake-up that came during the round is not lost.
            let _ = tokio::time::timeout(POLL, self.packer.posted.notified()).await;
        }
    }

    /// Carries what is due; whether there was anything.
    async fn round(&self, carriers: &[Arc<dyn Carrier>]) -> Result<bool> {
        let messages = self.store.take_messages().await?;
        let outcomes = join_all(messages.iter().map(|message| self.attempt(carriers, message))).await;
        outcomes.into_iter().collect::<Result<Vec<()>>>()?;
        Ok(!messages.is_empty())
    }

    async fn attempt(&self, carriers: &[Arc<dyn Carrier>], message: &Message) -> Result<()> {
        let Some((carrier, content)) = self.open(carriers, message) else {
            // Another release's, or another secret's: left for who can read it, until nobody wants it any more.
            return self.settle(message, None, Outcome::Later("it cannot be read here".to_owned())).await;
        };
        let outcome = tokio::time::timeout(PATIENCE, carrier.carry(message, content)).await;
        let outcome = outcome.unwrap_or_else(|_| Outcome::Later(format!("it took longer than {PATIENCE:?}")));
        self.settle(message, Some(carrier.name()), outcome).await
    }

    fn open<'c>(&self, carriers: &'c [Arc<dyn Carrier>], message: &Message) -> Option<(&'c Arc<dyn Carrier>, Value)> {
        let text = self.packer.sealer.open(&message.content).ok()?;
        let parcel: Parcel = serde_json::from_str(&text).ok()?;
        let carrier = carriers.iter().find(|carrier| carrier.name() == parcel.carrier)?;
        Some((carrier, parcel.content))
    }

    async fn settle(&self, message: &Message, carrier: Option<&'static str>, outcome: Outcome) -> Result<()> {
        let tally = carrier.and_then(|name| self.tallies.get(name));
        let (id, attempts, carrier) = (&message.id, message.attempts, carrier.unwrap_or("unknown"));
        let is_stale = message.created_at.plus_seconds(GIVE_UP) < self.clock.now();
        match outcome {
            Outcome::Left => {
                tally.inspect(|tally| tally.left.add());
                self.store.finish_message(id).await
            }
            Outcome::Later(why) if !is_stale => {
                tally.inspect(|tally| tally.postponed.add());
                let pause = pause(attempts);
                tracing::warn!(%id, carrier, attempts, "a message has not left, next try in {pause} s: {why}");
                self.store.postpone_message(id, pause).await
            }
            Outcome::Later(why) | Outcome::Never(why) => {
                tally.inspect(|tally| tally.dropped.add());
                tracing::error!(%id, carrier, attempts, "a message was given up: {why}");
                self.store.finish_message(id).await
            }
        }
    }
}

/// How long to wait after so many attempts, in seconds: twice as long each time.
fn pause(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    2_i64.checked_pow(doublings).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        assert_eq!([1, 2, 3, 9, 10, 400, i64::MAX].map(pause), [1, 2, 4, 256, 300, 300, 300]);
    }
}
