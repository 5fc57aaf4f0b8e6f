//! POST /sign-in/email: a session for an address and its password.

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::base::text::email::Email;
use crate::base::{Error, Result, code};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::{Account, User};

pub fn endpoint() -> Endpoint {
    Endpoint::post("/sign-in/email", sign_in).forms().login().small()
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
    let settings = &cx.house.email_and_password;
    if !settings.enabled {
        return Err(Error::refused(400, code::EMAIL_PASSWORD_DISABLED));
    }
    let email = Email::parse(&input.email).ok_or_else(|| Error::refused(400, code::INVALID_EMAIL))?;
    settings.check_length_limit(&input.password)?;
    cx.house.rate_limits.guess(email.as_str()).await?;
    let user = recognise(cx, &email, input.password).await?;
    cx.house.rate_limits.guessed(email.as_str()).await;
    if settings.require_email_verification && !user.email_verified {
        return Err(unverified(cx, &user, input.callback_url).await?);
    }
    cx.admit(&user).await?;
    let remember = input.remember_me.unwrap_or(true);
    let session = cx.house.sessions.open(&user.id, remember, cx.origin()).await?;
    cx.hand_over(&session, &user, Some(remember));
    welcome(cx, &user, &session.token, input.callback_url)
}

/// The refusal of an address that is not verified, to somebody who knows its password; perhaps with another link.
async fn unverified(cx: &Cx, user: &User, page: Option<String>) -> Result<Error> {
    if cx.house.email_verification.send_on_sign_in {
        cx.house.mail_verification(user, page).await?;
    }
    Ok(Error::refused(403, code::EMAIL_NOT_VERIFIED))
}

/// The user whose password this is. Unknown users, users without a password and wrong passwords cost and answer alike.
async fn recognise(cx: &Cx, email: &Email, password: Password) -> Result<User> {
    let found = cx.house.store.user_with_password(email.as_str()).await?;
    let stored = found.as_ref().and_then(|(_, account)| account.as_ref()?.password.clone());
    let verdict = cx.house.passwords.verify(password, stored.clone()).await?;
    let Some((user, account)) = found.filter(|_| verdict.matches) else {
        return Err(Error::refused(401, code::INVALID_EMAIL_OR_PASSWORD));
    };
    if let (Some(rehash), Some(account)) = (verdict.rehash, account) {
        strengthen(cx, &account, &rehash).await;
    }
    Ok(user)
}

/// Replaces a hash that is not of the configured kind or strength. The sign-in is good even if this fails.
async fn strengthen(cx: &Cx, account: &Account, rehash: &str) {
    let previous = account.password.as_ref().map(ExposeSecret::expose_secret);
    if let Err(error) = cx.house.store.set_password(&account.id, rehash, previous).await {
        tracing::warn!(%error, "a password's hash could not be replaced by a stronger one; the next sign-in tries again");
    }
}

fn welcome(cx: &Cx, user: &User, token: &str, callback_url: Option<String>) -> Result<Reply> {
    let page = callback_url.as_deref().filter(|page| !page.is_empty());
    let mut body = Map::new();
    body.insert("redirect".into(), page.is_some().into());
    body.insert("token".into(), token.into());
    if let Some(url) = &callback_url {
        body.insert("url".into(), url.as_str().into());
    }
    body.insert("user".into(), Value::Object(cx.house.shown_user(user)));
    let reply = Reply::json(&json!(body))?.no_store();
    Ok(match page {
        Some(page) => reply.location(page),
        None => reply,
    })
}
