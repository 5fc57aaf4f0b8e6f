//! POST /sign-in/username: a session for a user name and its password.

use std::sync::Arc;

use super::super::{USERNAME, Usernames};
use crate::base::{Error, Result, code};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::credentials::{self, Attempt};
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::audit::Action;

pub fn endpoint(names: Arc<Usernames>) -> Endpoint {
    Endpoint::post("/sign-in/username", async move |cx: &Cx, input| sign_in(&names, cx, input).await)
        .audits(Action::SignInFailed)
        .login()
        .small()
}

struct SignIn {
    username: String,
    password: Password,
    callback_url: Option<String>,
    remember_me: Option<bool>,
    is_empty: bool,
}

impl Input for SignIn {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let (username, password) = (form.string("username"), form.string("password"));
        let input = Self {
            is_empty: username.is_empty() || password.is_empty(),
            username,
            password: Password::from(password),
            remember_me: form.optional_bool("rememberMe"),
            callback_url: form.optional_string("callbackURL"),
        };
        form.finish()?;
        Ok(input)
    }
}

async fn sign_in(names: &Usernames, cx: &Cx, input: SignIn) -> Result<Reply> {
    let outcome = let_in(names, cx, input).await;
    cx.house.sign_ins.note(&outcome);
    outcome
}

/// Where passwords are switched off, this way in is closed as the one by address is; Better Auth leaves it open.
async fn let_in(names: &Usernames, cx: &Cx, input: SignIn) -> Result<Reply> {
    if !cx.house.email_and_password.enabled {
        return Err(Error::refused(400, code::EMAIL_PASSWORD_DISABLED));
    }
    let refusal = || Error::refused(401, code::INVALID_USERNAME_OR_PASSWORD);
    if input.is_empty {
        return Err(refusal());
    }
    names.config.judge(&input.username).map_err(|fault| Error::refused(422, fault))?;
    let name = names.config.normalized(&input.username);
    let attempt =
        Attempt { name: &name, password: input.password, refusal: refusal(), page: input.callback_url.clone() };
    let user = credentials::enter(cx, attempt, cx.house.store.user_with_password_by(USERNAME, &name)).await?;
    let remember = input.remember_me.unwrap_or(true);
    let session = cx.house.sessions.open(&user.id, remember, cx.origin()).await?;
    cx.hand_over(&session, &user, Some(remember));
    credentials::welcome(cx, &user, &session.token, input.callback_url)
}
