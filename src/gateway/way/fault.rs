//! Why there is no answer, or no whole one: what is counted, what is logged, what the client is told.

use super::Way;
use crate::base::error::chain;
use crate::base::meter::Count;
use crate::base::{Error, code};

/// How often there was no whole answer.
#[derive(Default)]
pub(super) struct Failures {
    pub(super) unreachable: Count,
    pub(super) timeout: Count,
    pub(super) broken_off: Count,
}

/// Why there is no answer.
pub(super) enum Fault {
    /// Nobody is there.
    Unreachable(String),
    /// Somebody is, and ended the connection.
    Broken(String),
    TooSlow,
    ClientTooSlow,
    TooLong,
    ClientLeft,
}

impl Way {
    /// Counts and logs a fault; what the client is told of it.
    pub(super) fn fault(&self, fault: &Fault) -> Error {
        let route = &*self.label;
        match fault {
            Fault::Unreachable(why) | Fault::Broken(why) => {
                self.failures.unreachable.add();
                tracing::warn!(route, "answered 502, since the upstream gave no answer: {why}");
                Error::refused(502, code::BAD_GATEWAY)
            }
            Fault::TooSlow => {
                self.failures.timeout.add();
                tracing::warn!(route, "answered 504, since the upstream gave no answer in time");
                Error::refused(504, code::GATEWAY_TIMEOUT)
            }
            Fault::ClientTooSlow => Error::refused(408, code::REQUEST_TIMEOUT),
            Fault::TooLong => Error::refused(413, code::CONTENT_TOO_LARGE),
            Fault::ClientLeft => Error::refused(400, code::BAD_REQUEST),
        }
    }
}

pub(super) fn fault_of(error: reqwest::Error) -> Fault {
    let (is_slow, is_connect) = (error.is_timeout(), error.is_connect());
    let text = chain(&error.without_url());
    match (is_slow, is_connect) {
        (true, _) => Fault::TooSlow,
        (false, true) => Fault::Unreachable(text),
        (false, false) => Fault::Broken(text),
    }
}
