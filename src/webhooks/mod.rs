//! Notices to an application of what happens to users and sessions. The reporter writes each into the outbox in the
//! transaction of what it tells of; the messenger posts them, one user's in their order, until they are taken.

pub mod config;
mod event;
mod messenger;
mod reporter;

pub use self::messenger::Messenger;
pub use self::reporter::Reporter;

/// The outbox's name for notices.
pub const CARRIER: &str = "webhooks";
