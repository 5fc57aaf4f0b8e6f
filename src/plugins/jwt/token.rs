//! GET /token: a JWT for the request's session, the default one or, with `?template=NAME`, one of a template.

use std::sync::Arc;

use serde_json::json;

use super::Jwt;
use crate::base::code::Code;
use crate::base::{Error, Result};
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

const UNKNOWN_TEMPLATE: Code = Code { name: "UNKNOWN_TEMPLATE", message: "Unknown token template" };
const TEMPLATE_NOT_ALLOWED: Code =
    Code { name: "TEMPLATE_NOT_ALLOWED", message: "Your roles do not allow tokens of this template" };

pub fn endpoint(jwt: Arc<Jwt>) -> Endpoint {
    Endpoint::get("/token", async move |cx: &Cx, (): ()| token(&jwt, cx).await)
}

/// A template hands out rights, roles among them: its user is as the database has it. The default token is Better Auth's,
/// for which the cookie cache is good enough.
async fn token(jwt: &Jwt, cx: &Cx) -> Result<Reply> {
    let name = cx.query.get_first("template");
    let (session, user) =
        cx.require_session(if name.is_some() { Guard::Authoritative } else { Guard::Session }).await?;
    let unknown = || Error::refused(400, UNKNOWN_TEMPLATE);
    let template = jwt.tokens.template(name).filter(|template| template.is_public()).ok_or_else(unknown)?;
    let shown = cx.as_shown(&session, &user);
    if !template.may_be_asked_by(&shown) {
        return Err(Error::refused(403, TEMPLATE_NOT_ALLOWED));
    }
    Reply::json(&json!({ "token": jwt.tokens.mint(template, &shown).await?.token })).map(Reply::no_store)
}
