//! GET, PATCH and DELETE /user/{username}: a user by name, who is nobody else's to change.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::TokenApi;
use super::super::holder::Holder;
use super::{PICTURE, name_of, shown};
use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::profile::{self, Wanted};
use crate::http::query::Query;
use crate::http::reply::Reply;

const PARAMETER: &str = "username";

pub fn endpoints(api: &Arc<TokenApi>) -> [Endpoint; 3] {
    let path = api.path("/user/:username");
    let [for_read, for_update, for_delete] = [(); 3].map(|()| Arc::clone(api));
    [
        Endpoint::get(&path, async move |cx: &Cx, (): ()| read(&for_read, cx).await),
        Endpoint::patch(&path, async move |cx: &Cx, input| update(&for_update, cx, input).await),
        Endpoint::delete(&path, async move |cx: &Cx, (): ()| delete(&for_delete, cx).await),
    ]
}

struct Update {
    name: Option<String>,
    image: Option<Option<String>>,
    email: Option<String>,
    body: Map<String, Value>,
}

impl Input for Update {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.record();
        let cleared = form.raw(PICTURE).is_some_and(Value::is_null);
        let input = Self {
            name: form.optional_string("name"),
            image: if cleared { Some(None) } else { form.optional_string(PICTURE).map(Some) },
            email: form.optional_string("email"),
            body: form.fields().clone(),
        };
        form.finish()?;
        Ok(input)
    }
}

/// The name in the path, in the form in which users have it.
fn named(cx: &Cx) -> String {
    let named = cx.params.get(PARAMETER).map(String::as_str).unwrap_or_default();
    cx.house.find_by_name(named).map_or_else(|| named.to_lowercase(), |(_, name)| name)
}

/// Whoever asks, if the path names them.
///
/// # Errors
/// 403 for anybody else, whether there is a user of this name or not.
async fn owner(api: &TokenApi, cx: &Cx) -> Result<Holder> {
    let holder = api.holder(cx).await?;
    if name_of(&cx.house, &holder.user) == named(cx) { Ok(holder) } else { Err(forbidden()) }
}

fn forbidden() -> Error {
    Error::uncoded(403, "Not enough permissions")
}

async fn read(api: &TokenApi, cx: &Cx) -> Result<Reply> {
    let holder = api.holder(cx).await?;
    if name_of(&cx.house, &holder.user) == named(cx) {
        return Ok(Reply::json(&shown(&cx.house, &holder.user))?.no_store());
    }
    if !api.config.read_others {
        return Err(forbidden());
    }
    let typed = cx.params.get(PARAMETER).map(String::as_str).unwrap_or_default();
    let found = match cx.house.find_by_name(typed) {
        Some((field, name)) => api.store.user_by_field(field, &name).await?,
        None => None,
    };
    let other = found.ok_or_else(|| Error::uncoded(404, "User not found"))?;
    let mut other = shown(&cx.house, &other);
    // An address is between its user and us.
    for private in ["email", "tier_id"] {
        other[private] = Value::Null;
    }
    Ok(Reply::json(&other)?.no_store())
}

async fn update(api: &TokenApi, cx: &Cx, input: Update) -> Result<Reply> {
    let Holder { user, .. } = owner(api, cx).await?;
    if input.email.is_some_and(|email| email.to_lowercase() != user.email) {
        return Err(Error::refused(400, code::EMAIL_CAN_NOT_BE_UPDATED));
    }
    let wanted = Wanted { name: input.name, image: input.image, body: input.body };
    let updated = profile::change(cx, &user, wanted).await?;
    let updated = updated.ok_or_else(|| Error::uncoded(401, "Could not validate credentials"))?;
    Ok(Reply::json(&shown(&cx.house, &updated))?.no_store())
}

/// Under the rules of `/delete-user`: where users may do it, and soon after a login.
async fn delete(api: &TokenApi, cx: &Cx) -> Result<Reply> {
    let Holder { session, user, .. } = owner(api, cx).await?;
    if !cx.house.user.delete_user || cx.house.mail.confirms_deletion() {
        return Err(Error::uncoded(403, "Users are not deleted here"));
    }
    if !cx.house.sessions.is_fresh(&session) {
        return Err(Error::uncoded(403, "Log in again to delete the user"));
    }
    api.store.delete_user(&user.id).await?;
    api.store.delete_refresh_tokens_of(&session.id).await?;
    let reply = Reply::json(&json!({ "message": "User deleted" }))?;
    Ok(reply.no_store().header("set-cookie", api.cookie("", 0)))
}
