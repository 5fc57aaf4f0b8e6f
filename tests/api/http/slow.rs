//! Clients that are slow, silent, or many. These tests last as long as the deadlines that they are about.

use std::time::Duration;

use crate::harness::Server;
use crate::harness::wire::{self, Wire};
use tokio::time::{Instant, timeout};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[actix_web::test]
async fn t87_a_client_that_says_nothing_is_cut_after_five_seconds() {
    let server = Server::start().await;
    let mut wire = Wire::to(server.address).await;
    let lasted = wire.drip(b"", seconds(8)).await.expect("it is cut");
    assert!(lasted > seconds(4), "{lasted:?}");
}

#[actix_web::test]
async fn t87_a_head_that_drips_is_answered_408_after_five_seconds() {
    let server = Server::start().await;
    let mut wire = Wire::to(server.address).await;
    wire.send(b"GET /api/auth/ok HTTP/1.1\r\nhost: a\r\nx-slow: ").await;
    assert!(wire.drip(b"x", seconds(8)).await.is_some(), "it is cut");
    assert_eq!(wire.status().await, Some(408));
}

#[actix_web::test]
async fn t87_a_head_that_drips_after_an_answer_is_cut_too() {
    let server = Server::start().await;
    let mut wire = Wire::to(server.address).await;
    wire.send(b"GET /api/auth/ok HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(wire.status().await, Some(200));
    wire.send(b"GET /api/auth/ok HTTP/1.1\r\nhost: a\r\nx-slow: ").await;
    assert!(wire.drip(b"x", seconds(14)).await.is_some(), "it is cut");
}

#[actix_web::test]
async fn t87_a_body_that_drips_is_answered_408_after_ten_seconds() {
    let server = Server::start().await;
    let mut wire = Wire::to(server.address).await;
    wire.send(b"POST /api/auth/sign-in/email HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n").await;
    let lasted = wire.drip(b" ", seconds(14)).await.expect("it is cut");
    assert!(lasted > seconds(9), "{lasted:?}");
    assert_eq!(wire.status().await, Some(408));
}

#[actix_web::test]
async fn t87_a_body_that_no_route_reads_does_not_drip_for_ever() {
    let server = Server::start().await;
    let is_cut = async |framing: &str| {
        let mut wire = Wire::to(server.address).await;
        wire.send(format!("POST /api/auth/nowhere HTTP/1.1\r\nhost: a\r\n{framing}\r\n\r\n").as_bytes()).await;
        assert_eq!(wire.status().await, Some(404));
        assert!(wire.drip(b"1\r\nx\r\n", seconds(14)).await.is_some(), "{framing}");
    };
    tokio::join!(is_cut("transfer-encoding: chunked"), is_cut("content-length: 1000"));
}

#[actix_web::test]
async fn t87_an_answer_that_nobody_takes_is_given_up() {
    let server = Server::start().await;
    let mut wire = Wire::to(server.address).await;
    let requests = b"GET /api/auth/jwks HTTP/1.1\r\nhost: a\r\n\r\n".repeat(1_000);
    wire.fill(&requests).await;
    let begun = Instant::now();
    while begun.elapsed() < seconds(40) {
        if timeout(seconds(1), wire.closed()).await.is_ok() {
            return;
        }
    }
    panic!("it is still there");
}

#[actix_web::test]
async fn t87_a_connection_may_rest_as_long_as_is_configured() {
    let server = Server::with("[server]\nkeep_alive = 2").await;
    let mut wire = Wire::to(server.address).await;
    wire.send(b"GET /api/auth/ok HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(wire.status().await, Some(200));
    let rested = wire.drip(b"", seconds(5)).await.expect("it is ended");
    assert!(rested > seconds(1), "{rested:?}");
}

#[actix_web::test]
async fn t87_hundreds_of_idle_and_slow_clients_do_not_hold_up_an_honest_one() {
    let server = Server::start().await;
    let mut crowd = Vec::new();
    for number in 0..300 {
        let mut wire = Wire::to(server.address).await;
        if number % 3 > 0 {
            wire.send(b"POST /api/auth/sign-in/email HTTP/1.1\r\nhost: a\r\n").await;
        }
        if number % 3 > 1 {
            wire.send(b"content-length: 100\r\n\r\n").await;
        }
        crowd.push(wire);
    }
    let mut member = server.member("Ada").await;
    assert_eq!(member.get("/token").await.status, 200);
    let slowest = crowd.last_mut().expect("a crowd");
    assert!(timeout(seconds(0), slowest.status()).await.is_err(), "the honest one was served after the slow ones");
}

#[actix_web::test]
async fn t87_no_more_are_connected_than_may_be_and_who_waits_is_served_in_the_end() {
    let server = Server::with("[server]\nmax_connections = 4").await;
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(Wire::to(server.address).await);
    }
    // Connected by the kernel, not by the server yet.
    let mut honest = Wire::to(server.address).await;
    honest.send(&wire::request("GET", "/api/auth/ok", &[], None)).await;
    assert!(timeout(seconds(2), honest.status()).await.is_err(), "there is no room yet");
    assert_eq!(timeout(seconds(8), honest.status()).await, Ok(Some(200)));
}
