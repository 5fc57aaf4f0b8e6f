//! What the ways to sign in with a password have in common: whose it is, who may come in, and what they are told.

use std::future::Future;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use super::cx::Cx;
use super::reply::Reply;
use crate::base::{Behalf, Error, Result, code};
use crate::crypto::password::Password;
use crate::store::{Account, User};

/// A name and a password that somebody has typed.
pub struct Attempt<'a> {
    /// What attempts are counted by: the address or the name, in the one form that the database has.
    pub name: &'a str,
    pub password: Password,
    /// What anybody is told who is not let in for the name or the password.
    pub refusal: Error,
    /// Where a mailed link leads.
    pub page: Option<String>,
}

/// A user with the account that has a password, as the store finds them.
pub type Found = Option<(User, Option<Account>)>;

/// The user who may open a session. Unknown users, users without a password and wrong passwords cost and answer alike.
///
/// # Errors
/// The attempt's refusal; 400 `PASSWORD_TOO_LONG`; 403 `EMAIL_NOT_VERIFIED` and what plugins refuse, to somebody who knows
/// the password alone; 429.
pub async fn enter(cx: &Cx, attempt: Attempt<'_>, find: impl Future<Output = Result<Found>>) -> Result<User> {
    let Attempt { name, password, refusal, page } = attempt;
    let settings = &cx.house.email_and_password;
    settings.check_length_limit(&password)?;
    cx.house.rate_limits.guess(name).await?;
    let found = find.await?;
    if let Some((user, _)) = &found {
        Behalf::is_about(&user.id);
    }
    let user = recognise(cx, found, password).await?.ok_or(refusal)?;
    cx.house.rate_limits.guessed(name).await;
    if settings.require_email_verification && !user.email_verified {
        return Err(unverified(cx, &user, page).await?);
    }
    cx.admit(&user).await?;
    Ok(user)
}

/// The refusal of an address that is not verified, to somebody who knows its password; perhaps with another link.
async fn unverified(cx: &Cx, user: &User, page: Option<String>) -> Result<Error> {
    if cx.house.email_verification.send_on_sign_in {
        cx.house.mail_verification(user, page).await?;
    }
    Ok(Error::refused(403, code::EMAIL_NOT_VERIFIED))
}

/// The user whose password this is.
async fn recognise(cx: &Cx, found: Found, password: Password) -> Result<Option<User>> {
    let stored = found.as_ref().and_then(|(_, account)| account.as_ref()?.password.clone());
    Behalf::tries();
    let verdict = cx.house.passwords.verify(password, stored).await?;
    let Some((user, account)) = found.filter(|_| verdict.matches) else { return Ok(None) };
    if let (Some(rehash), Some(account)) = (verdict.rehash, account) {
        strengthen(cx, &account, &rehash).await;
    }
    Ok(Some(user))
}

/// Replaces a hash that is not of the configured kind or strength. The sign-in is good even if this fails.
async fn strengthen(cx: &Cx, account: &Account, rehash: &str) {
    let previous = account.password.as_ref().map(ExposeSecret::expose_secret);
    if let Err(error) = cx.house.store.set_password(&account.id, rehash, previous).await {
        tracing::warn!(%error, "a password's hash could not be replaced by a stronger one; the next sign-in tries again");
    }
}

/// The answer to somebody who has signed in, and where they go next.
pub fn welcome(cx: &Cx, user: &User, token: &str, callback_url: Option<String>) -> Result<Reply> {
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
