//! Paths that every server reads alike. What is checked here is what the upstream gets, letter for letter: a path that one
//! server resolves in another way than the next could leave the prefix that let it in.

use std::borrow::Cow;
use std::fmt::Write;

use percent_encoding::percent_decode_str;

pub use crate::base::text::lax::{covers, lax};

/// How often a path is decoded in search of what is hidden in it.
const ROUNDS: usize = 4;

/// A path in its one spelling: letters that need no encoding are plain, hexadecimal digits are capitals (RFC 3986 §6.2.2).
/// `None` for one that can be read in several ways: with `.` and `..` segments however they are encoded, empty segments,
/// backslashes, encoded slashes, control characters, or bytes that are no UTF-8.
pub fn plain(path: &str) -> Option<Cow<'_, str>> {
    if !path.starts_with('/') || path.contains("//") || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    if path.contains('\\') || !is_without_dots(path) {
        return None;
    }
    Some(if path.contains('%') { spelt(path)?.into() } else { path.into() })
}

/// A path without the encoding that it does not need. `None` where an encoded byte must not be there.
fn spelt(path: &str) -> Option<String> {
    let mut plain = String::with_capacity(path.len());
    let mut parts = path.split('%');
    plain.push_str(parts.next()?);
    for part in parts {
        let byte = u8::from_str_radix(part.get(..2)?, 16).ok().filter(|_| !part.starts_with('+'))?;
        match byte {
            b'/' | b'\\' | 0..0x20 | 0x7f => return None,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => plain.push(byte.into()),
            other => write!(plain, "%{other:02X}").ok()?,
        }
        plain.push_str(&part[2..]);
    }
    // No segment became one of dots by what was decoded just now: that was looked for before, deeper than this.
    percent_decode_str(&plain).decode_utf8().is_ok().then_some(plain)
}

/// Whether no segment is `.` or `..`, be it to a server that decodes several times, that cuts off what follows a `;`, that
/// ignores blanks at the end, or that takes `\` for `/`.
fn is_without_dots(path: &str) -> bool {
    let mut path = Cow::Borrowed(path);
    for _ in 0..ROUNDS {
        if path.split(['/', '\\']).any(is_dots) {
            return false;
        }
        let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        if decoded == *path {
            return true;
        }
        path = decoded.into();
    }
    false
}

fn is_dots(segment: &str) -> bool {
    let name = segment.split([';', '\0']).next().unwrap_or_default();
    matches!(name.trim_end(), "." | "..")
}

/// A path that a configuration may hold, without its last `/`: nothing in it has two spellings.
pub fn configured(text: &str) -> Option<String> {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b'~');
    let path = text.strip_suffix('/').unwrap_or(text);
    let fits = path.is_empty() || (path.bytes().all(letters) && !path.ends_with('/') && plain(path).is_some());
    (text.starts_with('/') && fits).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_has_one_spelling() {
        for (path, expected) in [
            ("/api/tasks", "/api/tasks"),
            ("/api/t%61sks/%7e", "/api/tasks/~"),
            ("/a%2b%c3%a9", "/a%2B%C3%A9"),
            ("/a%25b", "/a%25b"),
            ("/a/b.c/..d/", "/a/b.c/..d/"),
            ("/a;v=1/b@c:d", "/a;v=1/b@c:d"),
            ("/", "/"),
        ] {
            assert_eq!(plain(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn t68_what_could_leave_its_prefix_is_no_path() {
        for path in [
            "",
            "*",
            "a",
            "//a",
            "/a//b",
            "/a/../b",
            "/a/..",
            "/./a",
            "/a/%2e%2e/b",
            "/a/%2E./b",
            "/a/.%2e",
            "/a/%252e%252e/b",
            "/a/%25252e./b",
            "/a/..;/b",
            "/a/..;x=1/b",
            "/a/..%3b/b",
            "/a/..%20/b",
            "/a/%2f..%2fb",
            "/a%2fb",
            "/a%5cb",
            "/a\\b",
            "/a/..\\b",
            "/a%00",
            "/a%0d%0ab",
            "/a%7f",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a%+1",
            "/a%u002e%u002e",
            "/a/%c0%ae%c0%ae/b",
            "/a%ff",
            "/\u{e9}",
            "/a b",
        ] {
            assert_eq!(plain(path), None, "{path}");
        }
    }

    #[test]
    fn t42_a_prefix_ends_where_a_segment_does() {
        assert!(covers("/public/data", "/public/data") && covers("/public/data", "/public/data/x"));
        assert!(!covers("/public/data", "/public/database") && !covers("/public/data", "/public"));
        assert!(covers("", "/") && covers("", "/x"));
    }

    #[test]
    fn a_lax_server_reads_several_spellings_as_one() {
        for path in ["/API/Tasks", "/api;x=1/tasks;y", "/api/tasks", "/api/ta%C5%BFks"] {
            assert_eq!(lax(path), "/api/tasks", "{path}");
        }
    }

    #[test]
    fn a_configured_path_is_plain() {
        for (text, path) in [("/", Some("")), ("/a/", Some("/a")), ("/a/b", Some("/a/b")), ("a", None), ("/a//", None)]
        {
            assert_eq!(configured(text).as_deref(), path, "{text}");
        }
        for text in ["", "/a/../b", "/a%20b", "/a b", "/a;b", "/ä"] {
            assert_eq!(configured(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn t68_no_path_leaves_what_is_before_it(path in "/[a./%2efEF5cC;\\\\]{0,24}") {
            let Some(plain) = plain(&path) else { return Ok(()) };
            let base = url::Url::parse("http://upstream/base").unwrap();
            let mut url = base.clone();
            url.set_path(&format!("/base{plain}"));
            prop_assert_eq!(url.path(), format!("/base{plain}"));
            // Nor does it where somebody decodes it once more.
            let decoded = percent_decode_str(&plain).decode_utf8().unwrap().into_owned();
            url.set_path(&format!("/base{decoded}"));
            prop_assert!(url.path().starts_with("/base/"), "{} {}", plain, url);
        }
    }
}
