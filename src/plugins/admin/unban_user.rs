//! POST /admin/unban-user: lets a user in again.

use std::sync::Arc;

use serde_json::json;

use super::Admin;
use super::ban_user::lifted;
use super::one::OneUser;
use super::staff::{find, not_found};
use crate::base::{Result, code};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let unban_user = async move |cx: &Cx, input: OneUser| unban_user(&admin, cx, input).await;
    Endpoint::post("/admin/unban-user", unban_user).small()
}

async fn unban_user(admin: &Admin, cx: &Cx, OneUser { user_id }: OneUser) -> Result<Reply> {
    let refusal = code::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS;
    let actor = admin.require(cx, "user", "ban", refusal).await?;
    let target = find(cx, &user_id).await?;
    admin.check_rank(&actor, &target, refusal)?;
    let user = cx.house.store.update_user(&target.id, lifted()).await?.ok_or_else(not_found)?;
    tracing::info!(admin = actor.user.id, client = cx.sender(), user = user.id, "an admin ended a ban");
    Reply::json(&json!({ "user": cx.house.shown_user(&user) }))
}
