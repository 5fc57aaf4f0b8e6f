//! What a route has answered since the start, by status, and how long that took.

use crate::base::meter::{Count, Spread};

/// The statuses of HTTP.
const STATUSES: std::ops::Range<u16> = 100..600;

/// The traffic of one route.
pub struct Traffic {
    /// By status.
    answers: Box<[Count]>,
    /// From the head of a request to the head of its answer.
    pub took: Spread,
}

impl Default for Traffic {
    fn default() -> Self {
        Self { answers: STATUSES.map(|_| Count::default()).collect(), took: Spread::default() }
    }
}

impl Traffic {
    pub fn note(&self, status: u16, took: std::time::Duration) {
        if let Some(answers) = self.answers.get(usize::from(status.wrapping_sub(STATUSES.start))) {
            answers.add();
        }
        self.took.note(took);
    }

    /// How many answers there were of each status that was given at all.
    pub fn answers(&self) -> impl Iterator<Item = (u16, u64)> {
        STATUSES.zip(self.answers.iter().map(Count::get)).filter(|(_, count)| *count > 0)
    }
}
