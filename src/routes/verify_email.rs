//! GET /verify-email: the link in the mail that proves an address. The token is a JWT of Better Auth's own form, good
//! until it expires and harmless when it is followed again.

use serde_json::{Map, Value, json};

use crate::base::code::{self, Code};
use crate::base::{Error, Result};
use crate::crypto::jose::Rejected;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::{User, UserChanges};

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
    match (prove(cx, &input.token).await?, page) {
        (Ok(()), None) => Reply::json(&json!({ "status": true, "user": null })),
        (Ok(()), Some(page)) => Ok(Reply::redirect(&page)),
        (Err(refusal), None) => Err(Error::refused(401, refusal)),
        (Err(refusal), Some(page)) => Ok(Reply::redirect(&with_error(&page, refusal))),
    }
}

/// Marks the address that a token names as verified, if it still is its user's.
async fn prove(cx: &Cx, token: &str) -> Result<std::result::Result<(), Code>> {
    let claims = match cx.house.mail_tokens.verify(token, cx.house.clock.now()) {
        Ok(claims) => claims,
        Err(Rejected::Expired) => return Ok(Err(code::TOKEN_EXPIRED)),
        Err(_) => return Ok(Err(code::INVALID_TOKEN)),
    };
    let Some(email) = plain_address(&claims) else { return Ok(Err(code::INVALID_TOKEN)) };
    let Some(user) = cx.house.store.user_by_email(email).await? else { return Ok(Err(code::USER_NOT_FOUND)) };
    if !is_about(&claims, &user) {
        return Ok(Err(code::INVALID_TOKEN));
    }
    if !user.email_verified {
        let changes = UserChanges { email_verified: Some(true), ..UserChanges::default() };
        cx.house.store.update_user(&user.id, changes).await?;
    }
    Ok(Ok(()))
}

/// The address of a token that verifies one; a token that changes an address is another matter.
fn plain_address(claims: &Map<String, Value>) -> Option<&str> {
    let changes = claims.contains_key("updateTo") || claims.contains_key("requestType");
    claims.get("email").and_then(Value::as_str).filter(|_| !changes)
}

/// Tokens of older releases name no user.
fn is_about(claims: &Map<String, Value>, user: &User) -> bool {
    claims.get("userId").is_none_or(|id| id.as_str() == Some(user.id.as_str()))
}

/// Adds the error to a page's query, before its fragment.
fn with_error(page: &str, refusal: Code) -> String {
    let (page, fragment) =
        page.split_once('#').map_or((page, String::new()), |(page, rest)| (page, format!("#{rest}")));
    let joint = if page.contains('?') { '&' } else { '?' };
    format!("{page}{joint}error={}{fragment}", refusal.name)
}
