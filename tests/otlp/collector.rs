//! A collector of our own: it takes what is posted to it and reads as much of it as the tests ask for.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::protobuf::{Field, Message};

/// A collector on a free port, for as long as the test's process lives.
pub struct Collector {
    pub address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
    answers: Arc<AtomicU16>,
}

/// A request to the collector.
#[derive(Clone, Debug)]
pub struct Taken {
    /// `POST /v1/traces`
    pub line: String,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// A span, with what is not asked of it left out.
#[derive(Debug, PartialEq)]
pub struct Span {
    pub trace: String,
    pub parent: String,
    pub name: String,
    /// 2 is a server's.
    pub kind: u64,
    pub nanoseconds: u64,
    pub attributes: BTreeMap<String, String>,
    /// 0 where nothing is said, 2 for an error.
    pub status: u64,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (taken, answers) = (Arc::<Mutex<Vec<Taken>>>::default(), Arc::new(AtomicU16::new(200)));
        let (keeps, answer) = (Arc::clone(&taken), Arc::clone(&answers));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let request = read(&stream);
                keeps.lock().expect("a list").push(request);
                let status = answer.load(Ordering::SeqCst);
                let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                // Who asked may have gone.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, taken, answers }
    }

    /// Sends it traces.
    pub fn configuration(&self) -> String {
        format!("[otlp]\nendpoint = \"http://{}\"\n", self.address)
    }

    /// Answers with this status from now on.
    pub fn answer(&self, status: u16) {
        self.answers.store(status, Ordering::SeqCst);
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().expect("a list").clone()
    }

    /// Waits until something is so.
    pub async fn until(&self, is: impl Fn(&Self) -> bool) {
        let asked = Instant::now();
        while !is(self) {
            assert!(asked.elapsed() < Duration::from_secs(60), "{:?}", self.taken());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// All spans, in the order in which they came.
    pub fn spans(&self) -> Vec<Span> {
        let resources = self.resources();
        let scopes = resources.iter().flat_map(|resource| resource.messages(2));
        scopes.flat_map(|scope| scope.messages(2)).map(|span| Span::read(&span)).collect()
    }

    /// What is said of whoever sends the spans.
    pub fn sender(&self) -> BTreeMap<String, String> {
        attributes(&self.resources()[0].message(1).expect("a resource"), 1)
    }

    fn resources(&self) -> Vec<Message> {
        self.taken().iter().flat_map(|taken| Message::read(&taken.body).messages(1)).collect()
    }
}

fn read(stream: &TcpStream) -> Taken {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        let mut headers = lines.iter().filter_map(|line| line.split_once(": "));
        headers.find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let mut body = vec![0; header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default()];
    reader.read_exact(&mut body).expect("a body");
    let line = lines[0].trim_end_matches(" HTTP/1.1").to_owned();
    Taken { line, content_type: header("content-type").unwrap_or_default(), body }
}

impl Span {
    fn read(span: &Message) -> Self {
        let hex = |field| span.bytes(field).iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            trace: hex(1),
            parent: hex(4),
            name: span.text(5),
            kind: span.number(6),
            nanoseconds: span.number(8) - span.number(7),
            attributes: attributes(span, 9),
            status: span.message(15).map_or(0, |status| status.number(3)),
        }
    }
}

/// Attributes with their values as text, lists in brackets.
fn attributes(message: &Message, field: u64) -> BTreeMap<String, String> {
    let pairs = message.messages(field).into_iter();
    pairs.map(|pair| (pair.text(1), written(&pair.message(2).expect("a value")))).collect()
}

fn written(value: &Message) -> String {
    match value.fields().first() {
        Some((1, Field::Bytes(text))) => String::from_utf8(text.clone()).expect("UTF-8"),
        Some((3, Field::Number(number))) => number.to_string(),
        Some((5, Field::Bytes(list))) => {
            let items: Vec<_> = Message::read(list).messages(1).iter().map(written).collect();
            format!("[{}]", items.join(", "))
        }
        other => panic!("a value of another kind: {other:?}"),
    }
}
