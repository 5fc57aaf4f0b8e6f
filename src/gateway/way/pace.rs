//! Whether a body that is under way gets on.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::fault::Fault;
use crate::gateway::upload::{State, Upload};

/// In such a time a client sends at least so much of a body, for as long as there is no answer.
const PACE: (Duration, u64) = (Duration::from_secs(30), 1024);
/// How often a body that is under way is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Returns once a body gets on no longer, with why.
pub(super) async fn stuck(upload: &Upload, response_timeout: Duration) -> Fault {
    let progress = &upload.progress;
    let mut pace = Pace::from(0);
    loop {
        sleep(LOOK).await;
        if let Some(fault) = cut_off(upload) {
            return fault;
        }
        match progress.state.get() {
            State::Client if !pace.is_kept(progress.taken.get()) => return Fault::ClientTooSlow,
            State::Upstream | State::Done => {
                pace = Pace::from(progress.taken.get());
                if progress.moved_at.get().elapsed() > response_timeout {
                    return Fault::TooSlow;
                }
            }
            State::Client | State::TooLong | State::BrokenOff => {}
        }
    }
}

/// Why a body ended before its end, if it did.
pub(super) fn cut_off(upload: &Upload) -> Option<Fault> {
    match upload.progress.state.get() {
        State::TooLong => Some(Fault::TooLong),
        State::BrokenOff => Some(Fault::ClientLeft),
        State::Client | State::Upstream | State::Done => None,
    }
}

/// How fast a client sends a body.
struct Pace {
    since: Instant,
    taken: u64,
}

impl Pace {
    fn from(taken: u64) -> Self {
        Self { since: Instant::now(), taken }
    }

    fn is_kept(&mut self, taken: u64) -> bool {
        let (span, least) = PACE;
        if self.since.elapsed() < span {
            return true;
        }
        let is_kept = taken - self.taken >= least;
        *self = Self::from(taken);
        is_kept
    }
}
