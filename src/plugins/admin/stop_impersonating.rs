//! POST /admin/stop-impersonating: ends the session as somebody else, and gives the admin's own back.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Admin;
use crate::base::{Error, Result};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;
use crate::session::cookies::CookieKey;
use crate::store::{Session, User};

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let stop = async move |cx: &Cx, (): ()| stop(&admin, cx).await;
    Endpoint::post("/admin/stop-impersonating", stop).small()
}

async fn stop(admin: &Admin, cx: &Cx) -> Result<Reply> {
    let actor = admin.actor(cx).await?;
    let by = actor.session.more.get("impersonatedBy").and_then(Value::as_str);
    let by = by.ok_or_else(|| Error::uncoded(400, "You are not impersonating anyone"))?;
    let (session, user, remember) = own_session(cx, by).await?;
    cx.house.store.delete_session(&actor.session.token).await?;
    tracing::info!(
        admin = user.id,
        client = cx.sender(),
        user = actor.user.id,
        "an admin impersonates a user no longer"
    );
    cx.hand_over(&session, &user, Some(remember));
    cx.set_cookies(vec![cx.house.sessions.cookies.expire(CookieKey::AdminSession)]);
    let shown = cx.as_shown(&session, &user);
    Ok(Reply::json(&json!({ "session": shown.session, "user": shown.user }))?.no_store())
}

/// The admin's session, which the browser has kept meanwhile, and whether it is to be remembered.
///
/// # Errors
/// 400 where there is none that lives and is the admin's.
async fn own_session(cx: &Cx, admin: &str) -> Result<(Session, User, bool)> {
    let cookies = &cx.house.sessions.cookies;
    let kept = cx.cookies.get(cookies.name(CookieKey::AdminSession)).and_then(|value| cookies.open(value));
    let missing = || Error::uncoded(400, "Failed to find admin session");
    let kept = kept.ok_or_else(missing)?;
    let (token, dont_remember) = kept.split_once(':').unwrap_or((&kept, ""));
    let found = cx.house.store.session_by_token(token).await?;
    let found = found.filter(|(session, user)| session.expires_at > cx.house.clock.now() && user.id == admin);
    let (session, user) = found.ok_or_else(missing)?;
    Ok((session, user, dont_remember.is_empty()))
}
