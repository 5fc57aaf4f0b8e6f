//! Bodies that come in pieces, in both directions.

use std::time::Duration;

use tokio::time::timeout;

use super::Site;
use crate::harness::wire::Wire;

/// A request that a test writes by hand, as a browser of this site.
async fn open(site: &Site, cookie: &str, head: &str) -> Wire {
    let mut wire = Wire::to(site.server.address).await;
    let head = format!("{head}\r\nhost: localhost:3000\r\norigin: http://localhost:3000\r\ncookie: {cookie}\r\n\r\n");
    assert!(wire.send(head.as_bytes()).await);
    wire
}

async fn cookie(site: &Site) -> String {
    let ada = site.ada().await;
    ada.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

/// Reads until a text has come.
async fn until(wire: &mut Wire, text: &str) {
    let whole = async {
        while !String::from_utf8_lossy(&wire.received).contains(text) {
            assert!(wire.more().await, "{text:?} did not come: {:?}", String::from_utf8_lossy(&wire.received));
        }
    };
    timeout(Duration::from_secs(60), whole).await.unwrap_or_else(|_| panic!("{text:?} did not come"));
}

#[actix_web::test]
async fn events_come_when_they_happen() {
    let site = Site::start().await;
    let cookie = cookie(&site).await;
    let mut wire = open(&site, &cookie, "GET /api/tasks/events HTTP/1.1").await;
    // Each comes before the next one happens.
    for event in ["data: 0", "data: 1", "data: 2"] {
        site.upstream.let_happen(1);
        until(&mut wire, event).await;
    }
    until(&mut wire, "\r\n0\r\n\r\n").await;
    assert!(String::from_utf8_lossy(&wire.received).contains("content-type: text/event-stream"));
}

#[actix_web::test]
async fn a_body_is_sent_on_as_it_comes_and_an_answer_may_come_before_its_end() {
    let site = Site::start().await;
    let cookie = cookie(&site).await;
    let mut wire = open(&site, &cookie, "POST /api/tasks/early HTTP/1.1\r\ntransfer-encoding: chunked").await;
    until(&mut wire, "hello").await;
    assert!(wire.send(b"3\r\nabc\r\n").await);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(wire.send(b"3\r\ndef\r\n0\r\n\r\n").await);
    until(&mut wire, "abcdef").await;
    assert!(site.last().whole);
}

#[actix_web::test]
async fn a_body_without_a_length_arrives_in_chunks() {
    let site = Site::start().await;
    let cookie = cookie(&site).await;
    let mut wire = open(&site, &cookie, "PUT /api/tasks/1 HTTP/1.1\r\ntransfer-encoding: chunked").await;
    wire.send(b"2\r\nab\r\n3;ext=1\r\ncde\r\n0\r\n\r\n").await;
    assert_eq!(wire.status().await, Some(200));
    let got = site.last();
    assert_eq!((got.body.as_slice(), got.header("transfer-encoding")), (&b"abcde"[..], Some("chunked")));
    assert!(!got.has("content-length"));
}

#[actix_web::test]
async fn large_bodies_pass_in_both_directions() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let body = vec![b'x'; 5 << 20];
    let answer = ada.send("POST", "!/api/tasks/1", &[], Some(&body)).await;
    assert_eq!(answer.json()["body"], 5 << 20);
    let answer = ada.get("!/api/tasks/large").await;
    assert_eq!(answer.body.len(), 8 << 20);
}

#[actix_web::test]
async fn t01_a_body_that_is_longer_than_its_limit_is_413_announced_or_not() {
    let site = Site::with("body_limit = 1000", "").await;
    let mut ada = site.ada().await;
    assert_eq!(ada.send("POST", "!/api/tasks/1", &[], Some(&[b'x'; 1000])).await.status, 200);
    let before = site.count();
    let answer = ada.send("POST", "!/api/tasks/1", &[], Some(&[b'x'; 1001])).await;
    assert_eq!((answer.status, answer.code().as_deref()), (413, Some("CONTENT_TOO_LARGE")));
    assert_eq!(site.count(), before, "one that says so is not even begun");
    let cookie = cookie_of(&ada);
    let mut wire = open(&site, &cookie, "POST /api/tasks/1 HTTP/1.1\r\ntransfer-encoding: chunked").await;
    for _ in 0..3 {
        wire.send(format!("190\r\n{}\r\n", "x".repeat(400)).as_bytes()).await;
    }
    assert_eq!(wire.status().await, Some(413));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(site.upstream.got().iter().skip(before).all(|got| !got.whole), "the service knows that it is not all");
}

fn cookie_of(browser: &crate::harness::Browser<'_>) -> String {
    browser.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

#[actix_web::test]
async fn a_body_that_breaks_off_is_whole_nowhere() {
    let site = Site::start().await;
    let cookie = cookie(&site).await;
    for framing in ["content-length: 100", "transfer-encoding: chunked"] {
        let (before, begun) = (site.count(), site.upstream.begun());
        let mut wire = open(&site, &cookie, &format!("POST /api/tasks/1 HTTP/1.1\r\n{framing}")).await;
        wire.send(b"5\r\nhello\r\n").await;
        while site.upstream.begun() == begun {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(wire);
        let noted = async {
            while site.count() == before {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_secs(60), noted).await.expect("the service notes it");
        assert!(!site.last().whole, "{framing}");
    }
}

#[actix_web::test]
async fn an_answer_that_breaks_off_is_whole_nowhere() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let answer = ada.get("!/api/tasks/breaks-off").await;
    assert_eq!((answer.status, answer.header("content-length"), answer.text().as_str()), (200, Some("100"), "half"));
    assert_eq!(ada.get("!/api/tasks").await.status, 200, "and the next request is another one's");
}

#[actix_web::test]
async fn a_client_of_http_1_0_gets_no_chunks() {
    let site = Site::with("require_session = false", "").await;
    let mut wire = Wire::to(site.server.address).await;
    site.upstream.let_happen(3);
    wire.send(b"GET /api/tasks/events HTTP/1.0\r\nhost: a\r\n\r\n").await;
    let text = String::from_utf8_lossy(&wire.rest().await).into_owned();
    assert!(text.ends_with("\r\n\r\ndata: 0\n\ndata: 1\n\ndata: 2\n\n"), "{text}");
    assert!(!text.contains("chunked"), "{text}");
}

#[actix_web::test]
async fn a_protocol_that_nobody_asked_for_is_a_fault_of_the_service() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    site.upstream.answers("HTTP/1.1 101 Switching Protocols\nconnection: upgrade\nupgrade: odd\n\n");
    assert_eq!(ada.get("!/api/tasks").await.status, 502);
}

#[actix_web::test]
async fn several_requests_of_one_connection_get_their_own_answers() {
    let site = Site::start().await;
    let cookie = cookie(&site).await;
    let mut wire = Wire::to(site.server.address).await;
    for number in 0..3 {
        let head = format!("GET /api/tasks/n{number} HTTP/1.1\r\nhost: a\r\ncookie: {cookie}\r\n\r\n");
        assert!(wire.send(head.as_bytes()).await);
    }
    until(&mut wire, "/api/tasks/n2").await;
    let text = String::from_utf8_lossy(&wire.received).into_owned();
    let places: Vec<_> = (0..3).map(|number| text.find(&format!("/api/tasks/n{number}")).expect("an answer")).collect();
    assert!(places.is_sorted(), "{text}");
}
