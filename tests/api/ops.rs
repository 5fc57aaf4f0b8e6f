//! The operations listener: `/health/live`, `/health/ready`, `/metrics`.

mod metrics;
mod ready;

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
