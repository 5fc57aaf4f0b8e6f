//! GET /ok: says that the server answers.

use serde_json::json;

use crate::base::Result;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/ok", ok)
}

async fn ok(_: &Cx, (): ()) -> Result<Reply> {
    Reply::json(&json!({ "ok": true }))
}
