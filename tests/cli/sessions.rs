use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::place::Place;
use crate::ports;

/// A Redis that ends with the test; None where there is none to run.
struct Redis {
    port: u16,
    child: Child,
}

impl Redis {
    fn start() -> Option<Self> {
        let port = ports::free().port();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let redis = Self { port, child };
        (0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            redis.say(&["PING"]) == "PONG"
        });
        Some(redis)
    }

    fn say(&self, words: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(words).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim_end().to_owned()).unwrap_or_default()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn all_sessions_that_redis_alone_has_become_rows_at_once() {
    let Some(redis) = Redis::start() else { return eprintln!("skipped: install redis-server, or run scripts/test") };
    let place = Place::new();
    let storage = format!("[secondary_storage]\nurl = \"redis://127.0.0.1:{}\"\n", redis.port);
    place.write("signet.toml", &storage);
    let said = place.run_with("users create ada@example.com", &[], "correct horse\n").well();
    let id = said.trim().trim_end_matches('.').rsplit(' ').next().expect("an id").to_owned();
    let line = place.run("sessions adopt").failed(1);
    assert!(line.contains("session.adopt_from_secondary_storage = true"), "{line}");
    place.write("signet.toml", &format!("{storage}[session]\nadopt_from_secondary_storage = true\n"));
    let tokens = ["GnnleQW8u6glTSGMKcTmiBC5Gu9FGWrs", "GnnleQW8u6glTSGMKcTmiBC5Gu9FGWrt"];
    for token in tokens {
        let kept = format!(
            r#"{{"session":{{"id":"{token}","expiresAt":"2096-11-28T22:01:58.424Z","userId":"{id}","token":"{token}","createdAt":"2026-11-21T22:01:58.424Z"}},"user":{{}}}}"#
        );
        redis.say(&["SET", &format!("better-auth:{token}"), &kept]);
    }
    let list = tokens.map(|token| format!(r#"{{"token":"{token}","expiresAt":4004981718424}}"#)).join(",");
    redis.say(&["SET", &format!("better-auth:active-sessions-{id}"), &format!("[{list}]")]);
    assert_eq!(place.run("sessions adopt").well(), "Made rows of 2 sessions, looking for those of 1 users.\n");
    assert_eq!(place.run("sessions adopt").well(), "Made rows of 0 sessions, looking for those of 1 users.\n");
    drop(redis);
    let line = place.run("sessions adopt").failed(3);
    assert!(line.starts_with("The sessions cannot be read") && !line.contains('\n'), "{line}");
}
