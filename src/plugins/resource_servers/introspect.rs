//! POST /oauth2/introspect: whether a token is good at this moment, and what it says (RFC 7662). Of one that is not,
//! nothing is told.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Asked, name_of};
use crate::base::{Error, Result};
use crate::crypto::jose::Claims;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;
use crate::http::resource_servers::{Form, ResourceServer};
use crate::store::User;
use crate::tokens::Template;

pub fn endpoint(asked: Arc<Asked>) -> Endpoint {
    let handler = async move |cx: &Cx, form: Form| introspect(&asked, cx, &form).await;
    Endpoint::post("/oauth2/introspect", handler).forms().small().unlimited().always_private()
}

async fn introspect(asked: &Asked, cx: &Cx, form: &Form) -> Result<Reply> {
    let (server, token) = match asked.question(cx, form).await {
        Ok(question) => question,
        Err(denied) => return denied,
    };
    match active(asked, cx, server, token).await? {
        Some(claims) => Reply::json(&shown(claims)),
        None => Reply::json(&json!({ "active": false })),
    }
}

/// The claims of a token, if everything about it is good.
async fn active(asked: &Asked, cx: &Cx, server: &ResourceServer, token: &str) -> Result<Option<Claims>> {
    let Some((template, claims)) = asked.verify(server, token) else { return Ok(None) };
    let sid = match claims.all.get("sid").filter(|_| template.sid_is_the_session()) {
        Some(Value::String(sid)) => Some(sid.as_str()),
        Some(_) => return Ok(None),
        None => None,
    };
    if cx.house.store.is_revoked(name_of(token, &claims), sid).await? {
        return Ok(None);
    }
    let Some(user) = user(cx, template, &claims, sid).await? else { return Ok(None) };
    match cx.admit_still(&user).await {
        Ok(()) => Ok(Some(claims)),
        Err(Error::Refused(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Whose token it is: the user of its session, if that has not ended, or else the one that `sub` names.
async fn user(cx: &Cx, template: &Template, claims: &Claims, sid: Option<&str>) -> Result<Option<User>> {
    let store = &cx.house.store;
    let is_named = |user: &User| !template.subject_is_the_id() || user.id == claims.subject;
    match sid {
        Some(sid) => {
            let found = store.session_by_id(sid).await?;
            let live = found.filter(|(session, _)| session.expires_at > cx.house.clock.now());
            Ok(live.map(|(_, user)| user).filter(is_named))
        }
        None if template.subject_is_the_id() => store.user_by_id(&claims.subject).await,
        None => Ok(None),
    }
}

/// The answer: what the token says cannot change what we say of it.
fn shown(claims: Claims) -> Map<String, Value> {
    let ours = [("active".to_owned(), json!(true)), ("token_type".to_owned(), json!("Bearer"))];
    let mut shown = Map::from_iter(ours);
    for (name, value) in claims.all {
        shown.entry(name).or_insert(value);
    }
    shown
}
