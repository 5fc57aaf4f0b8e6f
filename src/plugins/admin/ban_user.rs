//! POST /admin/ban-user: ends all of a user's sessions, and lets the user open no other.

use std::sync::Arc;

use serde_json::{Value, json};

use super::config::LONGEST_BAN;
use super::staff::{find, not_found};
use super::{Admin, changes};
use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::UserChanges;
use crate::store::administration::{Act, Done};

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let ban_user = async move |cx: &Cx, input: Ban| ban_user(&admin, cx, input).await;
    Endpoint::post("/admin/ban-user", ban_user).small()
}

struct Ban {
    user_id: String,
    reason: Option<String>,
    /// Seconds.
    expires_in: Option<f64>,
}

impl Input for Ban {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        let user_id = form.string("userId");
        let reason = form.optional_string("banReason").filter(|reason| !reason.is_empty());
        let expires_in = form.optional_number("banExpiresIn");
        if expires_in.is_some_and(|seconds| seconds < 0.0) {
            form.issue("banExpiresIn", "Too small: expected number to be >=0");
        }
        if expires_in.is_some_and(|seconds| seconds > LONGEST_BAN as f64) {
            form.issue("banExpiresIn", format!("Too big: expected number to be <={LONGEST_BAN}"));
        }
        form.finish()?;
        Ok(Self { user_id, reason, expires_in: expires_in.filter(|seconds| *seconds != 0.0) })
    }
}

async fn ban_user(admin: &Admin, cx: &Cx, input: Ban) -> Result<Reply> {
    let refusal = code::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS;
    let actor = admin.require(cx, "user", "ban", refusal).await?;
    let target = find(cx, &input.user_id).await?;
    if target.id == actor.user.id {
        return Err(Error::refused(400, code::YOU_CANNOT_BAN_YOURSELF));
    }
    admin.check_rank(&actor, &target, refusal)?;
    let config = &admin.config;
    let millis = input.expires_in.map(|seconds| (seconds * 1000.0) as i64);
    let millis = millis.or(config.default_ban_expires_in.map(|seconds| seconds * 1000));
    let until = millis.map(|millis| admin.clock.now().plus_millis(millis).to_string());
    let reason = input.reason.unwrap_or_else(|| config.default_ban_reason.clone());
    let ban = [("banned", Value::Bool(true)), ("banReason", reason.into()), ("banExpires", until.into())];
    let act = Act { changes: changes(ban), ends_sessions: true, ..Act::default() };
    let done = admin
        .with_warrant(&actor, &target, refusal, async |warrant| {
            cx.house.store.administer(&target.id, act, warrant).await
        })
        .await?;
    let Done::User(user) = done else { return Err(not_found()) };
    tracing::info!(admin = actor.user.id, client = cx.sender(), user = user.id, "an admin banned a user");
    Reply::json(&json!({ "user": cx.house.shown_user(&user) }))
}

/// What ends a ban.
pub fn lifted() -> UserChanges {
    changes([("banned", Value::Bool(false)), ("banReason", Value::Null), ("banExpires", Value::Null)])
}
