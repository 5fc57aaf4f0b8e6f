//! How requests are framed: two servers that read the same bytes differently let one client's request into another's.

use crate::harness::Server;
use crate::harness::wire;

/// Bytes that are one answer, of this status, before the connection ends.
async fn only_answer(server: &Server, request: &str) -> u16 {
    let answer = wire::raw(server.address, request.as_bytes()).await;
    let text = String::from_utf8_lossy(&answer);
    assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{request:?} got {text}");
    wire::parse(&answer).expect("an answer").0
}

#[actix_web::test]
async fn t08_a_body_whose_length_is_ambiguous_is_refused_and_nothing_after_it_is_read() {
    let server = Server::start().await;
    let hidden = "GET /api/auth/ok HTTP/1.1\r\nhost: a\r\n\r\n";
    for framing in [
        "content-length: 5\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 5",
        "content-length: 5\r\ncontent-length: 6",
        "content-length: 5\r\ncontent-length: 5",
        "content-length: 5, 5",
        "content-length: +5",
        "content-length: -5",
        "content-length: 0x5",
        "content-length: 5 5",
        "content-length:",
        "transfer-encoding: xchunked",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: identity\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "transfer-encoding: \x0bchunked",
        "transfer-encoding : chunked",
        " transfer-encoding: chunked",
    ] {
        let request = format!("POST /api/auth/sign-in/email HTTP/1.1\r\nhost: a\r\n{framing}\r\n\r\n0\r\n\r\n{hidden}");
        assert_eq!(only_answer(&server, &request).await, 400, "{framing:?}");
    }
}

#[actix_web::test]
async fn t08_chunks_of_no_clear_size_are_refused() {
    let server = Server::start().await;
    for chunk in ["+2\r\n{}\r\n", "0x2\r\n{}\r\n", "2\n{}\r\n", "-1\r\n", "fffffffffffffffff\r\n{}\r\n", "\r\n{}\r\n"] {
        let head = "POST /api/auth/sign-in/email HTTP/1.1\r\nhost: a\r\ncontent-type: application/json";
        let request = format!("{head}\r\ntransfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n");
        assert_eq!(only_answer(&server, &request).await, 400, "{chunk:?}");
    }
}

#[actix_web::test]
async fn t08_the_host_decides_nothing() {
    let server = Server::start().await;
    let plain =
        only_answer(&server, "GET /api/auth/jwks HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n").await;
    assert_eq!(plain, 200);
    let mut browser = server.browser().header("x-forwarded-host", "evil.example");
    browser.post("/sign-up/email", &crate::harness::person("Ada")).await;
    let token = browser.get("/token").await;
    assert_eq!(token.status, 200);
    assert!(!token.text().contains("evil"));
}

#[actix_web::test]
async fn http_2_is_not_offered_in_clear() {
    let server = Server::start().await;
    assert_eq!(only_answer(&server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await, 400);
    let upgrade = "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__";
    let request = format!("GET /api/auth/ok HTTP/1.1\r\nhost: a\r\n{upgrade}\r\n\r\n");
    let mut wire = wire::Wire::to(server.address).await;
    wire.send(request.as_bytes()).await;
    assert_eq!(wire.status().await, Some(200));
}
