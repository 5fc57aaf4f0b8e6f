//! What admins see of the server itself.

mod configuration;
mod health;

use crate::harness::{Browser, Server};

const TOKEN: &str = "an-admin-token-of-more-than-32-characters";

async fn server(toml: &str) -> Server {
    let server = Server::with(&format!("{toml}\n[admin]\ntokens = [\"{TOKEN}\"]\n")).await;
    server.secrets.add("an admin's token", TOKEN);
    server
}

fn operator(server: &Server) -> Browser<'_> {
    server.browser().header("authorization", &format!("Bearer {TOKEN}"))
}

/// The refusals of a path.
async fn assert_for_admins_alone(path: &str) {
    let server = Server::start().await;
    let answer = server.browser().get(path).await;
    assert_eq!((answer.status, answer.code().as_deref()), (401, Some("UNAUTHORIZED")));
    let answer = server.member("Ada").await.get(path).await;
    assert_eq!((answer.status, answer.code().as_deref()), (403, Some("YOU_ARE_NOT_ALLOWED_TO_OPERATE_THE_SERVER")));
}
