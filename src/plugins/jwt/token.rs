//! GET /token: a JWT for the request's session.

use std::sync::Arc;

use serde_json::json;

use super::Jwt;
use crate::base::Result;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint(jwt: Arc<Jwt>) -> Endpoint {
    Endpoint::get("/token", async move |cx: &Cx, (): ()| token(&jwt, cx).await)
}

async fn token(jwt: &Jwt, cx: &Cx) -> Result<Reply> {
    let (session, user) = cx.require_session(Guard::Session).await?;
    let shown = cx.as_shown(&session, &user);
    Ok(Reply::json(&json!({ "token": jwt.mint(&shown).await? }))?.no_store())
}
