//! More sign-ins at once than can be hashed.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use serde_json::json;

use super::sign_in;
use crate::harness::browser::Answer;
use crate::harness::{SECRET, Server, ports, wire};

const FLOOD: usize = 500;

/// One of the flood: the answer, and how long it took.
async fn timed(server: &Server) -> (Answer, Duration) {
    let started = Instant::now();
    let answer = sign_in(&mut server.browser(), "ada@example.com", "not the password").await;
    (answer, started.elapsed())
}

#[actix_web::test]
async fn t15_of_five_hundred_sign_ins_the_excess_is_told_to_come_back_and_other_routes_stay_fast() {
    // Argon2id as it is by default, on one thread.
    let server = Server::with(
        "[email_and_password.password]\nmemory_kib = 19456\niterations = 2\nthreads = 1\nmax_wait = 2\n[plugins.jwt]\nenabled = true",
    )
    .await;
    let ada = server.member("Ada").await;
    // How long one takes on this machine.
    let (_, one) = timed(&server).await;
    let flood = join_all((0..FLOOD).map(|_| timed(&server)));
    let others = async {
        let mut times = Vec::new();
        for round in 0..40 {
            let started = Instant::now();
            let path = if round % 2 == 0 { "/get-session" } else { "/jwks" };
            let answer = ada.clone().get(path).await;
            assert!(answer.status == 200 && answer.text() != "null", "{answer:?}");
            times.push(started.elapsed());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        times.sort();
        times
    };
    let (answers, others) = join(flood, others).await;
    let (mut hashed, mut waits) = (0, Vec::new());
    for (answer, took) in &answers {
        match answer.status {
            401 => hashed += 1,
            503 => {
                let retry: u64 = answer.header("retry-after").expect("Retry-After").parse().expect("seconds");
                assert!((1..=10).contains(&retry), "{retry}");
                assert_eq!(answer.code().as_deref(), Some("SERVICE_UNAVAILABLE"));
                waits.push(*took);
            }
            _ => panic!("{answer:?}"),
        }
    }
    assert!(hashed > 0 && waits.len() > FLOOD / 2, "{hashed} hashed, {} refused", waits.len());
    // Two seconds is what it may wait, and as many connections take some more; all hashes would take as long as all of them.
    let all = one * u32::try_from(FLOOD).expect("small");
    waits.sort();
    let (median, longest) = (waits[waits.len() / 2], waits[waits.len() - 1]);
    assert!(
        median < Duration::from_secs(4) + all / 8 && longest < Duration::from_secs(8) + all / 4,
        "{median:?}, {longest:?}, {all:?}"
    );
    // A hash on a thread that answers requests would have them wait for many of these; a busy machine costs a few of them some.
    let (median, most) = (others[others.len() / 2], others[others.len() * 9 / 10]);
    assert!(
        median < Duration::from_millis(150).max(2 * one) && most < Duration::from_secs(1).max(8 * one),
        "{median:?}, {most:?}, {one:?}"
    );
    // And then all is as before.
    assert_eq!(sign_in(&mut server.browser(), "ada@example.com", "correct horse Ada").await.status, 200);
}

/// The binary, in a process of its own, so that its memory is its own.
struct Process {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

/// Each hash takes this much; a second one at once could not be missed.
const HASH_MIB: u64 = 256;

impl Process {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let address = ports::free();
        let child = Command::new(env!("CARGO_BIN_EXE_signet"))
            .arg("serve")
            .current_dir(folder.path())
            .env_clear()
            .env("BETTER_AUTH_SECRET", SECRET)
            .env("DATABASE_URL", format!("sqlite:{}", folder.path().join("signet.db").display()))
            .env("SIGNET__SERVER__BIND", address.to_string())
            .env("SIGNET__SERVER__OPS_BIND", "off")
            .env("SIGNET__SERVER__WORKERS", "1")
            .env("SIGNET__EMAIL_AND_PASSWORD__PASSWORD__THREADS", "1")
            .env("SIGNET__EMAIL_AND_PASSWORD__PASSWORD__ITERATIONS", "1")
            .env("SIGNET__EMAIL_AND_PASSWORD__PASSWORD__MEMORY_KIB", (HASH_MIB * 1024).to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let process = Self { child, address, _folder: folder };
        let started = Instant::now();
        while tokio::net::TcpStream::connect(process.address).await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(60), "the server does not listen");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        process
    }

    async fn sign_in(&self) -> u16 {
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        let body = json!({ "email": "missing@example.com", "password": "not the password" }).to_string();
        let request = wire::request("POST", "/api/auth/sign-in/email", &headers, Some(body.as_bytes()));
        wire::parse(&wire::raw(self.address, &request).await).expect("an answer").0
    }

    /// The most memory that it ever had, in MiB.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[actix_web::test]
async fn t15_a_flood_takes_the_memory_of_as_many_hashes_as_there_are_threads() {
    let process = Process::start().await;
    let idle = process.peak();
    let answers = join_all((0..FLOOD).map(|_| process.sign_in())).await;
    assert!(answers.iter().all(|status| matches!(status, 401 | 503)), "{answers:?}");
    assert!(answers.contains(&401) && answers.contains(&503));
    let peak = process.peak();
    assert!(peak > HASH_MIB, "{peak} MiB: nothing was hashed");
    assert!(peak < idle + HASH_MIB + 128, "{peak} MiB, of which {idle} when idle");
}
