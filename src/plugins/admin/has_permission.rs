//! POST /admin/has-permission: whether the request's own user may do something. Whom else a body names is nobody's affair.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Admin;
use super::access::Wanted;
use crate::base::{Error, Result};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let has_permission = async move |cx: &Cx, input: Question| has_permission(&admin, cx, input).await;
    Endpoint::post("/admin/has-permission", has_permission).small()
}

struct Question {
    /// None where the body has what Better Auth's older clients called `permission`.
    permissions: Option<Wanted>,
}

impl Input for Question {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let (old, new) = (form.raw("permission"), form.raw("permissions"));
        let permissions = new.and_then(wanted);
        // One of both, and well formed.
        if form.fields().is_empty() || (old.and_then(wanted).is_some() == permissions.is_some()) {
            form.issue("", "Invalid input");
        }
        form.finish()?;
        Ok(Self { permissions })
    }
}

async fn has_permission(admin: &Admin, cx: &Cx, Question { permissions }: Question) -> Result<Reply> {
    let none = || Error::uncoded(400, "invalid permission check. no permission(s) were passed.");
    let wanted = permissions.ok_or_else(none)?;
    let actor = admin.actor(cx).await?;
    Reply::json(&json!({ "error": null, "success": admin.permits(&actor, &wanted) }))
}

/// `{ RESOURCE: [ACTION, …], … }`.
fn wanted(value: &Value) -> Option<Wanted> {
    let resources: &Map<String, Value> = value.as_object()?;
    let actions = |value: &Value| -> Option<Vec<String>> {
        value.as_array()?.iter().map(|one| one.as_str().map(str::to_owned)).collect()
    };
    resources.iter().map(|(resource, value)| Some((resource.clone(), actions(value)?))).collect()
}
