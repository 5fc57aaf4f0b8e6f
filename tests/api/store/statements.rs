//! How much of the database and of the keys the requests use that clients make most.

use crate::harness::{Browser, Server};

/// What a request makes the server do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    statements: u64,
    signatures: u64,
}

const NOTHING: Cost = Cost { statements: 0, signatures: 0 };
const ONE_OF_EACH: Cost = Cost { statements: 1, signatures: 1 };

/// A server whose keeper hardly ever looks for other replicas' keys, which takes statements too.
async fn server() -> Server {
    Server::with("[plugins.jwt.jwks]\npoll_interval = 3600\n").await
}

/// What an answer of 200 costs: the median of some tries, since the keeper may look during one of them.
async fn cost(server: &Server, browser: &mut Browser<'_>, path: &str) -> Cost {
    let (mut statements, mut signatures) = (Vec::new(), Vec::new());
    for _ in 0..11 {
        let before = (server.statements().await, server.signatures());
        assert_eq!(browser.get(path).await.status, 200, "{path}");
        statements.push(server.statements().await - before.0);
        signatures.push(server.signatures() - before.1);
    }
    Cost { statements: median(statements), signatures: median(signatures) }
}

fn median(mut counts: Vec<u64>) -> u64 {
    counts.sort_unstable();
    counts[counts.len() / 2]
}

#[actix_web::test]
async fn a_session_and_a_token_cost_one_statement_and_one_signature_each() {
    let server = server().await;
    let mut ada = server.member("Ada").await;
    for path in ["/get-session", "/token"] {
        assert_eq!(cost(&server, &mut ada, path).await, ONE_OF_EACH, "{path}");
    }
}

#[actix_web::test]
async fn nobodys_session_and_the_key_set_cost_none() {
    let server = server().await;
    let mut nobody = server.browser();
    for path in ["/get-session", "/jwks", "/ok"] {
        assert_eq!(cost(&server, &mut nobody, path).await, NOTHING, "{path}");
    }
}
