//! POST /request-password-reset: refused while no mail can be sent.

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/request-password-reset", request_password_reset)
}

struct Request;

impl Input for Request {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        form.email("email");
        form.optional_string("redirectTo");
        form.finish()?;
        Ok(Self)
    }
}

async fn request_password_reset(_: &Cx, _: Request) -> Result<Reply> {
    Err(Error::refused(400, code::RESET_PASSWORD_DISABLED))
}
