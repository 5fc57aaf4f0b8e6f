//! From an event of `tracing` to a line.

use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::line::{self, Frame, Said, Style};
use crate::base::{Clock, RequestId};

/// Hands each event to a writer as one line, its end included.
pub struct Lines<W> {
    style: Style,
    clock: Clock,
    write: W,
}

impl<W> Lines<W> {
    pub fn new(style: Style, clock: Clock, write: W) -> Self {
        Self { style, clock, write }
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber,
    W: Fn(&str) + 'static,
{
    /// What spans hold is not ours, and is never written.
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said::new(self.style);
        event.record(&mut said);
        let (target, request) = (said.target.take(), RequestId::current());
        let frame = Frame {
            time: self.clock.now(),
            level: *event.metadata().level(),
            target: target.as_deref().unwrap_or(event.metadata().target()),
            request: request.as_ref().map(RequestId::as_str),
        };
        (self.write)(&line::write(&frame, &said));
    }
}
