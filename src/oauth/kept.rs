//! What is asked of a provider once and kept: its keys, its description. Asked again when it is old or when something is
//! missing from it, by one request at a time and not more often than every few seconds, whatever comes in.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use crate::base::{Clock, Timestamp};

/// For how long it is taken as it is, in seconds.
const FRESH: i64 = 600;
/// For how long it is better than nothing.
const USABLE: i64 = 86_400;
/// How long after an attempt the next one may come.
const PAUSE: i64 = 10;

pub struct Kept<T> {
    clock: Clock,
    held: RwLock<Held<T>>,
    /// Held by whoever asks.
    asking: Mutex<()>,
}

struct Held<T> {
    value: Option<(Arc<T>, Timestamp)>,
    tried_at: Option<Timestamp>,
}

impl<T> Kept<T> {
    pub fn new(clock: Clock) -> Self {
        Self { clock, held: RwLock::new(Held { value: None, tried_at: None }), asking: Mutex::new(()) }
    }

    /// A value that serves, asked for with `ask` where none is kept.
    pub async fn get(&self, serves: impl Fn(&T) -> bool, ask: impl AsyncFnOnce() -> Option<T>) -> Option<Arc<T>> {
        if let Some(value) = self.kept(&serves, FRESH) {
            return Some(value);
        }
        // What serves and is old does not wait for those who ask.
        let old = self.kept(&serves, USABLE);
        let _asking = match (self.asking.try_lock(), &old) {
            (Ok(asking), _) => asking,
            (Err(_), Some(_)) => return old,
            (Err(_), None) => self.asking.lock().await,
        };
        if let Some(value) = self.kept(&serves, FRESH) {
            return Some(value);
        }
        if let Some(attempt) = self.begin() {
            let value = ask().await;
            attempt.finish();
            let now = self.clock.now();
            self.write(|held| {
                // Who waited for an attempt that came to nothing does not begin the next one.
                held.tried_at = Some(now);
                if let Some(value) = value {
                    held.value = Some((Arc::new(value), now));
                }
            });
        }
        self.kept(&serves, USABLE)
    }

    fn kept(&self, serves: impl Fn(&T) -> bool, seconds: i64) -> Option<Arc<T>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let (value, since) = held.value.as_ref()?;
        let is_young = self.clock.now() < since.plus_seconds(seconds);
        (is_young && serves(value)).then(|| Arc::clone(value))
    }

    /// An attempt, if one may be made now; it counts as made.
    fn begin(&self) -> Option<Attempt<'_, T>> {
        let now = self.clock.now();
        self.write(|held| {
            let may = held.tried_at.is_none_or(|tried| now >= tried.plus_seconds(PAUSE) || now < tried);
            let before = held.tried_at;
            if may {
                held.tried_at = Some(now);
            }
            may.then(|| Attempt { kept: self, before, is_over: false })
        })
    }

    fn write<R>(&self, change: impl FnOnce(&mut Held<T>) -> R) -> R {
        change(&mut self.held.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An attempt under way. One that is dropped, since its client has left, does not count: the next may ask at once.
struct Attempt<'k, T> {
    kept: &'k Kept<T>,
    before: Option<Timestamp>,
    is_over: bool,
}

impl<T> Attempt<'_, T> {
    fn finish(mut self) {
        self.is_over = true;
    }
}

impl<T> Drop for Attempt<'_, T> {
    fn drop(&mut self) {
        if !self.is_over {
            self.kept.write(|held| held.tried_at = self.before);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    struct Source {
        kept: Kept<u32>,
        asked: AtomicU32,
    }

    impl Source {
        fn new(clock: &Clock) -> Self {
            Self { kept: Kept::new(clock.clone()), asked: AtomicU32::new(0) }
        }

        /// Asks for a value of at least this; each that is asked for is one more than the last.
        async fn get(&self, least: u32) -> Option<u32> {
            let ask = async || {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Some(self.asked.fetch_add(1, Ordering::SeqCst) + 1)
            };
            self.kept.get(|value| *value >= least, ask).await.map(|value| *value)
        }
    }

    #[actix_web::test]
    async fn t61_a_storm_for_what_is_missing_asks_once_in_ten_seconds_and_does_not_disturb_the_others() {
        let clock = Clock::manual(Timestamp::from_seconds(1_000_000));
        let source = Source::new(&clock);
        assert_eq!(source.get(1).await, Some(1));
        let storm = join_all((0..1000).map(|_| source.get(9))).await;
        assert!(storm.iter().all(Option::is_none));
        assert_eq!(source.get(1).await, Some(1));
        assert_eq!(source.asked.load(Ordering::SeqCst), 1, "the first question was a moment ago");
        clock.advance(Duration::from_secs(10));
        join_all((0..1000).map(|_| source.get(9))).await;
        assert_eq!(source.asked.load(Ordering::SeqCst), 2);
    }

    #[actix_web::test]
    async fn t51_a_question_that_its_client_has_left_does_not_keep_others_from_asking() {
        let clock = Clock::manual(Timestamp::from_seconds(1_000_000));
        let source = Source::new(&clock);
        let left = tokio::time::timeout(Duration::from_millis(1), source.get(1)).await;
        assert!(left.is_err());
        assert_eq!(source.get(1).await, Some(1));
    }

    #[actix_web::test]
    async fn what_is_old_is_asked_for_again_and_serves_while_nobody_answers() {
        let clock = Clock::manual(Timestamp::from_seconds(1_000_000));
        let source = Source::new(&clock);
        assert_eq!(join_all((0..50).map(|_| source.get(1))).await, vec![Some(1); 50]);
        clock.advance(Duration::from_secs(601));
        assert_eq!(source.get(1).await, Some(2));
        clock.advance(Duration::from_secs(601));
        assert_eq!(source.kept.get(|_| true, async || None).await.as_deref(), Some(&2));
        clock.advance(Duration::from_secs(86_400));
        assert_eq!(source.kept.get(|_| true, async || None).await, None);
    }
}
