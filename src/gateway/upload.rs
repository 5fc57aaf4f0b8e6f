//! The body of a request on its way to the upstream, piece by piece. It ends there only if it has ended here: one that
//! breaks off breaks off there too.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::web::Payload;
use bytes::Bytes;
use futures_util::StreamExt;
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How many pieces wait between the client and the upstream.
const WAITING: usize = 2;

/// A body that is under way. It is given up when this is dropped.
pub struct Upload {
    pub progress: Rc<Progress>,
    task: JoinHandle<()>,
}

/// How far it is.
pub struct Progress {
    /// When a piece last came, or went.
    pub moved_at: Cell<Instant>,
    /// How many bytes came.
    pub taken: Cell<u64>,
    pub state: Cell<State>,
}

/// Who is to do something next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Client,
    Upstream,
    /// All of it has gone.
    Done,
    /// It was longer than it may be.
    TooLong,
    /// The client has left.
    BrokenOff,
}

enum Piece {
    Bytes(Bytes),
    End,
}

impl Upload {
    /// Sets out. What comes out of it goes to the upstream; `length` is what the client has announced.
    pub fn begin(payload: Payload, length: Option<u64>, limit: Option<u64>) -> (Self, Outgoing) {
        let (sender, receiver) = channel(WAITING);
        let progress = Rc::new(Progress {
            moved_at: Cell::new(Instant::now()),
            taken: Cell::new(0),
            state: Cell::new(State::Client),
        });
        let task = actix_web::rt::spawn(carry(payload, limit, sender, Rc::clone(&progress)));
        (Self { progress, task }, Outgoing { receiver, length, has_ended: false })
    }
}

impl Upload {
    /// For how long nothing has moved.
    pub fn rested(&self) -> std::time::Duration {
        self.progress.moved_at.get().elapsed()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut payload: Payload, limit: Option<u64>, sender: Sender<Piece>, progress: Rc<Progress>) {
    loop {
        progress.state.set(State::Client);
        let piece = tokio::select! {
            piece = payload.next() => piece,
            // The upstream wants no more.
            () = sender.closed() => return progress.state.set(State::Done),
        };
        progress.moved_at.set(Instant::now());
        let piece = match piece {
            None => Piece::End,
            Some(Ok(bytes)) => {
                progress.taken.update(|taken| taken + bytes.len() as u64);
                if limit.is_some_and(|limit| progress.taken.get() > limit) {
                    return progress.state.set(State::TooLong);
                }
                Piece::Bytes(bytes)
            }
            Some(Err(_)) => return progress.state.set(State::BrokenOff),
        };
        let is_last = matches!(piece, Piece::End);
        progress.state.set(State::Upstream);
        let is_taken = sender.send(piece).await.is_ok();
        progress.moved_at.set(Instant::now());
        if is_last || !is_taken {
            return progress.state.set(State::Done);
        }
    }
}

/// The upstream's end of a body.
pub struct Outgoing {
    receiver: Receiver<Piece>,
    /// What is left of what was announced.
    length: Option<u64>,
    has_ended: bool,
}

/// The client has left, or sent more than it may.
#[derive(Debug)]
pub struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the request's body broke off")
    }
}

impl std::error::Error for BrokenOff {}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        self.receiver.poll_recv(context).map(|piece| match piece {
            Some(Piece::Bytes(bytes)) => {
                self.length = self.length.map(|length| length.saturating_sub(bytes.len() as u64));
                Some(Ok(Frame::data(bytes)))
            }
            Some(Piece::End) => {
                self.has_ended = true;
                None
            }
            None => {
                self.has_ended = true;
                Some(Err(BrokenOff))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
