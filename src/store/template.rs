//! Templates of SQL over logical names, rendered once for a layout and a dialect.
//!
//! | in a template | becomes |
//! | --- | --- |
//! | `{user}` | the table: `"user"` |
//! | `{user.email}` | a column with its table: `"user"."email"` |
//! | `{user:email}` | a column alone, for SET, ON CONFLICT and definitions: `"email"` |
//! | `{user.*}` | all the columns, each under its logical name: `"user"."email" AS "user.email", …` |
//! | `{+user}` | what follows INSERT INTO for a whole row: `"user" ("id", …) VALUES ($1, …)`, in the order of the columns |
//! | `{+user*3}` | the same for so many rows, whose values follow each other |
//! | `{+user?email}` | the same for one row, which counts as the one that has the value of a unique column, if there is such |
//! | `{overriding:user}` | before the rows of an INSERT: that an id counts also where the database always gives one |
//! | `{$1:user.id}` | a placeholder that is compared with a column or put into it, with the cast that it needs |
//! | `{index:user.email}` | the name of an index on a column |
//! | `{bytes}` | after a column: that its texts are compared byte by byte, as an index for prefixes has them |
//! | `{position}` | the function that says where a text has another |
//! | `{bytes:user.email}` | the name of an index on a column whose texts are compared byte by byte |
//! | `{trigger:signet_audit.append_only}` | the name of a trigger of a table, and of the function that it runs |
//! | `{iso:session.createdAt}` | a moment as its text in UTC, `2026-11-22T01:02:03.004Z` |
//! | `{next:user}` | the number that the next row gets, on Postgres, where ids are numbers |
//! | `{key:user}`, `{reference:session.userId}` | the type of ids and of references to them, in definitions |

use super::engine::{Dialect, Statement};
use super::ids::IdKind;
use super::layout::{Column, Layout, Table};
use super::migrate::{index_name, trigger_name};
use super::schema::{Kind, SAME_IDS};
use crate::base::{Error, Result};

/// Renders templates for one layout and one dialect.
#[derive(Clone, Debug)]
pub struct Renderer {
    pub layout: Layout,
    pub dialect: Dialect,
}

/// Declares a struct of statements: each field a template, each rendered by `render`.
///
/// ```ignore
/// statements! {
///     struct Users {
///         by_id: "SELECT {user.*} FROM {user} WHERE {user.id} = {$1:user.id}",
///     }
/// }
/// let users = Users::render(store.renderer())?;
/// ```
#[macro_export]
macro_rules! statements {
    ($(#[$attribute:meta])* $visible:vis struct $name:ident { $($(#[$about:meta])* $field:ident: $template:expr,)* }) => {
        $(#[$attribute])*
        $visible struct $name { $($(#[$about])* pub $field: $crate::store::Statement,)* }

        impl $name {
            /// Renders them all.
            pub fn render(renderer: &$crate::store::Renderer) -> $crate::base::Result<Self> {
                Ok(Self { $($field: renderer.statement(stringify!($field), $template)?,)* })
            }

            /// All of them, for the test that has a database prepare each.
            pub fn all(&self) -> Vec<&$crate::store::Statement> {
                vec![$(&self.$field,)*]
            }
        }
    };
}
pub use statements;

impl Renderer {
    /// A statement of a template. An error is a mistake in the template.
    pub fn statement(&self, name: &str, template: &str) -> Result<Statement> {
        Ok(Statement::new(name, self.render(template)?))
    }

    /// The text of a template.
    pub(super) fn render(&self, template: &str) -> Result<String> {
        let mut sql = String::with_capacity(template.len() * 2);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let unknown = || Error::broken(format!("a template has an unknown name: {template}"));
            let (name, after) = after.split_once('}').ok_or_else(unknown)?;
            sql.push_str(before);
            sql.push_str(&self.expand(name).ok_or_else(unknown)?);
            rest = after;
        }
        sql.push_str(rest);
        Ok(sql)
    }

    fn expand(&self, name: &str) -> Option<String> {
        match name {
            "bytes" if self.dialect == Dialect::Postgres => return Some(" COLLATE \"C\"".to_owned()),
            "bytes" => return Some(String::new()),
            "position" if self.dialect == Dialect::Postgres => return Some("strpos".to_owned()),
            "position" => return Some("instr".to_owned()),
            _ => {}
        }
        if let Some(table) = name.strip_prefix('+') {
            let (table, unique) = table.split_once('?').map_or((table, None), |(table, unique)| (table, Some(unique)));
            let (table, rows) = table.split_once('*').unwrap_or((table, "1"));
            let table = self.layout.table(table)?;
            let unique = unique.map(|unique| table.column(unique).ok_or(())).transpose().ok()?;
            return Some(self.whole_rows(table, rows.parse().ok()?, unique));
        }
        if let Some(path) = name.strip_prefix("index:") {
            let (table, column) = self.column(path.split_once('.')?)?;
            return Some(quote(&index_name(&table.name, &column.name, "idx")));
        }
        if let Some(path) = name.strip_prefix("bytes:") {
            let (table, column) = self.column(path.split_once('.')?)?;
            return Some(quote(&index_name(&table.name, &column.name, "bidx")));
        }
        if let Some(path) = name.strip_prefix("trigger:") {
            let (table, name) = path.split_once('.')?;
            return Some(quote(&trigger_name(&self.layout.table(table)?.name, name)));
        }
        if let Some(path) = name.strip_prefix("iso:") {
            let (table, column) = self.column(path.split_once('.')?)?;
            let column = qualified(table, column);
            return Some(match self.dialect {
                Dialect::Postgres => {
                    format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
                }
                Dialect::Sqlite => column,
            });
        }
        if let Some(table) = name.strip_prefix("key:") {
            return self.layout.table(table).map(|table| self.key_definition(table));
        }
        if let Some(path) = name.strip_prefix("reference:") {
            let (_, column) = self.column(path.split_once('.')?)?;
            return Some(column.ids.type_name(self.dialect).to_owned());
        }
        if let Some(table) = name.strip_prefix("overriding:") {
            return self.layout.table(table).map(|table| self.overriding(table).to_owned());
        }
        if let Some(table) = name.strip_prefix("next:") {
            let table = self.layout.table(table)?;
            return table.columns.iter().find(|column| column.kind == Kind::Key).map(|column| next(table, column));
        }
        if let Some((placeholder, column)) = name.split_once(':') {
            return match placeholder.starts_with('$') {
                true => Some(self.placeholder(placeholder, self.column(column.split_once('.')?)?.1)),
                false => Some(quote(&self.column((placeholder, column))?.1.name)),
            };
        }
        match name.split_once('.') {
            Some((table, "*")) => {
                let table = self.layout.table(table)?;
                let columns = table.columns.iter().map(|column| self.selected(table, column));
                Some(columns.collect::<Vec<_>>().join(", "))
            }
            Some(path) => self.column(path).map(|(table, column)| qualified(table, column)),
            None => self.layout.table(name).map(|table| quote(&table.name)),
        }
    }

    /// The definition of a table's ids. SQLite gives no number twice only where it is told so.
    fn key_definition(&self, table: &Table) -> String {
        let ids = table.ids();
        let gives_itself = SAME_IDS.iter().all(|(follower, _)| *follower != table.logical);
        let filled = match (ids, self.dialect) {
            (IdKind::Uuid, Dialect::Postgres) => " DEFAULT pg_catalog.gen_random_uuid()",
            (IdKind::Serial { .. }, Dialect::Postgres) if gives_itself => " GENERATED BY DEFAULT AS IDENTITY",
            _ => "",
        };
        let once = match (ids, self.dialect) {
            (IdKind::Serial { .. }, Dialect::Sqlite) => " AUTOINCREMENT",
            _ => "",
        };
        format!("{}{filled} NOT NULL PRIMARY KEY{once}", ids.type_name(self.dialect))
    }

    fn column(&self, (table, column): (&str, &str)) -> Option<(&Table, &Column)> {
        let table = self.layout.table(table)?;
        Some((table, table.column(column)?))
    }

    /// A column in an answer: in a type that a row can read, under its logical name.
    fn selected(&self, table: &Table, column: &Column) -> String {
        if self.dialect == Dialect::Sqlite && is_number(column) {
            return format!("CAST({} AS text) AS {}", qualified(table, column), alias(table, column));
        }
        let cast = match (self.dialect, column.kind) {
            (Dialect::Sqlite, _) | (_, Kind::Bool) => "",
            (_, Kind::Key | Kind::Reference(_) | Kind::Text | Kind::Json) => "::text",
            // Databases of old have timestamps without a zone; a session of ours takes them as `database.time_zone`.
            (_, Kind::Time) => "::timestamptz",
            (_, Kind::Number) => "::float8",
        };
        format!("{}{cast} AS {}", qualified(table, column), alias(table, column))
    }

    fn whole_rows(&self, table: &Table, rows: usize, unique: Option<&Column>) -> String {
        let columns: Vec<_> = table.columns.iter().map(|column| quote(&column.name)).collect();
        let row = |row: usize| {
            let values = (row * columns.len() + 1..).zip(&table.columns);
            let values: Vec<_> = values.map(|(place, column)| self.fresh(place, table, column, unique)).collect();
            format!("({})", values.join(", "))
        };
        let rows: Vec<_> = (0..rows).map(row).collect();
        let overriding = self.overriding(table);
        format!("{} ({}){overriding} VALUES {}", quote(&table.name), columns.join(", "), rows.join(", "))
    }

    /// `GENERATED ALWAYS AS IDENTITY` takes no number from a statement that does not say so. Elsewhere it means nothing.
    fn overriding(&self, table: &Table) -> &'static str {
        match (self.dialect, table.ids()) {
            (Dialect::Postgres, IdKind::Serial { .. }) => " OVERRIDING SYSTEM VALUE",
            _ => "",
        }
    }

    /// The value of a column of a new row. Where ids are numbers and none is given, the database has one: SQLite by itself.
    /// A row that is there already keeps its own, and no number is lost.
    fn fresh(&self, place: usize, table: &Table, column: &Column, unique: Option<&Column>) -> String {
        let mut given = self.placeholder(&format!("${place}"), column);
        let place_of = |unique: &Column| table.columns.iter().position(|column| column.logical == unique.logical);
        if let Some((unique, place)) = unique.and_then(|unique| Some((unique, place_of(unique)? + 1))) {
            let value = self.placeholder(&format!("${place}"), unique);
            let [table, id, unique] = [&table.name, &column.name, &unique.name].map(|name| quote(name));
            given = format!("{given}, (SELECT known.{id} FROM {table} AS known WHERE known.{unique} = {value})");
        }
        match (self.dialect, column.kind) {
            (Dialect::Postgres, Kind::Key) if is_number(column) => {
                format!("COALESCE({given}, {})", next(table, column))
            }
            _ => self.placeholder(&format!("${place}"), column),
        }
    }

    fn placeholder(&self, placeholder: &str, column: &Column) -> String {
        if let Some(text_type) = &column.text_type {
            return format!("{placeholder}::text::{text_type}");
        }
        let cast = match (self.dialect, column.kind) {
            (Dialect::Sqlite, _) => "",
            (_, Kind::Key | Kind::Reference(_)) => match column.ids {
                IdKind::Text | IdKind::UuidAsText => "",
                IdKind::Uuid => "::text::uuid",
                IdKind::Serial { .. } => "::text::bigint",
            },
            (_, Kind::Json) => "::text::jsonb",
            (_, Kind::Number) => "::float8",
            _ => "",
        };
        format!("{placeholder}{cast}")
    }
}

fn is_number(column: &Column) -> bool {
    matches!((column.kind, column.ids), (Kind::Key | Kind::Reference(_), IdKind::Serial { .. }))
}

/// The next number of a column's sequence. Postgres looks for it when it needs it, so it may be made after the layout.
fn next(table: &Table, column: &Column) -> String {
    let [table, column] = [&quote(&table.name), &column.name].map(|name| name.replace('\'', "''"));
    format!("nextval(pg_get_serial_sequence('{table}', '{column}'))")
}

/// What a row calls a column.
fn alias(table: &Table, column: &Column) -> String {
    quote(&format!("{}.{}", table.logical, column.logical))
}

fn qualified(table: &Table, column: &Column) -> String {
    format!("{}.{}", quote(&table.name), quote(&column.name))
}

/// A name between double quotes, as both engines have it.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::layout::{LayoutSettings, TableNames};
    use super::*;

    fn renderer(dialect: Dialect) -> Renderer {
        let fields = HashMap::from([("userId".to_owned(), "user \"id".to_owned())]);
        let names = TableNames { model_name: Some("their sessions".to_owned()), fields };
        let tables = HashMap::from([("session".to_owned(), names)]);
        let settings = LayoutSettings { ids: IdKind::Uuid, tables, ..LayoutSettings::default() };
        Renderer { layout: Layout::new(settings).unwrap(), dialect }
    }

    #[test]
    fn names_are_the_deployments_and_quoted() {
        let template = "DELETE FROM {session} WHERE {session.userId} = {$1:session.userId} AND {session:token} = $2";
        assert_eq!(
            renderer(Dialect::Postgres).render(template).unwrap(),
            "DELETE FROM \"their sessions\" WHERE \"their sessions\".\"user \"\"id\" = $1::text::uuid AND \"token\" = $2"
        );
        assert_eq!(
            renderer(Dialect::Sqlite).render(template).unwrap(),
            "DELETE FROM \"their sessions\" WHERE \"their sessions\".\"user \"\"id\" = $1 AND \"token\" = $2"
        );
    }

    #[test]
    fn a_whole_row_is_written_and_read_with_its_casts() {
        assert_eq!(
            renderer(Dialect::Postgres)
                .render("INSERT INTO {+signet_revoked_key} RETURNING {signet_revoked_key.*}")
                .unwrap(),
            "INSERT INTO \"signet_revoked_key\" (\"kid\", \"revokedAt\") VALUES ($1, $2) RETURNING \
            \"signet_revoked_key\".\"kid\"::text AS \"signet_revoked_key.kid\", \
            \"signet_revoked_key\".\"revokedAt\"::timestamptz AS \"signet_revoked_key.revokedAt\""
        );
    }

    #[test]
    fn several_rows_are_written_one_after_the_other() {
        assert_eq!(
            renderer(Dialect::Sqlite).render("INSERT INTO {+signet_revoked_key*2}").unwrap(),
            "INSERT INTO \"signet_revoked_key\" (\"kid\", \"revokedAt\") VALUES ($1, $2), ($3, $4)"
        );
    }

    #[test]
    fn a_number_counts_also_where_the_database_always_gives_one() {
        let settings = LayoutSettings { ids: IdKind::SERIAL, ..LayoutSettings::default() };
        let layout = Layout::new(settings).unwrap();
        for (dialect, overriding) in
            [(Dialect::Postgres, ") OVERRIDING SYSTEM VALUE VALUES ("), (Dialect::Sqlite, ") VALUES (")]
        {
            let sql = Renderer { layout: layout.clone(), dialect }.render("INSERT INTO {+jwks}").unwrap();
            assert!(sql.contains(overriding), "{sql}");
        }
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        for template in ["{nobody}", "{user.shoe}", "{user", "{+nobody}", "{+user*x}", "{$1:user.shoe}", "{index:user}"]
        {
            assert!(renderer(Dialect::Sqlite).render(template).is_err(), "{template}");
        }
    }
}
