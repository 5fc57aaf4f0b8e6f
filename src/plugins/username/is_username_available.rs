//! POST /is-username-available: whether nobody has a name yet.

use std::sync::Arc;

use serde_json::json;

use super::{USERNAME, Usernames};
use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint(names: Arc<Usernames>) -> Endpoint {
    Endpoint::post("/is-username-available", async move |_: &Cx, input| answer(&names, input).await).small()
}

struct Wanted {
    username: String,
}

impl Input for Wanted {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self { username: form.string("username") };
        form.finish()?;
        Ok(input)
    }
}

async fn answer(names: &Usernames, input: Wanted) -> Result<Reply> {
    if input.username.is_empty() {
        return Err(Error::refused(422, code::INVALID_USERNAME));
    }
    names.config.judge(&input.username).map_err(|fault| Error::refused(422, fault))?;
    let holder = names.store.user_by_field(USERNAME, &names.config.normalized(&input.username)).await?;
    Reply::json(&json!({ "available": holder.is_none() }))
}
