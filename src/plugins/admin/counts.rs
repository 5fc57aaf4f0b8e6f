//! How many users fulfil conditions, remembered for a while where they are many, or where the whole table is read to know: to
//! count them again for each page would cost more than the page. Whoever goes on turning pages never waits for a count: a
//! remembered one is renewed in the background before it is too old.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::{Result, Timestamp};
use crate::store::Store;
use crate::store::listing::Condition;

/// How old a count may be, in milliseconds.
const OLDEST: i64 = 10_000;
/// From which age on it is renewed when somebody asks for it.
const AGED: i64 = 4_000;
/// Fewer are counted each time, if an index finds them.
const MANY: i64 = 10_000;
/// How many counts are remembered.
const MOST: usize = 100;

/// The counts of this process. Copies share them.
#[derive(Clone, Default)]
pub struct Counts(Arc<Mutex<HashMap<Vec<Condition>, Counted>>>);

struct Counted {
    count: i64,
    at: Timestamp,
    /// Whether somebody counts anew.
    is_renewed: bool,
}

impl Counts {
    /// How many users fulfil conditions, exactly or ten seconds ago; None where no column has what they name.
    pub async fn of(&self, store: &Store, conditions: &[Condition]) -> Result<Option<i64>> {
        match self.remembered(conditions, store.clock().now()) {
            Some((count, false)) => Ok(Some(count)),
            Some((count, true)) => {
                actix_web::rt::spawn(self.clone().renew(store.clone(), conditions.to_vec()));
                Ok(Some(count))
            }
            None => self.count(store, conditions).await,
        }
    }

    async fn renew(self, store: Store, conditions: Vec<Condition>) {
        if let Err(error) = self.count(&store, &conditions).await {
            tracing::warn!("users cannot be counted in the background: {}", error.chain());
        }
    }

    async fn count(&self, store: &Store, conditions: &[Condition]) -> Result<Option<i64>> {
        let now = store.clock().now();
        let Some(count) = store.count_users(conditions).await? else { return Ok(None) };
        if count > MANY || conditions.iter().any(Condition::is_scanned_for) {
            self.remember(conditions, count, now);
        }
        Ok(Some(count))
    }

    /// The count that is remembered, and whether the caller is to renew it.
    fn remembered(&self, conditions: &[Condition], now: Timestamp) -> Option<(i64, bool)> {
        let mut counts = self.lock();
        let counted = counts.get_mut(conditions).filter(|counted| now.millis_since(counted.at) < OLDEST)?;
        let renews = !counted.is_renewed && now.millis_since(counted.at) > AGED;
        counted.is_renewed |= renews;
        Some((counted.count, renews))
    }

    fn remember(&self, conditions: &[Condition], count: i64, at: Timestamp) {
        let mut counts = self.lock();
        counts.retain(|_, counted| at.millis_since(counted.at) < OLDEST);
        if counts.len() < MOST || counts.contains_key(conditions) {
            counts.insert(conditions.to_vec(), Counted { count, at, is_renewed: false });
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Vec<Condition>, Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::listing::Operator;

    fn condition(number: usize) -> Vec<Condition> {
        vec![Condition { field: "name".to_owned(), operator: Operator::Contains, values: vec![number.to_string()] }]
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for_and_what_is_old_makes_room() {
        let (counts, now) = (Counts::default(), Timestamp::from_millis(1_000_000));
        for number in 0..MOST * 2 {
            counts.remember(&condition(number), 1, now);
        }
        assert_eq!(counts.lock().len(), MOST);
        counts.remember(&condition(0), 2, now);
        assert_eq!(counts.remembered(&condition(0), now), Some((2, false)), "one that is there is renewed");
        counts.remember(&condition(MOST * 3), 3, now.plus_millis(OLDEST));
        assert_eq!(counts.lock().len(), 1);
    }

    #[test]
    fn of_all_who_ask_for_an_aged_count_one_renews_it_and_nobody_is_told_an_old_one() {
        let (counts, now) = (Counts::default(), Timestamp::from_millis(1_000_000));
        counts.remember(&condition(0), 7, now);
        let asked = |millis| counts.remembered(&condition(0), now.plus_millis(millis));
        assert_eq!(asked(AGED), Some((7, false)));
        assert_eq!((asked(AGED + 1), asked(AGED + 2)), (Some((7, true)), Some((7, false))));
        assert_eq!((asked(OLDEST - 1), asked(OLDEST)), (Some((7, false)), None));
    }
}
