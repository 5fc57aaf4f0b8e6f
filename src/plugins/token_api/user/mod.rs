//! POST /user: somebody registers. And how users are shown.

pub mod me;
pub mod username;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::TokenApi;
use super::login::LIMIT;
use crate::base::error::Issue;
use crate::base::{Error, Result};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::house::House;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::http::sign_up::{self, Newcomer, SignedUp};
use crate::store::User;

/// The name of the field by which users are known here, where there is one.
const USERNAME: &str = "username";
const PICTURE: &str = "profile_image_url";

pub fn endpoint(api: &Arc<TokenApi>) -> Endpoint {
    Endpoint::post(&api.path("/user"), register).rate_limit(LIMIT)
}

struct Registration {
    name: String,
    email: String,
    username: Option<String>,
    password: Password,
    image: Option<String>,
    body: Map<String, Value>,
}

impl Input for Registration {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        form.record();
        let input = Self {
            name: form.string("name"),
            username: form.optional_string(USERNAME),
            email: form.email("email"),
            password: Password::from(form.nonempty_string("password")),
            image: form.optional_string(PICTURE),
            body: form.fields().clone(),
        };
        form.finish()?;
        Ok(input)
    }
}

async fn register(cx: &Cx, input: Registration) -> Result<Reply> {
    let Registration { name, email, username, password, image, body } = input;
    if username.is_none() && cx.house.user_fields.iter().any(|field| field.name == USERNAME) {
        return Err(missing(USERNAME));
    }
    let newcomer = Newcomer { name, email, password, image, page: None, body };
    let user = match sign_up::sign_up(cx, newcomer).await? {
        SignedUp::User(user) | SignedUp::Pretended(user) => user,
    };
    Ok(Reply { status: 201, ..Reply::json(&shown(&cx.house, &user))? }.no_store())
}

fn missing(field: &str) -> Error {
    let text = "Invalid input: expected string, received undefined".into();
    Error::Invalid(vec![Issue { place: format!("body.{field}"), text }])
}

/// The name by which a user is known here: the user name, or else the address.
fn name_of<'u>(house: &House, user: &'u User) -> &'u str {
    let is_field = house.user_fields.iter().any(|field| field.name == USERNAME);
    let name = user.more.get(USERNAME).filter(|_| is_field).and_then(Value::as_str);
    name.unwrap_or(&user.email)
}

/// A user as the routes here show it.
fn shown(house: &House, user: &User) -> Value {
    let fields = house.shown_user(user);
    json!({
        "id": user.id,
        "name": user.name,
        "username": name_of(house, user),
        "email": user.email,
        "profile_image_url": user.image.as_deref().unwrap_or_default(),
        "tier_id": fields.get("tier_id").or_else(|| fields.get("tierId")),
    })
}
