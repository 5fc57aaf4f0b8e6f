//! POST /oauth2/revoke: a token is good no more (RFC 7009), though its session is. For a token that is none, or none of
//! the server's business, nothing happens, and the answer is the same.

use std::sync::Arc;

use super::{Asked, name_of};
use crate::base::{Actor, Behalf, Result};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;
use crate::http::resource_servers::Form;

pub fn endpoint(asked: Arc<Asked>) -> Endpoint {
    let handler = async move |cx: &Cx, form: Form| revoke(&asked, cx, &form).await;
    Endpoint::post("/oauth2/revoke", handler).forms().small().unlimited().always_private()
}

async fn revoke(asked: &Asked, cx: &Cx, form: &Form) -> Result<Reply> {
    let (server, token) = match asked.question(cx, form).await {
        Ok(question) => question,
        Err(denied) => return denied,
    };
    if let Some((template, claims)) = asked.verify(server, token) {
        Behalf::acts(Actor::Token(server.name.clone()));
        let ends = asked.tokens.revoked_until(&claims);
        let user = template.subject_is_the_id().then_some(&*claims.subject);
        cx.house.store.revoke_token(name_of(token, &claims), user, ends).await?;
        tracing::info!(resource_server = server.name, sub = claims.subject, "a token was revoked");
    }
    Ok(Reply::nothing())
}
