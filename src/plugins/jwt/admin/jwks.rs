//! GET /admin/jwks: each key's state and the times of its next changes; nothing of its private half.

pub mod revoke;
pub mod rotate;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::Result;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;
use crate::keyring::{Keeper, KeyState};

pub fn endpoint(keeper: Arc<Keeper>) -> Endpoint {
    Endpoint::get("/admin/jwks", async move |cx: &Cx, (): ()| list(&keeper, cx).await).always_private()
}

async fn list(keeper: &Keeper, cx: &Cx) -> Result<Reply> {
    cx.require_admin().await?;
    let keys: Vec<Value> = keeper.ring().list()?.iter().map(shown).collect();
    Reply::json(&json!({ "keys": keys }))
}

/// A key as answers show it. `usable` is false where no secret of this replica opens its private half.
pub fn shown(key: &KeyState) -> Value {
    json!({
        "kid": key.kid,
        "alg": key.algorithm,
        "state": key.phase.as_str(),
        "createdAt": key.created_at,
        "signsFrom": key.signs_from,
        "signsUntil": key.ends_at,
        "removedAt": key.removed_at,
        "usable": key.usable,
    })
}
