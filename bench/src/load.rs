//! One round of load: some connections that ask as fast as they are answered, for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::http::exchange;
use crate::server::Server;

/// How long a round lasts.
const ROUND: Duration = Duration::from_secs(2);

/// What one round measured.
pub struct Sample {
    /// How many requests were answered.
    pub count: usize,
    /// Requests a second.
    pub rate: f64,
    /// The server's CPU time a request, in microseconds.
    pub cpu: f64,
    /// The median answer, in milliseconds.
    pub median: f64,
    /// The 99th percentile, in milliseconds.
    pub slow: f64,
}

/// Loads a server with one request over and over.
pub async fn round(server: &Server, request: &[u8], connections: usize) -> Sample {
    let request: Arc<[u8]> = request.into();
    let (start, cpu) = (Instant::now(), server.cpu());
    let clients: Vec<_> =
        (0..connections).map(|_| tokio::spawn(client(server.address, Arc::clone(&request), start + ROUND))).collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.expect("a client ends"));
    }
    let (elapsed, cpu) = (start.elapsed(), server.cpu() - cpu);
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    Sample {
        count: times.len(),
        rate: times.len() as f64 / elapsed.as_secs_f64(),
        cpu: cpu.as_secs_f64() * 1e6 / times.len() as f64,
        median: at(50),
        slow: at(99),
    }
}

async fn client(address: std::net::SocketAddr, request: Arc<[u8]>, until: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let (mut times, mut buffer) = (Vec::new(), Vec::new());
    while Instant::now() < until {
        let start = Instant::now();
        exchange(&mut stream, &request, &mut buffer).await.expect("every answer is a 200");
        times.push(start.elapsed());
    }
    times
}
