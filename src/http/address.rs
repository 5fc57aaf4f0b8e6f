//! Whose request it is: the client's address, which a client cannot choose.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{AsHeaderName, HeaderName};
use ipnet::IpNet;

/// How addresses are found: Better Auth's `advanced.ipAddress`.
#[derive(Clone, Debug)]
pub struct AddressRule {
    /// The headers that a proxy names the client in, the first usable one counts.
    pub headers: Vec<HeaderName>,
    /// Proxies besides loopback whose headers are believed. With any, a header may hold a chain of addresses.
    pub trusted_proxies: Vec<IpNet>,
    /// The length of the prefix by which IPv6 clients are told apart, up to 128: one client has a whole network of addresses.
    pub ipv6_subnet: u8,
    /// Addresses are neither recorded nor told apart.
    pub disabled: bool,
}

/// The client's address as it is recorded and counted by, or `None` if it is not known.
///
/// Headers are believed only when the peer is loopback or a trusted proxy, and then the peer itself is never the client.
/// Any other peer is the client, whatever it says. `header` gives all values of a header, joined with a comma.
pub fn client_address(
    rule: &AddressRule,
    peer: Option<IpAddr>,
    header: impl Fn(&HeaderName) -> Option<String>,
) -> Option<String> {
    let peer = peer.filter(|_| !rule.disabled)?.to_canonical();
    let client = if rule.believes(peer) {
        rule.headers.iter().find_map(|name| rule.forwarded(&header(name)?))
    } else {
        Some(peer)
    };
    client.map(|address| rule.written(address))
}

/// [`client_address`] of a request.
pub fn client_address_of(rule: &AddressRule, request: &HttpRequest) -> Option<String> {
    client_address(rule, request.peer_addr().map(|address| address.ip()), |name| header_list(request, name))
}

/// Whom the log and the audit trail name as the sender of a request: the client, or the peer where no proxy names a client
/// that can be believed.
pub fn sender_of(rule: &AddressRule, request: &HttpRequest) -> Option<String> {
    let peer = || request.peer_addr().filter(|_| !rule.disabled).map(|peer| peer.ip().to_canonical().to_string());
    client_address_of(rule, request).or_else(peer)
}

/// All values of a header, as one list.
pub fn header_list(request: &HttpRequest, name: impl AsHeaderName) -> Option<String> {
    let values: Vec<_> =
        request.headers().get_all(name).map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

impl AddressRule {
    /// Whether a peer's headers are believed: one on this machine, or a trusted proxy.
    pub fn believes(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        peer.is_loopback() || self.trusts(peer)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }

    /// The client that a header names. Without trusted proxies, of a chain any address could be the client's own
    /// invention, so it must be the only one. With them, each proxy has added its peer at the right: the client is the
    /// first from there that is no proxy, and what cannot be read hides whoever stands before it.
    fn forwarded(&self, value: &str) -> Option<IpAddr> {
        let mut hops = value.split(',').map(str::trim).filter(|hop| !hop.is_empty()).map(address);
        if self.trusted_proxies.is_empty() {
            let only = hops.next()?;
            return only.filter(|_| hops.next().is_none());
        }
        hops.rev().find(|hop| hop.is_none_or(|hop| !self.trusts(hop))).flatten()
    }

    /// IPv4 in its dots; IPv6 cut to its subnet and written in full, `2001:0db8:0001:0002:0000:0000:0000:0000`.
    fn written(&self, address: IpAddr) -> String {
        let IpAddr::V6(address) = address else { return address.to_string() };
        let host_bits = 128 - u32::from(self.ipv6_subnet.min(128));
        let network = address.to_bits() & u128::MAX.checked_shl(host_bits).unwrap_or(0);
        Ipv6Addr::from_bits(network).segments().map(|segment| format!("{segment:04x}")).join(":")
    }
}

/// An address by itself: no port, no zone, no brackets. One that is mapped into IPv6 is the IPv4 address.
fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LOOPBACK: &str = "127.0.0.1";

    fn rule(proxies: &[&str]) -> AddressRule {
        AddressRule {
            headers: vec![HeaderName::from_static("x-forwarded-for")],
            trusted_proxies: proxies.iter().map(|proxy| proxy.parse().unwrap()).collect(),
            ipv6_subnet: 64,
            disabled: false,
        }
    }

    fn client(rule: &AddressRule, peer: &str, forwarded: &str) -> Option<String> {
        client_address(rule, Some(peer.parse().unwrap()), |name| {
            (name == "x-forwarded-for").then(|| forwarded.to_owned())
        })
    }

    #[test]
    fn t76_a_peer_that_is_no_proxy_is_the_client_whatever_it_says() {
        for forwarded in ["198.51.100.1", "127.0.0.1", "10.0.0.1", "junk", ""] {
            assert_eq!(client(&rule(&[]), "203.0.113.9", forwarded).as_deref(), Some("203.0.113.9"));
            assert_eq!(client(&rule(&["10.0.0.0/8"]), "203.0.113.9", forwarded).as_deref(), Some("203.0.113.9"));
        }
        assert_eq!(
            client(&rule(&[]), "10.0.0.1", "198.51.100.1").as_deref(),
            Some("10.0.0.1"),
            "a private peer is no proxy by itself"
        );
    }

    #[test]
    fn behind_loopback_a_single_address_is_the_client() {
        for peer in [LOOPBACK, "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(client(&rule(&[]), peer, "198.51.100.1").as_deref(), Some("198.51.100.1"), "{peer}");
            assert_eq!(client(&rule(&[]), peer, " 198.51.100.1 ,").as_deref(), Some("198.51.100.1"), "{peer}");
        }
    }

    #[test]
    fn t76_without_a_list_a_chain_or_nonsense_names_nobody() {
        for forwarded in [
            "1.2.3.4, 5.6.7.8",
            "bad",
            "",
            ",",
            "1.2.3.4:80",
            "[::1]",
            "fe80::1%eth0",
            "01.2.3.4",
            "1.2.3",
            "1.2.3.4, bad",
            "1.2.3.4 5.6.7.8",
            "unknown",
        ] {
            assert_eq!(client(&rule(&[]), LOOPBACK, forwarded), None, "{forwarded}");
        }
    }

    #[test]
    fn a_proxy_without_the_header_makes_the_address_unknown() {
        assert_eq!(client_address(&rule(&[]), Some(LOOPBACK.parse().unwrap()), |_| None), None);
        assert_eq!(client_address(&rule(&["10.0.0.0/8"]), Some("10.0.0.1".parse().unwrap()), |_| None), None);
        assert_eq!(
            client_address(&rule(&[]), None, |_| Some("198.51.100.1".to_owned())),
            None,
            "no peer, nobody to believe"
        );
    }

    #[test]
    fn t76_a_chain_is_walked_from_the_right_past_the_proxies() {
        let rule = rule(&["10.0.0.0/8", "2001:db8:ffff::/48"]);
        for (forwarded, expected) in [
            ("1.2.3.4, 10.0.0.5", Some("1.2.3.4")),
            ("6.6.6.6, 1.2.3.4, 10.0.0.5, 10.0.0.6", Some("1.2.3.4")),
            ("junk, 1.2.3.4, 10.0.0.5", Some("1.2.3.4")),
            ("1.2.3.4", Some("1.2.3.4")),
            ("1.2.3.4, ::ffff:10.0.0.5", Some("1.2.3.4")),
            ("1.2.3.4, 2001:db8:ffff::1", Some("1.2.3.4")),
            ("1.2.3.4, 127.0.0.1", Some("127.0.0.1")),
        ] {
            assert_eq!(client(&rule, "10.0.0.1", forwarded).as_deref(), expected, "{forwarded}");
            assert_eq!(client(&rule, LOOPBACK, forwarded).as_deref(), expected, "{forwarded}");
        }
    }

    #[test]
    fn t76_a_hop_that_cannot_be_read_hides_whoever_stands_before_it() {
        for forwarded in ["1.2.3.4, junk", "1.2.3.4, junk, 10.0.0.5", "1.2.3.4, 10.0.0.5:443", "10.0.0.5, 10.0.0.6", ""]
        {
            assert_eq!(client(&rule(&["10.0.0.0/8"]), "10.0.0.1", forwarded), None, "{forwarded}");
        }
    }

    #[test]
    fn the_first_usable_header_counts() {
        let headers = ["x-client-ip", "x-forwarded-for"].map(HeaderName::from_static).to_vec();
        let rule = AddressRule { headers, ..rule(&[]) };
        let ask = |first: Option<&str>| {
            client_address(&rule, Some(LOOPBACK.parse().unwrap()), |name| match name.as_str() {
                "x-client-ip" => first.map(str::to_owned),
                _ => Some("198.51.100.2".to_owned()),
            })
        };
        assert_eq!(ask(Some("198.51.100.1")).as_deref(), Some("198.51.100.1"));
        assert_eq!(ask(None).as_deref(), Some("198.51.100.2"));
        assert_eq!(ask(Some("junk")).as_deref(), Some("198.51.100.2"));
    }

    #[test]
    fn t77_ipv6_is_cut_to_its_network_and_written_in_full() {
        for alias in ["2001:DB8:1:2::abcd", "2001:db8:1:2:ffff::1", "2001:0db8:0001:0002:0000:0000:0000:0001"] {
            let expected = Some("2001:0db8:0001:0002:0000:0000:0000:0000");
            assert_eq!(client(&rule(&[]), LOOPBACK, alias).as_deref(), expected, "forwarded {alias}");
            assert_eq!(client(&rule(&[]), alias, "").as_deref(), expected, "direct {alias}");
        }
        assert_ne!(client(&rule(&[]), LOOPBACK, "2001:db8:1:2::1"), client(&rule(&[]), LOOPBACK, "2001:db8:1:3::1"));
    }

    #[test]
    fn t77_the_subnet_can_be_any_length() {
        for (length, expected) in [
            (0, "0000:0000:0000:0000:0000:0000:0000:0000"),
            (48, "2001:0db8:0001:0000:0000:0000:0000:0000"),
            (128, "2001:0db8:0001:0002:0000:0000:0000:abcd"),
            (255, "2001:0db8:0001:0002:0000:0000:0000:abcd"),
        ] {
            let rule = AddressRule { ipv6_subnet: length, ..rule(&[]) };
            assert_eq!(client(&rule, "2001:db8:1:2::abcd", "").as_deref(), Some(expected));
        }
    }

    #[test]
    fn t77_an_ipv4_address_that_is_mapped_into_ipv6_is_the_same_client() {
        for alias in ["203.0.113.1", "::ffff:203.0.113.1", "::FFFF:CB00:7101"] {
            assert_eq!(client(&rule(&[]), LOOPBACK, alias).as_deref(), Some("203.0.113.1"));
            assert_eq!(client(&rule(&[]), alias, "").as_deref(), Some("203.0.113.1"));
        }
    }

    #[test]
    fn the_sender_is_the_client_or_else_the_peer() {
        let sender = |rule: &AddressRule, peer: &str, forwarded: Option<&str>| {
            let peer = std::net::SocketAddr::new(peer.parse().unwrap(), 4000);
            let request = actix_web::test::TestRequest::default().peer_addr(peer);
            let request = forwarded.into_iter().fold(request, |request, value| {
                request.insert_header((HeaderName::from_static("x-forwarded-for"), value))
            });
            sender_of(rule, &request.to_http_request())
        };
        for (peer, forwarded, expected) in [
            (LOOPBACK, None, LOOPBACK),
            ("::1", None, "::1"),
            ("::ffff:127.0.0.1", None, LOOPBACK),
            (LOOPBACK, Some("198.51.100.1"), "198.51.100.1"),
            (LOOPBACK, Some("6.6.6.6, 198.51.100.1"), LOOPBACK),
            (LOOPBACK, Some("junk"), LOOPBACK),
            ("203.0.113.9", Some("198.51.100.1"), "203.0.113.9"),
        ] {
            assert_eq!(sender(&rule(&[]), peer, forwarded).as_deref(), Some(expected), "{peer} {forwarded:?}");
        }
        assert_eq!(sender(&rule(&["10.0.0.0/8"]), "10.0.0.1", Some("1.2.3.4, junk")).as_deref(), Some("10.0.0.1"));
        assert_eq!(sender(&AddressRule { disabled: true, ..rule(&[]) }, LOOPBACK, None), None);
    }

    #[test]
    fn where_tracking_is_off_nobody_has_an_address() {
        assert_eq!(client(&AddressRule { disabled: true, ..rule(&[]) }, "203.0.113.1", "198.51.100.1"), None);
    }

    proptest! {
        #[test]
        fn t76_no_header_makes_it_panic_or_moves_a_direct_client(forwarded in "\\PC{0,60}|[0-9a-f:., ]{0,60}") {
            for proxies in [&[][..], &["10.0.0.0/8"]] {
                let _ = client(&rule(proxies), LOOPBACK, &forwarded);
                prop_assert_eq!(client(&rule(proxies), "203.0.113.9", &forwarded), Some("203.0.113.9".to_owned()));
            }
        }

        #[test]
        fn t76_what_a_client_writes_to_the_left_of_what_the_proxy_adds_changes_nothing(spoofed in "[0-9a-f:.,x ]{0,40}") {
            let forwarded = format!("{spoofed}, 198.51.100.7");
            prop_assert_eq!(client(&rule(&["10.0.0.0/8"]), "10.0.0.1", &forwarded), Some("198.51.100.7".to_owned()));
        }
    }
}
