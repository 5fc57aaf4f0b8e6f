//! GET /assets/:version/:name: what the pages load. A version is kept for ever, since another file has another one.

use std::sync::Arc;

use super::files::Files;
use crate::base::{Error, Result};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub const PATH: &str = "/assets/:version/:name";

pub fn endpoint(files: Arc<Files>) -> Endpoint {
    Endpoint::get(PATH, async move |cx: &Cx, (): ()| asset(&files, cx)).head().unlimited().for_browsers()
}

fn asset(files: &Files, cx: &Cx) -> Result<Reply> {
    let given = |name: &str| cx.params.get(name).map(String::as_str).unwrap_or_default();
    let asset = files.asset(given("name")).ok_or_else(Error::no_route)?;
    // While replicas are replaced, one may be asked for what a page of another has named: what it has will do, for now.
    let kept = if given("version") == files.version() { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(Reply::typed(asset.media_type, asset.body.clone())
        .header("cache-control", kept)
        .header("x-content-type-options", "nosniff")
        // A picture that is opened by itself runs nothing.
        .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"))
}
