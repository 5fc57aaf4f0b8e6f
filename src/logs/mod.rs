//! The log: one event is one line, as text for people or as JSON for machines, and nothing that a client sent can make it
//! two or speak to a terminal. Every line that comes of a request has the request's id.

pub mod config;
mod layer;
mod line;
mod sink;

use std::io::{IsTerminal, stderr};
use std::panic::{self, PanicHookInfo};

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

use self::config::{LogConfig, LogFormat};
pub use self::layer::Lines;
pub use self::line::Style;
pub use self::sink::Sink;
use crate::base::Clock;

/// Starts the log of the process, on stderr. What is logged is written by the time that the answer is dropped.
///
/// `filter` is in the place of the configured level: directives like `info,signet::access=off`.
///
/// # Errors
/// `filter` is none, in words.
pub fn start(config: &LogConfig, filter: Option<&str>, clock: Clock) -> Result<Sink, String> {
    let filter = match filter {
        Some(filter) => EnvFilter::try_new(filter).map_err(|error| error.to_string())?,
        None => EnvFilter::new(config.filter()),
    };
    let terminal = stderr().is_terminal();
    let style = match config.format {
        LogFormat::Json => Style::Json,
        LogFormat::Auto if !terminal => Style::Json,
        LogFormat::Auto | LogFormat::Pretty => Style::Pretty { colours: terminal && config.colours },
    };
    let sink = Sink::open(stderr());
    let lines = Lines::new(style, clock, sink.writer());
    Registry::default().with(filter).with(lines).try_init().map_err(|error| error.to_string())?;
    panic::set_hook(Box::new(log_panic));
    Ok(sink)
}

/// A panic is a line like any other, not some lines of its own.
pub fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "a part of the server panicked: {}", panic.payload_as_str().unwrap_or("no message"));
}
