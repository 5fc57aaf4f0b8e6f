//! GET /open-api/generate-schema: the description as OpenAPI 3.1.

use std::sync::Arc;

use super::document::Served;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub const PATH: &str = "/open-api/generate-schema";

pub fn endpoint(served: Arc<Served>) -> Endpoint {
    Endpoint::get(PATH, async move |_: &Cx, (): ()| Ok(Reply::raw_json(served.body.clone())))
}
