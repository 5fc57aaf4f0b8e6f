mod jwks;

use crate::harness::{Browser, Server};

/// What an operator gave out.
const TOKEN: &str = "an-admin-token-of-more-than-32-characters";

/// A server with an admin token, of which the configuration has the digest alone.
async fn server() -> Server {
    server_with("").await
}

/// The same with more configuration.
async fn server_with(toml: &str) -> Server {
    let digest = "sha256:41184F62E7C452765FDC950E5226B877924414A94B6F7DDAA7CBB1CAC179A433";
    Server::with(&format!("[admin]\ntokens = [\"{digest}\"]\n{toml}")).await
}

/// A program that holds the token: neither cookie nor origin.
fn operator(server: &Server) -> Browser<'_> {
    server.browser().without_origin().header("authorization", &format!("Bearer {TOKEN}"))
}
