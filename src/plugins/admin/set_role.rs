//! POST /admin/set-role: gives a user other roles.

use std::sync::Arc;

use serde_json::{Value, json};

use super::given::Roles;
use super::staff::{find, not_found};
use super::{Admin, changes};
use crate::base::{Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::administration::{Act, Done};

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let set_role = async move |cx: &Cx, input: SetRole| set_role(&admin, cx, input).await;
    Endpoint::post("/admin/set-role", set_role).small()
}

struct SetRole {
    user_id: String,
    roles: Roles,
}

impl Input for SetRole {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.record();
        let user_id = form.string("userId");
        let roles = form.raw("role").and_then(Roles::parse);
        if roles.is_none() {
            form.issue("role", "Invalid input");
        }
        form.finish()?;
        Ok(Self { user_id, roles: roles.unwrap_or(Roles::Several(Vec::new())) })
    }
}

async fn set_role(admin: &Admin, cx: &Cx, SetRole { user_id, roles }: SetRole) -> Result<Reply> {
    let refusal = code::YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE;
    let actor = admin.require(cx, "user", "set-role", refusal).await?;
    let role = admin.granted(&actor, &roles)?;
    let target = find(cx, &user_id).await?;
    admin.check_rank(&actor, &target, refusal)?;
    admin.check_own_role(&actor, &target.id, &role)?;
    let act = Act { changes: changes([("role", Value::from(role.as_str()))]), ..Act::default() };
    let done = admin
        .with_warrant(&actor, &target, refusal, async |warrant| {
            cx.house.store.administer(&target.id, act, warrant).await
        })
        .await?;
    let Done::User(user) = done else { return Err(not_found()) };
    tracing::info!(admin = actor.user.id, client = cx.sender(), user = user.id, role, "an admin set a user's role");
    Reply::json(&json!({ "user": cx.house.shown_user(&user) }))
}
