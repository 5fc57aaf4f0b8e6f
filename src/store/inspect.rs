//! Looking at a database that somebody else may have made, in columns of any name. Nothing here changes anything.

use super::engine::{Dialect, Statement};
use super::present::{PresentColumn, PresentTable};
use super::schema::Kind;
use super::template::quote;
use super::{Store, Value};
use crate::base::Result;

/// A table of Better Auth's.
pub struct Needed {
    /// Better Auth's name for it.
    pub logical: &'static str,
    /// What it is called here.
    pub name: String,
    pub columns: Vec<NeededColumn>,
    /// Whether this deployment reads it.
    pub read: bool,
}

/// A column of such a table.
pub struct NeededColumn {
    pub logical: String,
    pub name: String,
    /// Whether it belongs to a plugin or to the deployment, so that a row can do without.
    pub added: bool,
    pub is_time: bool,
}

impl Store {
    /// Better Auth's tables as they are laid out here.
    pub fn needed(&self) -> Vec<Needed> {
        let layout = self.layout();
        let theirs = layout.tables().iter().filter(|table| !table.logical.starts_with("signet_"));
        let needed = theirs.map(|table| Needed {
            read: layout.uses(table.logical),
            logical: table.logical,
            name: table.name.clone(),
            columns: table
                .columns
                .iter()
                .map(|column| NeededColumn {
                    logical: column.logical.clone(),
                    name: column.name.clone(),
                    added: column.field.is_some(),
                    is_time: column.kind == Kind::Time,
                })
                .collect(),
        });
        needed.collect()
    }

    pub fn is_postgres(&self) -> bool {
        self.renderer().dialect == Dialect::Postgres
    }

    /// How many rows of a table hold a truth in a column of any name.
    pub async fn count_true(&self, table: &PresentTable, column: &PresentColumn) -> Result<i64> {
        let truth = match self.renderer().dialect {
            Dialect::Postgres => "IS TRUE",
            Dialect::Sqlite => "NOT IN (0, 'false')",
        };
        self.count_rows("count true", table, &format!("{} {truth}", quote(&column.name))).await
    }

    /// How many rows of a table hold anything in a column of any name.
    pub async fn count_filled(&self, table: &PresentTable, column: &PresentColumn) -> Result<i64> {
        self.count_rows("count filled", table, &format!("{} IS NOT NULL", quote(&column.name))).await
    }

    /// On SQLite: how many rows of a table have a time that is no text as Better Auth writes it.
    pub async fn count_strange_times(&self, table: &PresentTable, columns: &[&PresentColumn]) -> Result<i64> {
        let strange = columns.iter().map(|column| {
            let name = quote(&column.name);
            format!(
                "({name} IS NOT NULL AND (typeof({name}) <> 'text' OR {name} NOT GLOB \
                 '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][T ][0-9][0-9]:[0-9][0-9]*'))"
            )
        });
        let strange = strange.collect::<Vec<_>>().join(" OR ");
        self.count_rows("count strange times", table, &strange).await
    }

    /// Some texts of a column of any name, not more than `most`.
    pub async fn some_texts(&self, table: &PresentTable, column: &PresentColumn, most: i64) -> Result<Vec<String>> {
        let (table, column) = (quote(&table.name), quote(&column.name));
        let limit = if self.is_postgres() { "$1::bigint" } else { "$1" };
        let sql =
            format!("SELECT CAST({column} AS text) AS sample FROM {table} WHERE {column} IS NOT NULL LIMIT {limit}");
        let rows = self.fetch_all(&Statement::new("some texts", sql), &[Value::from(most)]).await?;
        rows.iter().map(|row| row.text("sample")).collect()
    }

    async fn count_rows(&self, name: &str, table: &PresentTable, condition: &str) -> Result<i64> {
        let sql = format!("SELECT count(*) AS counted FROM {} WHERE {condition}", quote(&table.name));
        self.fetch_one(&Statement::new(name, sql), &[]).await?.integer("counted")
    }
}
