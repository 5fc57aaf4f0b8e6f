//! Looking at a database that somebody else may have made, in columns of any name. Nothing here changes anything.

use super::engine::{Dialect, Statement};
use super::layout::is_signets;
use super::present::{Present, PresentColumn, PresentTable};
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
        let theirs = layout.tables().iter().filter(|table| !is_signets(table.logical));
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

    /// The condition, in a template, that a user has a row in a table that is somebody else's. `table` and `unless` are
    /// names as [`plain`] gives them; a row that says a clear "no" in the column `unless` is none. None where there is no
    /// such table, or nothing in it tells whose a row is.
    pub async fn has_row_in(&self, present: &Present, table: &str, unless: Option<&str>) -> Result<Option<String>> {
        let alike = |name: &&String| {
            let name = plain(name);
            name == table || name.strip_suffix('s') == Some(table)
        };
        let Some(name) = present.others().iter().find(alike) else { return Ok(None) };
        let columns = self.columns_of(name).await?;
        let find = |wanted: &str| columns.iter().find(|column| plain(&column.name) == wanted);
        let users = present.logical("user").map_or(&[][..], |user| &user.columns);
        let id = users.iter().find(|column| column.logical.as_deref() == Some("id"));
        let (Some(owner), Some(id)) = (find("userid"), id) else { return Ok(None) };
        // Texts are compared only where they must be: an index is of no use to them.
        let of_theirs = |column: &PresentColumn| format!("theirs.{}", quote(&column.name));
        let is_theirs = match owner.type_name == id.type_name {
            true => format!("{} = {{user.id}}", of_theirs(owner)),
            false => format!("CAST({} AS text) = CAST({{user.id}} AS text)", of_theirs(owner)),
        };
        let unless = unless.and_then(find).map(|column| {
            format!(" AND COALESCE(lower(CAST({} AS text)), '') NOT IN ('false', 'f', '0')", of_theirs(column))
        });
        let (table, unless) = (quote(name), unless.unwrap_or_default());
        Ok(Some(format!("EXISTS (SELECT 1 FROM {table} AS theirs WHERE {is_theirs}{unless})")))
    }

    /// How many rows of a table hold anything in a column of any name.
    pub async fn count_filled(&self, table: &PresentTable, column: &PresentColumn) -> Result<i64> {
        self.count_rows("count filled", table, &format!("{} IS NOT NULL", quote(&column.name))).await
    }

    /// On SQLite: how many rows of a table have a time that is no text as Better Auth writes it, `2026-01-31T12:00:00.000Z`:
    /// it is read as that, and compared as text with others of that form.
    pub async fn count_strange_times(&self, table: &PresentTable, columns: &[&PresentColumn]) -> Result<i64> {
        let strange = columns.iter().map(|column| {
            let name = quote(&column.name);
            let (second, rest) = (format!("substr({name}, 1, 19)"), format!("substr({name}, 20)"));
            format!(
                "({name} IS NOT NULL AND (typeof({name}) <> 'text' \
                 OR strftime('%Y-%m-%dT%H:%M:%S', {second}) IS NOT {second} \
                 OR NOT ({rest} = 'Z' OR ({rest} GLOB '.[0-9]*Z' \
                 AND substr({rest}, 2, length({rest}) - 2) NOT GLOB '*[^0-9]*'))))"
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

/// The condition, in a template, that a column of the user's table says "yes". Whatever type it has: what is no clear "no"
/// is a "yes".
pub fn says_yes(column: &PresentColumn) -> String {
    format!("COALESCE(lower(CAST({{user}}.{} AS text)), 'false') NOT IN ('false', 'f', '0', '')", quote(&column.name))
}

/// A name without what tells `userId` from `user_id`.
pub fn plain(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').collect::<String>().to_ascii_lowercase()
}
