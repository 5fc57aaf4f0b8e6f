//! Patterns of hosts, in which those for addresses match addresses alone.

use super::glob::Glob;

/// A pattern with a host in it.
#[derive(Clone, Debug)]
pub(super) struct HostGlob {
    glob: Glob,
    addresses_only: bool,
}

impl HostGlob {
    /// Reads a pattern whose authority (`host[:port]`) is given apart.
    ///
    /// A host of digits, dots and wildcards alone, such as `10.*.*.*`, is meant for IPv4 addresses: `10.evil.example.x`
    /// must not match it. A lone wildcard is meant for any host.
    pub(super) fn new(pattern: &str, authority: &str) -> Self {
        let host = host(authority);
        let is_numeric = host.contains(|letter: char| letter == '.' || letter.is_ascii_digit());
        let addresses_only = is_numeric && host.bytes().all(|byte| byte.is_ascii_digit() || b".*?".contains(&byte));
        Self { glob: Glob::new(pattern), addresses_only }
    }

    /// Whether a text matches, whose host is an IPv4 address or not.
    pub(super) fn matches(&self, text: &str, is_address: bool) -> bool {
        (is_address || !self.addresses_only) && self.glob.matches(text)
    }
}

/// The host of `host[:port]`.
pub(super) fn host(authority: &str) -> &str {
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}
