//! Trusted origins of apps: schemes of their own, such as `myapp://` or `exp://192.168.*.*:*/*`.
//!
//! These URLs are taken apart by hand, after RFC 3986: what a URL parser makes of an unknown scheme differs from one
//! platform to the next, and an app gets the text, not our reading of it.

use std::net::Ipv4Addr;

use percent_encoding::percent_decode_str;

use super::glob::Glob;
use super::hosts::{HostGlob, host};

/// Schemes that run or show what the URL itself holds. Nobody can be trusted by them.
const SELF_CONTAINED: [&str; 6] = ["javascript", "vbscript", "data", "blob", "file", "about"];

/// A scheme, possibly narrowed to an authority and to a path.
#[derive(Clone, Debug)]
pub(super) struct AppScheme {
    scheme: String,
    authority: Authority,
    path: Path,
}

#[derive(Clone, Debug)]
enum Authority {
    Any,
    Just(String),
    Like(HostGlob),
}

#[derive(Clone, Debug)]
enum Path {
    Any,
    Below(String),
    Like(Glob),
}

impl AppScheme {
    /// Reads an entry of the trusted origins that is neither `http` nor `https`.
    pub(super) fn parse(entry: &str) -> Result<Self, String> {
        let (scheme, authority, path) = split(entry).ok_or_else(|| format!("{entry:?} is no scheme"))?;
        if SELF_CONTAINED.contains(&scheme.as_str()) {
            return Err(format!("{entry:?}: URLs of the scheme {scheme:?} belong to nobody and cannot be trusted"));
        }
        if authority.contains('@') {
            return Err(format!("{entry:?}: write it without a user"));
        }
        let authority = match authority {
            authority if authority.is_empty() => Authority::Any,
            authority if Glob::is_pattern(&authority) => Authority::Like(HostGlob::new(&authority, &authority)),
            authority => Authority::Just(authority),
        };
        let resolved = resolve(path).ok_or_else(|| format!("{entry:?}: the path cannot be read"))?;
        let path = match resolved.as_str() {
            "/" => Path::Any,
            _ if Glob::is_pattern(&resolved) => Path::Like(Glob::new(&resolved)),
            _ => Path::Below(resolved),
        };
        Ok(Self { scheme, authority, path })
    }

    /// Whether a URL has the scheme, the authority, and the path or one below it.
    pub(super) fn trusts(&self, url: &str) -> bool {
        let end = url.find(['?', '#']).unwrap_or(url.len());
        split(&url[..end]).is_some_and(|(scheme, authority, path)| {
            scheme == self.scheme && self.authority.admits(&authority) && self.path.admits(path)
        })
    }
}

impl Authority {
    /// Where an authority is asked for, one with a user before an `@` is never it: apps do not agree on where the host begins.
    fn admits(&self, authority: &str) -> bool {
        match self {
            Self::Any => true,
            _ if authority.contains('@') => false,
            Self::Just(wanted) => authority == wanted,
            Self::Like(glob) => glob.matches(authority, host(authority).parse::<Ipv4Addr>().is_ok()),
        }
    }
}

impl Path {
    fn admits(&self, path: &str) -> bool {
        if matches!(self, Self::Any) {
            return true;
        }
        let Some(path) = resolve(path) else { return false };
        match self {
            Self::Any => true,
            Self::Below(base) => {
                path.strip_prefix(base.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Self::Like(glob) => {
                glob.matches(&path) || path.match_indices('/').any(|(end, _)| glob.matches(&path[..end]))
            }
        }
    }
}

/// Scheme and authority, lower-case, and the path, of a URL without query and fragment.
fn split(url: &str) -> Option<(String, String, &str)> {
    let (scheme, rest) = url.split_once(':').filter(|(scheme, _)| is_scheme(scheme))?;
    let (authority, rest) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    Some((scheme.to_ascii_lowercase(), authority.to_ascii_lowercase(), rest))
}

/// RFC 3986, 3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The path with its escapes decoded and its dot segments resolved, beginning with `/`. `None` if it is not UTF-8 or
/// holds a backslash, which some take for a slash.
fn resolve(path: &str) -> Option<String> {
    let decoded = percent_decode_str(path).decode_utf8().ok().filter(|path| !path.contains('\\'))?;
    let mut segments = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    Some(format!("/{}", segments.join("/")))
}
