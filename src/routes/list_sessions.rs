//! GET /list-sessions: the user's live sessions, to a fresh session. Those of an admin in the user's place are not the user's.

use crate::base::Result;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/list-sessions", list_sessions)
}

async fn list_sessions(cx: &Cx, (): ()) -> Result<Reply> {
    let (_, user) = cx.require_session(Guard::Fresh).await?;
    let sessions = cx.house.store.sessions_of(&user.id, cx.house.clock.now()).await?;
    let shown: Vec<_> = sessions
        .iter()
        .filter(|session| !session.is_impersonation())
        .map(|session| cx.house.shown_session(session))
        .collect();
    Ok(Reply::json(&shown)?.no_store())
}
