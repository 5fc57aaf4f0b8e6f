//! What was counted of the trail, remembered: what is over does not change any more, and to count a year anew for every
//! dashboard, every ten seconds, would cost more than all that is written.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::{Result, Timestamp};
use crate::store::Store;
use crate::store::audit::counting::{AT_ONCE, Bucket, Counts};

/// How long a count is believed, in milliseconds: lines are deleted once they are old, and sometimes by hand.
const BELIEVED: i64 = 3_600_000;
/// How long all dashboards share one that may still grow.
const SHARED: i64 = 5_000;
/// How many are remembered.
const MOST: usize = 40_000;

/// What this process has counted, by the minute and by the hour. A day is its hours: what was counted of it is kept though the
/// rest could not be, and of a day that goes on only the last hours are counted again.
#[derive(Default)]
pub struct Counted(Mutex<HashMap<(Bucket, Timestamp), Known>>);

struct Known {
    counts: Counts,
    until: Timestamp,
}

impl Counted {
    /// What there is to count from the beginning of one bucket to that of another. Whoever asks waits for nobody else's answer.
    pub async fn counts(
        &self,
        store: &Store,
        bucket: Bucket,
        (first, end): (Timestamp, Timestamp),
    ) -> Result<Vec<(Timestamp, Counts)>> {
        let unit = if bucket == Bucket::Day { Bucket::Hour } else { bucket };
        let now = store.clock().now();
        let (mut buckets, mut at) = (Vec::<(Timestamp, Counts)>::new(), first);
        while at < end {
            let known = self.known(unit, at, now).map(|counts| vec![(at, counts)]);
            let counted = match known {
                Some(counted) => counted,
                None => self.count(store, unit, (at, end), now).await?,
            };
            for (unit_at, counts) in counted {
                at = unit_at.plus_seconds(unit.seconds());
                match buckets.last_mut() {
                    Some((last, sum)) if *last == bucket.of(unit_at) => *sum += counts,
                    _ => buckets.push((bucket.of(unit_at), counts)),
                }
            }
        }
        Ok(buckets)
    }

    /// Counts what comes before the next that is known, or the first of it, and remembers it at once.
    async fn count(
        &self,
        store: &Store,
        unit: Bucket,
        (first, end): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>> {
        let after = |at: &Timestamp| Some(at.plus_seconds(unit.seconds()));
        let gap = std::iter::successors(Some(first), after).take(AT_ONCE);
        let last = gap.take_while(|at| *at < end && self.known(unit, *at, now).is_none()).last().unwrap_or(first);
        let counted = store.audit_counts(unit, first, last.plus_seconds(unit.seconds())).await?;
        // A line is seen once its transaction is committed, which may be after its unit is over: the newest two may grow.
        let grows = unit.of(now).plus_seconds(-unit.seconds());
        let mut remembered = self.lock();
        if remembered.len() > MOST {
            remembered.retain(|_, known| now < known.until);
        }
        if remembered.len() > MOST {
            remembered.clear();
        }
        remembered.extend(counted.iter().map(|(at, counts)| {
            let believed = if *at < grows { BELIEVED } else { SHARED };
            ((unit, *at), Known { counts: *counts, until: now.plus_millis(believed) })
        }));
        drop(remembered);
        Ok(counted)
    }

    fn known(&self, unit: Bucket, at: Timestamp, now: Timestamp) -> Option<Counts> {
        self.lock().get(&(unit, at)).filter(|known| now < known.until).map(|known| known.counts)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Bucket, Timestamp), Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
