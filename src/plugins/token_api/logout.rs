//! POST /logout: the access token that is shown is good no more, nor is whatever was handed out with it.

use std::sync::Arc;

use serde_json::json;

use super::{REFRESH_TOKEN, TokenApi};
use crate::base::{Actor, Behalf, Error, Result};
use crate::http::cx::{Cx, bearer_token, recognised};
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint(api: &Arc<TokenApi>) -> Endpoint {
    let path = api.path("/logout");
    let api = Arc::clone(api);
    Endpoint::post(&path, async move |cx: &Cx, (): ()| logout(&api, cx).await).ignores_body()
}

/// Either of the two tokens will do: a program that calls for a user has no cookie, and a browser whose access token has
/// expired nothing else.
async fn logout(api: &TokenApi, cx: &Cx) -> Result<Reply> {
    let by_access = end_by_access(api, cx).await?;
    let by_refresh = end_by_refresh(api, cx).await?;
    if !by_access && !by_refresh {
        return Err(Error::uncoded(401, "Not authenticated"));
    }
    let reply = Reply::json(&json!({ "message": "Logged out successfully" }))?;
    Ok(reply.no_store().header("set-cookie", api.cookie("", 0)))
}

/// Verifiers that ask nobody learn of the token by its `jti`.
async fn end_by_access(api: &TokenApi, cx: &Cx) -> Result<bool> {
    let authorization = cx.header("authorization");
    let Some(token) = authorization.as_deref().and_then(bearer_token) else { return Ok(false) };
    let Some(holder) = api.recognise(token).await? else { return Ok(false) };
    recognised(&holder.session, &holder.user);
    api.store.revoke_token(&holder.jti, Some(&holder.user.id), api.tokens.revoked_until(&holder.claims)).await?;
    api.end(&holder.session).await?;
    Ok(true)
}

async fn end_by_refresh(api: &TokenApi, cx: &Cx) -> Result<bool> {
    let Some(token) = cx.cookies.get(REFRESH_TOKEN).filter(|token| !token.is_empty()) else { return Ok(false) };
    let Some(session_id) = api.families.session_of(token).await? else { return Ok(false) };
    let Some((session, _)) = api.store.session_by_id(&session_id).await? else { return Ok(false) };
    Behalf::acts(Actor::Holder);
    api.end(&session).await?;
    Ok(true)
}
