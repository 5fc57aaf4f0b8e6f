//! A Redis for one test: a process of its own, on a free port, that can be stopped, frozen and started again.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::ports;

pub struct Redis {
    pub port: u16,
    options: Vec<String>,
    folder: TempDir,
    process: Option<Child>,
}

impl Redis {
    /// None where there is no `redis-server`, and a word about why a test does nothing.
    pub async fn start(options: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            eprintln!("skipped: install redis-server, or run scripts/test");
            return None;
        }
        for _ in 0..5 {
            let port = ports::free().port();
            let folder = TempDir::new().expect("a folder");
            let options = options.iter().map(|option| (*option).to_owned()).collect();
            let mut redis = Self { port, options, folder, process: None };
            if redis.run().await {
                return Some(redis);
            }
        }
        panic!("Redis does not start");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it, on its port; whether it answers. What it held is gone.
    pub async fn run(&mut self) -> bool {
        let mut command = Command::new("redis-server");
        // Sentinel wants a file of its own to write to.
        if self.options.iter().any(|option| option == "--sentinel") {
            let file = self.folder.path().join("sentinel.conf");
            std::fs::write(&file, "").expect("a file");
            command.arg(file);
        } else {
            command.args(["--save", "", "--appendonly", "no"]);
        }
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"]).args(&self.options);
        command.current_dir(self.folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Some(command.spawn().expect("redis-server runs"));
        for _ in 0..1000 {
            // Whoever took the port meanwhile listens there too.
            let listens = TcpStream::connect(("127.0.0.1", self.port)).await.is_ok();
            if listens && self.is_this_one() {
                return true;
            }
            if self.process.as_mut().is_some_and(|process| process.try_wait().is_ok_and(|ended| ended.is_some())) {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    /// Whether who answers on the port is the process that was started.
    fn is_this_one(&self) -> bool {
        let id = self.process.as_ref().map(Child::id);
        let told = self.say("INFO server");
        let told = told.lines().find_map(|line| line.trim().strip_prefix("process_id:"));
        id.is_some() && told.and_then(|told| told.parse().ok()) == id
    }

    /// Ends it at once.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Lets it hang, or go on.
    pub fn freeze(&self, freeze: bool) {
        let id = self.process.as_ref().expect("it runs").id().to_string();
        let signal = if freeze { "-STOP" } else { "-CONT" };
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill runs").success());
    }

    /// Sends a command of plain words; gives the answer as `redis-cli` prints it.
    pub fn say(&self, words: &str) -> String {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string()]);
        if let Some(place) = self.options.iter().position(|option| option == "--requirepass") {
            command.args(["--no-auth-warning", "-a", &self.options[place + 1]]);
        }
        let output = command.args(words.split(' ')).output().expect("redis-cli runs");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}
