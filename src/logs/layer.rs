//! From an event of `tracing` to a line.

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::line::{self, Frame, Said, Style};
use crate::base::Clock;

/// The span of a request, and its field.
const REQUEST: (&str, &str) = ("request", "id");

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
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&str) + 'static,
{
    /// Keeps the id of a request. What other spans hold is not ours, and is never written.
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != REQUEST.0 || !attributes.metadata().target().starts_with("signet") {
            return;
        }
        let mut found = RequestId::default();
        attributes.record(&mut found);
        if let Some(span) = context.span(id) {
            // Another layer may have kept it already.
            span.extensions_mut().replace(found);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let target = said.target.take();
        let span = context.event_scope(event).into_iter().flatten().find(|span| is_request(span.name()));
        let extensions = span.as_ref().map(|span| span.extensions());
        let request = extensions.as_ref().and_then(|extensions| extensions.get::<RequestId>());
        let frame = Frame {
            time: self.clock.now(),
            level: *event.metadata().level(),
            target: target.as_deref().unwrap_or(event.metadata().target()),
            request: request.map(|id| id.0.as_str()),
        };
        (self.write)(&line::write(self.style, &frame, &said));
    }
}

fn is_request(name: &str) -> bool {
    name == REQUEST.0
}

/// Kept with the span of a request.
#[derive(Default)]
struct RequestId(String);

impl Visit for RequestId {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == REQUEST.1 {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
