//! POST /admin/create-user: a user, with or without a password, and no session.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Admin;
use super::given::{self, Roles};
use crate::base::text::Email;
use crate::base::{Error, Result, code};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::{Created, NewAccount, NewUser};
use crate::users::fields;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let create_user = async move |cx: &Cx, input: Create| create_user(&admin, cx, input).await;
    Endpoint::post("/admin/create-user", create_user)
}

struct Create {
    email: String,
    /// Without one, nobody signs in with a password.
    password: Option<Password>,
    name: String,
    roles: Option<Roles>,
    /// Further fields.
    data: Map<String, Value>,
}

impl Input for Create {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let email = form.string("email");
        let password = form.optional_string("password").filter(|password| !password.is_empty()).map(Password::from);
        let name = form.string("name");
        let roles = form.raw("role").map(Roles::parse);
        if matches!(roles, Some(None)) {
            form.issue("role", "Invalid input");
        }
        let data = form.optional_record_field("data").cloned().unwrap_or_default();
        form.finish()?;
        Ok(Self { email, password, name, roles: roles.flatten(), data })
    }
}

async fn create_user(admin: &Admin, cx: &Cx, mut input: Create) -> Result<Reply> {
    let actor = admin.require(cx, "user", "create", code::YOU_ARE_NOT_ALLOWED_TO_CREATE_USERS).await?;
    let data = &mut input.data;
    if input.roles.is_some() || data.contains_key("role") {
        admin.check(&actor, "user", "set-role", code::YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE)?;
        let roles = match input.roles {
            Some(roles) => Some(roles),
            None => given::roles(data)?,
        };
        if let Some(roles) = roles {
            data.insert("role".to_owned(), admin.granted(&actor, &roles)?.into());
        }
    }
    if given::tells_of_a_ban(data) {
        admin.check(&actor, "user", "ban", code::YOU_ARE_NOT_ALLOWED_TO_BAN_USERS)?;
    }
    let email = Email::parse(&input.email).ok_or_else(|| Error::refused(400, code::INVALID_EMAIL))?;
    if let Some(password) = &input.password {
        cx.house.email_and_password.check_length_limit(password)?;
    }
    let given::Core { image, email_verified, .. } = given::core(data)?;
    let mut more = fields::for_creation(&given::open(&cx.house.user_fields), data)?;
    cx.house.moments.iter().for_each(|plugin| plugin.complete_user(&mut more));
    let taken = || Error::refused(400, code::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL);
    if cx.house.store.user_by_email(email.as_str()).await?.is_some() {
        return Err(taken());
    }
    let new = NewUser {
        name: input.name,
        email: email.as_str().to_owned(),
        email_verified: email_verified.unwrap_or(false),
        image: image.flatten(),
        created_at: cx.house.clock.now(),
        more,
    };
    let created = match input.password {
        Some(password) => {
            let hash = cx.house.passwords.hash(password).await?;
            cx.house.store.create_user(new, NewAccount::credential(hash)).await?
        }
        None => cx.house.store.create_user_alone(new).await?,
    };
    let Created::User(user) = created else { return Err(taken()) };
    tracing::info!(admin = actor.user.id, client = cx.sender(), user = user.id, "an admin created a user");
    Reply::json(&json!({ "user": cx.house.shown_user(&user) }))
}
