//! GET /jwks: the public keys, from memory, for verifiers and caches (RFC 7517 §5). Also at the origin's
//! `/.well-known/jwks.json`.

use std::sync::Arc;

use actix_web::http::header::IF_NONE_MATCH;

use super::Jwt;
use crate::base::Result;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
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
    let current = cx.header(IF_NONE_MATCH).is_some_and(|tags| matches(&tags, &set.etag));
    let reply = if current { Reply::not_modified() } else { Reply::raw_json(set.body.clone()) };
    Ok(reply.header("cache-control", format!("public, max-age={max_age}")).header("etag", set.etag.clone()))
}

/// Whether one of a list of entity tags is this one (RFC 9110 §13.1.2, weak comparison).
fn matches(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_tag_is_found_in_a_list_weak_or_strong() {
        assert!(matches("\"a\", W/\"b\"", "\"b\""));
        assert!(matches("*", "\"b\""));
        assert!(!matches("\"bb\"", "\"b\""));
    }
}
