//! A directory that commands run in, and a server that runs there.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::ports;

/// A working directory without configuration but for a port.
pub struct Place {
    directory: TempDir,
    address: SocketAddr,
}

/// What a command did.
pub struct Done {
    pub code: i32,
    pub said: String,
    pub complained: String,
}

/// A server, ended with the test.
pub struct Server {
    child: Child,
    address: SocketAddr,
    /// What it printed before it was ready.
    pub greeting: Vec<String>,
}

impl Place {
    pub fn new() -> Self {
        let directory = TempDir::new().expect("a directory");
        Self { directory, address: ports::free() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    pub fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).expect("it is there").permissions().mode() & 0o777
    }

    pub fn is_empty(&self) -> bool {
        fs::read_dir(self.directory.path()).expect("a directory").next().is_none()
    }

    /// Runs `signet` with arguments that are divided by blanks.
    pub fn run(&self, arguments: &str) -> Done {
        self.run_with(arguments, &[], "")
    }

    pub fn run_with(&self, arguments: &str, environment: &[(&str, &str)], input: &str) -> Done {
        let mut command = self.command(arguments);
        let command = command.envs(environment.iter().copied()).stdin(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        // A command that reads nothing may be gone already.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Done { code: status.code().expect("an exit code"), said: text(stdout), complained: text(stderr) }
    }

    /// Runs `signet` for somebody who reads nothing of what it prints.
    pub fn run_unread(&self, arguments: &str) -> ExitStatus {
        let mut child = self.command(arguments).stdin(Stdio::null()).spawn().expect("the binary runs");
        drop(child.stdout.take());
        child.wait().expect("it ends")
    }

    /// Runs `signet`, and kills it after a while unless it is done.
    pub fn run_and_kill(&self, arguments: &str, after: Duration) {
        let mut child = self.command(arguments).stdin(Stdio::null()).spawn().expect("the binary runs");
        thread::sleep(after);
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
        command.args(arguments.split_whitespace()).current_dir(self.directory.path()).env_clear();
        command.env("SIGNET__SERVER__BIND", self.address.to_string()).env("SIGNET__SERVER__WORKERS", "1");
        // By default it takes the port after the main one, which may be taken here.
        command.env("SIGNET__SERVER__OPS_BIND", "off");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts a server and waits until it has said that it listens.
    pub fn serve(&self) -> Server {
        self.serve_saying(6).0
    }

    /// As [`Place::serve`], of a server that says so many lines; with what it writes to its log until it ends.
    pub fn serve_saying(&self, count: usize) -> (Server, thread::JoinHandle<String>) {
        let mut child = self.command("serve").stdin(Stdio::null()).spawn().expect("the binary runs");
        let mut complaints = child.stderr.take().expect("a pipe");
        let heard = thread::spawn(move || {
            let mut text = String::new();
            let _ = complaints.read_to_string(&mut text);
            text
        });
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let greeting: Vec<String> = lines.take(count).map(|line| line.expect("a line")).collect();
        if greeting.len() < count {
            panic!("the server did not start: {}", heard.join().expect("its complaints"));
        }
        (Server { child, address: self.address, greeting }, heard)
    }
}

impl Server {
    /// Status and body of a request below the base path.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} /api/auth{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it is sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// The kids that it publishes.
    pub fn kids(&self) -> Vec<String> {
        let (status, set) = self.ask("GET", "/jwks", None);
        assert_eq!(status, 200);
        let keys = set["keys"].as_array().expect("keys").iter();
        keys.map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
    }

    /// Waits until something is so, for as long as a replica may take to see a change.
    pub fn until(&self, what: &str, is: impl Fn(&Self) -> bool) {
        let asked = Instant::now();
        while !is(self) {
            assert!(asked.elapsed() < Duration::from_secs(60), "{what}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Asks it to stop, as a supervisor does, and gives its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Done {
    /// Asserts that the command did its work without a complaint, and gives what it said.
    pub fn well(self) -> String {
        assert_eq!((self.code, self.complained.as_str()), (0, ""), "{}", self.said);
        self.said
    }

    /// Asserts that the command failed with a code and one line, and gives that line.
    pub fn failed(self, code: i32) -> String {
        let lines: Vec<&str> = self.complained.lines().collect();
        assert_eq!((self.code, lines.len()), (code, 1), "{}{}", self.said, self.complained);
        lines[0].strip_prefix("signet: ").expect("it says who speaks").to_owned()
    }
}

/// The files of a directory, by name.
pub fn files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
