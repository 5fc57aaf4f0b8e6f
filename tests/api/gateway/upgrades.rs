//! WebSockets.

use std::time::Duration;

use tokio::time::timeout;

use super::Site;
use crate::harness::wire::Wire;

const ASKS: &str = "GET /api/tasks/socket HTTP/1.1\r\nhost: localhost:3000\r\nconnection: keep-alive, Upgrade\r\n\
                    upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const AGREES: &str = "HTTP/1.1 101 Switching Protocols\nconnection: Upgrade\nupgrade: websocket\n\
                      sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\nset-cookie: better-auth.session_token=evil\n\n";

async fn cookie(site: &Site) -> String {
    let ada = site.ada().await;
    ada.jar.iter().map(|(name, value)| format!("cookie: {name}={value}\r\n")).collect()
}

async fn ask(site: &Site, more: &str) -> Wire {
    let mut wire = Wire::to(site.server.address).await;
    assert!(wire.send(format!("{ASKS}{more}\r\n").as_bytes()).await);
    wire
}

async fn until(wire: &mut Wire, text: &str) {
    let come = async {
        while !String::from_utf8_lossy(&wire.received).contains(text) {
            assert!(wire.more().await, "{text:?} did not come: {:?}", String::from_utf8_lossy(&wire.received));
        }
    };
    timeout(Duration::from_secs(30), come).await.unwrap_or_else(|_| panic!("{text:?} did not come"));
}

#[actix_web::test]
async fn t68_a_websocket_passes_with_a_token_in_the_place_of_the_cookie() {
    let site = Site::start().await;
    site.upstream.answers(AGREES);
    let cookie = cookie(&site).await;
    let mut wire = ask(&site, &format!("{cookie}origin: http://localhost:3000\r\n")).await;
    assert_eq!(wire.status().await, Some(101));
    let text = String::from_utf8_lossy(&wire.received).to_lowercase();
    assert!(text.contains("upgrade: websocket") && text.contains("connection: upgrade"), "{text}");
    assert!(text.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=") && !text.contains("evil"), "{text}");
    let got = site.last();
    assert_eq!(got.claims()["aud"], "https://tasks.internal");
    assert_eq!(got.header("sec-websocket-key"), Some("dGhlIHNhbXBsZSBub25jZQ=="));
    assert!(!got.has("cookie"));
    for number in 0..3 {
        assert!(wire.send(format!("hello {number};").as_bytes()).await);
        until(&mut wire, &format!("HELLO {number};")).await;
    }
}

#[actix_web::test]
async fn t68_a_page_elsewhere_opens_no_websocket() {
    let site = Site::start().await;
    site.upstream.answers(AGREES);
    let cookie = cookie(&site).await;
    for origin in ["origin: https://evil.example\r\n", "origin: null\r\n", ""] {
        let mut wire = ask(&site, &format!("{cookie}{origin}")).await;
        assert_eq!(wire.status().await, Some(403), "{origin:?}");
    }
    let mut wire = ask(&site, "").await;
    assert_eq!(wire.status().await, Some(401), "nor anybody without a session");
    assert_eq!(site.count(), 0);
}

#[actix_web::test]
async fn t68_no_other_upgrade_passes_and_no_odd_one() {
    let site = Site::with("require_session = false", "").await;
    for odd in [
        "POST /api/tasks HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
        "GET /api/tasks HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\ncontent-length: 5\r\n\r\nhello",
        "GET /api/tasks HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\n\r\n",
    ] {
        let mut wire = Wire::to(site.server.address).await;
        wire.send(odd.as_bytes()).await;
        assert_eq!(wire.status().await, Some(400), "{odd}");
    }
    assert_eq!(site.count(), 0);
    let mut wire = Wire::to(site.server.address).await;
    wire.send(b"GET /api/tasks HTTP/1.1\r\nhost: a\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\n\r\n")
        .await;
    assert_eq!(wire.status().await, Some(200));
    let got = site.last();
    assert!(!got.has("upgrade") && !got.has("http2-settings") && !got.has("connection"), "{got:?}");
}

#[actix_web::test]
async fn a_refused_upgrade_is_answered_as_the_service_does() {
    let site = Site::with("require_session = false", "").await;
    site.upstream.answers("HTTP/1.1 426 Upgrade Required\ntransfer-encoding: chunked\n\n2\nno\n0\n\n");
    let wire = ask(&site, "").await;
    let text = String::from_utf8_lossy(&wire.rest().await).into_owned();
    assert!(text.starts_with("HTTP/1.1 426") && text.ends_with("\r\n\r\nno"), "{text}");
    site.upstream.answers("HTTP/1.1 403 Forbidden\ncontent-length: 4\n\nnope");
    let wire = ask(&site, "").await;
    let text = String::from_utf8_lossy(&wire.rest().await).into_owned();
    assert!(text.starts_with("HTTP/1.1 403") && text.ends_with("nope"), "{text}");
}

#[actix_web::test]
async fn either_side_ends_it() {
    let site = Site::with("require_session = false", "").await;
    site.upstream.answers(AGREES);
    let mut wire = ask(&site, "").await;
    assert_eq!(wire.status().await, Some(101));
    wire.send(b"last words").await;
    until(&mut wire, "LAST WORDS").await;
    wire.finish().await;
    timeout(Duration::from_secs(30), wire.rest()).await.expect("it ends");
}

#[actix_web::test]
async fn t87_a_websocket_may_rest_longer_than_a_request_and_no_longer_than_is_configured() {
    let site = Site::with("require_session = false\nidle_timeout = 14", "").await;
    site.upstream.answers(AGREES);
    let mut wire = ask(&site, "").await;
    assert_eq!(wire.status().await, Some(101));
    wire.send(b"a").await;
    until(&mut wire, "A").await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    wire.send(b"b").await;
    until(&mut wire, "B").await;
    timeout(Duration::from_secs(20), wire.rest()).await.expect("it ends");
}
