//! POST /change-email: another address, once a mailed link has shown whose it is.

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::mail::Wanted;
use crate::store::{Session, User};

pub fn endpoint() -> Endpoint {
    Endpoint::post("/change-email", change_email)
}

struct Change {
    new_email: String,
    callback_url: Option<String>,
}

impl Input for Change {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self { new_email: form.email("newEmail"), callback_url: form.optional_string("callbackURL") };
        form.finish()?;
        Ok(input)
    }
}

async fn change_email(cx: &Cx, input: Change) -> Result<Reply> {
    let (session, user) = cx.require_session(Guard::Authoritative).await?;
    let settings = cx.house.user.change_email;
    if !settings.enabled {
        return Err(Error::refused(400, code::CHANGE_EMAIL_DISABLED));
    }
    if input.new_email == user.email {
        return Err(Error::uncoded(400, "Email is the same"));
    }
    let at_once = settings.update_email_without_verification && !user.email_verified;
    if !at_once && !cx.house.mail.is_on() {
        return Err(Error::uncoded(400, "Verification email isn't enabled"));
    }
    if at_once {
        replace(cx, &session, &user, input).await?
    } else {
        ask(cx, user, input).await?
    }
    Ok(Reply::done())
}

/// Changes an address that nobody has verified. That the new one is taken is not told.
async fn replace(cx: &Cx, session: &Session, user: &User, input: Change) -> Result<()> {
    let changed = cx.house.store.change_email(&user.id, &user.email, &input.new_email, false).await?;
    let Some(changed) = changed else { return Ok(()) };
    cx.hand_over(session, &changed, None);
    cx.house.mail_verification(&changed, input.callback_url).await
}

/// Has the change confirmed by mail. Whether the new address is taken is looked up when the mail is written.
async fn ask(cx: &Cx, user: User, input: Change) -> Result<()> {
    let to = if user.email_verified { user.email.clone() } else { input.new_email.clone() };
    let Change { new_email, callback_url: page } = input;
    let wanted = Wanted::ChangeEmail { user_id: user.id, email: user.email, new_email, page };
    cx.house.mail.send(&to, &wanted).await
}
