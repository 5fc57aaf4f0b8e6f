//! GET /user/me: whoever holds the access token.

use std::sync::Arc;

use super::super::TokenApi;
use super::shown;
use crate::base::Result;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint(api: &Arc<TokenApi>, path: &str) -> Endpoint {
    let path = api.path(path);
    let api = Arc::clone(api);
    Endpoint::get(&path, async move |cx: &Cx, (): ()| me(&api, cx).await)
}

async fn me(api: &TokenApi, cx: &Cx) -> Result<Reply> {
    let holder = api.holder(cx).await?;
    Ok(Reply::json(&shown(&cx.house, &holder.user))?.no_store())
}
