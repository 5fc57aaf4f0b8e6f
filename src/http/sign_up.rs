//! What the ways to sign up with a password have in common: who may have a user, and what becomes of it.

use serde_json::{Map, Value};

use super::cx::Cx;
use crate::base::{Error, Result, code};
use crate::crypto::password::Password;
use crate::moments::Edit;
use crate::store::{Created, NewAccount, NewUser, User};

/// What somebody signs up with.
pub struct Newcomer {
    pub name: String,
    /// In lower case.
    pub email: String,
    pub password: Password,
    pub image: Option<String>,
    /// Where a mailed link leads.
    pub page: Option<String>,
    /// The whole body, for additional fields.
    pub body: Map<String, Value>,
}

/// What became of a sign-up.
pub enum SignedUp {
    User(User),
    /// The address is somebody's, which must not be told: the user that a free one would have got.
    Pretended(User),
}

/// Whether a sign-up may open a session, and so tells whether an address is taken.
pub fn opens_sessions(cx: &Cx) -> bool {
    let settings = &cx.house.email_and_password;
    settings.auto_sign_in && !settings.require_email_verification
}

/// Makes a user with a password, and mails a link where that is wanted.
///
/// # Errors
/// 400 `EMAIL_PASSWORD_SIGN_UP_DISABLED`, those of a password and of additional fields; 422
/// `USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL`, where that may be told; what plugins refuse.
pub async fn sign_up(cx: &Cx, newcomer: Newcomer) -> Result<SignedUp> {
    let Newcomer { name, email, password, image, page, mut body } = newcomer;
    let settings = &cx.house.email_and_password;
    if !settings.enabled || settings.disable_sign_up {
        return Err(Error::refused(400, code::EMAIL_PASSWORD_SIGN_UP_DISABLED));
    }
    cx.house.edit_user(Edit::SignUp, &mut body).await?;
    settings.check_new_password(&password, &[&email, &name])?;
    let more = cx.house.new_fields(&body)?;
    let known = cx.house.store.user_by_email(&email).await?.is_some();
    let tells = opens_sessions(cx);
    if known && tells {
        return Err(Error::refused(422, code::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL));
    }
    // Hashed for a known address too: where that answer is not told, its time must not tell.
    let hash = cx.house.passwords.hash(password).await?;
    let created_at = cx.house.clock.now();
    let new = NewUser { name, email, email_verified: false, image, created_at, more };
    if known {
        return Ok(SignedUp::Pretended(pretended(cx, new).await?));
    }
    let created = match cx.house.store.create_user(new.clone(), NewAccount::credential(hash)).await {
        Err(refusal) => return Err(overtaken(cx, Edit::SignUp, body, refusal).await),
        Ok(created) => created,
    };
    let user = match created {
        Created::User(user) => user,
        Created::EmailTaken if tells => {
            return Err(Error::refused(422, code::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL));
        }
        Created::EmailTaken => return Ok(SignedUp::Pretended(pretended(cx, new).await?)),
    };
    if cx.house.email_verification.send_on_sign_up.unwrap_or(settings.require_email_verification) {
        cx.house.mail_verification(&user, page).await?;
    }
    Ok(SignedUp::User(user))
}

/// Whoever was a moment too late for a value that must be unique is told what whoever comes later is told.
pub async fn overtaken(cx: &Cx, edit: Edit<'_>, mut body: Map<String, Value>, refusal: Error) -> Error {
    if !matches!(refusal, Error::Invalid(_)) {
        return refusal;
    }
    cx.house.edit_user(edit, &mut body).await.err().unwrap_or(refusal)
}

/// The user that a new one would be, to somebody who tries an address that is taken.
async fn pretended(cx: &Cx, new: NewUser) -> Result<User> {
    let id = cx.house.store.pretended_id("user").await?;
    let NewUser { name, email, email_verified, image, created_at, more } = new;
    Ok(User { id, name, email, email_verified, image, created_at, updated_at: created_at, more })
}
