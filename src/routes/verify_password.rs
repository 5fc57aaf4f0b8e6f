//! POST /verify-password: whether a password is the user's own.

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
    Endpoint::post("/verify-password", verify_password).audits(Action::PasswordRefused).small()
}

struct Verify {
    password: Password,
}

impl Input for Verify {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self { password: Password::from(form.string("password")) };
        form.finish()?;
        Ok(input)
    }
}

async fn verify_password(cx: &Cx, input: Verify) -> Result<Reply> {
    let (_, user) = cx.require_session(Guard::Authoritative).await?;
    cx.house.email_and_password.check_length_limit(&input.password)?;
    let account = cx.house.store.credential_account(&user.id).await?;
    let stored = account.and_then(|account| account.password);
    cx.house.rate_limits.guess(&user.email).await?;
    if !cx.house.passwords.verify(input.password, stored).await?.matches {
        return Err(Error::refused(400, code::INVALID_PASSWORD));
    }
    cx.house.rate_limits.guessed(&user.email).await;
    Ok(Reply::done())
}
