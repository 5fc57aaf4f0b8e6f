//! GET /jwks: the public keys, from memory, for verifiers and caches (RFC 7517 §5). Also at the origin's
//! `/.well-known/jwks.json`.

use std::sync::Arc;

use super::Jwt;
use crate::base::Result;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::etag;
use crate::http::reply::Reply;

pub const WELL_KNOWN: &str = "/.well-known/jwks.json";

pub fn endpoint(path: &str, jwt: Arc<Jwt>) -> Endpoint {
    Endpoint::get(path, async move |cx: &Cx, (): ()| jwks(&jwt, cx)).head().unlimited()
}

pub fn endpoint_at_origin(jwt: Arc<Jwt>) -> Endpoint {
    endpoint(WELL_KNOWN, jwt).at_origin()
}

/// Before the first load of the keys this is 503, never an empty set.
fn jwks(jwt: &Jwt, cx: &Cx) -> Result<Reply> {
    let (set, max_age) = jwt.tokens.ring().jwks()?;
    let reply = if etag::is_current(cx, &set.etag) { Reply::not_modified() } else { Reply::raw_json(set.body.clone()) };
    Ok(reply.header("cache-control", format!("public, max-age={max_age}")).header("etag", set.etag.clone()))
}
