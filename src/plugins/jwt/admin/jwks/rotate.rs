//! POST /admin/jwks/rotate: a new key, which signs when every verifier can know it, or at once.

use std::sync::Arc;

use serde_json::json;

use super::shown;
use crate::base::Result;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::keyring::Keeper;
use crate::keyring::keeper::by_hand::Rotated;

pub fn endpoint(keeper: Arc<Keeper>) -> Endpoint {
    let rotate = async move |cx: &Cx, input: Rotate| rotate(&keeper, cx, input).await;
    Endpoint::post("/admin/jwks/rotate", rotate).small().always_private()
}

struct Rotate {
    immediately: bool,
}

impl Input for Rotate {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.optional_object();
        let input = Self { immediately: form.optional_bool("immediately").unwrap_or(false) };
        form.finish()?;
        Ok(input)
    }
}

async fn rotate(keeper: &Keeper, cx: &Cx, Rotate { immediately }: Rotate) -> Result<Reply> {
    let admin = cx.require_admin().await?;
    let rotated = if immediately { keeper.rotate_immediately().await } else { keeper.rotate().await };
    let Rotated { key, safe_at } = rotated?;
    tracing::info!(%admin, client = cx.sender(), kid = key.kid, immediately, "an admin rotated the signing keys");
    Reply::json(&json!({ "key": shown(&key), "safeAt": safe_at }))
}
