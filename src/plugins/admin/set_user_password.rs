//! POST /admin/set-user-password: gives a user a password, and an account for it where there is none.

use std::sync::Arc;

use super::Admin;
use super::staff::not_found;
use crate::base::{Result, code};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let set_password = async move |cx: &Cx, input: SetPassword| set_password(&admin, cx, input).await;
    Endpoint::post("/admin/set-user-password", set_password).small()
}

struct SetPassword {
    new_password: Password,
    user_id: String,
}

impl Input for SetPassword {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        let new_password = form.string("newPassword");
        if new_password.is_empty() && form.raw("newPassword").is_some_and(serde_json::Value::is_string) {
            form.issue("newPassword", "newPassword cannot be empty");
        }
        let user_id = form.string("userId");
        if user_id.is_empty() && form.raw("userId").is_some_and(serde_json::Value::is_string) {
            form.issue("userId", "userId cannot be empty");
        }
        form.finish()?;
        Ok(Self { new_password: Password::from(new_password), user_id })
    }
}

/// The user's sessions go on, as in Better Auth.
async fn set_password(admin: &Admin, cx: &Cx, SetPassword { new_password, user_id }: SetPassword) -> Result<Reply> {
    let refusal = code::YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PASSWORD;
    let actor = admin.require(cx, "user", "set-password", refusal).await?;
    let target = cx.house.store.user_by_id(&user_id).await?;
    let about: Vec<&str> = target.iter().flat_map(|user| [user.email.as_str(), user.name.as_str()]).collect();
    cx.house.email_and_password.check_new_password(&new_password, &about)?;
    let target = target.ok_or_else(not_found)?;
    admin.check_rank(&actor, &target, refusal)?;
    let hash = cx.house.passwords.hash(new_password).await?;
    if !cx.house.store.reset_password(&target.id, &hash, false).await? {
        return Err(not_found());
    }
    tracing::info!(admin = actor.user.id, client = cx.sender(), user = target.id, "an admin set a user's password");
    Ok(Reply::done())
}
