//! What an upstream is told of the request before us: `Forwarded` (RFC 7239), and `X-Forwarded-*` for those who read that.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::http::address::{AddressRule, header_list};

/// How this server is reached. The `Host` of a request has no say: it is the client's word.
pub struct Site {
    scheme: String,
    host: String,
}

impl Site {
    pub fn new(base_url: &Url) -> Self {
        let host = base_url.host_str().unwrap_or_default();
        let host = base_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Self { scheme: base_url.scheme().to_owned(), host }
    }

    /// Tells of a request. What it says itself is kept in front if its sender is believed, and else forgotten.
    pub fn tell(&self, request: &HttpRequest, rule: &AddressRule, headers: &mut HeaderMap) {
        let peer = request.peer_addr().map(|peer: SocketAddr| peer.ip().to_canonical());
        let is_believed = peer.is_some_and(|peer| rule.believes(peer));
        let earlier = |name: &str| header_list(request, name).filter(|_| is_believed);
        let peer = peer.filter(|_| !rule.disabled);
        let hop = format!("for={};host=\"{}\";proto={}", node(peer), self.host, self.scheme);
        set(headers, "forwarded", &after(earlier("forwarded"), &hop));
        if let Some(peer) = peer {
            set(headers, "x-forwarded-for", &after(earlier("x-forwarded-for"), &peer.to_string()));
        }
        set(headers, "x-forwarded-host", &self.host);
        set(headers, "x-forwarded-proto", &self.scheme);
        set(headers, "via", &after(header_list(request, "via"), "1.1 signet"));
    }
}

/// An address as RFC 7239 §6 writes it.
fn node(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("\"[{address}]\""),
        None => "unknown".to_owned(),
    }
}

fn after(earlier: Option<String>, hop: &str) -> String {
    earlier.map_or_else(|| hop.to_owned(), |earlier| format!("{earlier}, {hop}"))
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn told(peer: &str, given: &[(&str, &str)], disabled: bool) -> HeaderMap {
        let rule = AddressRule { headers: Vec::new(), trusted_proxies: Vec::new(), ipv6_subnet: 64, disabled };
        let request = TestRequest::default().peer_addr(SocketAddr::new(peer.parse().unwrap(), 1));
        let request = given.iter().fold(request, |request, header| request.insert_header(*header)).to_http_request();
        let mut headers = HeaderMap::new();
        Site::new(&Url::parse("https://auth.example.com:8443/api/auth").unwrap()).tell(&request, &rule, &mut headers);
        headers
    }

    #[test]
    fn t68_a_strangers_word_for_itself_is_forgotten_and_a_proxys_is_kept() {
        let given = [("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "1.2.3.4"), ("x-forwarded-host", "evil")];
        let stranger = told("203.0.113.9", &given, false);
        assert_eq!(stranger["forwarded"], "for=203.0.113.9;host=\"auth.example.com:8443\";proto=https");
        assert_eq!(stranger["x-forwarded-for"], "203.0.113.9");
        assert_eq!(stranger["x-forwarded-host"], "auth.example.com:8443");
        assert_eq!(stranger["x-forwarded-proto"], "https");
        let proxy = told("::1", &given, false);
        assert_eq!(proxy["forwarded"], "for=1.2.3.4, for=\"[::1]\";host=\"auth.example.com:8443\";proto=https");
        assert_eq!(proxy["x-forwarded-for"], "1.2.3.4, ::1");
        assert_eq!(proxy["x-forwarded-host"], "auth.example.com:8443");
    }

    #[test]
    fn an_address_that_is_not_to_be_known_is_not_told() {
        let headers = told("203.0.113.9", &[], true);
        assert!(headers["forwarded"].to_str().unwrap().starts_with("for=unknown;"));
        assert!(!headers.contains_key("x-forwarded-for"));
    }
}
