//! GET /list-activity: what the trail says of the session's own user, the newest first.

use super::{asked, shown};
use crate::base::Result;
use crate::http::body::Body;
use crate::http::cx::{Cx, Guard};
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::audit::Action;
use crate::store::audit::reading::{Cursor, Filter, Order};

/// How many lines a page has that does not say, and at most.
const USUAL: i64 = 20;
const LARGEST: i64 = 100;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/list-activity", list)
}

struct List {
    limit: i64,
    before: Option<Cursor>,
}

impl Input for List {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let (limit, before) = (asked::limit(&mut form, USUAL, LARGEST), asked::before(&mut form));
        form.finish()?;
        Ok(Self { limit, before })
    }
}

async fn list(cx: &Cx, List { limit, before }: List) -> Result<Reply> {
    let (_, user) = cx.require_session(Guard::Authoritative).await?;
    let actions = Action::ALL.iter().copied().filter(|action| action.is_shown_to_its_user()).collect();
    // An id may have been somebody else's before: SQLite numbers a row as the last one that was deleted.
    let since = Some(user.created_at);
    let filter = Filter { actions, user_id: Some(user.id), since, ..Filter::default() };
    let entries = cx.house.store.audit_lines(&filter, Order::Newest { before }, limit + 1).await?;
    Ok(Reply::json(&shown::page(entries, limit, shown::activity))?.no_store())
}
