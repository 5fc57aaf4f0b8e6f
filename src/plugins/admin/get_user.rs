//! GET /admin/get-user: a user as answers show it.

use std::sync::Arc;

use super::Admin;
use super::staff::find;
use crate::base::{Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint(admin: Arc<Admin>) -> Endpoint {
    let get_user = async move |cx: &Cx, input: GetUser| get_user(&admin, cx, input).await;
    Endpoint::get("/admin/get-user", get_user)
}

struct GetUser {
    id: String,
}

impl Input for GetUser {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let input = Self { id: form.string("id") };
        form.finish()?;
        Ok(input)
    }
}

async fn get_user(admin: &Admin, cx: &Cx, GetUser { id }: GetUser) -> Result<Reply> {
    admin.require(cx, "user", "get", code::YOU_ARE_NOT_ALLOWED_TO_GET_USER).await?;
    Reply::json(&cx.house.shown_user(&find(cx, &id).await?))
}
