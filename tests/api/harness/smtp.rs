//! A mail server that keeps what it is given, and can be away for a while.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A mail as it was given: its envelope and its text.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub from: String,
    pub to: Vec<String>,
    pub text: String,
}

impl Given {
    /// A header's value, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.text.split_once("\r\n\r\n")?;
        let head = head.replace("\r\n ", " ");
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    }
}

/// The mail server.
pub struct SmtpSink {
    pub address: SocketAddr,
    given: Arc<Mutex<Vec<Given>>>,
    /// What is answered to a recipient: `250 OK`, or a refusal.
    verdict: Arc<Mutex<&'static str>>,
    listening: Option<JoinHandle<()>>,
}

impl SmtpSink {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut sink =
            Self { address, given: Arc::default(), verdict: Arc::new(Mutex::new("250 OK")), listening: None };
        sink.listen(listener);
        sink
    }

    /// Answers recipients like this from now on.
    pub fn say(&self, verdict: &'static str) {
        *self.verdict.lock().expect("a lock") = verdict;
    }

    pub fn given(&self) -> Vec<Given> {
        self.given.lock().expect("a lock").clone()
    }

    /// Nobody answers at its address any more.
    pub fn stop(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
        }
    }

    /// It is back, at the same address.
    pub async fn resume(&mut self) {
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        };
        self.listen(listener);
    }

    fn listen(&mut self, listener: TcpListener) {
        let (given, verdict) = (Arc::clone(&self.given), Arc::clone(&self.verdict));
        self.listening = Some(tokio::spawn(async move {
            let mut talks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                talks.spawn(talk(stream, Arc::clone(&given), Arc::clone(&verdict)));
            }
        }));
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.stop();
    }
}

/// One conversation (RFC 5321).
async fn talk(stream: TcpStream, given: Arc<Mutex<Vec<Given>>>, verdict: Arc<Mutex<&'static str>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    say(&mut stream, "220 sink").await?;
    let mut mail = Given::default();
    loop {
        let line = hear(&mut stream).await?;
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let angled = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        match verb.as_str() {
            "EHLO" | "HELO" => say(&mut stream, "250 sink").await?,
            "MAIL" => {
                mail.from = angled();
                say(&mut stream, "250 OK").await?;
            }
            "RCPT" => {
                let verdict = *verdict.lock().expect("a lock");
                mail.to.push(angled());
                say(&mut stream, verdict).await?;
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                loop {
                    match hear(&mut stream).await?.as_str() {
                        "." => break,
                        line => mail.text += &format!("{}\r\n", line.strip_prefix('.').unwrap_or(line)),
                    }
                }
                given.lock().expect("a lock").push(std::mem::take(&mut mail));
                say(&mut stream, "250 kept").await?;
            }
            "RSET" => {
                mail = Given::default();
                say(&mut stream, "250 OK").await?;
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "250 OK").await?,
        }
    }
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> Option<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.ok()
}
