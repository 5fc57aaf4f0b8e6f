//! POST /sign-up/email: a user with a password, and a session.

use serde_json::{Map, Value, json};

use crate::base::{Error, Result, code};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::{Created, NewAccount, NewUser, User};

pub fn endpoint() -> Endpoint {
    Endpoint::post("/sign-up/email", sign_up).forms().login()
}

struct SignUp {
    name: String,
    email: String,
    password: Password,
    image: Option<String>,
    callback_url: Option<String>,
    remember_me: Option<bool>,
    /// The whole body, for additional fields.
    body: Map<String, Value>,
}

impl Input for SignUp {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        form.record();
        let input = Self {
            name: form.string("name"),
            email: form.email("email"),
            password: Password::from(form.nonempty_string("password")),
            image: form.optional_string("image"),
            callback_url: form.optional_string("callbackURL"),
            remember_me: form.optional_bool("rememberMe"),
            body: form.fields().clone(),
        };
        form.finish()?;
        Ok(input)
    }
}

async fn sign_up(cx: &Cx, input: SignUp) -> Result<Reply> {
    let settings = &cx.house.email_and_password;
    if !settings.enabled || settings.disable_sign_up {
        return Err(Error::refused(400, code::EMAIL_PASSWORD_SIGN_UP_DISABLED));
    }
    settings.check_new_password(&input.password, &[&input.email, &input.name])?;
    let more = cx.house.new_fields(&input.body)?;
    let known = cx.house.store.user_by_email(&input.email).await?.is_some();
    let signs_in = settings.auto_sign_in && !settings.require_email_verification;
    if known && signs_in {
        return Err(Error::refused(422, code::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL));
    }
    // Hashed for a known address too: where that answer is not told, its time must not tell.
    let hash = cx.house.passwords.hash(input.password).await?;
    let new = NewUser {
        name: input.name,
        email: input.email,
        email_verified: false,
        image: input.image,
        created_at: cx.house.clock.now(),
        more,
    };
    if known {
        return pretend(cx, new);
    }
    let user = match cx.house.store.create_user(new.clone(), NewAccount::credential(hash)).await? {
        Created::User(user) => user,
        Created::EmailTaken if signs_in => {
            return Err(Error::refused(422, code::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL));
        }
        Created::EmailTaken => return pretend(cx, new),
    };
    if cx.house.email_verification.send_on_sign_up.unwrap_or(settings.require_email_verification) {
        cx.house.mail_verification(&user, input.callback_url).await?;
    }
    if !signs_in {
        return welcome(cx, &user, None);
    }
    let remember = input.remember_me.unwrap_or(true);
    let session = cx.house.sessions.open(&user.id, remember, cx.origin()).await?;
    cx.hand_over(&session, &user, Some(remember));
    welcome(cx, &user, Some(&session.token))
}

/// The answer that a new user would get, to somebody who tries an address that is taken.
fn pretend(cx: &Cx, new: NewUser) -> Result<Reply> {
    let id = cx.house.store.new_id();
    let NewUser { name, email, email_verified, image, created_at, more } = new;
    let user = User { id, name, email, email_verified, image, created_at, updated_at: created_at, more };
    welcome(cx, &user, None)
}

fn welcome(cx: &Cx, user: &User, token: Option<&str>) -> Result<Reply> {
    Ok(Reply::json(&json!({ "token": token, "user": cx.house.shown_user(user) }))?.no_store())
}
