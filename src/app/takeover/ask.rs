//! Asking the database: what it has, and counts that may take too long.

use super::Known;
use crate::app::Config;
use crate::base::{Error, Result, Timestamp};
use crate::crypto::Secrets;
use crate::store::bars::COUNTED;
use crate::store::inspect::Needed;
pub use crate::store::inspect::plain;
use crate::store::present::{Present, PresentColumn, PresentTable};
use crate::store::{Row, Store, Value};

/// The key that has sessions taken over that are in Redis alone.
pub const ADOPT: &str = "session.adopt_from_secondary_storage";

/// A database under examination.
pub struct Ask<'a> {
    pub config: &'a Config,
    pub secrets: &'a Secrets,
    pub store: &'a Store,
    pub present: Present,
    pub needed: Vec<Needed>,
    pub now: Timestamp,
}

impl<'a> Ask<'a> {
    pub async fn new(known: &Known<'a>, secrets: &'a Secrets, store: &'a Store, now: Timestamp) -> Result<Self> {
        let config = known.config;
        Ok(Self { config, secrets, store, present: store.present().await?, needed: store.needed(), now })
    }

    /// Whether sessions that are in Redis alone are taken over.
    pub fn adopts_sessions(&self) -> bool {
        self.config.session_home.adopt
    }

    /// The table that a logical name means here, if it is there.
    pub fn table(&self, logical: &str) -> Option<&PresentTable> {
        self.present.logical(logical)
    }

    /// The column that a logical name means here, if it is there.
    pub fn column(&self, table: &str, logical: &str) -> Option<&PresentColumn> {
        self.table(table)?.columns.iter().find(|column| column.logical.as_deref() == Some(logical))
    }

    /// A column of a table by Better Auth's name for it, in whatever spelling, whether or not this deployment reads it.
    pub fn any_column(&self, table: &str, logical: &str) -> Option<(&PresentTable, &PresentColumn)> {
        let table = self.table(table)?;
        let column = table.columns.iter().find(|column| plain(&column.name) == plain(logical))?;
        Some((table, column))
    }

    /// Whether a table has all of some columns, by their logical names.
    pub fn has(&self, table: &str, columns: &[&str]) -> bool {
        columns.iter().all(|column| self.column(table, column).is_some())
    }

    /// The rows of a statement, written over logical names.
    pub async fn rows(&self, name: &str, template: &str, values: &[Value]) -> Result<Vec<Row>> {
        let statement = self.store.renderer().statement(name, template)?;
        self.store.fetch_all(&statement, values).await
    }

    /// A column in an answer as text, under its logical name, where the table may lack others.
    pub fn text(&self, table: &str, column: &str) -> String {
        format!("CAST({{{table}.{column}}} AS text) AS \"{table}.{column}\"")
    }

    /// A column in an answer as a time, likewise.
    pub fn time(&self, table: &str, column: &str) -> String {
        match self.store.is_postgres() {
            true => format!("CAST({{{table}.{column}}} AS timestamptz) AS \"{table}.{column}\""),
            false => format!("{{{table}.{column}}} AS \"{table}.{column}\""),
        }
    }

    /// The number in the column `counted` of a statement's row. None where it took too long, though the database is there.
    pub async fn count(&self, name: &str, template: &str, values: &[Value]) -> Result<Option<i64>> {
        let counted = async {
            let rows = self.rows(name, template, values).await?;
            rows.first().map_or(Ok(0), |row| row.integer("counted"))
        };
        self.unless_slow(counted.await).await
    }

    /// An answer, or none where it took too long.
    pub async fn unless_slow<T>(&self, outcome: Result<T>) -> Result<Option<T>> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Error::Unavailable { .. }) => self.store.ping().await.map(|()| None),
            Err(error) => Err(error),
        }
    }
}

/// A number with the word for what is counted: `1 session`, `2 sessions`.
pub fn some(count: i64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// [`some`] with what they do: `1 user has`, `2 users have`.
pub fn some_have(count: i64, what: &str) -> String {
    format!("{} {}", some(count, what), if count == 1 { "has" } else { "have" })
}

/// [`some`] of a count that ends at [`COUNTED`].
pub fn so_many(count: i64, what: &str) -> String {
    match count {
        COUNTED.. => format!("{count} or more {what}s"),
        count => some(count, what),
    }
}

/// A count that may have taken too long.
pub fn or_unknown(count: Option<i64>, what: &str) -> String {
    count.map_or_else(|| format!("{what}s (not counted within the time limit)"), |count| some(count, what))
}
