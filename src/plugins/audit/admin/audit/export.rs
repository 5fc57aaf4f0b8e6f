//! GET /admin/audit/export: lines of the trail as JSON Lines, the oldest first, made while they are sent.

use bytes::Bytes;
use futures_util::stream::try_unfold;

use super::super::super::asked;
use super::require_reader;
use crate::base::{Error, Result};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::Store;
use crate::store::audit::reading::{Entry, Filter, Order};

/// How many lines are held at a time.
const PIECE: i64 = 1000;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/admin/audit/export", export).always_private()
}

struct Export(Filter);

impl Input for Export {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let filter = asked::filter(&mut form);
        form.finish()?;
        Ok(Self(filter))
    }
}

async fn export(cx: &Cx, Export(filter): Export) -> Result<Reply> {
    require_reader(cx).await?;
    let store = cx.house.store.clone();
    // Where the database is away, the answer says so and does not break off.
    let first = store.audit_lines(&filter, Order::Oldest { after: None }, PIECE).await?;
    let pieces = try_unfold((store, filter, Some(first)), |(store, filter, entries)| async move {
        let Some(entries) = entries else { return Ok::<_, Error>(None) };
        let piece = written(&entries);
        let following = following(&store, &filter, &entries).await.inspect_err(|error| {
            tracing::warn!("an export of the audit trail broke off: {}", error.chain());
        })?;
        Ok(Some((piece, (store, filter, following))))
    });
    let name = "attachment; filename=\"audit.jsonl\"";
    Ok(Reply::streamed("application/x-ndjson", pieces).header("content-disposition", name))
}

/// The lines after these, where these may not have been the last.
async fn following(store: &Store, filter: &Filter, entries: &[Entry]) -> Result<Option<Vec<Entry>>> {
    match entries.last() {
        Some(last) if entries.len() as i64 == PIECE => {
            store.audit_lines(filter, Order::Oldest { after: Some(last.cursor()) }, PIECE).await.map(Some)
        }
        _ => Ok(None),
    }
}

fn written(entries: &[Entry]) -> Bytes {
    let mut text = String::new();
    for entry in entries {
        text.push_str(&entry.shown().to_string());
        text.push('\n');
    }
    text.into()
}
