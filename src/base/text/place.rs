//! How far a URL leads: to this machine, to a network of one's own, to the internet.

use std::net::IpAddr;

use url::{Host, Url};

/// Where a URL's host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// This machine.
    Loopback,
    /// An address that the internet does not route.
    Private,
    Public,
}

impl Place {
    /// Where a URL leads. Names are taken as public, but for `localhost` and what is below it.
    pub fn of(url: &Url) -> Self {
        url.host().map_or(Self::Public, Self::of_host)
    }

    fn of_host<T: AsRef<str>>(host: Host<T>) -> Self {
        let address = match host {
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => address.to_canonical(),
            Host::Domain(name) => {
                let name = name.as_ref().trim_end_matches('.').to_ascii_lowercase();
                let local = name == "localhost" || name.ends_with(".localhost");
                return if local { Self::Loopback } else { Self::Public };
            }
        };
        let private = match address {
            IpAddr::V4(address) => address.is_private() || address.is_link_local(),
            IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
        };
        match address {
            address if address.is_loopback() => Self::Loopback,
            _ if private => Self::Private,
            _ => Self::Public,
        }
    }
}

/// Whether a host, a name or an address without a port, is this machine.
pub fn is_loopback(host: &str) -> bool {
    Host::parse(host).is_ok_and(|host| Place::of_host(host) == Place::Loopback)
}
