//! The one error type: what is refused, what does not fit, what is broken.

use std::borrow::Cow;
use std::error::Error as StdError;

use super::code::Code;

/// The result of whatever a request asks for.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request gets no good answer.
#[derive(Debug)]
pub enum Error {
    /// What the protocol refuses, in Better Auth's words.
    Refused(Refused),
    /// A body or a query that does not fit its schema: 400 `VALIDATION_ERROR` with the issues in schema order.
    Invalid(Vec<Issue>),
    /// Too many attempts: 429, and after how many milliseconds another one is heard.
    TooMany { millis: i64 },
    /// Our own fault: logged with its chain and answered as an opaque 500.
    Broken(Box<dyn StdError + Send + Sync>),
    /// A store is away or a queue is full: 503, and after how many seconds another try makes sense.
    Unavailable { reason: Cow<'static, str>, retry_after: u32 },
}

/// A refusal: its status and what its body says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub status: u16,
    pub body: RefusedBody,
}

/// What the body of a refusal holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedBody {
    /// `{"message":…,"code":…}`; a few of Better Auth's errors have no code.
    Message { message: Cow<'static, str>, code: Option<Cow<'static, str>> },
    /// No body, but the content type of JSON.
    Empty,
    /// No body and no content type: a route that is not there.
    Nothing,
}

/// One fault of a body or a query: where, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// `body.email`, `query.token`, `body`.
    pub place: String,
    pub text: Cow<'static, str>,
}

impl Error {
    /// A refusal with a code and its own message.
    pub fn refused(status: u16, code: Code) -> Self {
        Self::worded(status, Some(Cow::Borrowed(code.name)), code.message)
    }

    /// A refusal whose message is made for the case.
    pub fn worded(status: u16, code: Option<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(Refused { status, body: RefusedBody::Message { message: message.into(), code } })
    }

    /// A refusal with a message and without a code.
    pub fn uncoded(status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self::worded(status, None, message)
    }

    /// A refusal without a body, but with the content type of JSON.
    pub fn empty(status: u16) -> Self {
        Self::Refused(Refused { status, body: RefusedBody::Empty })
    }

    /// The route is not there: 404 with nothing.
    pub fn no_route() -> Self {
        Self::Refused(Refused { status: 404, body: RefusedBody::Nothing })
    }

    /// Our own fault.
    pub fn broken(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Broken(source.into())
    }

    /// Something is away or full for the moment.
    pub fn unavailable(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Unavailable { reason: reason.into(), retry_after: 1 }
    }

    /// What a person who is no HTTP client is told.
    pub fn plain_message(&self) -> String {
        match self {
            Self::Refused(Refused { body: RefusedBody::Message { message, .. }, .. }) => message.to_string(),
            other => other.to_string(),
        }
    }

    /// The error with all that caused it, in one line for a log.
    pub fn chain(&self) -> String {
        chain(self)
    }
}

/// An error with all that caused it, in one line. What a cause says that was said already is left out.
pub fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    text
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(Refused { status, body: RefusedBody::Message { message, .. } }) => {
                write!(formatter, "{status} {message}")
            }
            Self::Refused(Refused { status, .. }) => write!(formatter, "{status}"),
            Self::Invalid(issues) => {
                let texts: Vec<_> = issues.iter().map(|issue| format!("[{}] {}", issue.place, issue.text)).collect();
                formatter.write_str(&texts.join("; "))
            }
            Self::TooMany { .. } => formatter.write_str("429 too many attempts"),
            Self::Broken(source) => write!(formatter, "{source}"),
            Self::Unavailable { reason, .. } => formatter.write_str(reason),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Broken(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}
