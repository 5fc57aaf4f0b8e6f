//! How many users fulfil conditions, remembered for a while where they are many: to count them again for each page would
//! cost more than the page.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::base::{Result, Timestamp};
use crate::store::Store;
use crate::store::listing::Condition;

/// How old a count may be, in milliseconds.
const OLDEST: i64 = 10_000;
/// Fewer are counted each time.
const MANY: i64 = 10_000;
/// How many counts are remembered.
const MOST: usize = 100;

/// The counts of this process.
#[derive(Default)]
pub struct Counts(Mutex<HashMap<Vec<Condition>, (i64, Timestamp)>>);

impl Counts {
    /// How many users fulfil conditions, exactly or ten seconds ago; None where no column has what they name.
    pub async fn of(&self, store: &Store, conditions: &[Condition]) -> Result<Option<i64>> {
        let now = store.clock().now();
        if let Some(count) = self.remembered(conditions, now) {
            return Ok(Some(count));
        }
        let Some(count) = store.count_users(conditions).await? else { return Ok(None) };
        if count > MANY {
            self.remember(conditions, count, now);
        }
        Ok(Some(count))
    }

    fn remembered(&self, conditions: &[Condition], now: Timestamp) -> Option<i64> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, at) = counts.get(conditions)?;
        (now.millis_since(*at) < OLDEST).then_some(*count)
    }

    fn remember(&self, conditions: &[Condition], count: i64, now: Timestamp) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.retain(|_, (_, at)| now.millis_since(*at) < OLDEST);
        if counts.len() < MOST {
            counts.insert(conditions.to_vec(), (count, now));
        }
    }
}
