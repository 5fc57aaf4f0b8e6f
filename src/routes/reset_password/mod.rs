//! POST /reset-password: a new password for who holds the token of a mailed link.

pub mod token;

use crate::base::{Error, Result, code};
use crate::crypto::password::Password;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::audit::Action;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/reset-password", reset_password).audits(Action::PasswordRefused).small()
}

struct Reset {
    new_password: Password,
    token: Option<String>,
}

impl Input for Reset {
    /// The token of the body goes before that of the query.
    fn read(body: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let new_password = Password::from(form.string("newPassword"));
        let token = form.optional_string("token").filter(|token| !token.is_empty());
        form.finish()?;
        let mut form = Form::query(query);
        let queried = form.optional_string("token").filter(|token| !token.is_empty());
        form.finish()?;
        Ok(Self { new_password, token: token.or(queried) })
    }
}

async fn reset_password(cx: &Cx, input: Reset) -> Result<Reply> {
    let invalid = || Error::refused(400, code::INVALID_TOKEN);
    let identifier = format!("reset-password:{}", input.token.ok_or_else(invalid)?);
    let settings = &cx.house.email_and_password;
    settings.check_new_password(&input.new_password, &[])?;
    let store = &cx.house.store;
    // Nothing is hashed for a token that is no good, and no token is spent while there is no turn to hash.
    let owner = store.peek_verification(&identifier, cx.house.clock.now()).await?.ok_or_else(invalid)?;
    if let Some(user) = store.user_by_id(&owner).await? {
        settings.check_new_password(&input.new_password, &[&user.email, &user.name])?;
    }
    let hash = cx.house.passwords.hash(input.new_password).await?;
    let user_id = store.take_verification(&identifier, cx.house.clock.now()).await?.ok_or_else(invalid)?;
    if !store.reset_password(&user_id, &hash, settings.revoke_sessions_on_password_reset).await? {
        return Err(Error::refused(400, code::USER_NOT_FOUND));
    }
    if let Some(user) = store.user_by_id(&user_id).await? {
        // Whoever reads the owner's mail is the owner: others' guesses do not keep that one out.
        cx.house.rate_limits.guessed(&user.email).await;
    }
    Ok(Reply::done())
}
