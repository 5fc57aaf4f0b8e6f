//! POST /admin/revoke-user-session: ends the session of a token, whoever's it is. Whether there was one is not told.

use std::sync::Arc;

use serde_json::json;

use super::Admin;
use crate::base::{Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let revoke = async move |cx: &Cx, input: Revoke| revoke(&admin, cx, input).await;
    Endpoint::post("/admin/revoke-user-session", revoke).small()
}

struct Revoke {
    session_token: String,
}

impl Input for Revoke {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        let input = Self { session_token: form.string("sessionToken") };
        form.finish()?;
        Ok(input)
    }
}

async fn revoke(admin: &Admin, cx: &Cx, Revoke { session_token }: Revoke) -> Result<Reply> {
    let refusal = code::YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS;
    let actor = admin.require(cx, "session", "revoke", refusal).await?;
    if let Some((_, target)) = cx.house.store.session_by_token(&session_token).await? {
        admin.check_rank(&actor, &target, refusal)?;
        cx.house.store.delete_session(&session_token).await?;
        tracing::info!(admin = actor.user.id, client = cx.sender(), user = target.id, "an admin ended a session");
    }
    Reply::json(&json!({ "success": true }))
}
