//! A server under measurement: a process, where it listens, what it uses.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::http;

/// Clock ticks a second, as /proc counts CPU time on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

pub struct Server {
    pub address: SocketAddr,
    process: Child,
}

impl Server {
    /// A process that somebody else has started.
    pub fn of(address: SocketAddr, process: Child) -> Self {
        Self { address, process }
    }

    /// Signet with its defaults, on a free port and SQLite in a folder.
    pub async fn signet(folder: &Path) -> Self {
        let port = free_port();
        let binary = std::env::var("SIGNET_BIN").expect("SIGNET_BIN names the binary; use bench/run");
        let process = Command::new(binary)
            .arg("serve")
            .current_dir(folder)
            .env("SIGNET__SERVER__BIND", format!("127.0.0.1:{port}"))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("signet starts");
        let server = Self { address: SocketAddr::from(([127, 0, 0, 1], port)), process };
        http::until_ok(server.address).await;
        server
    }

    /// The bare handler.
    pub async fn bare() -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .arg("bare")
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the bare handler starts");
        let output = process.stdout.take().expect("its output is piped");
        let line = BufReader::new(output).lines().next_line().await.expect("a line").expect("an address");
        Self { address: line.parse().expect("an address"), process }
    }

    /// CPU time used so far, user and system, with that of the processes that it has started.
    pub fn cpu(&self) -> Duration {
        let id = self.process.id().expect("the server runs");
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
        let ids = children.split_whitespace().map(|child| child.parse().expect("a number"));
        ids.chain([id]).map(cpu_of).sum()
    }

    /// Resident memory in MiB.
    pub fn resident(&self) -> f64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number of kB") / 1024.0
    }

    fn read(&self, file: &str) -> String {
        let id = self.process.id().expect("the server runs");
        std::fs::read_to_string(format!("/proc/{id}/{file}")).expect("/proc tells")
    }
}

impl Drop for Server {
    /// Asks it to end first: a killed nginx leaves its workers behind.
    fn drop(&mut self) {
        let Some(id) = self.process.id() else { return };
        drop(std::process::Command::new("kill").arg(id.to_string()).status());
        for _ in 0..100 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Starts Signet anew on its database; the median time of five starts to the first 200.
pub async fn restarted(signet: &mut Server, folder: &Path) -> Duration {
    let mut times = Vec::new();
    for _ in 0..5 {
        signet.process.kill().await.expect("it can be ended");
        let start = Instant::now();
        *signet = Server::signet(folder).await;
        times.push(start.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

/// CPU time that a process has used so far.
fn cpu_of(id: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("/proc tells");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields[place].parse::<f64>().expect("a number of ticks");
    Duration::from_secs_f64((ticks(11) + ticks(12)) / TICKS)
}

pub fn free_port() -> u16 {
    let probe = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    probe.local_addr().expect("it has an address").port()
}
