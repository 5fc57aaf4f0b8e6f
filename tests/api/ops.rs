//! The operations listener: `/health/live`, `/health/ready`, `/metrics`.

mod alerts;
mod metrics;
mod ready;

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::harness::browser::Answer;
use crate::harness::{Server, wire};

/// Any free port.
const LISTENS: &str = "[server]\nops_bind = \"127.0.0.1:0\"\n";

async fn ask(server: &Server, method: &str, path: &str) -> Answer {
    let address = server.ops_address().expect("there is an operations listener");
    let answer = wire::raw(address, &wire::request(method, path, &[], None)).await;
    let (status, headers, body) = wire::parse(&answer).unwrap_or_else(|| panic!("{method} {path} got no answer"));
    Answer { status, headers, body }
}

/// Whether Prometheus' own tool is content with what it is given, and what it says of it.
fn promtool(arguments: &[&str], input: &str) -> (bool, String) {
    let mut command = Command::new("promtool");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut promtool = command.spawn().unwrap_or_else(|error| {
        panic!("promtool: {error}; install Debian's `prometheus`, or let scripts/test tests bring it")
    });
    promtool.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    let said = promtool.wait_with_output().expect("it ends");
    (said.status.success(), String::from_utf8_lossy(&said.stderr).into_owned())
}

#[actix_web::test]
async fn what_runs_is_alive() {
    let server = Server::with(LISTENS).await;
    let answer = ask(&server, "GET", "/health/live").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"live":true}"#));
}

#[actix_web::test]
async fn clients_and_operators_have_different_doors() {
    let server = Server::with(LISTENS).await;
    for path in ["/health/live", "/health/ready", "/metrics"] {
        for place in ["!", ""] {
            assert_eq!(server.browser().get(&format!("{place}{path}")).await.status, 404, "{place}{path}");
        }
    }
    for path in ["/", "/api/auth/ok", "/api/auth/get-session", "/health", "/metrics/"] {
        assert_eq!(ask(&server, "GET", path).await.status, 404, "{path}");
    }
    assert_eq!(ask(&server, "POST", "/metrics").await.status, 404);
}

#[actix_web::test]
async fn there_is_none_where_it_is_off() {
    assert_eq!(Server::start().await.ops_address(), None);
}
