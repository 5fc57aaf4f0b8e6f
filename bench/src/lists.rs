//! How long an administrator waits for a page of users, where there are very many. See README.md.

use std::io::{BufWriter, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::http;
use crate::server::Server;

/// How often each page is asked for.
const TIMES: usize = 20;
const ADMIN: &str = "admin@example.org";
const PASSWORD: &str = "correct horse battery";
const CONFIGURATION: &str = "plugins.admin.enabled = true\nplugins.jwt.enabled = false\nrate_limit.enabled = false\n";
/// What a page has to be there within, in milliseconds.
const SORTED: Option<f64> = Some(50.0);
const SEARCHED: Option<f64> = Some(500.0);

/// What is asked for, and within how many milliseconds.
const PAGES: &[(&str, &str, Option<f64>)] = &[
    ("all, by creation", "sortBy=createdAt", SORTED),
    ("all, by creation, newest first", "sortBy=createdAt&sortDirection=desc", SORTED),
    ("all, by address", "sortBy=email", SORTED),
    ("all, by address, descending", "sortBy=email&sortDirection=desc", SORTED),
    ("all, by name", "sortBy=name", None),
    ("all, by last change", "sortBy=updatedAt&sortDirection=desc", None),
    ("all, by role", "sortBy=role", None),
    ("all, by creation, after 10,000", "sortBy=createdAt&offset=10000", None),
    ("all, by creation, after 900,000", "sortBy=createdAt&offset=900000", None),
    ("address starts_with, one", "searchValue=abc12&searchOperator=starts_with", SORTED),
    ("address starts_with, a sixteenth", "searchValue=a&searchOperator=starts_with", SORTED),
    (
        "address starts_with, one, by creation",
        "searchValue=abc12&searchOperator=starts_with&sortBy=createdAt&sortDirection=desc",
        SORTED,
    ),
    (
        "address starts_with, a 256th, by creation",
        "searchValue=ab&searchOperator=starts_with&sortBy=createdAt&sortDirection=desc",
        SORTED,
    ),
    (
        "address starts_with, a sixteenth, by creation",
        "searchValue=a&searchOperator=starts_with&sortBy=createdAt&sortDirection=desc",
        SORTED,
    ),
    ("address starts_with, a sixteenth, by name", "searchValue=a&searchOperator=starts_with&sortBy=name", SORTED),
    (
        "address starts_with, a sixteenth, by last change",
        "searchValue=a&searchOperator=starts_with&sortBy=updatedAt",
        None,
    ),
    ("name starts_with, a 256th", "searchValue=Name%20ab&searchField=name&searchOperator=starts_with", SORTED),
    ("address contains, all", "searchValue=example", SEARCHED),
    ("address contains, all, by address", "searchValue=example&sortBy=email", SEARCHED),
    ("address contains, all, by last change", "searchValue=example&sortBy=updatedAt&sortDirection=desc", SEARCHED),
    ("address contains, all, by role", "searchValue=example&sortBy=role", SEARCHED),
    ("address contains, a few thousand", "searchValue=c12", SEARCHED),
    ("address contains, a few thousand, by address", "searchValue=c12&sortBy=email", SEARCHED),
    ("address contains, a few thousand, by role", "searchValue=c12&sortBy=role", SEARCHED),
    ("address contains, a few", "searchValue=abc123", SEARCHED),
    ("address contains, nobody", "searchValue=nosuchthing", SEARCHED),
    ("address contains, nobody, by last change", "searchValue=nosuchthing&sortBy=updatedAt", SEARCHED),
    ("address ends_with, a tenth", "searchValue=1@example.com&searchOperator=ends_with", SEARCHED),
    ("name contains, a sixteenth", "searchValue=ame%20a&searchField=name&sortBy=email", SEARCHED),
    ("role is admin, a thousandth", "filterField=role&filterValue=admin", None),
    ("banned, by address, a 500th", "filterField=banned&filterValue=true&sortBy=email", None),
    ("not verified, by address, half", "filterField=emailVerified&filterValue=false&sortBy=email", None),
    (
        "created before, by creation, a half",
        "filterField=createdAt&filterOperator=lt&filterValue=2024-08-20T00:00:00Z&sortBy=createdAt&sortDirection=desc",
        None,
    ),
];

/// Makes so many users, in SQLite or in the database of `DATABASE_URL`, and asks for each kind of page; with 0 those that an
/// earlier run has made are asked for.
pub async fn measure(count: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("signet.toml"), CONFIGURATION).expect("a configuration");
    if count > 0 {
        write_users(&folder.path().join("users.jsonl"), count);
        run(folder.path(), &["users", "import", "users.jsonl"], "");
        run(folder.path(), &["users", "create", ADMIN, "--admin"], PASSWORD);
        std::fs::remove_file(folder.path().join("users.jsonl")).expect("the file goes");
    }
    analyze();
    let server = Server::signet(folder.path()).await;
    let cookie = sign_in(server.address).await;
    println!("{:<50} {:>8} {:>9} {:>9} {:>9}", "the first 100 of", "total", "first ms", "p50 ms", "p95 ms");
    for (name, query, limit) in PAGES {
        let (total, first, times) = ask(server.address, &cookie, query).await;
        let (middle, slow) = (times[TIMES / 2], times[TIMES * 95 / 100 - 1]);
        let verdict = match limit {
            Some(limit) if slow > *limit => format!("  more than {limit}"),
            _ => String::new(),
        };
        println!("{name:<50} {total:>8} {first:>9.1} {middle:>9.1} {slow:>9.1}{verdict}");
    }
}

/// Users whose addresses and names are in no order.
fn write_users(file: &Path, count: u64) {
    let mut output = BufWriter::new(std::fs::File::create(file).expect("a file"));
    for number in 1..=count {
        let (address, name) = (mixed(number) >> 24, mixed(number ^ (1 << 40)));
        let minute = number * 40 / 60;
        let (day, minute) = (minute / 1440 % 28, minute % 1440);
        let month = number * 40 / 60 / 1440 / 28;
        let created = format!(
            "{}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            2024 + month / 12,
            month % 12 + 1,
            day + 1,
            minute / 60,
            minute % 60,
            number * 40 % 60
        );
        let user = json!({
            "email": format!("{address:010x}{number}@example.com"),
            "name": format!("Name {name:016x}"),
            "emailVerified": number % 2 == 0,
            "createdAt": created,
            "role": if number % 1000 == 0 { "admin" } else { "user" },
            "banned": number % 500 == 0,
        });
        writeln!(output, "{user}").expect("it is written");
    }
    output.flush().expect("it is written");
}

/// A number whose digits say nothing of the one that it is made of: SplitMix64.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn run(folder: &Path, arguments: &[&str], input: &str) {
    let binary = std::env::var("SIGNET_BIN").expect("SIGNET_BIN names the binary; use bench/run");
    let mut command = Command::new(binary);
    let command = command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().expect("signet starts");
    child.stdin.take().expect("its input is piped").write_all(input.as_bytes()).expect("it reads");
    let status = child.wait().expect("it ends");
    assert!(status.success(), "{arguments:?}: {status}");
}

/// What Postgres does by itself within a minute or two.
fn analyze() {
    let Some(url) = std::env::var("DATABASE_URL").ok().filter(|url| url.starts_with("postgres")) else { return };
    let mut command = Command::new("psql");
    let status = command.args([&url, "--quiet", "--command", "VACUUM ANALYZE \"user\""]).status();
    assert!(status.expect("psql is there").success());
}

async fn sign_in(address: SocketAddr) -> String {
    let body = json!({ "email": ADMIN, "password": PASSWORD });
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = http::post("/api/auth/sign-in/email", &body);
    let head = http::exchange(&mut stream, &request, &mut Vec::new()).await.expect("the admin signs in");
    let line = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a session cookie");
    line.split(';').next().unwrap_or_default().to_owned()
}

/// How many there are in all, how long the first page took, which counts them, and the sorted times of the following.
async fn ask(address: SocketAddr, cookie: &str, query: &str) -> (i64, f64, Vec<f64>) {
    let request = http::get(&format!("/api/auth/admin/list-users?limit=100&{query}"), &[("cookie", cookie)]);
    let (mut stream, mut buffer) = (TcpStream::connect(address).await.expect("it listens"), Vec::new());
    let mut times = Vec::new();
    for _ in 0..=TIMES {
        let begun = Instant::now();
        http::exchange(&mut stream, &request, &mut buffer).await.unwrap_or_else(|| panic!("{query}: no page"));
        times.push(begun.elapsed());
    }
    let body = buffer.windows(4).position(|window| window == b"\r\n\r\n").map_or(&[][..], |end| &buffer[end + 4..]);
    let page: Value = serde_json::from_slice(body).expect("JSON");
    let mut times: Vec<f64> = times.into_iter().map(|time: Duration| time.as_secs_f64() * 1000.0).collect();
    let first = times.remove(0);
    times.sort_by(f64::total_cmp);
    (page["total"].as_i64().expect("a total"), first, times)
}
