//! POST /send-verification-email: refused while no mail can be sent.

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/send-verification-email", send_verification_email)
}

struct Send;

impl Input for Send {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        form.email("email");
        form.optional_string("callbackURL");
        form.finish()?;
        Ok(Self)
    }
}

async fn send_verification_email(_: &Cx, _: Send) -> Result<Reply> {
    Err(Error::refused(400, code::VERIFICATION_EMAIL_NOT_ENABLED))
}
