//! Who may ask: what is answered holds tokens that no browser is to see.

use std::net::SocketAddr;

use super::{ON, ask, assert_denies};
use crate::harness::{Browser, Server, wire};
use crate::http::address::own_address;

const SECRET: &str = "a-secret-that-proxies-share-with-signet";

async fn status_for(server: &Server, peer: SocketAddr, browser: &Browser<'_>) -> u16 {
    let cookie = browser.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let request = wire::request("GET", "/api/auth/forward-auth", &[("cookie".to_owned(), cookie)], None);
    let peer = SocketAddr::new(peer.ip(), server.address.port());
    wire::parse(&wire::raw(peer, &request).await).expect("an answer").0
}

#[actix_web::test]
async fn t76_a_peer_that_is_no_proxy_gets_nothing_with_the_best_of_cookies() {
    let Some(peer) = own_address() else { return eprintln!("this machine has no address but loopback: not tested") };
    let peer = SocketAddr::new(peer, 0);
    let trusting = format!("[advanced.ip_address]\ntrusted_proxies = [\"{}\"]", peer.ip());
    for (more, status) in [("", 403), (&*trusting, 200)] {
        let server = Server::with(&format!("{ON}\n[server]\nbind = \"0.0.0.0:0\"\n{more}")).await;
        let ada = server.member("Ada").await;
        assert_eq!(status_for(&server, peer, &ada).await, status, "{more}");
    }
}

#[actix_web::test]
async fn where_there_is_a_secret_whoever_lacks_it_gets_nothing() {
    let server = Server::with(&format!("{ON}\n\"secret\" = \"{SECRET}\"")).await;
    let ada = server.member("Ada").await;
    let name = "x-forward-auth-secret";
    assert_eq!(ask(&ada, "/forward-auth", &[(name, SECRET)]).await.status, 200);
    assert_denies(&ask(&ada, "/forward-auth", &[]).await, 403);
    assert_denies(&ask(&ada, "/forward-auth", &[(name, "")]).await, 403);
    assert_denies(&ask(&ada, "/forward-auth", &[(name, &SECRET[1..])]).await, 403);
    assert_denies(&ask(&ada, "/forward-auth", &[(name, SECRET), (name, "x")]).await, 403);
}
