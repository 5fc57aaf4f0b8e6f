//! POST /update-user: the name, the picture, additional fields.

use serde_json::{Map, Value};

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::profile::{self, Wanted};
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/update-user", update_user)
}

struct Update {
    name: Option<String>,
    image: Option<Option<String>>,
    body: Map<String, Value>,
}

impl Input for Update {
    /// Better Auth checks no types here and fails at the database; the types are checked instead (deviation D13).
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.record();
        let cleared = form.raw("image").is_some_and(Value::is_null);
        let input = Self {
            name: form.optional_string("name"),
            image: if cleared { Some(None) } else { form.optional_string("image").map(Some) },
            body: form.fields().clone(),
        };
        form.finish()?;
        Ok(input)
    }
}

async fn update_user(cx: &Cx, input: Update) -> Result<Reply> {
    let (session, user) = cx.require_session(Guard::Session).await?;
    if input.body.get("email").is_some_and(is_set) {
        return Err(Error::refused(400, code::EMAIL_CAN_NOT_BE_UPDATED));
    }
    let Update { name, image, body } = input;
    let updated = profile::change(cx, &user, Wanted { name, image, body }).await?;
    let updated = updated.ok_or_else(|| Error::refused(401, code::UNAUTHORIZED))?;
    cx.hand_over(&session, &updated, None);
    Ok(Reply::done())
}

/// Whether JavaScript would take a value for true.
fn is_set(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_str() != Some("") && value.as_f64() != Some(0.0)
}
