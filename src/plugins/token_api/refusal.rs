//! How its routes refuse: as FastAPI does, `{"detail":…}`.

use serde_json::{Value, json};

use crate::base::error::{Error, Issue, Refused, RefusedBody};
use crate::http::reply::Reply;

/// The answer to an error. What does not fit is 422, as FastAPI has it, and who has to log in is told how.
pub fn reply(error: &Error) -> Reply {
    match error {
        Error::Refused(Refused { status, body }) => refused(*status, body),
        Error::Invalid(issues) => worded(422, issues.iter().map(issue).collect()),
        Error::TooMany { millis } => {
            let seconds = ((millis + 999) / 1000).max(1).to_string();
            let reply = worded(429, "Too many requests. Please try again later.".into());
            reply.header("retry-after", seconds.clone()).header("x-retry-after", seconds)
        }
        Error::Broken(_) => worded(500, "Internal Server Error".into()),
        Error::Unavailable { retry_after, .. } => {
            worded(503, "Service Unavailable".into()).header("retry-after", retry_after.to_string())
        }
    }
}

fn refused(status: u16, body: &RefusedBody) -> Reply {
    let detail = match body {
        RefusedBody::Message { message, .. } => message.as_ref(),
        RefusedBody::Empty | RefusedBody::Nothing => "Not Found",
    };
    match status {
        400 => worded(422, detail.into()),
        401 => worded(401, detail.into()).header("www-authenticate", "Bearer"),
        status => worded(status, detail.into()),
    }
}

/// One fault of a body as FastAPI lists it: `body.username` is `["body", "username"]`.
fn issue(issue: &Issue) -> Value {
    let place: Vec<&str> = issue.place.split('.').collect();
    json!({ "loc": place, "msg": issue.text, "type": "value_error" })
}

fn worded(status: u16, detail: Value) -> Reply {
    let body = json!({ "detail": detail }).to_string();
    Reply { status, ..Reply::raw_json(body.into()) }.no_store()
}
