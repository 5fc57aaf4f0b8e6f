//! POST /request-password-reset: a link for a new password. The answer is the same for every address, and so is what it
//! takes: whether there is anybody to write to is looked up later.

use serde_json::json;

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::mail::Wanted;
use crate::mail::wanted::ALPHANUMERIC;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/request-password-reset", request_password_reset)
}

struct Request {
    email: String,
    redirect_to: Option<String>,
}

impl Input for Request {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self { email: form.email("email"), redirect_to: form.optional_string("redirectTo") };
        form.finish()?;
        Ok(input)
    }
}

async fn request_password_reset(cx: &Cx, input: Request) -> Result<Reply> {
    if !cx.house.mail.is_on() {
        return Err(Error::refused(400, code::RESET_PASSWORD_DISABLED));
    }
    let token = cx.house.random.text(24, ALPHANUMERIC);
    let wanted = Wanted::ResetPassword { email: input.email.clone(), token, page: input.redirect_to };
    cx.house.mail.send(&input.email, &wanted).await?;
    let message = "If this email exists in our system, check your email for the reset link";
    Reply::json(&json!({ "status": true, "message": message }))
}
