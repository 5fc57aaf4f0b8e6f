//! POST /admin/list-user-sessions: a user's live sessions with their tokens, by which they are revoked.

use std::sync::Arc;

use serde_json::json;

use super::Admin;
use super::one::OneUser;
use crate::base::{Result, code};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let list = async move |cx: &Cx, input: OneUser| list(&admin, cx, input).await;
    Endpoint::post("/admin/list-user-sessions", list).small()
}

async fn list(admin: &Admin, cx: &Cx, OneUser { user_id }: OneUser) -> Result<Reply> {
    let refusal = code::YOU_ARE_NOT_ALLOWED_TO_LIST_USERS_SESSIONS;
    let actor = admin.require(cx, "session", "list", refusal).await?;
    if let Some(target) = cx.house.store.user_by_id(&user_id).await? {
        admin.check_rank(&actor, &target, refusal)?;
    }
    let sessions = cx.house.store.sessions_of(&user_id, cx.house.clock.now()).await?;
    let shown: Vec<_> = sessions.iter().map(|session| cx.house.shown_session(session)).collect();
    Ok(Reply::json(&json!({ "sessions": shown }))?.no_store())
}
