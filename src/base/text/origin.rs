//! Origins, and which of them are trusted.

use url::{Host, Origin, Url};

use super::glob::Glob;
use super::hosts::HostGlob;
use super::scheme::AppScheme;

/// The origin of a URL, as a browser writes it: `scheme://host[:port]`, the host in lower case and Punycode, a default
/// port and user-info left out. `None` for what has no origin, such as `myapp://x` or `data:`.
pub fn origin_of(url: &str) -> Option<String> {
    Web::of(Url::parse(url).ok()?).map(|web| web.origin)
}

/// The origins that requests may come from and pages may lie at.
#[derive(Clone, Debug)]
pub struct TrustedOrigins(Vec<Entry>);

#[derive(Clone, Debug)]
enum Entry {
    /// An `http` or `https` origin, to the letter.
    Just(String),
    /// `https://*.example.com`, against the whole origin.
    Origins(HostGlob),
    /// `*.example.com`, against host and port under any scheme that has origins.
    Hosts(HostGlob),
    /// `myapp://`.
    App(AppScheme),
}

impl TrustedOrigins {
    /// The server's own origin and the configured entries. An entry that could never match, such as one with a path or
    /// a slash at its end, is an error that says what to write.
    pub fn new(base_origin: &str, entries: Vec<String>) -> Result<Self, String> {
        let entries = entries.iter().map(|entry| parse(entry));
        std::iter::once(just(base_origin)).chain(entries).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an origin, or the origin of a URL, is trusted. Path, query and user-info of an `http` or `https` URL
    /// do not matter.
    ///
    /// A text that a URL parser would first have to repair is not: two readers might make two URLs of it.
    pub fn trusts(&self, url_or_origin: &str) -> bool {
        if !is_plain(url_or_origin) {
            return false;
        }
        let Some(web) = Url::parse(url_or_origin).ok().and_then(Web::of) else {
            return self.0.iter().any(|entry| matches!(entry, Entry::App(scheme) if scheme.trusts(url_or_origin)));
        };
        is_written_out(url_or_origin)
            && self.0.iter().any(|entry| match entry {
                Entry::Just(origin) => web.origin == *origin,
                Entry::Origins(glob) => glob.matches(&web.origin, web.is_address),
                Entry::Hosts(glob) => glob.matches(&web.authority, web.is_address),
                Entry::App(scheme) => scheme.trusts(url_or_origin),
            })
    }
}

/// What matters of a URL that has an origin: of the schemes `http`, `https`, `ws`, `wss` and `ftp`.
struct Web {
    origin: String,
    /// `host[:port]`
    authority: String,
    /// Whether the host is an IPv4 address.
    is_address: bool,
}

impl Web {
    fn of(url: Url) -> Option<Self> {
        // A blob's origin is that of whoever made it, not that of the URL.
        let origin = Some(url.origin()).filter(|_| url.scheme() != "blob")?;
        let Origin::Tuple(_, host, _) = &origin else { return None };
        let authority = url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"));
        Some(Self { origin: origin.ascii_serialization(), authority, is_address: matches!(host, Host::Ipv4(_)) })
    }
}

fn parse(entry: &str) -> Result<Entry, String> {
    if entry.is_empty() || !is_plain(entry) || entry.contains(['\\', '#', ' ']) {
        return Err(format!("{entry:?} is no origin"));
    }
    let scheme = entry.split_once(":/").map(|(scheme, _)| scheme);
    match (scheme, entry.split_once("://")) {
        (Some(scheme), Some((_, authority))) if is_origin_pattern(entry, scheme) => {
            wildcard(entry, authority).map(Entry::Origins)
        }
        (Some(scheme), _) if is_page_scheme(scheme) => just(entry),
        (Some(_), _) => AppScheme::parse(entry).map(Entry::App),
        (None, _) if Glob::is_pattern(entry) => wildcard(entry, entry).map(Entry::Hosts),
        (None, _) => Err(format!("{entry:?} has no scheme: write \"https://{entry}\"")),
    }
}

fn is_origin_pattern(entry: &str, scheme: &str) -> bool {
    Glob::is_pattern(scheme) || (is_page_scheme(scheme) && Glob::is_pattern(entry))
}

fn is_page_scheme(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// An entry that has to be an origin as a browser writes it.
fn just(text: &str) -> Result<Entry, String> {
    match origin_of(text) {
        Some(origin) if origin == text => Ok(Entry::Just(origin)),
        Some(origin) => Err(format!("{text:?} never is the origin of a request: write {origin:?}")),
        None => Err(format!("{text:?} is no origin")),
    }
}

fn wildcard(entry: &str, authority: &str) -> Result<HostGlob, String> {
    let is_canonical = |letter: char| letter.is_ascii() && !letter.is_ascii_uppercase();
    if authority.contains(['/', '@']) || !entry.chars().all(is_canonical) {
        return Err(format!("{entry:?} never matches: write host and port alone, in lower case and Punycode"));
    }
    Ok(HostGlob::new(entry, authority))
}

/// Neither control characters nor space around it, which URL parsers drop without a word.
fn is_plain(text: &str) -> bool {
    !text.contains(char::is_control) && text.trim() == text
}

/// With `//` after the scheme, and no backslash in the place of a slash: what else browsers take for an `http` URL,
/// they take for a relative one when it stands in a `Location`.
fn is_written_out(url: &str) -> bool {
    let path_end = url.find(['?', '#']).unwrap_or(url.len());
    url.split_once(':').is_some_and(|(_, rest)| rest.starts_with("//")) && !url[..path_end].contains('\\')
}

#[cfg(test)]
mod tests;
