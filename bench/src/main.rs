//! Measures Signet beside a bare actix handler, in turns. See README.md.

mod bare;
mod gateway;
mod http;
mod import;
mod lists;
mod load;
mod server;

use std::time::Duration;

use load::Sample;
use server::Server;

/// The rounds of which the median counts.
const ROUNDS: usize = 7;

#[actix_web::main]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some("bare") {
        return bare::serve().await;
    }
    if std::env::args().nth(1).as_deref() == Some("gateway") {
        return gateway::compare().await;
    }
    if std::env::args().nth(1).as_deref() == Some("import") {
        let count = std::env::args().nth(2).map_or(1_000_000, |count| count.parse().expect("a number of users"));
        return import::measure(count);
    }
    if std::env::args().nth(1).as_deref() == Some("lists") {
        let count = std::env::args().nth(2).map_or(1_000_000, |count| count.parse().expect("a number of users"));
        return lists::measure(count).await;
    }
    let folder = tempfile::tempdir().expect("a folder for the data");
    let mut signet = Server::signet(folder.path()).await;
    let session = http::sign_up(signet.address).await;
    let at_start = server::restarted(&mut signet, folder.path()).await;
    let bare = Server::bare().await;
    println!("start to first 200: {} ms on an existing database", at_start.as_millis());
    println!("resident at start: {:.1} MiB (bare handler: {:.1} MiB)\n", signet.resident(), bare.resident());

    let cookie = [("cookie", session.as_str())];
    let requests = [
        ("bare handler", &bare, http::get("/", &[]), 32),
        ("/jwks", &signet, http::get("/api/auth/jwks", &[]), 32),
        ("/get-session", &signet, http::get("/api/auth/get-session", &cookie), 32),
        ("/token", &signet, http::get("/api/auth/token", &cookie), 32),
        ("/sign-in/email", &signet, http::sign_in(), 4),
    ];
    let mut samples: Vec<Vec<Sample>> = requests.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for ((_, server, request, connections), samples) in requests.iter().zip(&mut samples) {
            samples.push(load::round(server, request, *connections).await);
        }
    }
    println!("{:<16} {:>12} {:>14} {:>10} {:>10}", "", "requests/s", "CPU µs/request", "p50 ms", "p99 ms");
    for ((name, ..), samples) in requests.iter().zip(&samples) {
        let middle = |value: fn(&Sample) -> f64| median(samples.iter().map(value).collect());
        println!(
            "{name:<16} {:>12.0} {:>14.1} {:>10.2} {:>10.2}",
            middle(|sample| sample.rate),
            middle(|sample| sample.cpu),
            middle(|sample| sample.median),
            middle(|sample| sample.slow)
        );
    }
    let cost = |place: usize| median(samples[place].iter().map(|sample| sample.cpu).collect());
    println!("\n/jwks costs {:.2} times the CPU of the bare handler", cost(1) / cost(0));
    println!("resident under load: {:.1} MiB", signet.resident());
    tokio::time::sleep(Duration::from_secs(30)).await;
    println!("resident 30 s after: {:.1} MiB", signet.resident());
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
