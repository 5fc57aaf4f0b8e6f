//! POST /update-session: the session's additional fields.

use serde_json::{Map, Value, json};

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::users::fields;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/update-session", update_session)
}

struct Update {
    body: Map<String, Value>,
}

impl Input for Update {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.record();
        let input = Self { body: form.fields().clone() };
        form.finish()?;
        Ok(input)
    }
}

async fn update_session(cx: &Cx, input: Update) -> Result<Reply> {
    let (session, user) = cx.require_session(Guard::Session).await?;
    let more = fields::for_update(&cx.house.session_fields, &input.body)?;
    if more.is_empty() {
        return Err(Error::uncoded(400, "No fields to update"));
    }
    let now = cx.house.clock.now();
    // Without a database a session may be known to its cookie alone.
    let alone = cx.house.stateless.then(|| session.clone().changed(more.clone(), now));
    let updated = cx.house.store.update_session(&session.token, more, now).await?.or(alone);
    let Some(updated) = updated else {
        cx.forget_session();
        return Err(Error::refused(401, code::FAILED_TO_GET_SESSION));
    };
    cx.hand_over(&updated, &user, None);
    Reply::json(&json!({ "session": cx.house.shown_session(&updated) }))
}
