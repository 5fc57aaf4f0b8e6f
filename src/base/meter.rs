//! What a part counts of itself: a number that goes up, and how long things took. Each part owns its own, so that servers
//! in one process are not mixed up, and no part knows who reads it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The bounds that a [`Spread`] sorts by, in milliseconds: from an answer out of memory to a client that has given up.
pub const BOUNDS: [u64; 13] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/// How often something happened since the start.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How long something took, sorted by [`BOUNDS`].
#[derive(Debug, Default)]
pub struct Spread {
    /// The last is for what took longer than every bound.
    within: [Count; BOUNDS.len() + 1],
    micros: AtomicU64,
}

/// A [`Spread`] as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpreadReading {
    /// How many took no longer than the bound of the same place.
    pub up_to: [u64; BOUNDS.len()],
    pub count: u64,
    pub sum: Duration,
}

impl Spread {
    pub fn note(&self, took: Duration) {
        let place = BOUNDS.iter().position(|bound| took <= Duration::from_millis(*bound)).unwrap_or(BOUNDS.len());
        self.within[place].add();
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub fn read(&self) -> SpreadReading {
        let mut count = 0;
        let mut up_to = [0; BOUNDS.len()];
        for (place, within) in self.within.iter().enumerate() {
            count += within.get();
            if let Some(up_to) = up_to.get_mut(place) {
                *up_to = count;
            }
        }
        SpreadReading { up_to, count, sum: Duration::from_micros(self.micros.load(Ordering::Relaxed)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_counts_all_that_took_no_longer() {
        let spread = Spread::default();
        for millis in [0, 1, 2, 40, 60_000] {
            spread.note(Duration::from_millis(millis));
        }
        let read = spread.read();
        assert_eq!(read.up_to, [2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4]);
        assert_eq!((read.count, read.sum), (5, Duration::from_millis(60_043)));
    }
}
