//! GET /verify-email: the links in mails that prove an address or change it. The token is a JWT of Better Auth's own form,
//! good until it expires and harmless when it is followed again.

use serde_json::{Map, Value, json};

use crate::base::code::{self, Code};
use crate::base::{Actor, Behalf, Error, Result};
use crate::crypto::jose::Rejected;
use crate::http::body::Body;
use crate::http::cx::{Cx, ReadFrom};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::page::with_error;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::mail::Wanted;
use crate::session::Live;
use crate::store::User;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/verify-email", verify_email).page_in_query()
}

struct Link {
    token: String,
    callback_url: Option<String>,
}

impl Input for Link {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let input = Self { token: form.string("token"), callback_url: form.optional_string("callbackURL") };
        form.finish()?;
        Ok(input)
    }
}

async fn verify_email(cx: &Cx, input: Link) -> Result<Reply> {
    let page = input.callback_url.filter(|page| !page.is_empty());
    match (follow(cx, &input.token, page.as_deref()).await?, page) {
        (Ok(shown), None) => Reply::json(&shown),
        (Ok(_), Some(page)) => Ok(Reply::redirect(&page)),
        (Err(refusal), None) => Err(Error::refused(401, refusal)),
        (Err(refusal), Some(page)) => Ok(Reply::redirect(&with_error(&page, refusal.name, None))),
    }
}

/// What following a link came to: what is shown where no page is asked for, or why it is no good.
type Followed = std::result::Result<Value, Code>;

/// Does what a token asks for, if its address still is its user's.
async fn follow(cx: &Cx, token: &str, page: Option<&str>) -> Result<Followed> {
    let claims = match cx.house.mail_tokens.verify(token, cx.house.clock.now()) {
        Ok(claims) => claims,
        Err(Rejected::Expired) => return Ok(Err(code::TOKEN_EXPIRED)),
        Err(_) => return Ok(Err(code::INVALID_TOKEN)),
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let Some(email) = text("email") else { return Ok(Err(code::INVALID_TOKEN)) };
    let Some(user) = cx.house.store.user_by_email(email).await? else { return Ok(Err(code::USER_NOT_FOUND)) };
    if !is_about(&claims, &user) {
        return Ok(Err(code::INVALID_TOKEN));
    }
    if claims.contains_key("updateTo") {
        // Of older releases' tokens, which do not say which step they are, only those that name their user count.
        let named = claims.contains_key("requestType") || claims.contains_key("userId");
        let counts = named && is_of_this_life(&claims, &user);
        let Some(new_email) = text("updateTo").filter(|_| counts) else { return Ok(Err(code::INVALID_TOKEN)) };
        return change(cx, user, new_email, text("requestType"), page).await;
    }
    // A token that says what it is for and not to which address is none of ours.
    if claims.contains_key("requestType") {
        return Ok(Err(code::INVALID_TOKEN));
    }
    verify(cx, user).await
}

/// Marks an address as verified, and perhaps signs in who has shown to read its mail.
async fn verify(cx: &Cx, user: User) -> Result<Followed> {
    if !user.email_verified {
        // Not another address that the user has taken meanwhile.
        let proved = cx.house.store.prove_email(&user.id, &user.email).await?;
        let now = cx.house.store.user_by_email(&user.email).await?;
        let Some(user) = proved.or(now).filter(|now| now.id == user.id) else { return Ok(Err(code::INVALID_TOKEN)) };
        if cx.house.email_verification.auto_sign_in_after_verification {
            let live = cx.read_session(ReadFrom::Store).await?;
            sign_in(cx, &user, live).await?;
        }
    }
    Ok(Ok(json!({ "status": true, "user": null })))
}

/// A step of a change of address: the old address confirms it, or the new one is verified and takes its place.
async fn change(
    cx: &Cx,
    user: User,
    new_email: &str,
    request_type: Option<&str>,
    page: Option<&str>,
) -> Result<Followed> {
    let live = cx.read_session(ReadFrom::Store).await?;
    if live.as_ref().is_some_and(|live| live.user.id != user.id) {
        return Ok(Err(code::INVALID_USER));
    }
    let page = page.map(str::to_owned);
    if request_type == Some("change-email-confirmation") {
        let (email, new_email) = (user.email, new_email.to_owned());
        let wanted = Wanted::NewEmail { user_id: user.id, email, new_email: new_email.clone(), page };
        cx.house.mail.send(&new_email, &wanted).await?;
        return Ok(Ok(json!({ "status": true })));
    }
    // Links of older releases say nothing of a request: what they change has to be verified by another link.
    let proves = request_type == Some("change-email-verification");
    let changed = cx.house.store.change_email(&user.id, &user.email, new_email, proves).await?;
    let Some(changed) = changed else { return Ok(Err(code::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL)) };
    if proves {
        sign_in(cx, &changed, live).await?;
    } else {
        cx.house.mail_verification(&changed, page).await?;
    }
    Ok(Ok(json!({ "status": true, "user": cx.house.shown_user(&changed) })))
}

/// Hands this browser its session anew, or a new one where it has none of this user's.
async fn sign_in(cx: &Cx, user: &User, live: Option<Live>) -> Result<()> {
    let session = match live.filter(|live| live.user.id == user.id) {
        Some(live) => live.session,
        None => {
            // They act who read the mail, not those whose cookie the browser has.
            Behalf::acts(Actor::Anonymous);
            cx.admit(user).await?;
            cx.house.sessions.open(&user.id, true, cx.origin()).await?
        }
    };
    cx.hand_over(&session, user, None);
    Ok(())
}

/// Tokens of older releases name no user.
fn is_about(claims: &Map<String, Value>, user: &User) -> bool {
    claims.get("userId").is_none_or(|id| id.as_str() == Some(user.id.as_str()))
}

/// Whether a token was made since its user has been one. An address can get free and be somebody else's the next day: what its
/// first user had begun must not change the second.
fn is_of_this_life(claims: &Map<String, Value>, user: &User) -> bool {
    claims.get("iat").and_then(Value::as_i64).is_some_and(|issued| issued >= user.created_at.seconds())
}
