//! What a session records as its address: D16.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use serde_json::json;

use crate::harness::{Server, person, wire};

/// The address that a session records whose sign-in comes from loopback with some headers.
async fn recorded(server: &Server, headers: &[(&str, &str)]) -> String {
    let mut browser = headers.iter().fold(server.browser(), |browser, (name, value)| browser.header(name, value));
    let answer = browser.post("/sign-in/email", &person("Ada")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    newest(server, answer.json()["token"].as_str().unwrap()).await
}

async fn newest(server: &Server, token: &str) -> String {
    server.store().session_by_token(token).await.unwrap().unwrap().0.ip_address
}

#[actix_web::test]
async fn t76_d16_from_loopback_a_header_with_one_address_counts_and_nothing_else_does() {
    let server = Server::start().await;
    server.member("Ada").await;
    for (value, expected) in [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:DB8:1:2::abcd", "2001:0db8:0001:0002:0000:0000:0000:0000"),
        ("203.0.113.7, 198.51.100.9", ""),
        ("198.51.100.9,203.0.113.7", ""),
        ("203.0.113.7:4711", ""),
        ("[2001:db8::1]", ""),
        ("203.0.113.07", ""),
        ("203.0.113.256", ""),
        ("unknown", ""),
        ("<script>", ""),
        ("", ""),
    ] {
        assert_eq!(recorded(&server, &[("x-forwarded-for", value)]).await, expected, "{value:?}");
    }
    assert_eq!(recorded(&server, &[]).await, "", "the proxy itself is never the client");
    let two = [("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "198.51.100.9")];
    assert_eq!(recorded(&server, &two).await, "", "two headers are a chain");
    for other in ["forwarded", "x-real-ip", "cf-connecting-ip", "x-client-ip", "true-client-ip"] {
        assert_eq!(recorded(&server, &[(other, "203.0.113.7")]).await, "", "{other}");
    }
}

#[actix_web::test]
async fn t76_d16_with_trusted_proxies_a_chain_is_walked_from_the_right() {
    let list = "[advanced.ip_address]\ntrusted_proxies = [\"10.0.0.0/8\", \"2001:db8:ffff::/48\"]";
    let server = Server::with(list).await;
    server.member("Ada").await;
    for (value, expected) in [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.5", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 10.0.0.5, 10.1.2.3", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 2001:db8:ffff::1", "203.0.113.7"),
        ("10.0.0.5, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, garbage, 10.0.0.5", ""),
        ("203.0.113.7, , 10.0.0.5", "203.0.113.7"),
    ] {
        assert_eq!(recorded(&server, &[("x-forwarded-for", value)]).await, expected, "{value:?}");
    }
    let two = [("x-forwarded-for", "6.6.6.6, 203.0.113.7"), ("x-forwarded-for", "10.0.0.5")];
    assert_eq!(recorded(&server, &two).await, "203.0.113.7");
}

#[actix_web::test]
async fn t76_the_configured_headers_count_in_their_order_and_the_default_one_no_longer() {
    let server =
        Server::with("[advanced.ip_address]\nip_address_headers = [\"cf-connecting-ip\", \"x-real-ip\"]").await;
    server.member("Ada").await;
    let (first, second) = (("cf-connecting-ip", "203.0.113.7"), ("x-real-ip", "198.51.100.9"));
    assert_eq!(recorded(&server, &[second, first]).await, "203.0.113.7");
    assert_eq!(recorded(&server, &[second]).await, "198.51.100.9");
    assert_eq!(recorded(&server, &[("cf-connecting-ip", "garbage"), second]).await, "198.51.100.9");
    assert_eq!(recorded(&server, &[("x-forwarded-for", "203.0.113.7")]).await, "");
}

#[actix_web::test]
async fn t76_the_length_of_ipv6_networks_is_configured_and_tracking_can_be_off() {
    let header = [("x-forwarded-for", "2001:db8:1:2:3:4:5:6")];
    for (more, expected) in [
        ("ipv6_subnet = 48", "2001:0db8:0001:0000:0000:0000:0000:0000"),
        ("ipv6_subnet = 128", "2001:0db8:0001:0002:0003:0004:0005:0006"),
        ("ipv6_subnet = 0", "0000:0000:0000:0000:0000:0000:0000:0000"),
        ("disable_ip_tracking = true", ""),
    ] {
        let server = Server::with(&format!("[advanced.ip_address]\n{more}")).await;
        server.member("Ada").await;
        assert_eq!(recorded(&server, &header).await, expected, "{more}");
    }
}

/// An address of this machine that is not loopback. Nothing is sent: the kernel merely picks a route.
pub fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|address| !address.is_loopback())
}

#[actix_web::test]
async fn t76_d16_any_other_peer_is_the_client_whatever_it_says() {
    let Some(peer) = own_address() else { return eprintln!("this machine has no address but loopback: not tested") };
    for (more, expected) in [
        (String::new(), peer.to_string()),
        (format!("[advanced.ip_address]\ntrusted_proxies = [\"{peer}\"]"), "203.0.113.7".to_owned()),
        ("[advanced.ip_address]\ndisable_ip_tracking = true".to_owned(), String::new()),
    ] {
        let server = Server::with(&format!("[server]\nbind = \"0.0.0.0:0\"\n{more}")).await;
        server.member("Ada").await;
        let headers = [("content-type", "application/json"), ("x-forwarded-for", "203.0.113.7")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let body = json!({ "email": "ada@example.com", "password": "correct horse Ada" }).to_string();
        let request = wire::request("POST", "/api/auth/sign-in/email", &headers, Some(body.as_bytes()));
        let answer = wire::raw(SocketAddr::new(peer, server.address.port()), &request).await;
        let (status, _, body) = wire::parse(&answer).expect("an answer");
        assert_eq!(status, 200);
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(newest(&server, body["token"].as_str().unwrap()).await, expected, "{more:?}");
    }
}
