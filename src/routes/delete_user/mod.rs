//! POST /delete-user: ends an account, for who knows its password, holds a token that was mailed, or has just signed in.

pub mod callback;

use serde_json::json;

use crate::base::{Error, Result, code};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::User;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/delete-user", delete_user).small()
}

struct Delete {
    password: Option<Password>,
    token: Option<String>,
}

impl Input for Delete {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        form.optional_string("callbackURL");
        let password = form.optional_string("password").filter(|password| !password.is_empty()).map(Password::from);
        let input = Self { password, token: form.optional_string("token").filter(|token| !token.is_empty()) };
        form.finish()?;
        Ok(input)
    }
}

async fn delete_user(cx: &Cx, input: Delete) -> Result<Reply> {
    let (session, user) = cx.require_session(Guard::Authoritative).await?;
    if !cx.house.user.delete_user {
        return Err(Error::empty(404));
    }
    let knows_password = input.password.is_some();
    if let Some(password) = input.password {
        check_password(cx, &user, password).await?;
    }
    if let Some(token) = input.token {
        redeem(cx, &user, &token).await?;
    } else if !knows_password && !cx.house.sessions.is_fresh(&session) {
        return Err(Error::refused(400, code::SESSION_EXPIRED));
    }
    delete(cx, &user).await
}

async fn check_password(cx: &Cx, user: &User, password: Password) -> Result<()> {
    cx.house.email_and_password.check_length_limit(&password)?;
    let account = cx.house.store.credential_account(&user.id).await?.filter(|account| account.password.is_some());
    let account = account.ok_or_else(|| Error::refused(400, code::CREDENTIAL_ACCOUNT_NOT_FOUND))?;
    let verdict = cx.house.passwords.verify(password, account.password).await?;
    if verdict.matches { Ok(()) } else { Err(Error::refused(400, code::INVALID_PASSWORD)) }
}

/// Takes a token that was mailed to this user. A foreign user's token is left for its owner.
async fn redeem(cx: &Cx, user: &User, token: &str) -> Result<()> {
    let identifier = format!("delete-account-{token}");
    let now = cx.house.clock.now();
    let owner = cx.house.store.peek_verification(&identifier, now).await?;
    if owner.as_deref() == Some(user.id.as_str()) && cx.house.store.take_verification(&identifier, now).await?.is_some()
    {
        return Ok(());
    }
    Err(Error::refused(404, code::INVALID_TOKEN))
}

async fn delete(cx: &Cx, user: &User) -> Result<Reply> {
    cx.house.store.delete_user(&user.id).await?;
    cx.forget_session();
    Reply::json(&json!({ "success": true, "message": "User deleted" }))
}
