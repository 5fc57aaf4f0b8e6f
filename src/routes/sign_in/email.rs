//! POST /sign-in/email: a session for an address and its password.

use crate::base::text::email::Email;
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

pub fn endpoint() -> Endpoint {
    Endpoint::post("/sign-in/email", sign_in).audits(Action::SignInFailed).forms().login().small()
}

struct SignIn {
    email: String,
    password: Password,
    callback_url: Option<String>,
    remember_me: Option<bool>,
}

impl Input for SignIn {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self {
            email: form.string("email"),
            password: Password::from(form.string("password")),
            callback_url: form.optional_string("callbackURL"),
            remember_me: form.optional_bool("rememberMe"),
        };
        form.finish()?;
        Ok(input)
    }
}

async fn sign_in(cx: &Cx, input: SignIn) -> Result<Reply> {
    let outcome = let_in(cx, input).await;
    cx.house.sign_ins.note(&outcome);
    outcome
}

async fn let_in(cx: &Cx, input: SignIn) -> Result<Reply> {
    if !cx.house.email_and_password.enabled {
        return Err(Error::refused(400, code::EMAIL_PASSWORD_DISABLED));
    }
    let email = Email::parse(&input.email).ok_or_else(|| Error::refused(400, code::INVALID_EMAIL))?;
    let attempt = Attempt {
        name: email.as_str(),
        password: input.password,
        refusal: Error::refused(401, code::INVALID_EMAIL_OR_PASSWORD),
        page: input.callback_url.clone(),
    };
    let user = credentials::enter(cx, attempt, cx.house.store.user_with_password(email.as_str())).await?;
    let remember = input.remember_me.unwrap_or(true);
    let session = cx.house.sessions.open(&user.id, remember, cx.origin()).await?;
    cx.hand_over(&session, &user, Some(remember));
    credentials::welcome(cx, &user, &session.token, input.callback_url)
}
