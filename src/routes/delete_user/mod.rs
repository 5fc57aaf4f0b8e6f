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
use crate::mail::Wanted;
use crate::mail::wanted::LOWER_ALPHANUMERIC;
use crate::store::User;
use crate::store::audit::Action;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/delete-user", delete_user).audits(Action::PasswordRefused).small()
}

struct Delete {
    password: Option<Password>,
    token: Option<String>,
    callback_url: Option<String>,
}

impl Input for Delete {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let callback_url = form.optional_string("callbackURL");
        let password = form.optional_string("password").filter(|password| !password.is_empty()).map(Password::from);
        let token = form.optional_string("token").filter(|token| !token.is_empty());
        let input = Self { password, token, callback_url };
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
        // As with Better Auth the cookies stay here, and go with the next request that shows them.
        return delete(cx, &user).await;
    }
    if cx.house.mail.confirms_deletion() {
        return ask(cx, user, input.callback_url).await;
    }
    if !knows_password && !cx.house.sessions.is_fresh(&session) {
        return Err(Error::refused(400, code::SESSION_EXPIRED));
    }
    cx.forget_session();
    delete(cx, &user).await
}

async fn check_password(cx: &Cx, user: &User, password: Password) -> Result<()> {
    cx.house.email_and_password.check_length_limit(&password)?;
    let account = cx.house.store.credential_account(&user.id).await?.filter(|account| account.password.is_some());
    let account = account.ok_or_else(|| Error::refused(400, code::CREDENTIAL_ACCOUNT_NOT_FOUND))?;
    cx.house.rate_limits.guess(&user.email).await?;
    if !cx.house.passwords.verify(password, account.password).await?.matches {
        return Err(Error::refused(400, code::INVALID_PASSWORD));
    }
    cx.house.rate_limits.guessed(&user.email).await;
    Ok(())
}

/// Has the end of an account confirmed by mail.
async fn ask(cx: &Cx, user: User, page: Option<String>) -> Result<Reply> {
    let token = cx.house.random.text(32, LOWER_ALPHANUMERIC);
    let wanted = Wanted::DeleteAccount { user_id: user.id, token, page };
    cx.house.mail.send(&user.email, &wanted).await?;
    Reply::json(&json!({ "success": true, "message": "Verification email sent" }))
}

/// Takes a token that was mailed to this user. Whoever else shows it spends it, as with Better Auth.
async fn redeem(cx: &Cx, user: &User, token: &str) -> Result<()> {
    let identifier = format!("delete-account-{token}");
    let owner = cx.house.store.take_verification(&identifier, cx.house.clock.now()).await?;
    if owner.as_deref() == Some(user.id.as_str()) { Ok(()) } else { Err(Error::refused(404, code::INVALID_TOKEN)) }
}

async fn delete(cx: &Cx, user: &User) -> Result<Reply> {
    cx.house.store.delete_user(&user.id).await?;
    Reply::json(&json!({ "success": true, "message": "User deleted" }))
}
