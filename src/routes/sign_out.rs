//! POST /sign-out: ends the session and clears its cookies, also where there is none.

use serde_json::json;

use crate::base::Result;
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/sign-out", sign_out).forms()
}

struct SignOut;

impl Input for SignOut {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.optional_object();
        form.optional_string("callbackURL");
        form.optional_bool("disableRedirect");
        form.optional_string("state");
        form.finish()?;
        Ok(Self)
    }
}

async fn sign_out(cx: &Cx, _: SignOut) -> Result<Reply> {
    if let Some(token) = cx.house.sessions.token(&cx.presented()) {
        cx.house.store.delete_session(&token).await?;
    }
    cx.forget_session();
    Reply::json(&json!({ "success": true }))
}
