//! Requests that two servers in a row could take apart differently.

use super::{Site, Watch};
use crate::harness::wire;

const BODY: &str = r#"{"email":"ada@example.com","password":"correct horse Ada"}"#;

/// A sign-in with these header lines in place of the usual ones.
fn sign_in(lines: &str, body: &str) -> Vec<u8> {
    format!("POST /api/auth/sign-in/email HTTP/1.1\r\ncontent-type: application/json\r\n{lines}\r\n{body}").into_bytes()
}

#[actix_web::test]
async fn t08_a_body_whose_end_is_in_doubt_is_400_and_the_connection_is_closed() {
    let site = Site::start().await;
    let _ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let length = BODY.len();
    let chunked = format!("{length:x}\r\n{BODY}\r\n0\r\n\r\n");
    let smuggled = "GET /api/auth/ok HTTP/1.1\r\nhost: a\r\n\r\n";
    for (lines, body) in [
        (format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"), chunked.clone()),
        (format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n"), chunked.clone()),
        (format!("content-length: {length}\r\ncontent-length: {}\r\n", length + 1), BODY.to_owned()),
        (format!("content-length: +{length}\r\n"), BODY.to_owned()),
        (format!("content-length: -{length}\r\n"), BODY.to_owned()),
        (format!("content-length: 0x{length:x}\r\n"), BODY.to_owned()),
        (format!("content-length: {length}, {length}\r\n"), BODY.to_owned()),
        ("content-length: 99999999999999999999\r\n".into(), BODY.to_owned()),
        ("transfer-encoding: xchunked\r\n".into(), chunked.clone()),
        ("transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n".into(), chunked.clone()),
        ("transfer-encoding: identity, chunked, chunked\r\n".into(), chunked.clone()),
        (" content-length: 5\r\n".into(), BODY.to_owned()),
        (format!("content-length : {length}\r\n"), BODY.to_owned()),
        (format!("content-length: {length}\r\nx: a\rb\r\n"), BODY.to_owned()),
        (format!("content-length: {length}\r\nx: a\0b\r\n"), BODY.to_owned()),
    ] {
        let sent = [sign_in(&format!("host: localhost\r\n{lines}"), &body), smuggled.into()].concat();
        let received = wire::raw(site.server.address, &sent).await;
        let text = String::from_utf8_lossy(&received);
        assert!(text.starts_with("HTTP/1.1 400"), "{lines} {text}");
        assert_eq!(text.matches("HTTP/1.1").count(), 1, "the rest was taken for a request: {lines} {text}");
        watch.unchanged(lines).await;
    }
}

#[actix_web::test]
async fn t08_a_request_that_names_no_host_or_several_is_400() {
    let site = Site::start().await;
    let _ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let length = format!("content-length: {}\r\nconnection: close\r\n", BODY.len());
    for hosts in ["", "host: localhost\r\nhost: evil.example\r\n", "host: localhost\r\nhost: localhost\r\n"] {
        let answer =
            wire::answer(site.server.address, &sign_in(&format!("{hosts}{length}"), BODY)).await.expect("an answer");
        watch.refused(hosts, &answer).await;
        assert_eq!((answer.status, answer.body.len()), (400, 0), "{hosts}");
    }
}

#[actix_web::test]
async fn t08_a_whole_url_of_another_host_than_the_header_is_400() {
    let site = Site::start().await;
    let _ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let request = |url: &str, host: &str| {
        format!(
            "POST {url}/api/auth/sign-in/email HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{BODY}",
            BODY.len()
        )
    };
    for (url, host) in [
        ("http://evil.example", "localhost:3000"),
        ("http://localhost:3000", "evil.example"),
        ("http://localhost:3000", "localhost:3001"),
        ("http://localhost", "localhost:3000"),
        ("http://localhost:3000@evil.example", "localhost:3000"),
    ] {
        let answer = wire::answer(site.server.address, request(url, host).as_bytes()).await.expect("an answer");
        watch.refused(&format!("{url} {host}"), &answer).await;
        assert_eq!(answer.status, 400, "{url} {host}");
    }
    let good = request("http://localhost:3000", "LOCALHOST:3000");
    let answer = wire::answer(site.server.address, good.as_bytes()).await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// HTTP/1.0 has no Host, and balancers still ask with it whether a server is alive.
#[actix_web::test]
async fn a_request_of_http_1_0_needs_no_host() {
    let site = Site::start().await;
    let answer = wire::answer(site.server.address, b"GET /api/auth/ok HTTP/1.0\r\n\r\n").await.expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
}
