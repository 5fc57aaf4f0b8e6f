//! Paths as servers compare them that are less strict than this one.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A path as a lax server compares it: letters of either case are one, and what follows a `;` in a segment is left out.
pub fn lax(path: &str) -> Cow<'_, str> {
    if !path.bytes().any(|byte| matches!(byte, b';' | b'%' | b'A'..=b'Z')) {
        return path.into();
    }
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let segments: Vec<&str> = decoded.split('/').map(|segment| segment.split(';').next().unwrap_or_default()).collect();
    // Some letters have another's capital, like `ſ`.
    segments.join("/").to_uppercase().to_lowercase().into()
}

/// Whether a path is a prefix or lies below it, at the border of a segment. The empty prefix has everything.
pub fn covers(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
