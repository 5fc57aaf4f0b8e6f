//! A listener of the doctor's own, whose address stands in hostile headers: whoever fetches keys from there trusts the
//! sender of a token with the choice of its key.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::cli::Failure;

/// The longest head of a request that is read, in bytes.
const LONGEST_HEAD: usize = 8 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

/// Listens until the process ends.
pub struct Trap {
    address: SocketAddr,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Trap {
    /// Serves a key set to whoever comes.
    pub async fn open(address: &str, keys: String) -> Result<Self, Failure> {
        let closed =
            |error: std::io::Error| Failure::Misconfigured(vec![format!("Cannot listen on {address}: {error}.")]);
        let listener = TcpListener::bind(address).await.map_err(closed)?;
        let trap = Self { address: listener.local_addr().map_err(closed)?, asked: Arc::default() };
        let asked = Arc::clone(&trap.asked);
        actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (asked, keys) = (Arc::clone(&asked), keys.clone());
                actix_web::rt::spawn(async move {
                    // A visitor who leaves early has been seen all the same.
                    let _ = tokio::time::timeout(PATIENCE, serve(stream, &asked, &keys)).await;
                });
            }
        });
        Ok(trap)
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Whether anybody asked for a path.
    pub fn was_asked_for(&self, path: &str) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }
}

async fn serve(mut stream: TcpStream, asked: &Mutex<BTreeSet<String>>, keys: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    let head = String::from_utf8_lossy(&head);
    if let Some(path) = head.split(' ').nth(1) {
        asked.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
    }
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{keys}",
        keys.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}
