//! POST /admin/update-user: changes whatever a user has, but for the password and the id.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Admin;
use super::given;
use super::staff::{Actor, find, not_found};
use crate::base::text::Email;
use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::UserChanges;
use crate::store::administration::{Act, Done};
use crate::users::fields;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let update_user = async move |cx: &Cx, input: Update| update_user(&admin, cx, input).await;
    Endpoint::post("/admin/update-user", update_user)
}

struct Update {
    user_id: String,
    data: Map<String, Value>,
}

impl Input for Update {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self { user_id: form.string("userId"), data: form.record_field("data").clone() };
        form.finish()?;
        Ok(input)
    }
}

async fn update_user(admin: &Admin, cx: &Cx, Update { user_id, mut data }: Update) -> Result<Reply> {
    let refusal = code::YOU_ARE_NOT_ALLOWED_TO_UPDATE_USERS;
    let actor = admin.require(cx, "user", "update", refusal).await?;
    if data.contains_key("password") {
        return Err(Error::refused(400, code::PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER));
    }
    if data.contains_key("id") {
        return Err(Error::refused(400, code::USER_ID_CANNOT_BE_UPDATED));
    }
    let bans = check_permissions(admin, &actor, &user_id, &mut data)?;
    let email = read_email(&data)?;
    let given::Core { name, image, email_verified } = given::core(&data)?;
    let more = fields::for_update(&given::open(&cx.house.user_fields), &data)?;
    if email.is_none() && name.is_none() && image.is_none() && email_verified.is_none() && more.is_empty() {
        return Err(Error::refused(400, code::NO_DATA_TO_UPDATE));
    }
    let taken = || Error::refused(400, code::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL);
    let target = find(cx, &user_id).await?;
    admin.check_rank(&actor, &target, refusal)?;
    let act = Act { changes: UserChanges { name, image, email_verified, more }, email, ends_sessions: bans };
    let done = admin
        .with_warrant(&actor, &target, refusal, async |warrant| {
            cx.house.store.administer(&target.id, act, warrant).await
        })
        .await?;
    let user = match done {
        Done::User(user) => user,
        Done::EmailTaken => return Err(taken()),
        Done::Unknown => return Err(not_found()),
    };
    let changed: Vec<_> = data.keys().map(String::as_str).collect();
    let changed = changed.join(",");
    tracing::info!(admin = actor.user.id, client = cx.sender(), user = user.id, changed, "an admin changed a user");
    Reply::json(&cx.house.shown_user(&user))
}

/// Whether somebody may change all that is said of a user; whether it bans. The roles are left as the column has them.
fn check_permissions(admin: &Admin, actor: &Actor, user_id: &str, data: &mut Map<String, Value>) -> Result<bool> {
    if data.contains_key("role") {
        admin.check(actor, "user", "set-role", code::YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE)?;
        if let Some(roles) = given::roles(data)? {
            let role = admin.granted(actor, &roles)?;
            admin.check_own_role(actor, user_id, &role)?;
            data.insert("role".to_owned(), role.into());
        }
    }
    let bans = data.get("banned") == Some(&Value::Bool(true));
    if given::tells_of_a_ban(data) {
        admin.check(actor, "user", "ban", code::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS)?;
        if bans && actor.user.id == user_id {
            return Err(Error::refused(400, code::YOU_CANNOT_BAN_YOURSELF));
        }
    }
    let tells_of = |names: [&str; 2]| names.iter().any(|name| data.contains_key(*name));
    if tells_of(["email", "emailVerified"]) {
        admin.check(actor, "user", "set-email", code::YOU_ARE_NOT_ALLOWED_TO_SET_USERS_EMAIL)?;
    }
    if tells_of(["phoneNumber", "phoneNumberVerified"]) {
        admin.check(actor, "user", "set-phone", code::YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PHONE_NUMBER)?;
    }
    Ok(bans)
}

/// The new address in lower case.
fn read_email(data: &Map<String, Value>) -> Result<Option<String>> {
    let Some(value) = data.get("email") else { return Ok(None) };
    let email = value.as_str().and_then(Email::parse).ok_or_else(|| Error::refused(400, code::INVALID_EMAIL))?;
    Ok(Some(email.as_str().to_owned()))
}
