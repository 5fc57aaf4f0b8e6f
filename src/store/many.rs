//! Statements of as many rows, values or columns as there are.

use super::Store;
use super::engine::value::runs;
use super::engine::{Dialect, Row, Statement, Tx, Value};
use crate::base::{Result, Timestamp};

/// How many values a statement may have. Postgres takes 65535. SQLite looks for each among all the others, and is asked
/// without a way over the network: a few rows at a time are fastest.
const MOST_VALUES: usize = 30_000;
const MOST_VALUES_OF_SQLITE: usize = 256;
/// How many values a list in a statement has at most.
pub(super) const LIST: usize = 256;

impl Store {
    /// A statement of as many rows as a template's `ROWS` is to say, or of as many placeholders as its `LIST`, for a column
    /// of that name.
    pub(super) fn many(&self, name: &str, template: &str, count: usize) -> Result<Statement> {
        let list =
            |column: &str| (1..=count).map(|place| format!("{{${place}:{column}}}")).collect::<Vec<_>>().join(", ");
        let template =
            match template.split_once("{LIST:").and_then(|(before, after)| Some((before, after.split_once('}')?))) {
                Some((before, (column, after))) => format!("{before}{}{after}", list(column)),
                None => template.replace("ROWS", &count.to_string()),
            };
        self.renderer().statement(name, &template)
    }

    /// The rows that came of inserting all these, each given by its values.
    pub(super) async fn insert_all(
        &self,
        tx: &mut Tx<'_>,
        table: &str,
        end: &str,
        rows: &[Vec<Value>],
    ) -> Result<Vec<Row>> {
        let Some(columns) = rows.first().map(Vec::len) else { return Ok(Vec::new()) };
        let most = match self.renderer().dialect {
            Dialect::Postgres => MOST_VALUES,
            Dialect::Sqlite => MOST_VALUES_OF_SQLITE,
        };
        let template = format!("INSERT INTO {{+{table}*ROWS}}{end}");
        let mut come = Vec::new();
        for run in runs(rows, (most / columns.max(1)).max(1)) {
            let statement = self.many("put", &template, run.len())?;
            come.extend(tx.fetch_all(&statement, &run.concat()).await?);
        }
        Ok(come)
    }

    /// A statement that changes some columns of one row, which comes back, and the time at which it did.
    pub(super) fn update(
        &self,
        table: &str,
        key: &str,
        value: Value,
        columns: Vec<(String, Value)>,
        updated_at: Timestamp,
    ) -> Result<(Statement, Vec<Value>)> {
        let mut values = vec![value];
        let mut set = Vec::new();
        for (column, value) in columns.into_iter().chain([("updatedAt".to_owned(), updated_at.into())]) {
            values.push(value);
            set.push(format!("{{{table}:{column}}} = {{${}:{table}.{column}}}", values.len()));
        }
        let template = format!(
            "UPDATE {{{table}}} SET {} WHERE {{{table}.{key}}} = {{$1:{table}.{key}}} RETURNING {{{table}.*}}",
            set.join(", ")
        );
        let statement = self.renderer().statement(&format!("update {table}"), &template)?;
        Ok((statement, values))
    }
}
