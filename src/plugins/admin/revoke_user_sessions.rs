//! POST /admin/revoke-user-sessions: ends all of a user's sessions.

use std::sync::Arc;

use serde_json::json;

use super::Admin;
use super::one::OneUser;
use crate::base::{Result, code};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let revoke = async move |cx: &Cx, input: OneUser| revoke(&admin, cx, input).await;
    Endpoint::post("/admin/revoke-user-sessions", revoke).small()
}

async fn revoke(admin: &Admin, cx: &Cx, OneUser { user_id }: OneUser) -> Result<Reply> {
    let refusal = code::YOU_ARE_NOT_ALLOWED_TO_REVOKE_USERS_SESSIONS;
    let actor = admin.require(cx, "session", "revoke", refusal).await?;
    if let Some(target) = cx.house.store.user_by_id(&user_id).await? {
        admin.check_rank(&actor, &target, refusal)?;
        let ended = cx.house.store.delete_sessions_of(&target.id, None).await?;
        tracing::info!(admin = actor.user.id, client = cx.sender(), user = target.id, ended, "an admin ended sessions");
    }
    Reply::json(&json!({ "success": true }))
}
