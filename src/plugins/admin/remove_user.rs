//! POST /admin/remove-user: deletes a user with its sessions and accounts, for good.

use std::sync::Arc;

use serde_json::json;

use super::Admin;
use super::one::OneUser;
use super::staff::{find, not_found};
use crate::base::{Error, Result, code};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let remove_user = async move |cx: &Cx, input: OneUser| remove_user(&admin, cx, input).await;
    Endpoint::post("/admin/remove-user", remove_user).small()
}

async fn remove_user(admin: &Admin, cx: &Cx, OneUser { user_id }: OneUser) -> Result<Reply> {
    let refusal = code::YOU_ARE_NOT_ALLOWED_TO_DELETE_USERS;
    let actor = admin.require(cx, "user", "delete", refusal).await?;
    if user_id == actor.user.id {
        return Err(Error::refused(400, code::YOU_CANNOT_REMOVE_YOURSELF));
    }
    let target = find(cx, &user_id).await?;
    admin.check_rank(&actor, &target, refusal)?;
    let removed = admin
        .with_warrant(&actor, &target, refusal, async |warrant| {
            cx.house.store.delete_user_by(&target.id, warrant).await
        })
        .await?;
    if !removed {
        return Err(not_found());
    }
    tracing::info!(admin = actor.user.id, client = cx.sender(), user = target.id, "an admin removed a user");
    Reply::json(&json!({ "success": true }))
}
