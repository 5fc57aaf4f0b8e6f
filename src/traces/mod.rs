//! A span of OpenTelemetry for each request, sent to a collector by OTLP. Of what a client sent it has as little as the
//! log: the method, and which route that was.
//!
//! The crates that this takes come with the feature `otlp`. Without it the option is refused, and there is nothing here.

#[cfg(feature = "otlp")]
mod client;
pub mod config;
#[cfg(not(feature = "otlp"))]
mod none;
#[cfg(feature = "otlp")]
mod otlp;

#[cfg(not(feature = "otlp"))]
pub use self::none::{Trace, Traces};
#[cfg(feature = "otlp")]
pub use self::otlp::{Trace, Traces};

/// What a span tells of the answer.
pub struct Answered<'a> {
    /// The pattern, or None where there is no such route.
    pub route: Option<&'a str>,
    pub status: u16,
    pub request_id: &'a str,
}
