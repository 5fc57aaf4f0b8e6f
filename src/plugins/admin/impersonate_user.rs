//! POST /admin/impersonate-user: a session as somebody else, for a while, in place of the admin's own. Its row says whose it
//! really is, and it cannot be extended.

use std::sync::Arc;

use serde_json::json;

use super::Admin;
use super::access::IMPERSONATE_ADMINS;
use super::one::OneUser;
use super::staff::find;
use crate::base::{Error, Result, code};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;
use crate::session::cookies::CookieKey;
use crate::store::IMPERSONATED_BY;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let impersonate = async move |cx: &Cx, input: OneUser| impersonate(&admin, cx, input).await;
    Endpoint::post("/admin/impersonate-user", impersonate).small()
}

async fn impersonate(admin: &Admin, cx: &Cx, OneUser { user_id }: OneUser) -> Result<Reply> {
    let refusal = code::YOU_ARE_NOT_ALLOWED_TO_IMPERSONATE_USERS;
    let actor = admin.require(cx, "user", "impersonate", refusal).await?;
    let target = find(cx, &user_id).await?;
    let may_be_admin = admin.config.allow_impersonating_admins || admin.may(&actor, "user", IMPERSONATE_ADMINS);
    if admin.is_admin(&target) && !may_be_admin {
        return Err(Error::refused(403, code::YOU_CANNOT_IMPERSONATE_ADMINS));
    }
    admin.check_rank(&actor, &target, refusal)?;
    // Whether the user is banned. A second factor would be the user's to show: the admin has shown their own credentials.
    cx.admit_still(&target).await?;
    let sessions = &cx.house.sessions;
    let mut draft = sessions.draft(&target.id, true, cx.origin());
    draft.expires_at = draft.created_at.plus_seconds(admin.config.impersonation_session_duration);
    draft.more.insert(IMPERSONATED_BY.to_owned(), actor.user.id.as_str().into());
    let session = cx.house.store.create_session(draft).await?;
    tracing::warn!(admin = actor.user.id, client = cx.sender(), user = target.id, "an admin impersonates a user");
    let remembered = if cx.dont_remember() { "true" } else { "" };
    cx.set_cookies(sessions.cleared(&cx.cookies.names()));
    let kept = format!("{}:{remembered}", actor.session.token);
    let max_age = sessions.cookies.configured_max_age(CookieKey::AdminSession).unwrap_or(sessions.config.expires_in);
    cx.set_cookies(vec![sessions.cookies.set(CookieKey::AdminSession, &kept, Some(max_age))]);
    cx.hand_over(&session, &target, Some(false));
    let shown = cx.as_shown(&session, &target);
    Ok(Reply::json(&json!({ "session": shown.session, "user": shown.user }))?.no_store())
}
