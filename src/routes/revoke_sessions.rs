//! POST /revoke-sessions: ends all sessions of the user, this one too.

use crate::base::Result;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/revoke-sessions", revoke_sessions)
}

async fn revoke_sessions(cx: &Cx, (): ()) -> Result<Reply> {
    let (_, user) = cx.require_session(Guard::Authoritative).await?;
    cx.house.store.delete_sessions_of(&user.id, None).await?;
    Ok(Reply::done())
}
