//! POST /send-verification-email: another link that verifies an address. Without a session the answer is the same for
//! every address, and so is what it takes: whether there is anybody to write to is looked up later.

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::{Cx, ReadFrom};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::mail::Wanted;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/send-verification-email", send_verification_email)
}

struct Ask {
    email: String,
    callback_url: Option<String>,
}

impl Input for Ask {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self { email: form.email("email"), callback_url: form.optional_string("callbackURL") };
        form.finish()?;
        Ok(input)
    }
}

async fn send_verification_email(cx: &Cx, input: Ask) -> Result<Reply> {
    if !cx.house.mail.is_on() {
        return Err(Error::refused(400, code::VERIFICATION_EMAIL_NOT_ENABLED));
    }
    if let Some(live) = cx.read_session(ReadFrom::Store).await? {
        if live.user.email != input.email {
            return Err(Error::refused(400, code::EMAIL_MISMATCH));
        }
        if live.user.email_verified {
            return Err(Error::refused(400, code::EMAIL_ALREADY_VERIFIED));
        }
    }
    let wanted = Wanted::Verification { email: input.email.clone(), page: input.callback_url };
    cx.house.mail.send(&input.email, &wanted).await?;
    Ok(Reply::done())
}
