//! POST /change-password: a new password for the old one, and, if asked for, an end to all other sessions.

use secrecy::ExposeSecret;
use serde_json::json;

use crate::base::{Error, Result, code};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::audit::Action;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/change-password", change_password).audits(Action::PasswordRefused).small()
}

struct Change {
    new_password: Password,
    current_password: Password,
    revoke_other_sessions: bool,
}

impl Input for Change {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self {
            new_password: Password::from(form.string("newPassword")),
            current_password: Password::from(form.string("currentPassword")),
            revoke_other_sessions: form.optional_bool("revokeOtherSessions").unwrap_or(false),
        };
        form.finish()?;
        Ok(input)
    }
}

async fn change_password(cx: &Cx, input: Change) -> Result<Reply> {
    let (session, user) = cx.require_session(Guard::Authoritative).await?;
    let settings = &cx.house.email_and_password;
    settings.check_new_password(&input.new_password, &[&user.email, &user.name])?;
    settings.check_length_limit(&input.current_password)?;
    let account = cx.house.store.credential_account(&user.id).await?.filter(|account| account.password.is_some());
    let account = account.ok_or_else(|| Error::refused(400, code::CREDENTIAL_ACCOUNT_NOT_FOUND))?;
    cx.house.rate_limits.guess(&user.email).await?;
    if !cx.house.passwords.verify(input.current_password, account.password.clone()).await?.matches {
        return Err(Error::refused(400, code::INVALID_PASSWORD));
    }
    cx.house.rate_limits.guessed(&user.email).await;
    if input.revoke_other_sessions {
        cx.admit_still(&user).await?;
    }
    let hash = cx.house.passwords.hash(input.new_password).await?;
    let replacement = input.revoke_other_sessions.then(|| cx.house.sessions.replacement(&session, cx.origin()));
    let session = cx.house.store.change_password(&account.id, &user.id, hash.expose_secret(), replacement).await?;
    if let Some(session) = &session {
        cx.hand_over(session, &user, None);
    }
    let token = session.map(|session| session.token);
    Ok(Reply::json(&json!({ "token": token, "user": cx.house.shown_user(&user) }))?.no_store())
}
