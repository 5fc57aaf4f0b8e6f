//! GET /delete-user/callback: the link in the mail that confirms the end of an account.

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::{Cx, ReadFrom};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/delete-user/callback", callback).page_in_query()
}

struct Callback {
    token: String,
    callback_url: Option<String>,
}

impl Input for Callback {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let input = Self { token: form.string("token"), callback_url: form.optional_string("callbackURL") };
        form.finish()?;
        Ok(input)
    }
}

async fn callback(cx: &Cx, input: Callback) -> Result<Reply> {
    if !cx.house.user.delete_user {
        return Err(Error::refused(404, code::NOT_FOUND));
    }
    let live =
        cx.read_session(ReadFrom::Store).await?.ok_or_else(|| Error::refused(404, code::FAILED_TO_GET_USER_INFO))?;
    super::redeem(cx, &live.user, &input.token).await?;
    cx.forget_session();
    let reply = super::delete(cx, &live.user).await?;
    let page = input.callback_url.filter(|page| !page.is_empty());
    Ok(page.map_or(reply, |page| Reply::redirect(&page)))
}
