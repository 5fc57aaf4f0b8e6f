//! GET /admin/audit: lines of the trail, the newest first.

pub mod counts;
pub mod export;

use super::super::{asked, shown};
use crate::base::{Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::audit::reading::{Cursor, Entry, Filter, Order};

/// How many lines a page has that does not say, and at most.
const USUAL: i64 = 50;
const LARGEST: i64 = 500;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/admin/audit", list).always_private()
}

struct List {
    filter: Filter,
    limit: i64,
    before: Option<Cursor>,
}

impl Input for List {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let filter = asked::filter(&mut form);
        let limit = asked::limit(&mut form, USUAL, LARGEST);
        let before = asked::before(&mut form);
        form.finish()?;
        Ok(Self { filter, limit, before })
    }
}

async fn list(cx: &Cx, List { filter, limit, before }: List) -> Result<Reply> {
    require_reader(cx).await?;
    let entries = cx.house.store.audit_lines(&filter, Order::Newest { before }, limit + 1).await?;
    Reply::json(&shown::page(entries, limit, Entry::shown))
}

/// Whoever may read the trail: who may administer.
///
/// # Errors
/// 401 `UNAUTHORIZED`; 403 `YOU_ARE_NOT_ALLOWED_TO_READ_THE_AUDIT_TRAIL`.
async fn require_reader(cx: &Cx) -> Result<()> {
    cx.require_admin_or(code::YOU_ARE_NOT_ALLOWED_TO_READ_THE_AUDIT_TRAIL).await.map(drop)
}
