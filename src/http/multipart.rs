//! Forms as `multipart/form-data` (RFC 7578), which scripts send a `FormData` as. Texts alone: what is a file does not fit.

use super::body::Body;
use super::query::fields;
use crate::base::{Error, Result};

const FORM: &str = "multipart/form-data";
/// The longest boundary that there may be (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;
/// More fields than any form here has.
const MOST_PARTS: usize = 64;

/// The boundary of a multipart form; None for another media type.
pub fn boundary(content_type: &str) -> Option<String> {
    let (media_type, parameters) = content_type.split_once(';')?;
    if !media_type.trim().eq_ignore_ascii_case(FORM) {
        return None;
    }
    let named = |parameter: &str| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    };
    let boundary = parameters.split(';').find_map(named)?;
    (1..=LONGEST_BOUNDARY).contains(&boundary.len()).then_some(boundary)
}

/// Reads the parts as fields, in their order; a name that comes repeatedly is an array, as in other forms.
///
/// # Errors
/// 400 for a body that is no such form, has a part that is no text, or too many.
pub fn parse(boundary: &str, bytes: &[u8]) -> Result<Body> {
    let refused = || Error::uncoded(400, "The multipart form cannot be read");
    let mut pairs = Vec::new();
    for part in parts(boundary, bytes).ok_or_else(refused)? {
        pairs.push(field(part).ok_or_else(refused)?);
    }
    Ok(Body::Form(fields(pairs.into_iter())))
}

/// What stands between the boundaries.
fn parts<'b>(boundary: &str, bytes: &'b [u8]) -> Option<Vec<&'b [u8]>> {
    let (first, between) = (format!("--{boundary}"), format!("\r\n--{boundary}"));
    let start = bytes.strip_prefix(b"\r\n").unwrap_or(bytes);
    let mut rest = start.strip_prefix(first.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        // The end of the last one, and whatever comes after it.
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = find(rest, between.as_bytes())?;
        parts.push(&rest[..end]);
        rest = &rest[end + between.len()..];
        if parts.len() > MOST_PARTS {
            return None;
        }
    }
}

/// The name and the text of a part.
fn field(part: &[u8]) -> Option<(String, String)> {
    let end = find(part, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&part[..end]).ok()?;
    let text = std::str::from_utf8(&part[end + 4..]).ok()?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then(|| value.trim())
    })?;
    let (kind, parameters) = disposition.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("form-data") || parameters.contains("filename") {
        return None;
    }
    let name = parameters.trim().strip_prefix("name=\"")?.strip_suffix('"').filter(|name| !name.contains('"'))?;
    Some((name.to_owned(), text.to_owned()))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn read(bytes: &[u8]) -> Option<Value> {
        let body = parse("b", bytes).ok()?;
        body.fields().map(|fields| Value::Object(fields.clone()))
    }

    const PART: &str = "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nada\r\n";

    #[test]
    fn texts_are_fields_and_t05_a_repeated_name_is_an_array() {
        assert_eq!(read(format!("{PART}--b--\r\n").as_bytes()), Some(json!({ "username": "ada" })));
        assert_eq!(read(format!("{PART}{PART}--b--").as_bytes()), Some(json!({ "username": ["ada", "ada"] })));
        let typed = PART.replace("\r\n\r\n", "\r\ncontent-type: text/plain; charset=utf-8\r\n\r\n");
        assert_eq!(read(format!("{typed}--b--").as_bytes()), Some(json!({ "username": "ada" })));
        let lines = PART.replace("ada", "a\r\n--\r\nb--b");
        assert_eq!(read(format!("{lines}--b--").as_bytes()), Some(json!({ "username": "a\r\n--\r\nb--b" })));
        assert_eq!(read(b"--b--\r\n"), Some(json!({})));
    }

    #[test]
    fn t06_what_is_no_such_form_is_refused() {
        for text in [
            "",
            "--b",
            "--c--",
            PART,
            &format!("x{PART}--b--"),
            &format!("{}--b--", PART.replace("form-data", "attachment")),
            &format!("{}--b--", PART.replace("username\"", "username\"; filename=\"x\"")),
            &format!("{}--b--", PART.replace("name=", "n=")),
            &format!("{}--b--", PART.replace("\r\n", "\n")),
            &format!("{}--b--", PART.repeat(MOST_PARTS + 1)),
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(read(b"--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\xff\r\n--b--"), None);
    }

    #[test]
    fn a_boundary_is_found_whatever_the_case_and_the_quotes() {
        for (content_type, expected) in [
            ("multipart/form-data; boundary=----x", Some("----x")),
            ("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\"", Some("a b")),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/mixed; boundary=x", None),
            ("application/json; boundary=x", None),
        ] {
            assert_eq!(boundary(content_type).as_deref(), expected, "{content_type}");
        }
        assert_eq!(boundary(&format!("multipart/form-data; boundary={}", "x".repeat(71))), None);
    }

    proptest! {
        #[test]
        fn t02_no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "(--b|\r\n|-|[a-z:;\"= ]){0,40}") {
            let _ = parse("b", &bytes);
            let _ = parse("b", text.as_bytes());
        }
    }
}
