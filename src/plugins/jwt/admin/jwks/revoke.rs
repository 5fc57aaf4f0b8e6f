//! POST /admin/jwks/revoke: takes a key out of the JWKS for good. Its tokens verify no longer.

use std::sync::Arc;

use serde_json::json;

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::keyring::Keeper;
use crate::keyring::keeper::by_hand::Revoked;

pub fn endpoint(keeper: Arc<Keeper>) -> Endpoint {
    let revoke = async move |cx: &Cx, input: Revoke| revoke(&keeper, cx, input).await;
    Endpoint::post("/admin/jwks/revoke", revoke).small().always_private()
}

struct Revoke {
    kid: String,
}

impl Input for Revoke {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self { kid: form.string("kid") };
        form.finish()?;
        Ok(input)
    }
}

async fn revoke(keeper: &Keeper, cx: &Cx, Revoke { kid }: Revoke) -> Result<Reply> {
    let admin = cx.require_admin().await?;
    let revoked = keeper.revoke(&kid).await?;
    let Revoked { at, safe_at, successor } = revoked.ok_or_else(|| Error::refused(404, code::KEY_NOT_FOUND))?;
    tracing::warn!(%admin, client = cx.sender(), kid, "an admin revoked a signing key");
    Reply::json(&json!({ "kid": kid, "revokedAt": at, "safeAt": safe_at, "successor": successor }))
}
