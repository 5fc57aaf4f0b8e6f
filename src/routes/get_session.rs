//! GET /get-session: the session and its user, or `null`; POST where refreshing is deferred to it.

use serde_json::{Map, Value};

use crate::base::{Error, Result, code};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;
use crate::session::cookies::{CookieKey, SetCookie};

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
    cx.set_cookies(stale_caches(cx));
    let Some(live) = cx.read_session().await? else { return Reply::json(&Value::Null) };
    let shown = cx.as_shown(&live.session, &live.user);
    let mut body = Map::new();
    body.insert("session".into(), shown.session.clone().into());
    body.insert("user".into(), shown.user.clone().into());
    if deferring && !cx.is_post() {
        body.insert("needsRefresh".into(), live.needs_refresh.into());
    }
    cx.show(shown);
    Reply::json(&body)
}

/// Caches of the session that another configuration left in the browser.
fn stale_caches(cx: &Cx) -> Vec<SetCookie> {
    let cookies = &cx.house.sessions.cookies;
    let carried: Vec<&str> = cx.cookies.names_starting_with(cookies.name(CookieKey::SessionData)).collect();
    cookies.expire_cached(&carried)
}
