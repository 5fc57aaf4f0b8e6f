//! Just enough HTTP/1.1 for a load: requests as bytes, answers by their content length.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PERSON: (&str, &str) = ("ada@example.com", "correct horse battery");

pub fn get(path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    request("GET", path, headers, "")
}

pub fn post(path: &str, body: &serde_json::Value) -> Vec<u8> {
    request("POST", path, &[("content-type", "application/json")], &body.to_string())
}

/// A sign-in of the person whom [`sign_up`] signs up.
pub fn sign_in() -> Vec<u8> {
    post("/api/auth/sign-in/email", &json!({ "email": PERSON.0, "password": PERSON.1 }))
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// Signs somebody up and gives the session cookie.
pub async fn sign_up(address: SocketAddr) -> String {
    let request = post("/api/auth/sign-up/email", &json!({ "name": "Ada", "email": PERSON.0, "password": PERSON.1 }));
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = exchange(&mut stream, &request, &mut Vec::new()).await.expect("it answers");
    let line = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a session cookie");
    line.split(';').next().unwrap_or_default().to_owned()
}

/// Signs somebody up and gives all cookies.
pub async fn sign_up_for_all(address: SocketAddr) -> String {
    let request = post("/api/auth/sign-up/email", &json!({ "name": "Ada", "email": PERSON.0, "password": PERSON.1 }));
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let head = exchange(&mut stream, &request, &mut Vec::new()).await.expect("it answers");
    let lines = head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    lines.map(|line| line.split(';').next().unwrap_or_default()).collect::<Vec<_>>().join("; ")
}

/// Waits for the first 200 of `/ok`.
pub async fn until_ok(address: SocketAddr) {
    let request = get("/api/auth/ok", &[]);
    for _ in 0..20_000 {
        if let Ok(mut stream) = TcpStream::connect(address).await
            && exchange(&mut stream, &request, &mut Vec::new()).await.is_some()
        {
            return;
        }
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
    panic!("the server did not come up");
}

/// Sends a request and reads its whole answer; the head of it if it is a 200.
pub async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Option<String> {
    stream.write_all(request).await.ok()?;
    buffer.clear();
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            // nginx writes it otherwise.
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then_some(value)
            });
            let whole = end + 4 + length.and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
            while buffer.len() < whole {
                if stream.read_buf(buffer).await.ok()? == 0 {
                    return None;
                }
            }
            return head.starts_with("HTTP/1.1 200").then_some(head);
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
