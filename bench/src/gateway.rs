//! What it costs to have something between browsers and a service that turns cookies into tokens: nothing at all, nginx
//! that asks Signet about each request, and Signet's own gateway. See README.md.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::load::{self, Sample};
use crate::median;
use crate::server::{Server, free_port};
use crate::{ROUNDS, http};

const CONNECTIONS: usize = 32;

/// One way to the service.
struct Way<'s> {
    name: &'static str,
    server: &'s Server,
    /// Others whose CPU time it costs.
    helpers: Vec<&'s Server>,
    request: Vec<u8>,
}

/// Measures all ways in turns, and prints a table.
pub async fn compare() {
    let folder = tempfile::tempdir().expect("a folder");
    let upstream = Server::bare().await;
    let cached = signet(&folder.path().join("cached"), upstream.address, true).await;
    let stored = signet(&folder.path().join("stored"), upstream.address, false).await;
    let nginx_cached = nginx(&folder.path().join("nginx-cached"), upstream.address, cached.address).await;
    let nginx_stored = nginx(&folder.path().join("nginx-stored"), upstream.address, stored.address).await;
    let cookie_cached = http::sign_up_for_all(cached.address).await;
    let cookie_stored = http::sign_up_for_all(stored.address).await;
    let get = |path: &str, cookie: &str| match cookie {
        "" => http::get(path, &[]),
        cookie => http::get(path, &[("cookie", cookie)]),
    };
    let way = |name, server, helpers, request| Way { name, server, helpers, request };
    let ways = [
        way("direct", &upstream, vec![], get("/", "")),
        way("nginx, asks nobody", &nginx_cached, vec![], get("/open", "")),
        way("gateway, anonymous", &cached, vec![], get("/open", "")),
        way("the same, as long a cookie", &cached, vec![], get("/open", &other(&cookie_cached))),
        way("nginx + forward auth, cookie cache", &nginx_cached, vec![&cached], get("/tasks", &cookie_cached)),
        way("gateway with token, cookie cache", &cached, vec![], get("/tasks", &cookie_cached)),
        way("nginx + forward auth, SQLite", &nginx_stored, vec![&stored], get("/tasks", &cookie_stored)),
        way("gateway with token, SQLite", &stored, vec![], get("/tasks", &cookie_stored)),
    ];
    let mut samples: Vec<Vec<Sample>> = ways.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (way, samples) in ways.iter().zip(&mut samples) {
            let before: Vec<_> = way.helpers.iter().map(|helper| helper.cpu()).collect();
            let mut sample = load::round(way.server, &way.request, CONNECTIONS).await;
            let more = way.helpers.iter().zip(before).map(|(helper, before)| helper.cpu() - before);
            sample.cpu += more.map(|cpu| cpu.as_secs_f64()).sum::<f64>() * 1e6 / sample.count as f64;
            samples.push(sample);
        }
    }
    println!("{:<36} {:>11} {:>15} {:>8} {:>8}", "", "requests/s", "CPU µs/request", "p50 ms", "p99 ms");
    let middle = |place: usize, value: fn(&Sample) -> f64| median(samples[place].iter().map(value).collect());
    for (place, way) in ways.iter().enumerate() {
        println!(
            "{:<36} {:>11.0} {:>15.1} {:>8.2} {:>8.2}",
            way.name,
            middle(place, |sample| sample.rate),
            middle(place, |sample| sample.cpu),
            middle(place, |sample| sample.median),
            middle(place, |sample| sample.slow)
        );
    }
    let rate = |place: usize| middle(place, |sample| sample.rate);
    println!(
        "\nthe gateway beside nginx + forward auth: {:.2} times as fast with the cookie cache, {:.2} times with SQLite",
        rate(5) / rate(4),
        rate(7) / rate(6)
    );
    let lost = |place: usize, to: usize| 100.0 * (1.0 - rate(place) / rate(to));
    for (name, place) in [("the cookie cache", 5), ("SQLite", 7)] {
        println!(
            "tokens with {name} cost {:.0} % of the anonymous gateway's requests a second, {:.0} % where its cookie is as long",
            lost(place, 2),
            lost(place, 3)
        );
    }
}

/// As long a cookie that nobody knows.
fn other(cookie: &str) -> String {
    format!("other={}", "x".repeat(cookie.len().saturating_sub(6)))
}

/// Signet in front of a service: `/open` for everybody, `/tasks` for sessions.
async fn signet(folder: &Path, upstream: SocketAddr, cookie_cache: bool) -> Server {
    std::fs::create_dir_all(folder).expect("a folder");
    let toml = format!(
        "[plugins.forward_auth]\nenabled = true\n\
         [session.cookie_cache]\nenabled = {cookie_cache}\n\
         [rate_limit]\nenabled = false\n\
         [[gateway.routes]]\nprefix = \"/open\"\nupstream = \"http://{upstream}\"\nrequire_session = false\n\
         [[gateway.routes]]\nprefix = \"/tasks\"\nupstream = \"http://{upstream}\"\n"
    );
    std::fs::write(folder.join("signet.toml"), toml).expect("a file");
    Server::signet(folder).await
}

/// nginx that does the same by asking Signet.
async fn nginx(folder: &Path, upstream: SocketAddr, signet: SocketAddr) -> Server {
    std::fs::create_dir_all(folder.join("tmp")).expect("a folder");
    let (port, place) = (free_port(), folder.display());
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("  {name}_temp_path {place}/tmp/{name};\n"))
        .concat();
    let config = format!(
        "daemon off;\nmaster_process on;\nworker_processes auto;\npid {place}/pid;\nerror_log {place}/error.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n  access_log off;\n  keepalive_requests 1000000;\n{temporary}\
           upstream service {{ server {upstream}; keepalive 64; keepalive_requests 1000000; }}\n\
           upstream signet {{ server {signet}; keepalive 64; keepalive_requests 1000000; }}\n\
           server {{\n    listen 127.0.0.1:{port};\n    proxy_http_version 1.1;\n    proxy_set_header Connection \"\";\n\
             location /open {{ proxy_pass http://service; }}\n\
             location /tasks {{\n      auth_request /auth;\n      auth_request_set $token $upstream_http_authorization;\n\
               proxy_set_header Authorization $token;\n      proxy_set_header Cookie \"\";\n      proxy_pass http://service;\n    }}\n\
             location = /auth {{\n      internal;\n      proxy_pass http://signet/api/auth/forward-auth;\n\
               proxy_pass_request_body off;\n      proxy_set_header Content-Length \"\";\n\
               proxy_set_header X-Original-URL $scheme://$http_host$request_uri;\n\
               proxy_set_header X-Original-Method $request_method;\n    }}\n\
             location = /api/auth/ok {{ return 200; }}\n  }}\n}}\n"
    );
    std::fs::write(folder.join("nginx.conf"), config).expect("a file");
    let process = Command::new("nginx")
        .args(["-c", &format!("{place}/nginx.conf"), "-e", &format!("{place}/error.log"), "-p", &place.to_string()])
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("nginx is installed");
    let server = Server::of(SocketAddr::from(([127, 0, 0, 1], port)), process);
    http::until_ok(server.address).await;
    server
}
