//! HTTP/1.1 with nothing added and nothing tidied: what a test writes is what the server reads.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::browser::Answer;

/// How long an answer may take. The server's own limits are shorter, so only a machine that is very busy comes near.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends bytes as they are and returns all that comes back until the server closes.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    // A server that refuses early may close before all is sent.
    let _ = stream.write_all(bytes).await;
    let mut received = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut received)).await;
    received
}

/// Sends bytes as they are; the answer, if what comes back is one. Unlike [`raw`] it waits for the end of the answer, not
/// for that of the connection, which a server keeps a while for what it has not read.
pub async fn answer(address: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let _ = stream.write_all(bytes).await;
    let mut received = Vec::new();
    let whole =
        async { while !is_whole(&received) && stream.read_buf(&mut received).await.is_ok_and(|read| read > 0) {} };
    let _ = tokio::time::timeout(PATIENCE, whole).await;
    let (status, headers, body) = parse(&received)?;
    let in_chunks = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if in_chunks { unchunked(&body)? } else { body };
    Some(Answer { status, headers, body })
}

/// A body whose length nobody knew before. None where it breaks off.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        let chunk = rest.get(line + 2..)?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunk.get(..length)?);
        rest = chunk.get(length + 2..)?;
    }
}

fn is_whole(received: &[u8]) -> bool {
    parse(received).is_some_and(|(_, headers, body)| {
        let length = headers.iter().find(|(name, _)| name == "content-length");
        length.is_some_and(|(_, length)| length.parse().is_ok_and(|length: usize| body.len() >= length))
    })
}

/// Headers in the order in which they came, names in lower case.
pub type Headers = Vec<(String, String)>;

/// Status, headers, body.
pub fn parse(bytes: &[u8]) -> Option<(u16, Headers, Vec<u8>)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned())).collect();
    Some((status, headers, bytes[end + 4..].to_vec()))
}

/// A request with exactly these headers, a length where there is a body, and an end to the connection.
pub fn request(method: &str, path: &str, headers: &[(String, String)], body: Option<&[u8]>) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| name == "host") {
        text.push_str("host: 127.0.0.1\r\n");
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(body) = body {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    [text.as_bytes(), body.unwrap_or_default()].concat()
}

/// A connection that a test keeps, to be as slow as it likes.
pub struct Wire {
    stream: TcpStream,
    pub received: Vec<u8>,
}

impl Wire {
    pub async fn to(address: SocketAddr) -> Self {
        Self::connect(address).await.expect("the server listens")
    }

    /// None where nobody listens.
    pub async fn connect(address: SocketAddr) -> Option<Self> {
        Some(Self { stream: TcpStream::connect(address).await.ok()?, received: Vec::new() })
    }

    /// All that comes until the server closes.
    pub async fn rest(mut self) -> Vec<u8> {
        let _ = self.stream.read_to_end(&mut self.received).await;
        self.received
    }

    /// Reads on; whether there was more.
    pub async fn more(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.received).await, Ok(read) if read > 0)
    }

    /// Says that nothing more will be sent.
    pub async fn finish(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// Whether the bytes could be sent, within a second.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        matches!(tokio::time::timeout(Duration::from_secs(1), self.stream.write_all(bytes)).await, Ok(Ok(())))
    }

    /// Sends the same again and again until the other side takes nothing for a while.
    pub async fn fill(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while let Ok(Ok(sent @ 1..)) =
            tokio::time::timeout(Duration::from_secs(3), self.stream.write(&bytes[at..])).await
        {
            at = (at + sent) % bytes.len();
        }
    }

    /// Reads until the head of an answer is there; gives its status.
    pub async fn status(&mut self) -> Option<u16> {
        while parse(&self.received).is_none() {
            if self.stream.read_buf(&mut self.received).await.ok()? == 0 {
                return None;
            }
        }
        parse(&self.received).map(|(status, ..)| status)
    }

    /// Waits until the connection is broken, without reading from it.
    pub async fn closed(&mut self) {
        use tokio::io::Interest;
        while let Ok(ready) = self.stream.ready(Interest::WRITABLE | Interest::ERROR).await {
            if ready.is_write_closed() || ready.is_error() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends the same again and again, five times a second, and reads meanwhile, until the server ends the connection.
    /// Gives how long that took, if it was no longer than `most`.
    pub async fn drip(&mut self, drop: &[u8], most: Duration) -> Option<Duration> {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < most {
            let _ = self.stream.write_all(drop).await;
            let pause = tokio::time::sleep(Duration::from_millis(200));
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    read = self.stream.read_buf(&mut self.received) => {
                        if !matches!(read, Ok(count) if count > 0) {
                            return Some(begun.elapsed());
                        }
                    }
                }
            }
        }
        None
    }
}
