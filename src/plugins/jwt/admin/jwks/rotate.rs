//! POST /admin/jwks/rotate: a new key, which signs when every verifier can know it, or at once.

use std::sync::Arc;

use serde_json::json;

use super::shown;
use crate::base::{Error, Result};
use crate::crypto::jose::Algorithm;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::keyring::Keeper;
use crate::keyring::keeper::by_hand::{ALGORITHM_NOT_IN_USE, Rotated};

pub fn endpoint(keeper: Arc<Keeper>) -> Endpoint {
    let rotate = async move |cx: &Cx, input: Rotate| rotate(&keeper, cx, input).await;
    Endpoint::post("/admin/jwks/rotate", rotate).small().always_private()
}

struct Rotate {
    immediately: bool,
    /// The algorithm whose keys are rotated; absent for the primary one.
    algorithm: Option<Algorithm>,
}

impl Input for Rotate {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.optional_object();
        let immediately = form.optional_bool("immediately").unwrap_or(false);
        let algorithm = form.optional_string("alg");
        form.finish()?;
        // What is no algorithm at all is in use no more than one that is.
        let algorithm = algorithm.map(|name| name.parse().map_err(|_| Error::refused(400, ALGORITHM_NOT_IN_USE)));
        Ok(Self { immediately, algorithm: algorithm.transpose()? })
    }
}

async fn rotate(keeper: &Keeper, cx: &Cx, Rotate { immediately, algorithm }: Rotate) -> Result<Reply> {
    let admin = cx.require_admin().await?;
    let rotated = match immediately {
        true => keeper.rotate_immediately(algorithm).await,
        false => keeper.rotate(algorithm).await,
    };
    let Rotated { key, safe_at } = rotated?;
    tracing::info!(%admin, client = cx.sender(), kid = key.kid, immediately, "an admin rotated the signing keys");
    Reply::json(&json!({ "key": shown(&key), "safeAt": safe_at }))
}
