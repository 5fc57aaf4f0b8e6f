//! Bodies of requests, and which media types are taken.

use std::fmt;

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::query::fields;
use crate::base::json::{self, kind};
use crate::base::{Error, Result, code};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// What a request carried.
pub enum Body {
    /// Nothing, or something without a media type, which nobody reads: Better Auth's Node handler does the same.
    Absent,
    Json(Value),
    /// A form's fields: strings, or arrays of them where a name came repeatedly.
    Form(Map<String, Value>),
}

impl Body {
    /// The fields of a form or of a JSON object, in the order in which they came.
    pub fn fields(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Json(Value::Object(fields)) | Self::Form(fields) => Some(fields),
            Self::Json(_) | Self::Absent => None,
        }
    }

    /// One of the [fields](Self::fields).
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields()?.get(name)
    }

    /// What JavaScript calls its type, as Zod tells it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Absent => "undefined",
            Self::Json(value) => kind(value),
            Self::Form(_) => "object",
        }
    }
}

/// The kind alone: bodies hold passwords.
impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Body({})", self.kind())
    }
}

/// Reads a body by its `Content-Type`. Forms are taken on a few routes only.
///
/// 415 for a media type that is not taken or a charset that is not UTF-8; 400 for JSON that [cannot be read](json::parse).
pub fn parse(content_type: Option<&str>, bytes: &[u8], forms_allowed: bool) -> Result<Body> {
    let Some(content_type) = content_type.filter(|given| !given.is_empty() && !bytes.is_empty()) else {
        return Ok(Body::Absent);
    };
    let lower = content_type.to_ascii_lowercase();
    let (media_type, parameters) = lower.split_once(';').unwrap_or((&lower, ""));
    if !is_utf8(parameters) {
        return Err(unsupported(content_type, forms_allowed));
    }
    // Contained, not equal, as Better Auth has it. None of these can be sent by a page elsewhere without a preflight.
    if media_type.contains(JSON) {
        json::parse(bytes).map(Body::Json).ok_or_else(|| Error::refused(400, code::BAD_REQUEST))
    } else if forms_allowed && media_type.contains(FORM) {
        Ok(Body::Form(fields(form_urlencoded::parse(bytes).into_owned())))
    } else {
        Err(unsupported(content_type, forms_allowed))
    }
}

/// Whether the parameters of a media type name no charset, or UTF-8 alone.
fn is_utf8(parameters: &str) -> bool {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim() == "charset")
        .all(|(_, value)| matches!(value.trim().trim_matches('"'), "utf-8" | "utf8"))
}

fn unsupported(content_type: &str, forms_allowed: bool) -> Error {
    let allowed = if forms_allowed { format!("{FORM}, {JSON}") } else { JSON.to_owned() };
    let message = format!("Content-Type \"{content_type}\" is not allowed. Allowed types: {allowed}");
    Error::worded(415, Some("UNSUPPORTED_MEDIA_TYPE".into()), message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[track_caller]
    fn refusal(result: Result<impl fmt::Debug>) -> (u16, String) {
        match result.unwrap_err() {
            Error::Refused(refused) => (refused.status, Error::Refused(refused).to_string()),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_body_is_absent_when_it_is_empty_or_has_no_type() {
        for (content_type, bytes) in
            [(None, ""), (Some(JSON), ""), (Some("text/plain"), ""), (None, "{}"), (Some(""), "{}")]
        {
            assert!(
                matches!(parse(content_type, bytes.as_bytes(), true), Ok(Body::Absent)),
                "{content_type:?} {bytes}"
            );
        }
    }

    #[test]
    fn t06_other_types_are_415_with_the_type_as_it_was_sent() {
        let (both, one) = (format!("{FORM}, {JSON}"), JSON.to_owned());
        for (content_type, forms_allowed, allowed) in [
            ("text/plain", true, &both),
            ("application/vnd.api+json", true, &both),
            ("multipart/form-data; boundary=b", true, &both),
            ("Text/HTML; X=\"y\"", false, &one),
            (FORM, false, &one),
            ("text/plain; x=application/json", false, &one),
            ("application/json; charset=utf-16", false, &one),
            ("application/json;Charset=\"UTF-16\"", false, &one),
            ("application/json; charset=utf-8; charset=utf-16", false, &one),
            ("application/json; charset=", false, &one),
            ("application/x-www-form-urlencoded; charset=latin1", true, &both),
        ] {
            let message = format!("415 Content-Type \"{content_type}\" is not allowed. Allowed types: {allowed}");
            assert_eq!(refusal(parse(Some(content_type), b"{}", forms_allowed)), (415, message));
        }
    }

    #[test]
    fn parameters_and_letter_case_of_a_type_do_not_matter() {
        for content_type in [
            "application/json; charset=utf-8",
            "Application/JSON;charset=\"UTF-8\"",
            "application/json ; version=1",
            "application/json;",
            "application/json, application/json",
        ] {
            assert!(matches!(parse(Some(content_type), b"{}", false), Ok(Body::Json(_))), "{content_type}");
        }
    }

    #[test]
    fn a_form_is_an_object_of_strings_and_t05_a_repeated_name_an_array() {
        let body = parse(
            Some("application/x-www-form-urlencoded; charset=utf-8"),
            b"name=Form+U&rememberMe=false&x=1&x=2",
            true,
        )
        .unwrap();
        assert_eq!(
            Value::Object(body.fields().unwrap().clone()),
            json!({"name": "Form U", "rememberMe": "false", "x": ["1", "2"]})
        );
        assert_eq!(body.field("name"), Some(&json!("Form U")));
    }

    #[test]
    fn its_debug_text_holds_no_values() {
        assert_eq!(format!("{:?}", parse(Some(JSON), b"{\"password\":\"secret\"}", false).unwrap()), "Body(object)");
    }

    proptest! {
        #[test]
        fn t02_no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\":,0-9eE.a\\\\u+-]{0,60}") {
            let _ = parse(Some(JSON), &bytes, true);
            let _ = parse(Some(JSON), text.as_bytes(), true);
            let _ = parse(Some(FORM), &bytes, true);
        }

        #[test]
        fn t06_no_type_makes_it_panic(content_type in "\\PC{0,40}|application/json[;=a-z\" -]{0,30}") {
            let _ = parse(Some(&content_type), b"{}", true);
        }
    }
}
