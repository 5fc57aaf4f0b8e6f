//! POST /unlink-account: takes away a way to sign in, but not the last one unless the deployment allows that.

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::Unlinked;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/unlink-account", unlink_account)
}

struct Unlink {
    account_id: String,
}

impl Input for Unlink {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self { account_id: form.string("accountId") };
        form.finish()?;
        Ok(input)
    }
}

async fn unlink_account(cx: &Cx, input: Unlink) -> Result<Reply> {
    let (_, user) = cx.require_session(Guard::Fresh).await?;
    let even_last = cx.house.oauth.account.linking.allow_unlinking_all;
    match cx.house.store.unlink_account(&input.account_id, &user.id, even_last).await? {
        Unlinked::Gone => Ok(Reply::done()),
        Unlinked::Last => Err(Error::refused(400, code::FAILED_TO_UNLINK_LAST_ACCOUNT)),
        Unlinked::Unknown => Err(Error::refused(400, code::ACCOUNT_NOT_FOUND)),
    }
}
