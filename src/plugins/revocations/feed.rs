//! The feed as this process has it: what is live, in memory, and the loop that keeps it up to date.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use super::entries::Entries;
use crate::base::{Error, Result};
use crate::store::Store;
use crate::store::revocation::BATCH;

/// Between two looks for what other replicas have revoked.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two looks at least: what happens within it goes out together.
const GAP: Duration = Duration::from_millis(250);
/// After so long without a good look nobody is told that there is nothing new.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many requests may wait for news at a time; others are answered after a second.
const MOST_WAITING: usize = 2_000;
/// What the watch shows when nobody shall wait any more.
const CLOSED: i64 = i64::MAX;

/// The revocations of a deployment as this replica knows them.
pub struct Feed {
    store: Store,
    known: RwLock<Known>,
    /// The greatest number.
    news: watch::Sender<i64>,
    waiting: Semaphore,
}

#[derive(Default)]
struct Known {
    entries: Entries,
    /// When the last good look began.
    looked_at: Option<Instant>,
}

impl Feed {
    pub fn new(store: Store) -> Self {
        Self { store, known: RwLock::default(), news: watch::Sender::new(0), waiting: Semaphore::new(MOST_WAITING) }
    }

    /// Looks for news for as long as the server runs: once a second, and as soon as this process has revoked something.
    pub async fn run(self: Arc<Self>) {
        let revoked = self.store.revoked();
        let mut told = false;
        loop {
            let begun = Instant::now();
            match self.look().await {
                Ok(()) => told = false,
                // Once for each time that it begins.
                Err(error) if !std::mem::replace(&mut told, true) => {
                    tracing::warn!("revocations could not be looked for, next try in {PAUSE:?}: {}", error.chain());
                }
                Err(_) => {}
            }
            sleep_until(begun + GAP).await;
            // Either way there is a look.
            let _ = timeout_at(begun + PAUSE, revoked.notified()).await;
        }
    }

    /// Numbers what has no number, and reads what is new.
    ///
    /// # Errors
    /// 503 where the database is away; what is known stays as it is.
    pub async fn look(&self) -> Result<()> {
        let begun = Instant::now();
        let state = self.store.revocation_state().await?;
        if state.unnumbered > 0 {
            while self.store.number_revocations().await? >= BATCH as u64 {}
        }
        let mut newest = self.read().entries.newest();
        while state.unnumbered > 0 || state.newest > newest {
            let news = self.store.revocations_after(newest).await?;
            let is_all = news.len() < BATCH;
            let mut known = self.write();
            known.entries.add(news);
            newest = known.entries.newest();
            if is_all {
                break;
            }
        }
        // The last ones may have expired before they were read.
        newest = newest.max(state.newest);
        let mut known = self.write();
        known.entries.reach(newest);
        known.entries.forget(self.store.clock().now());
        known.looked_at = Some(begun);
        drop(known);
        self.news.send_if_modified(|known| {
            let is_news = newest > *known;
            *known = newest.max(*known);
            is_news
        });
        Ok(())
    }

    /// Waits until there is something newer than a number, for so long at most; not while nobody knows.
    pub async fn wait_for_news(&self, since: i64, longest: Duration) {
        if self.entries(|_| ()).is_err() {
            return;
        }
        let Ok(_place) = self.waiting.try_acquire() else {
            // Whoever finds no place asks again at once: that must not become a loop.
            return sleep(longest.min(PAUSE)).await;
        };
        let mut news = self.news.subscribe();
        // Nobody cares which of the two it was: the page says.
        let _ = timeout(longest, news.wait_for(|newest| *newest > since)).await;
    }

    /// Answers all who wait, and lets nobody wait from now on: the server stops.
    pub fn close(&self) {
        self.news.send_replace(CLOSED);
    }

    /// What is known, if it is up to date.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub fn entries<T>(&self, read: impl FnOnce(&Entries) -> T) -> Result<T> {
        let known = self.read();
        match known.looked_at {
            Some(looked_at) if looked_at.elapsed() < PATIENCE => Ok(read(&known.entries)),
            _ => Err(Error::unavailable("what was revoked lately is not known")),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}
