//! POST /revoke-other-sessions: ends all sessions of the user but this one.

use crate::base::Result;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/revoke-other-sessions", revoke_other_sessions)
}

async fn revoke_other_sessions(cx: &Cx, (): ()) -> Result<Reply> {
    let (session, user) = cx.require_session(Guard::Authoritative).await?;
    cx.house.store.delete_sessions_of(&user.id, Some(&session.token)).await?;
    Ok(Reply::done())
}
