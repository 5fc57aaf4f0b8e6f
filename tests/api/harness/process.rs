//! The binary itself, in a process that a test can kill.

use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::{SECRET, ports, wire};

/// A command of the binary on a database, in a folder of its own.
pub fn signet(folder: &TempDir, database_url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
    configure(&mut command, folder, database_url);
    command.args(arguments);
    command
}

fn configure(command: &mut Command, folder: &TempDir, database_url: &str) {
    command.current_dir(folder.path()).env_clear().envs([
        ("PATH", "/usr/bin:/bin"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("BETTER_AUTH_URL", "http://localhost:3000"),
        ("DATABASE_URL", database_url),
        ("SIGNET__SERVER__OPS_BIND", "off"),
        ("SIGNET__EMAIL_AND_PASSWORD__PASSWORD__MEMORY_KIB", "64"),
        ("SIGNET__EMAIL_AND_PASSWORD__PASSWORD__ITERATIONS", "1"),
    ]);
}

/// What a command said.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A server in a process of its own, killed at the end of the test.
pub struct Process {
    pub child: Child,
    pub address: SocketAddr,
    _folder: TempDir,
}

impl Process {
    /// Serves a database, and waits until it answers. A write that a limit of the process forbids fails, and kills nobody.
    pub async fn serve(database_url: &str) -> Self {
        Self::serve_with(database_url, &[]).await
    }

    /// The same with more configuration.
    pub async fn serve_with(database_url: &str, environment: &[(&str, &str)]) -> Self {
        let address = ports::free();
        let folder = TempDir::new().expect("a folder");
        let mut command = Command::new("env");
        configure(&mut command, &folder, database_url);
        command.args(["--ignore-signal=XFSZ", env!("CARGO_BIN_EXE_signet"), "serve"]);
        command.env("SIGNET__SERVER__BIND", address.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
        command.envs(environment.iter().copied());
        let process = Self { child: command.spawn().expect("it starts"), address, _folder: folder };
        let until = Instant::now() + Duration::from_secs(60);
        while process.send("GET", "/ok", "", None).await.is_none() {
            assert!(Instant::now() < until, "the server does not come up");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        process
    }

    /// As `kill -9` does it.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }

    pub async fn send(&self, method: &str, path: &str, cookie: &str, body: Option<&Value>) -> Option<Sent> {
        send(self.address, method, path, cookie, body).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer: its status, the session's cookie if there is one, its body.
pub struct Sent {
    pub status: u16,
    pub cookie: Option<String>,
    pub body: Value,
}

/// Sends one request below the base path; None where no whole answer came.
pub async fn send(address: SocketAddr, method: &str, path: &str, cookie: &str, body: Option<&Value>) -> Option<Sent> {
    let mut headers = vec![("origin".to_owned(), "http://localhost:3000".to_owned())];
    if !cookie.is_empty() {
        headers.push(("cookie".to_owned(), cookie.to_owned()));
    }
    let body = body.map(Value::to_string);
    if body.is_some() {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let request =
        wire::request(method, &format!("/api/auth{path}"), &headers, body.as_ref().map(|text| text.as_bytes()));
    let mut stream = wire::Wire::connect(address).await?;
    if !stream.send(&request).await {
        return None;
    }
    let (status, headers, body) = wire::parse(&stream.rest().await)?;
    let mut cookies = headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, line)| line);
    let cookie = cookies.find(|line| line.contains("session_token="));
    let cookie = cookie.map(|line| line.split(';').next().unwrap_or_default().to_owned());
    Some(Sent { status, cookie, body: serde_json::from_slice(&body).ok()? })
}
