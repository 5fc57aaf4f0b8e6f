//! What it takes to import and export users: time and the most memory that was resident. See README.md.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often memory is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// Imports so many users, imports them again as after a kill, and exports them: into SQLite, or into the empty Postgres
/// database of `DATABASE_URL`.
pub fn measure(count: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    write_users(&folder.path().join("users.jsonl"), count);
    println!("{:<28} {:>8} {:>12} {:>10}", format!("{count} users"), "seconds", "users/s", "peak MiB");
    for (what, arguments) in [
        ("import", "users import users.jsonl"),
        ("import, all there already", "users import users.jsonl"),
        ("export with hashes", "users export out.jsonl --with-hashes"),
    ] {
        let (took, peak) = run(folder.path(), arguments);
        let seconds = took.as_secs_f64();
        println!("{what:<28} {seconds:>8.1} {:>12.0} {peak:>10.1}", count as f64 / seconds);
    }
}

/// Users with a hash of bcrypt each; every third has an account at a provider.
fn write_users(file: &Path, count: usize) {
    let mut output = BufWriter::new(std::fs::File::create(file).expect("a file"));
    for number in 0..count {
        let accounts = match number % 3 {
            0 => format!(r#"[{{"providerId":"google","accountId":"10812345{number}"}}]"#),
            _ => "[]".to_owned(),
        };
        writeln!(
            output,
            r#"{{"email":"user{number}@example.com","emailVerified":true,"name":"User {number}","createdAt":"2024-01-02T03:04:05Z","passwordHash":"$2b$12$6Nkqccvkv63MwspxmO3/fuW34feHm7SPlBNvBIdqim4/HMhOt6c5K","accounts":{accounts}}}"#
        )
        .expect("it is written");
    }
    output.flush().expect("it is written");
}

/// How long a command took, and the most memory that it had.
fn run(folder: &Path, arguments: &str) -> (Duration, f64) {
    let binary = std::env::var("SIGNET_BIN").expect("SIGNET_BIN names the binary; use bench/run");
    let begun = Instant::now();
    let mut command = Command::new(binary);
    let command = command.args(arguments.split(' ')).current_dir(folder).stdout(Stdio::null());
    let mut child = command.spawn().expect("signet starts");
    let mut peak = 0.0_f64;
    loop {
        if let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", child.id())) {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
            peak = peak.max(line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0) / 1024.0);
        }
        if let Some(status) = child.try_wait().expect("it ends") {
            assert!(status.success(), "{arguments}: {status}");
            return (begun.elapsed(), peak);
        }
        std::thread::sleep(GLANCE);
    }
}
