//! POST /revoke-session: ends one of the user's own sessions; what is unknown or another's is passed over in silence.

use crate::base::Result;
use crate::http::body::Body;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::post("/revoke-session", revoke_session)
}

struct Revoke {
    token: String,
}

impl Input for Revoke {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        let mut form = Form::body(body);
        form.object();
        let input = Self { token: form.string("token") };
        form.finish()?;
        Ok(input)
    }
}

async fn revoke_session(cx: &Cx, input: Revoke) -> Result<Reply> {
    let (_, user) = cx.require_session(Guard::Authoritative).await?;
    cx.house.store.delete_session_of(&input.token, &user.id).await?;
    Ok(Reply::done())
}
