//! Counts in memory: exact, bounded, and forgotten when they are over.
//!
//! Clients stand in the order in which they came. Each request looks at the two at the head and lets go of those whose
//! window is over, so the memory shrinks as it grew. Where there is no room left, the first goes that is not at its limit:
//! whoever floods the memory with addresses pushes out other addresses of that kind, and frees nobody.

use std::collections::VecDeque;
use std::collections::hash_map::{Entry, HashMap, RandomState};
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use super::rules::Rule;
use crate::base::Timestamp;
use crate::store::rate_limit::Hit;

/// How many clients are counted at most.
const ROOM: usize = 100_000;
/// How many at the head are passed over, since they are at their limit, before one of them goes all the same.
const PASSED_OVER: usize = 64;

/// Counts by client and path.
pub struct Buckets {
    inner: Mutex<Inner>,
    room: usize,
    /// Two at once: nobody can look for names that share a number.
    hashers: [RandomState; 2],
}

#[derive(Default)]
struct Inner {
    buckets: HashMap<Name, Bucket>,
    order: VecDeque<Name>,
}

/// What stands for a key, of a length that no client chooses.
type Name = [u64; 2];

#[derive(Clone, Copy)]
struct Bucket {
    rule: Rule,
    count: u32,
    /// When the last request was let through.
    last: Timestamp,
}

impl Bucket {
    /// For how many milliseconds more the count matters. It matters for no longer than a window, also where the clock was
    /// set back.
    fn left(&self, now: Timestamp) -> i64 {
        self.rule.window - now.millis_since(self.last).max(0)
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.left(now) <= 0
    }

    fn is_full(&self) -> bool {
        self.count >= self.rule.max
    }
}

impl Default for Buckets {
    fn default() -> Self {
        Self::with_room(ROOM)
    }
}

impl Buckets {
    fn with_room(room: usize) -> Self {
        Self { inner: Mutex::default(), room, hashers: [RandomState::new(), RandomState::new()] }
    }

    /// Counts a request, unless as many as may have passed already.
    pub fn hit(&self, key: &str, rule: Rule, now: Timestamp) -> Hit {
        let name = [self.hashers[0].hash_one(key), self.hashers[1].hash_one(key)];
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.sweep(now);
        if !inner.buckets.contains_key(&name) && inner.buckets.len() >= self.room {
            inner.make_room(now);
        }
        inner.hit(name, rule, now)
    }

    /// Begins a count anew.
    pub fn forget(&self, key: &str) {
        let name = [self.hashers[0].hash_one(key), self.hashers[1].hash_one(key)];
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = inner.buckets.get_mut(&name) {
            bucket.count = 0;
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let inner = self.inner.lock().unwrap();
        assert_eq!(inner.buckets.len(), inner.order.len());
        inner.buckets.len()
    }
}

impl Inner {
    fn hit(&mut self, name: Name, rule: Rule, now: Timestamp) -> Hit {
        match self.buckets.entry(name) {
            Entry::Vacant(place) => {
                place.insert(Bucket { rule, count: 1, last: now });
                self.order.push_back(name);
                Hit::Passes
            }
            Entry::Occupied(mut bucket) => {
                let bucket = bucket.get_mut();
                bucket.rule = rule;
                if bucket.is_over(now) {
                    *bucket = Bucket { rule, count: 1, last: now };
                } else if bucket.is_full() {
                    bucket.last = bucket.last.min(now);
                    return Hit::Over(bucket.left(now));
                } else {
                    *bucket = Bucket { rule, count: bucket.count + 1, last: now };
                }
                Hit::Passes
            }
        }
    }

    /// Looks at the two that came first; those that stay go to the end.
    fn sweep(&mut self, now: Timestamp) {
        for _ in 0..2 {
            let Some(name) = self.order.pop_front() else { return };
            if self.buckets.get(&name).is_some_and(|bucket| bucket.is_over(now)) {
                self.buckets.remove(&name);
            } else {
                self.order.push_back(name);
            }
        }
    }

    fn make_room(&mut self, now: Timestamp) {
        for passed in 0..=PASSED_OVER {
            let Some(name) = self.order.pop_front() else { return };
            let stays = self.buckets.get(&name).is_some_and(|bucket| bucket.is_full() && !bucket.is_over(now));
            if stays && passed < PASSED_OVER {
                self.order.push_back(name);
            } else {
                self.buckets.remove(&name);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const RULE: Rule = Rule::new(10, 3);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000 + seconds)
    }

    #[test]
    fn a_count_ends_a_window_after_the_last_that_was_let_through() {
        let buckets = Buckets::default();
        for (millis, expected) in [
            (0, Hit::Passes),
            (4_000, Hit::Passes),
            (8_000, Hit::Passes),
            (12_000, Hit::Over(6_000)),
            (15_000, Hit::Over(3_000)),
            (18_500, Hit::Passes),
        ] {
            assert_eq!(buckets.hit("a", RULE, at(0).plus_millis(millis)), expected, "{millis}");
        }
    }

    #[test]
    fn t78_a_clock_that_is_set_back_locks_out_for_no_longer_than_a_window() {
        let buckets = Buckets::default();
        for _ in 0..3 {
            assert_eq!(buckets.hit("a", RULE, at(3_600)), Hit::Passes);
        }
        assert_eq!(buckets.hit("a", RULE, at(0)), Hit::Over(10_000));
        assert_eq!(buckets.hit("a", RULE, at(9)), Hit::Over(1_000));
        assert_eq!(buckets.hit("a", RULE, at(10)), Hit::Passes);
    }

    #[test]
    fn t78_of_many_threads_at_once_exactly_as_many_pass_as_may() {
        let buckets = Arc::new(Buckets::default());
        let threads: Vec<_> = (0..100)
            .map(|_| {
                let buckets = Arc::clone(&buckets);
                std::thread::spawn(move || buckets.hit("a", RULE, at(0)) == Hit::Passes)
            })
            .collect();
        assert_eq!(threads.into_iter().filter_map(|thread| thread.join().unwrap().then_some(())).count(), 3);
    }

    #[test]
    fn t79_a_million_addresses_take_bounded_room_and_free_nobody_who_is_limited() {
        let buckets = Buckets::with_room(1_000);
        for _ in 0..4 {
            buckets.hit("limited", RULE, at(0));
        }
        for number in 0..1_000_000 {
            assert_eq!(buckets.hit(&format!("{number}"), RULE, at(1)), Hit::Passes);
        }
        assert_eq!(buckets.len(), 1_000);
        assert_eq!(buckets.hit("limited", RULE, at(2)), Hit::Over(8_000));
    }

    #[test]
    fn t79_where_all_are_limited_there_is_room_for_a_new_one_all_the_same() {
        let buckets = Buckets::with_room(100);
        for number in 0..400 {
            buckets.hit(&format!("{}", number / 4), RULE, at(0));
        }
        assert_eq!(buckets.hit("new", RULE, at(1)), Hit::Passes);
        assert_eq!(buckets.len(), 100);
    }

    #[test]
    fn t79_what_is_over_is_forgotten_by_and_by() {
        let buckets = Buckets::default();
        for number in 0..1_000 {
            buckets.hit(&format!("{number}"), RULE, at(0));
        }
        for _ in 0..1_000 {
            buckets.hit("a", RULE, at(60));
        }
        assert_eq!(buckets.len(), 1);
    }
}
