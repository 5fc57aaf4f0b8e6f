//! What goes back: a handler's reply, a refusal, and the headers that both carry.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use bytes::Bytes;
use futures_util::stream::LocalBoxStream;
use futures_util::{Stream, StreamExt};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Value, json};

use crate::base::error::{Error, Issue, RefusedBody, Result};

/// What may not stand in a Location header as it is: control characters, blanks, what is not ASCII.
const NOT_IN_LOCATION: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\');

/// A handler's answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub content: Content,
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
}

/// The body of an answer, with its media type.
#[derive(Debug)]
pub enum Content {
    Json(Bytes),
    /// Of a media type of its own.
    Typed(&'static str, Bytes),
    /// Of a media type of its own, piece by piece.
    Streamed(&'static str, Pieces),
    Html(String),
    Text(&'static str),
    /// No body, with JSON's media type, as Better Auth's redirects have it.
    Empty,
    /// Neither body nor media type.
    Nothing,
}

/// The pieces of a body that is made while it is sent. An error breaks the answer off.
pub struct Pieces(LocalBoxStream<'static, Result<Bytes>>);

impl std::fmt::Debug for Pieces {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Pieces")
    }
}

impl Reply {
    fn new(status: u16, content: Content) -> Self {
        Self { status, content, headers: Vec::new() }
    }

    /// 200 with JSON.
    pub fn json(body: &impl Serialize) -> Result<Self> {
        Ok(Self::new(200, Content::Json(serde_json::to_vec(body).map_err(Error::broken)?.into())))
    }

    /// 200 with JSON that is serialised already.
    pub fn raw_json(body: Bytes) -> Self {
        Self::new(200, Content::Json(body))
    }

    /// 200 with something of a media type of its own.
    pub fn typed(media_type: &'static str, body: Bytes) -> Self {
        Self::new(200, Content::Typed(media_type, body))
    }

    /// As [`Reply::typed`], piece by piece.
    pub fn streamed(media_type: &'static str, pieces: impl Stream<Item = Result<Bytes>> + 'static) -> Self {
        Self::new(200, Content::Streamed(media_type, Pieces(pieces.boxed_local())))
    }

    /// 200 with nothing.
    pub fn nothing() -> Self {
        Self::new(200, Content::Nothing)
    }

    /// The same with another status.
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// 200 with `{"status":true}`.
    pub fn done() -> Self {
        Self::raw_json(Bytes::from_static(br#"{"status":true}"#))
    }

    /// 200 with a page.
    pub fn html(page: String) -> Self {
        Self::new(200, Content::Html(page))
    }

    /// 304, for the holder of the current version.
    pub fn not_modified() -> Self {
        Self::new(304, Content::Nothing)
    }

    /// 302 with an empty body and the media type of JSON.
    pub fn redirect(to: &str) -> Self {
        Self::new(302, Content::Empty).location(to)
    }

    /// Adds where a client goes next; a client of the JSON API follows it by itself.
    pub fn location(self, to: &str) -> Self {
        self.header("location", utf8_percent_encode(to, NOT_IN_LOCATION).to_string())
    }

    /// Forbids every cache to keep this answer: it carries a credential.
    pub fn no_store(self) -> Self {
        self.header("cache-control", "no-store")
    }

    pub fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<&Error> for Reply {
    fn from(error: &Error) -> Self {
        match error {
            Error::Refused(refused) => match &refused.body {
                RefusedBody::Message { message, code } => refusal(refused.status, message, code.as_deref()),
                RefusedBody::Empty => Self::new(refused.status, Content::Empty),
                RefusedBody::Nothing => Self::new(refused.status, Content::Nothing),
            },
            Error::Invalid(issues) => refusal(400, &issues_text(issues), Some("VALIDATION_ERROR")),
            Error::TooMany { millis } => super::rate_limit::too_many(*millis),
            Error::Broken(_) => Self::new(500, Content::Nothing),
            Error::Unavailable { retry_after, .. } => {
                let code = crate::base::code::SERVICE_UNAVAILABLE;
                refusal(503, code.message, Some(code.name)).header("retry-after", retry_after.to_string())
            }
        }
    }
}

fn refusal(status: u16, message: &str, code: Option<&str>) -> Reply {
    let mut body = json!({ "message": message });
    if let (Some(code), Value::Object(map)) = (code, &mut body) {
        map.insert("code".into(), code.into());
    }
    Reply::new(status, Content::Json(body.to_string().into()))
}

fn issues_text(issues: &[Issue]) -> String {
    issues.iter().map(|issue| format!("[{}] {}", issue.place, issue.text)).collect::<Vec<_>>().join("; ")
}

impl Reply {
    /// The answer for actix, with the cookies that were set on the way.
    pub fn into_response(self, cookies: impl Iterator<Item = String>) -> HttpResponse {
        let mut response =
            HttpResponse::build(StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_maybe_shared(shared(value)) {
                response.insert_header((HeaderName::from_static(name), value));
            }
        }
        for line in cookies {
            response.append_header(("set-cookie", line));
        }
        let of_type = |media| (CONTENT_TYPE, HeaderValue::from_static(media));
        match self.content {
            Content::Json(body) => response.insert_header(of_type("application/json")).body(body),
            Content::Typed(media_type, body) => response.insert_header(of_type(media_type)).body(body),
            Content::Streamed(media_type, Pieces(pieces)) => {
                response.insert_header(of_type(media_type)).streaming(pieces)
            }
            Content::Html(page) => response.insert_header(of_type("text/html; charset=utf-8")).body(page),
            Content::Text(text) => response.insert_header(of_type("text/plain;charset=UTF-8")).body(text),
            Content::Empty => response.insert_header(of_type("application/json")).body(Vec::new()),
            Content::Nothing => response.finish(),
        }
    }
}

/// A text as bytes, without a copy.
fn shared(text: Cow<'static, str>) -> Bytes {
    match text {
        Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
        Cow::Owned(text) => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn location(to: &str) -> String {
        let response = Reply::redirect(to).into_response(std::iter::empty());
        let value = response.headers().get("location").expect("a location");
        value.to_str().expect("it is ASCII").to_owned()
    }

    #[test]
    fn t09_a_location_holds_no_line_break() {
        for (to, expected) in [
            ("/a\r\nset-cookie: a=b", "/a%0D%0Aset-cookie:%20a=b"),
            ("/a\0\t\u{7f}", "/a%00%09%7F"),
            ("/a\u{85}\u{2028}", "/a%C2%85%E2%80%A8"),
        ] {
            assert_eq!(location(to), expected);
        }
    }

    #[test]
    fn what_is_not_ascii_is_percent_encoded_and_what_is_encoded_stays() {
        assert_eq!(location("/ä b?q=ü%20%2f#ß"), "/%C3%A4%20b?q=%C3%BC%20%2f#%C3%9F");
        assert_eq!(location("https://app.com/x?a=b&c=[1]#top"), "https://app.com/x?a=b&c=[1]#top");
    }

    #[test]
    fn a_refusal_is_its_message_and_its_code_in_this_order() {
        let body = |error: Error| match Reply::from(&error).content {
            Content::Json(body) => String::from_utf8(body.into()).unwrap(),
            other => format!("{other:?}"),
        };
        let refused = Error::refused(401, crate::base::code::UNAUTHORIZED);
        assert_eq!(body(refused), r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#);
        assert_eq!(body(Error::uncoded(400, "No fields to update")), r#"{"message":"No fields to update"}"#);
        assert_eq!(body(Error::empty(404)), "Empty");
        assert_eq!(body(Error::no_route()), "Nothing");
        let issue = |place: &str| Issue { place: place.into(), text: "Invalid input".into() };
        assert_eq!(
            body(Error::Invalid(vec![issue("body.a"), issue("query.b")])),
            r#"{"message":"[body.a] Invalid input; [query.b] Invalid input","code":"VALIDATION_ERROR"}"#
        );
    }

    #[test]
    fn a_fault_of_ours_tells_nothing() {
        let reply = Reply::from(&Error::broken("no such table: user"));
        assert!(matches!((reply.status, reply.content), (500, Content::Nothing)));
        let reply = Reply::from(&Error::unavailable("the database is away"));
        let Content::Json(body) = reply.content else { panic!("a body") };
        assert_eq!(reply.status, 503);
        assert!(!String::from_utf8(body.into()).unwrap().contains("database"));
    }

    proptest! {
        #[test]
        fn t09_a_location_is_one_line_of_ascii_and_nothing_is_dropped(to in "\\PC{0,40}|[\r\n\t\0 a-z%/]{0,40}") {
            let location = location(&to);
            prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()));
            // Read back without the encoding that was there before, it is what was asked for.
            if !to.contains('%') {
                prop_assert_eq!(percent_encoding::percent_decode_str(&location).decode_utf8().unwrap(), to);
            }
        }
    }
}
