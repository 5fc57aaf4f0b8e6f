//! GET /list-accounts: the ways in which the user can sign in.

use crate::base::Result;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::Endpoint;
use crate::http::reply::Reply;
use crate::users::answer;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/list-accounts", list_accounts)
}

async fn list_accounts(cx: &Cx, (): ()) -> Result<Reply> {
    let (_, user) = cx.require_session(Guard::Session).await?;
    let accounts = cx.house.store.accounts_of(&user.id).await?;
    Reply::json(&accounts.iter().map(answer::account).collect::<Vec<_>>())
}
