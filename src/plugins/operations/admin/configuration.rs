//! GET /admin/configuration: every setting in force and where it was set, as `signet config show` prints them. No secret
//! comes here: the record of the configuration, which is all that this reads, has none.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::{Result, code};
use crate::config::Setting;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;

pub fn endpoint(settings: Arc<[Setting]>) -> Endpoint {
    let configuration = async move |cx: &Cx, (): ()| configuration(&settings, cx).await;
    Endpoint::get("/admin/configuration", configuration).always_private()
}

async fn configuration(settings: &[Setting], cx: &Cx) -> Result<Reply> {
    cx.require_admin_or(code::YOU_ARE_NOT_ALLOWED_TO_OPERATE_THE_SERVER).await?;
    let shown: Vec<Value> = settings.iter().map(shown).collect();
    Reply::json(&json!({ "settings": shown }))
}

fn shown(Setting { key, value, source, secret }: &Setting) -> Value {
    json!({ "key": key, "value": value, "source": source, "secret": secret })
}
