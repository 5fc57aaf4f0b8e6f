//! A service behind the gateway, on a free port: it notes what it gets, to the letter, and does what the path asks for.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// The service.
pub struct Upstream {
    pub address: SocketAddr,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

struct Inner {
    got: Mutex<Vec<Got>>,
    /// How many requests have begun.
    begun: Mutex<usize>,
    /// What may still happen.
    events: Semaphore,
    /// What is answered, whatever is asked for.
    answer: Mutex<Option<String>>,
    connections: Mutex<usize>,
    left: Mutex<usize>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            got: Mutex::default(),
            begun: Mutex::default(),
            events: Semaphore::new(0),
            answer: Mutex::default(),
            connections: Mutex::default(),
            left: Mutex::default(),
        }
    }
}

/// A request that it got.
#[derive(Clone, Debug)]
pub struct Got {
    pub method: String,
    pub target: String,
    /// In their order, names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether the body came to its end.
    pub whole: bool,
}

impl Got {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str) -> bool {
        self.header(name).is_some()
    }

    /// The token that came with it.
    pub fn token(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// What the token says.
    pub fn claims(&self) -> serde_json::Value {
        use base64::Engine;
        let token = self.token().expect("a token");
        let payload = token.split('.').nth(1).expect("a payload");
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64url");
        serde_json::from_slice(&payload).expect("JSON")
    }
}

impl Upstream {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, inner) = (listener.local_addr().expect("an address"), Arc::new(Inner::default()));
        let shared = Arc::clone(&inner);
        let task = actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *shared.connections.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                actix_web::rt::spawn(attend(stream, Arc::clone(&shared)));
            }
        });
        Self { address, inner, task }
    }

    /// As a route of the gateway: everything below a prefix, and more of its keys.
    pub fn route(&self, prefix: &str, more: &str) -> String {
        format!("[[gateway.routes]]\nprefix = {prefix:?}\nupstream = \"http://{}\"\n{more}\n", self.address)
    }

    /// All that it got.
    pub fn got(&self) -> Vec<Got> {
        self.inner.got.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it got last.
    pub fn last(&self) -> Got {
        self.got().pop().expect("it got something")
    }

    /// How many requests have begun to come, each with its head.
    pub fn begun(&self) -> usize {
        *self.inner.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has so many more events happen.
    pub fn let_happen(&self, events: usize) {
        self.inner.events.add_permits(events);
    }

    /// How many have left who were waiting for an answer.
    pub fn left(&self) -> usize {
        *self.inner.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> usize {
        *self.inner.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it answers this, head and body.
    pub fn answers(&self, answer: &str) {
        *self.inner.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer.replace('\n', "\r\n"));
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn attend(mut stream: TcpStream, inner: Arc<Inner>) {
    let mut received = Vec::new();
    while let Some(mut got) = head(&mut stream, &mut received).await {
        *inner.begun.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        let name = got.target.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
        if name == "early" {
            // Speaks before it has heard all.
            inner.note(got.clone());
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n").await;
            body(&mut stream, &mut received, &mut got).await;
            let _ = stream.write_all(format!("{:x}\r\n", got.body.len()).as_bytes()).await;
            let _ = stream.write_all(&got.body).await;
            let _ = stream.write_all(b"\r\n0\r\n\r\n").await;
            inner.note(got);
            continue;
        }
        body(&mut stream, &mut received, &mut got).await;
        let whole = got.whole;
        inner.note(got.clone());
        let told = inner.answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !whole {
            return;
        }
        if let Some(answer) = told {
            let _ = stream.write_all(answer.as_bytes()).await;
            if answer.starts_with("HTTP/1.1 101") {
                echo(stream, received).await;
                return;
            }
            // What has no length ends with the connection.
            if !answer.to_lowercase().contains("content-length") {
                return;
            }
            continue;
        }
        if name == "waits" {
            // Answers nothing, and notes when nobody is there any more.
            let mut nothing = [0];
            if matches!(stream.read(&mut nothing).await, Ok(0) | Err(_)) {
                *inner.left.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            }
            return;
        }
        if !act(&mut stream, &name, &got, &inner).await {
            return;
        }
    }
}

/// Answers; whether the connection stays.
async fn act(stream: &mut TcpStream, name: &str, got: &Got, inner: &Inner) -> bool {
    match name {
        "hangs" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            false
        }
        "dies" => false,
        "breaks-off" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
            false
        }
        "stalls" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
            tokio::time::sleep(Duration::from_secs(60)).await;
            false
        }
        "events" => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
            let _ = stream.write_all(head.as_bytes()).await;
            for number in 0..3 {
                let Ok(happens) = inner.events.acquire().await else { return false };
                happens.forget();
                let event = format!("data: {number}\n\n");
                let _ = stream.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await;
            }
            stream.write_all(b"0\r\n\r\n").await.is_ok()
        }
        "large" => {
            let piece = vec![b'x'; 1 << 16];
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 8388608\r\n\r\n").await;
            for _ in 0..128 {
                if stream.write_all(&piece).await.is_err() {
                    return false;
                }
            }
            true
        }
        _ => {
            let body = json!({ "method": got.method, "target": got.target, "body": got.body.len() }).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nx-from: upstream\r\n\r\n",
                body.len()
            );
            let body = if got.method == "HEAD" { String::new() } else { body };
            stream.write_all(format!("{head}{body}").as_bytes()).await.is_ok()
        }
    }
}

/// Sends back what comes, in capitals.
async fn echo(mut stream: TcpStream, received: Vec<u8>) {
    let _ = stream.write_all(&received.to_ascii_uppercase()).await;
    let mut buffer = [0; 4096];
    while let Ok(read) = stream.read(&mut buffer).await {
        if read == 0 || stream.write_all(&buffer[..read].to_ascii_uppercase()).await.is_err() {
            return;
        }
    }
}

async fn head(stream: &mut TcpStream, received: &mut Vec<u8>) -> Option<Got> {
    let end = loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(received).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&received[..end]).into_owned();
    received.drain(..end + 4);
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let headers = lines.filter_map(|line| line.split_once(':'));
    Some(Got {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect(),
        body: Vec::new(),
        whole: true,
    })
}

/// Reads the body that a head announces, decoded.
async fn body(stream: &mut TcpStream, received: &mut Vec<u8>, got: &mut Got) {
    let is_chunked = got.header("transfer-encoding").is_some_and(|value| value.contains("chunked"));
    let length: usize = got.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    loop {
        if is_chunked {
            while let Some(end) = received.windows(2).position(|window| window == b"\r\n") {
                let size =
                    usize::from_str_radix(&String::from_utf8_lossy(&received[..end]), 16).expect("a chunk's size");
                if received.len() < end + 2 + size + 2 {
                    break;
                }
                got.body.extend_from_slice(&received[end + 2..end + 2 + size]);
                received.drain(..end + 2 + size + 2);
                if size == 0 {
                    return;
                }
            }
        } else if received.len() >= length {
            got.body.extend(received.drain(..length));
            return;
        }
        if !matches!(stream.read_buf(received).await, Ok(read) if read > 0) {
            got.whole = false;
            return;
        }
    }
}

impl Inner {
    fn note(&self, got: Got) {
        self.got.lock().unwrap_or_else(PoisonError::into_inner).push(got);
    }
}
