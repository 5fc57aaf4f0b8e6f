//! How much a client may send.

use serde_json::json;

use crate::harness::{Server, wire};

#[actix_web::test]
async fn t01_a_body_beyond_the_routes_limit_is_answered_413_however_it_is_framed() {
    let server = Server::start().await;
    for size in [16_385, 1_900_000] {
        let body = json!({"email": "ada@example.com", "password": "x".repeat(size)}).to_string();
        let answer = server
            .browser()
            .send("POST", "/sign-in/email", &[("content-type", "application/json")], Some(body.as_bytes()))
            .await;
        assert_eq!((answer.status, answer.code().as_deref()), (413, Some("CONTENT_TOO_LARGE")), "{size}");
        let head = "POST /api/auth/sign-in/email HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
            content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunked = format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let answer = wire::raw(server.address, chunked.as_bytes()).await;
        assert_eq!(wire::parse(&answer).map(|(status, ..)| status), Some(413), "{size} in chunks");
    }
}

#[actix_web::test]
async fn t01_a_body_at_the_limit_is_read() {
    let server = Server::with("[server]\nbody_limit = 2048").await;
    let mut member = server.member("Ada").await;
    let padded = |size: usize| format!("{:<size$}", json!({"name": "Grace"}).to_string());
    for (size, status) in [(2_048, 200), (2_049, 413)] {
        let headers = [("content-type", "application/json")];
        let answer = member.send("POST", "/update-user", &headers, Some(padded(size).as_bytes())).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

#[actix_web::test]
async fn t87_a_head_that_is_too_large_is_answered_431() {
    let server = Server::start().await;
    let head = |size: usize| {
        format!("GET /api/auth/ok HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-large: {}\r\n\r\n", "x".repeat(size))
    };
    for (size, status) in [(60_000, 200), (200_000, 431)] {
        let answer = wire::raw(server.address, head(size).as_bytes()).await;
        assert_eq!(wire::parse(&answer).map(|(status, ..)| status), Some(status), "{size}");
    }
    let many: String = (0..100).map(|number| format!("x-{number}: y\r\n")).collect();
    let request = format!("GET /api/auth/ok HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{many}\r\n");
    let answer = wire::raw(server.address, request.as_bytes()).await;
    assert!(wire::parse(&answer).is_some_and(|(status, ..)| status < 500));
}
