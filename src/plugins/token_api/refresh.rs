//! POST /refresh: the next refresh token for the one in the cookie, and an access token with it.

use std::sync::Arc;

use super::families::Turn;
use super::{REFRESH_TOKEN, TokenApi, refusal};
use crate::base::{Error, Result};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;
use crate::store::audit::{Action, Line};

pub fn endpoint(api: &Arc<TokenApi>) -> Endpoint {
    let path = api.path("/refresh");
    let api = Arc::clone(api);
    Endpoint::post(&path, async move |cx: &Cx, (): ()| refresh(&api, cx).await).ignores_body()
}

async fn refresh(api: &TokenApi, cx: &Cx) -> Result<Reply> {
    let token = cx.cookies.get(REFRESH_TOKEN).filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| Error::uncoded(401, "Refresh token missing"))?;
    may_go_on(api, cx, token).await?;
    let (token, session_id) = match api.families.turn(token).await? {
        Turn::Next { token, session_id } => (token, session_id),
        // The browser may have the newer one by now: nothing is taken from it.
        Turn::Late => return Err(Error::uncoded(401, "Refresh token already used")),
        Turn::Unknown => return Ok(api.refuse_refresh()),
        Turn::Reused { session_id } => {
            end(api, &session_id).await?;
            return Ok(api.refuse_refresh());
        }
    };
    match renew(api, cx, &session_id, &token).await {
        // The token that was shown is spent: whoever is turned away for now keeps its successor.
        Err(error @ (Error::Refused(_) | Error::Unavailable { .. })) => {
            Ok(refusal::reply(&error).header("set-cookie", api.refresh_cookie(&token)))
        }
        outcome => outcome,
    }
}

/// Judges whoever shows a token before it is spent: a refusal costs nobody their family.
///
/// # Errors
/// 403 for who is banned, or left out by the template's roles.
async fn may_go_on(api: &TokenApi, cx: &Cx, token: &str) -> Result<()> {
    let Some(session_id) = api.families.session_of(token).await? else { return Ok(()) };
    let Some((session, user)) = api.live(&session_id).await? else { return Ok(()) };
    cx.admit_still(&user).await?;
    api.check_roles(cx, &session, &user)
}

/// The answer for a family whose turn it was.
async fn renew(api: &TokenApi, cx: &Cx, session_id: &str, token: &str) -> Result<Reply> {
    let Some((session, user)) = api.live(session_id).await? else { return Ok(api.refuse_refresh()) };
    cx.admit_still(&user).await?;
    // Of several at once one extends it; all mean the same.
    api.store.extend_session(&session.token, api.families.ends(), api.clock.now(), session.expires_at).await?;
    api.hand_out(cx, &session, &user, token).await
}

/// A refresh token was used once more: the family ends, for the thief and for whom it was stolen from.
async fn end(api: &TokenApi, session_id: &str) -> Result<()> {
    let Some((session, user)) = api.store.session_by_id(session_id).await? else { return Ok(()) };
    tracing::warn!(user = user.id, "a refresh token was used again after its time: its session has ended");
    let line = Line::refused(Action::RefreshTokenReused, "REUSED").user(&user.id).session(&session.id);
    api.store.audit(line).await?;
    api.end(&session).await
}
