//! Clients and services that are slow. These tests last as long as the limits that they are about.

use std::time::Duration;

use tokio::time::Instant;

use super::Site;
use crate::harness::wire::Wire;

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

async fn request(site: &Site, line: &str) -> Wire {
    let mut wire = Wire::to(site.server.address).await;
    assert!(wire.send(format!("{line}\r\nhost: a\r\n\r\n").as_bytes()).await);
    wire
}

/// Longer than the routes of this server give a body, and than a connection may hang.
#[actix_web::test]
async fn t87_an_honest_slow_body_is_not_cut() {
    let site = Site::with("require_session = false", "").await;
    let mut wire = request(&site, "POST /api/tasks/1 HTTP/1.1\r\ncontent-length: 130").await;
    for _ in 0..13 {
        assert!(wire.send(&[b'x'; 10]).await);
        tokio::time::sleep(seconds(1)).await;
    }
    assert_eq!(wire.status().await, Some(200));
    assert_eq!(site.last().body.len(), 130);
}

#[actix_web::test]
async fn t87_nor_one_whose_answer_has_begun() {
    let site = Site::with("require_session = false", "").await;
    let mut wire = request(&site, "POST /api/tasks/early HTTP/1.1\r\ntransfer-encoding: chunked").await;
    assert_eq!(wire.status().await, Some(200));
    wire.send(b"3\r\nabc\r\n").await;
    tokio::time::sleep(seconds(13)).await;
    wire.send(b"3\r\ndef\r\n0\r\n\r\n").await;
    while !String::from_utf8_lossy(&wire.received).contains("abcdef") {
        assert!(wire.more().await, "it was cut");
    }
}

#[actix_web::test]
async fn t87_a_body_that_drips_is_answered_408() {
    let site = Site::with("require_session = false", "").await;
    let mut wire = request(&site, "POST /api/tasks/1 HTTP/1.1\r\ncontent-length: 10000").await;
    let lasted = wire.drip(b"x", seconds(40)).await.expect("it is cut");
    assert!(lasted > seconds(28), "{lasted:?}");
    assert_eq!(wire.status().await, Some(408));
    assert!(site.upstream.got().iter().all(|got| !got.whole));
}

#[actix_web::test]
async fn t87_nobody_is_worked_for_who_has_left() {
    let site = Site::with("require_session = false", "").await;
    for line in ["GET /api/tasks/waits HTTP/1.1", "POST /api/tasks/waits HTTP/1.1\r\ncontent-length: 0"] {
        let (before, got) = (site.upstream.left(), site.count());
        let wire = request(&site, line).await;
        let pause = Duration::from_millis(20);
        while site.count() == got {
            tokio::time::sleep(pause).await;
        }
        assert_eq!(site.upstream.left(), before, "{line}");
        drop(wire);
        let begun = Instant::now();
        while site.upstream.left() == before {
            assert!(begun.elapsed() < seconds(20), "{line}");
            tokio::time::sleep(pause).await;
        }
    }
}

#[actix_web::test]
async fn an_answer_that_stalls_is_given_up() {
    let site = Site::with("require_session = false\nidle_timeout = 2", "").await;
    let begun = Instant::now();
    let wire = request(&site, "GET /api/tasks/stalls HTTP/1.1").await;
    let received = wire.rest().await;
    assert!(String::from_utf8_lossy(&received).ends_with("half"));
    assert!((seconds(2)..seconds(20)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
}

#[actix_web::test]
async fn t87_an_answer_that_nobody_takes_is_given_up_after_its_rest() {
    let site = Site::with("require_session = false\nidle_timeout = 11", "").await;
    let mut wire = Wire::to(site.server.address).await;
    // So many that some stay unread: then the end of the connection shows.
    let requests = b"GET /api/tasks/large HTTP/1.1\r\nhost: a\r\n\r\n".repeat(1_000);
    wire.fill(&requests).await;
    let begun = Instant::now();
    while begun.elapsed() < seconds(40) {
        if tokio::time::timeout(seconds(1), wire.closed()).await.is_ok() {
            return;
        }
    }
    panic!("it is still there");
}
