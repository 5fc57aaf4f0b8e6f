//! A connection that was upgraded: bytes in both directions, whatever they mean, until one side ends it or nothing moves.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use reqwest::Upgraded;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::http::connection::Streaming;

/// How much is read at once.
const PIECE: usize = 16 * 1024;

struct Tunnel {
    upstream: ReadHalf<Upgraded>,
    buffer: BytesMut,
    idle: Duration,
    moved_at: Rc<Cell<Instant>>,
    sending: JoinHandle<()>,
    _streaming: Option<Streaming>,
}

/// What comes from the upstream. What the client sends goes there for as long as somebody reads this.
pub fn open(
    upgraded: Upgraded,
    payload: Payload,
    idle: Duration,
    streaming: Option<Streaming>,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + 'static {
    let (upstream, sink) = tokio::io::split(upgraded);
    let moved_at = Rc::new(Cell::new(Instant::now()));
    let sending = actix_web::rt::spawn(send(payload, sink, Rc::clone(&moved_at)));
    let tunnel = Tunnel { upstream, buffer: BytesMut::new(), idle, moved_at, sending, _streaming: streaming };
    stream::unfold(tunnel, |mut tunnel| async move {
        let piece = tunnel.next().await?;
        Some((Ok(piece), tunnel))
    })
}

impl Tunnel {
    async fn next(&mut self) -> Option<Bytes> {
        self.buffer.reserve(PIECE);
        loop {
            let due = self.moved_at.get() + self.idle;
            match timeout_at(due, self.upstream.read_buf(&mut self.buffer)).await {
                Ok(Ok(read)) if read > 0 => {
                    self.moved_at.set(Instant::now());
                    return Some(self.buffer.split().freeze());
                }
                Ok(_) => return None,
                // The other direction may have moved meanwhile.
                Err(_) if self.moved_at.get() + self.idle > Instant::now() => {}
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.sending.abort();
    }
}

/// Sends on what the client sends, and then that it has ended.
async fn send(mut payload: Payload, mut sink: WriteHalf<Upgraded>, moved_at: Rc<Cell<Instant>>) {
    while let Some(Ok(bytes)) = payload.next().await {
        moved_at.set(Instant::now());
        if sink.write_all(&bytes).await.is_err() || sink.flush().await.is_err() {
            return;
        }
        moved_at.set(Instant::now());
    }
    // Whether that arrives shows on the side that reads.
    drop(sink.shutdown().await);
}
