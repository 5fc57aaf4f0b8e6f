//! The program as a container runs it: signals, health, the log on stderr.

#[path = "store/ports.rs"]
mod ports;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use self::ports::free;

/// Longer than anything here takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(60);
/// Hashes that take a second or so.
const SLOW: &str = "[email_and_password.password]\nmemory_kib = 65536\niterations = 24\n";
/// Hashes that take longer than anybody waits here: as many turns as there may be.
const VERY_SLOW: &str = "[email_and_password.password]\nmemory_kib = 524288\niterations = 64\n";

/// A server that runs in a folder of its own.
struct Process {
    child: Child,
    address: SocketAddr,
    ops: SocketAddr,
    folder: tempfile::TempDir,
    log: Receiver<String>,
}

impl Process {
    fn start(server: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (address, ops) = (free(), free());
        let config = format!(
            "base_url = \"http://{address}\"\nsecret = \"a-secret-for-tests-of-at-least-32-characters\"\n\
             [server]\nbind = \"{address}\"\nops_bind = \"{ops}\"\nworkers = 1\n{server}\n{more}"
        );
        std::fs::write(folder.path().join("signet.toml"), config).expect("a file");
        let mut child = signet(&folder).arg("serve").spawn().expect("signet starts");
        let (lines, log) = channel();
        let stderr = BufReader::new(child.stderr.take().expect("its stderr"));
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
        let process = Self { child, address, ops, folder, log };
        process.until("it is ready", || process.ready().is_some_and(|(status, _)| status == 200));
        process
    }

    fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < PATIENCE, "waited too long until {what}: {:?}", self.lines());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What `/health/ready` says, if anything does.
    fn ready(&self) -> Option<(u16, String)> {
        exchange(self.ops, "GET /health/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    }

    fn passwords_in_work(&self) -> bool {
        let metrics = exchange(self.ops, "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        metrics.is_some_and(|(_, text)| text.contains("signet_hashing_wait_seconds_count 1"))
    }

    /// Signs somebody up, which takes as long as a hash.
    fn sign_up(&self) -> thread::JoinHandle<Option<(u16, String)>> {
        let address = self.address;
        let body = r#"{"name":"Ada","email":"ada@example.com","password":"correct horse"}"#;
        let request = format!(
            "POST /api/auth/sign-up/email HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let signing = thread::spawn(move || exchange(address, &request));
        self.until("the password is being hashed", || self.passwords_in_work());
        signing
    }

    /// A figure of `/proc/PID/status`, in KiB.
    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("/proc tells");
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("a line");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Has as many unknown people sign in at once, each of whom costs a hash like anybody.
    fn refuse(&self, people: usize) {
        let address = self.address;
        let body = r#"{"email":"nobody@example.com","password":"correct horse"}"#;
        let request = format!(
            "POST /api/auth/sign-in/email HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        thread::scope(|scope| {
            let asking: Vec<_> = (0..people).map(|_| scope.spawn(|| exchange(address, &request))).collect();
            for asking in asking {
                assert_eq!(asking.join().expect("no panic").map(|(status, _)| status), Some(401));
            }
        });
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    fn end(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What was logged since the last call.
    fn lines(&self) -> Vec<String> {
        std::iter::from_fn(|| self.log.recv_timeout(Duration::from_millis(200)).ok()).collect()
    }

    fn health(&self) -> Output {
        signet(&self.folder).arg("health").output().expect("signet runs")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signet(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
    command.current_dir(folder.path()).env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Status and body of an answer that came whole.
fn exchange(address: SocketAddr, request: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

#[test]
fn t87_told_to_stop_it_is_not_ready_first_then_finishes_what_is_under_way_and_ends_well() {
    let mut server = Process::start("", SLOW);
    let signing = server.sign_up();
    server.signal("TERM");
    server.until("it is no longer ready", || {
        server.ready().is_some_and(|(status, body)| status == 503 && body.contains("the server was told to stop"))
    });
    assert!(!signing.is_finished(), "the request is still under way");
    assert_eq!(signing.join().expect("no panic").map(|(status, _)| status), Some(200));
    assert_eq!(server.end().code(), Some(0));
    let lines = server.lines();
    assert!(
        lines.iter().any(|line| line.contains("\"route\":\"/sign-up/email\"")),
        "the last line is written: {lines:?}"
    );
}

#[test]
fn t87_those_who_wait_for_revocations_are_answered_and_hold_up_no_stop() {
    let mut server = Process::start("", "[plugins.revocations]\nenabled = true");
    let address = server.address;
    let request = "GET /api/auth/revocations?wait=30 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let waiting: Vec<_> = (0..5).map(|_| thread::spawn(move || exchange(address, request))).collect();
    thread::sleep(Duration::from_millis(500));
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    server.signal("TERM");
    let began = Instant::now();
    for waiting in waiting {
        assert_eq!(waiting.join().expect("no panic").map(|(status, _)| status), Some(200));
    }
    assert_eq!(server.end().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn for_a_delay_requests_are_still_taken_by_a_server_that_is_no_longer_ready() {
    let mut server = Process::start("shutdown_delay = 1", "");
    server.signal("INT");
    server.until("it is no longer ready", || server.ready().is_some_and(|(status, _)| status == 503));
    let ok = exchange(server.address, "GET /api/auth/ok HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert_eq!(ok.map(|(status, _)| status), Some(200));
    assert_eq!(server.end().code(), Some(0));
}

#[test]
fn t87_what_does_not_finish_in_time_is_cut_off() {
    let mut server = Process::start("shutdown_timeout = 1", VERY_SLOW);
    let signing = server.sign_up();
    server.signal("TERM");
    let began = Instant::now();
    assert_eq!(server.end().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(signing.join().expect("no panic"), None);
}

#[test]
fn t87_told_twice_it_ends_at_once() {
    let mut server = Process::start("", VERY_SLOW);
    let signing = server.sign_up();
    server.signal("TERM");
    server.until("it is no longer ready", || server.ready().is_some_and(|(status, _)| status == 503));
    server.signal("TERM");
    let began = Instant::now();
    assert_eq!(server.end().code(), Some(1));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(signing.join().expect("no panic"), None);
}

#[test]
fn health_ends_with_0_while_the_server_is_ready_and_with_1_and_the_reason_otherwise() {
    let mut server = Process::start("shutdown_delay = 2", "");
    let health = server.health();
    assert_eq!((health.status.code(), String::from_utf8_lossy(&health.stdout).as_ref()), (Some(0), "ready\n"));
    server.signal("TERM");
    server.until("it is no longer ready", || server.ready().is_some_and(|(status, _)| status == 503));
    let health = server.health();
    let said = String::from_utf8_lossy(&health.stderr).into_owned();
    assert_eq!(health.status.code(), Some(1));
    assert!(said.ends_with("process: the server was told to stop\n"), "{said}");
    server.end();
    let health = server.health();
    assert_eq!(health.status.code(), Some(1), "nobody is there");
    assert_eq!(String::from_utf8_lossy(&health.stderr).lines().count(), 1);
}

#[test]
fn without_a_listener_or_with_a_broken_configuration_health_ends_with_1() {
    let folder = tempfile::tempdir().expect("a folder");
    for config in ["[server]\nops_bind = \"off\"", "[server]\nbynd = 1"] {
        std::fs::write(folder.path().join("signet.toml"), config).expect("a file");
        let health = signet(&folder).arg("health").output().expect("signet runs");
        assert_eq!(health.status.code(), Some(1), "{config}: {}", String::from_utf8_lossy(&health.stderr));
    }
}

#[test]
fn the_log_is_json_where_no_terminal_reads_it() {
    let mut server = Process::start("", "");
    server.signal("TERM");
    server.end();
    let lines = server.lines();
    assert!(lines.len() > 2, "{lines:?}");
    for line in lines {
        let line: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(["time", "level", "target", "message"].iter().all(|name| line[name].is_string()), "{line}");
    }
}

#[test]
fn the_log_is_written_as_the_configuration_and_rust_log_say() {
    let mut pretty = Process::start("", "[log]\nformat = \"pretty\"\n[logger]\nlevel = \"info\"");
    pretty.signal("TERM");
    pretty.end();
    let lines = pretty.lines();
    assert!(lines.iter().any(|line| line.contains("  INFO signet::cli::serve stopping: ")), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains('\u{1b}')), "colours are for terminals");
    let mut quiet = Process::start("", "[logger]\ndisabled = true");
    quiet.signal("TERM");
    quiet.end();
    assert_eq!(quiet.lines(), Vec::<String>::new());
    let wrong = signet(&quiet.folder).arg("serve").env("RUST_LOG", "signet=loud").output().expect("signet runs");
    assert_eq!(wrong.status.code(), Some(2), "{}", String::from_utf8_lossy(&wrong.stderr));
}

#[test]
fn a_taken_address_is_told_with_the_setting_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let folder = tempfile::tempdir().expect("a folder");
    let config = format!("[server]\nbind = \"{}\"\nops_bind = \"{}\"", free(), taken.local_addr().expect("an address"));
    std::fs::write(folder.path().join("signet.toml"), config).expect("a file");
    let serve = signet(&folder).arg("serve").output().expect("signet runs");
    let said = String::from_utf8_lossy(&serve.stderr).into_owned();
    assert_eq!(serve.status.code(), Some(1), "{said}");
    assert!(said.contains("Set server.ops_bind (SIGNET__SERVER__OPS_BIND) to another address."), "{said}");
}

#[test]
fn the_operators_port_that_nobody_asked_for_is_done_without_where_it_is_taken() {
    let (taken, main) = std::iter::repeat_with(|| TcpListener::bind("127.0.0.1:0").expect("a port"))
        .map(|taken| (taken.local_addr().expect("an address").port() - 1, taken))
        .find_map(|(before, taken)| TcpListener::bind(("127.0.0.1", before)).is_ok().then_some((taken, before)))
        .expect("a free port with a taken one behind it");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("signet.toml"), format!("[server]\nbind = \"127.0.0.1:{main}\""))
        .expect("a file");
    let mut serve = signet(&folder).arg("serve").stdout(Stdio::null()).spawn().expect("it starts");
    let mut lines = BufReader::new(serve.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    let told = lines.any(|line| line.contains("no health and no metrics are served"));
    assert!(told, "it ended without a word about the port");
    let listens = (0..500).any(|_| {
        thread::sleep(Duration::from_millis(20));
        TcpStream::connect(("127.0.0.1", main)).is_ok()
    });
    serve.kill().and_then(|()| serve.wait()).expect("it runs");
    assert!(listens);
    drop(taken);
}

/// What passwords were hashed in is given back, also from the second time on: by then an allocator may have taken to
/// keeping it.
fn gives_memory_back(algorithm: &str) {
    const HASH: u64 = 19 * 1024;
    let passwords = format!("[email_and_password.password]\nalgorithm = \"{algorithm}\"\nthreads = 4\nmax_wait = 60");
    let server = Process::start("", &passwords);
    let before = server.memory("VmRSS");
    for _ in 0..2 {
        server.refuse(4);
        assert!(server.memory("VmHWM") > before + HASH, "hashes take memory");
        server.until("memory is given back", || server.memory("VmRSS") < before + HASH / 2);
    }
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads /proc")]
fn the_memory_of_argon2_hashes_is_given_back() {
    gives_memory_back("argon2id");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads /proc")]
fn the_memory_of_scrypt_hashes_is_given_back() {
    gives_memory_back("scrypt");
}
