//! GET /get-session: the session and its user, or `null`; POST where refreshing is deferred to it.

use serde_json::{Map, Value};

use crate::base::{Error, Result, code};
use crate::http::cx::{Cx, ReadFrom};
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/get-session", get_session).always_private()
}

pub fn endpoint_for_post() -> Endpoint {
    Endpoint::post("/get-session", get_session).ignores_body().always_private()
}

async fn get_session(cx: &Cx, (): ()) -> Result<Reply> {
    let deferring = cx.house.sessions.config.defer_session_refresh;
    if cx.is_post() && !deferring {
        return Err(Error::refused(405, code::METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED));
    }
    if cx.house.sessions.cache.is_none() {
        // Another configuration has left it in the browser.
        cx.forget_cache();
    }
    // A deferred refresh is asked for because it is due: the cache would put it off again.
    let from = if cx.is_post() { ReadFrom::Store } else { ReadFrom::Cache };
    let Some(live) = cx.read_session(from).await? else { return Reply::json(&Value::Null) };
    let shown = cx.as_read(&live);
    let mut body = Map::new();
    body.insert("session".into(), shown.session.clone().into());
    body.insert("user".into(), shown.user.clone().into());
    if deferring && !cx.is_post() {
        body.insert("needsRefresh".into(), live.needs_refresh.into());
    }
    cx.show(shown);
    Reply::json(&body)
}
