//! A client's connection, which ends when the client lets it hang.
//!
//! actix gives the head of a connection's first request a deadline, but no other head, nor a chunked body that no route
//! reads, nor an answer that nobody takes. One rule covers these: from the first byte that came after an answer, and from
//! the moment that a client takes no more of one, it has [`LIMIT`] until a byte goes out. The time in which a request is
//! [handled](Handling) does not count: that is ours, and has limits of its own.
//!
//! What is passed on between a client and another server may pause. While it [streams](Streaming), what the client sends
//! starts no clock, and a client that takes nothing has as long as the stream may rest.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

const LIMIT: Duration = Duration::from_secs(10);

/// A connection with a client.
pub struct Connection {
    stream: TcpStream,
    handling: Handling,
    /// Since when the client lets it hang.
    begun: Option<Instant>,
    /// Made when it is first needed. It may ring before the time is over: then it is set anew.
    timer: Option<Pin<Box<Sleep>>>,
}

/// How many requests of a connection are being handled, and what streams through it.
#[derive(Clone, Default)]
pub struct Handling(Rc<Counts>);

#[derive(Default)]
struct Counts {
    handled: Cell<usize>,
    streams: Cell<usize>,
    /// How long a stream may rest.
    rest: Cell<Duration>,
}

/// One of them, until it is dropped.
pub struct Handled(Handling);

/// An answer that is passed on while it comes, until this is dropped.
pub struct Streaming(Handling);

impl Handling {
    /// Counts a request.
    pub fn begin(&self) -> Handled {
        self.0.handled.update(|count| count + 1);
        Handled(self.clone())
    }

    /// Counts a stream that may rest so long.
    pub fn stream(&self, rest: Duration) -> Streaming {
        self.0.streams.update(|count| count + 1);
        self.0.rest.set(rest);
        Streaming(self.clone())
    }

    fn streams(&self) -> bool {
        self.0.streams.get() > 0
    }

    fn limit(&self) -> Duration {
        if self.streams() { self.0.rest.get().max(LIMIT) } else { LIMIT }
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.0.0.streams.update(|count| count - 1);
    }
}

impl Drop for Handled {
    fn drop(&mut self) {
        self.0.0.handled.update(|count| count - 1);
    }
}

impl Connection {
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, handling: Handling::default(), begun: None, timer: None }
    }

    /// For whoever handles its requests.
    pub fn handling(&self) -> Handling {
        self.handling.clone()
    }

    fn begin(&mut self) {
        self.begun.get_or_insert_with(Instant::now);
    }

    /// Fails when the time is over; else sees to it that the task is woken then.
    fn in_time(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.handling.0.handled.get() > 0 {
            self.begun = None;
        }
        let Some(begun) = self.begun else { return Ok(()) };
        let due = begun + self.handling.limit();
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
        while timer.as_mut().poll(context).is_ready() {
            if timer.deadline() >= due {
                return Err(io::ErrorKind::TimedOut.into());
            }
            timer.as_mut().reset(due);
        }
        Ok(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before && !self.handling.streams() {
            self.begin();
        }
        self.in_time(context)?;
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_pending() {
            self.begin();
            self.in_time(context)?;
        } else {
            self.begun = None;
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
