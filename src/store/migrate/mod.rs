//! Brings a database to what is needed: compares, and adds what is missing. Nothing is ever dropped or altered.
//!
//! The files in `migrations/` are templates like every statement. Each of their steps makes a table, an index or a trigger,
//! or adds a column; a step whose work is there already is left out, and of a table that is there only the missing columns
//! are added. Additional fields of the configuration are columns like the others.

mod added;
mod steps;

use std::time::Duration;

use self::steps::{Definition, Step};
use super::engine::fault::Fault;
use super::engine::{Dialect, Statement, Tx};
use super::layout::{Column, Layout, Table};
use super::present::{Asked, Present, PresentTable};
use super::template::{Renderer, quote};
use super::{Store, transaction};
use crate::base::{Error, Field, Result};

/// A migration may index a large table.
const PATIENCE: Duration = Duration::from_secs(600);
const LOCK: &str = "signet:migrate";

/// A file of migrations in both dialects.
struct File {
    postgres: &'static str,
    sqlite: &'static str,
    /// Whether a layout needs it.
    needed: fn(&Layout) -> bool,
}

macro_rules! file {
    ($name:literal, $needed:expr) => {
        File {
            postgres: include_str!(concat!("../../../migrations/postgres/", $name)),
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $name)),
            needed: $needed,
        }
    };
}

const FILES: &[File] = &[
    file!("0001_core.sql", |_| true),
    file!("0002_jwt.sql", Layout::jwt),
    file!("0003_signet.sql", Layout::jwt),
    file!("0004_outbox.sql", |_| true),
    file!("0005_rate_limit.sql", Layout::rate_limits),
    file!("0006_accounts.sql", |_| true),
    file!("0007_refresh_tokens.sql", Layout::refresh_tokens),
    file!("0008_revocations.sql", Layout::jwt),
    file!("0009_admin.sql", Layout::admin),
    file!("0010_audit.sql", Layout::audit),
    file!("0011_audit_append_only.sql", Layout::audit),
];

impl Store {
    /// The SQL that [`Store::migrate`] would run now.
    pub async fn plan(&self) -> Result<Vec<String>> {
        transaction!(self, |tx| missing(self.renderer(), tx).await)
    }

    /// Adds what the database lacks, and says how many statements that took. Of several replicas one does it and the
    /// others wait for it; then they find nothing to do. All of it happens, or nothing.
    pub async fn migrate(&self) -> Result<usize> {
        transaction!(self, |tx| {
            tx.take_time(PATIENCE).await?;
            tx.lock(LOCK).await?;
            let missing = missing(self.renderer(), tx).await?;
            for sql in &missing {
                // The statement's own text is its name: that is what an operator has to see.
                tx.run(&Statement::new(sql, sql.clone()), &[]).await.map_err(failed)?;
            }
            Ok(missing.len())
        })
    }
}

/// A value that stands in the way of a migration is no client's fault.
fn failed(fault: Fault) -> Error {
    match fault {
        fault if fault.is_not_allowed() => Error::broken(NotAllowed(fault.into())),
        Fault::Taken(failure) | Fault::Unfit(failure) => Error::broken(failure),
        fault => fault.into(),
    }
}

/// A server may run under a user who changes no tables, once somebody else has.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database's user may not change its tables: have their owner run what `signet migrate --plan` prints, and grant \
    this user SELECT, INSERT, UPDATE and DELETE on all the tables and USAGE on their sequences"
)]
struct NotAllowed(#[source] Error);

/// The SQL for whatever is not there.
async fn missing(renderer: &Renderer, tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let present = Present::read(&renderer.layout, renderer.dialect, Asked::Tx(tx)).await?;
    let mut plan = Plan { renderer, tables: Vec::new(), upon: Vec::new() };
    for file in FILES.iter().filter(|file| (file.needed)(&renderer.layout)) {
        for step in steps::parse(file.text(renderer.dialect))? {
            plan.add(&step, &present)?;
        }
    }
    plan.tables.append(&mut plan.upon);
    Ok(plan.tables)
}

impl File {
    fn text(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Postgres => self.postgres,
            Dialect::Sqlite => self.sqlite,
        }
    }
}

/// SQL in the making. Indexes and triggers, which are upon tables, come last, when all the columns are there.
struct Plan<'a> {
    renderer: &'a Renderer,
    tables: Vec<String>,
    upon: Vec<String>,
}

impl Plan<'_> {
    fn add(&mut self, step: &Step<'_>, present: &Present) -> Result<()> {
        let table = self.renderer.layout.table(step.table()).ok_or_else(|| unknown(step.table()))?;
        let there = present.table(&table.name);
        match (step, there) {
            (Step::Table { columns, .. }, None) => self.create(table, columns),
            (Step::Table { columns, .. }, Some(there)) => self.complete(table, columns, there),
            (Step::Index { column, bytes, template, .. }, there) => {
                let column = table.column(column).ok_or_else(|| unknown(column))?;
                let is_there = |there: &PresentTable| there.is_indexed(&column.name, *bytes);
                if !there.is_some_and(is_there) {
                    self.upon.push(self.renderer.render(template)?);
                }
                Ok(())
            }
            (Step::Trigger { name, template, .. }, there) => {
                let name = trigger_name(&table.name, name);
                if !there.is_some_and(|there| there.has_trigger(&name)) {
                    self.upon.push(self.renderer.render(template)?);
                }
                Ok(())
            }
        }
    }

    fn create(&mut self, table: &Table, columns: &[Definition<'_>]) -> Result<()> {
        let mut lines = Vec::new();
        for definition in columns {
            lines.push(self.renderer.render(definition.template)?);
        }
        for (column, field) in added_columns(table) {
            lines.push(format!("{} {}", quote(&column.name), added::definition(field, self.renderer.dialect)));
        }
        let lines = lines.join(",\n    ");
        self.tables.push(format!("CREATE TABLE {} (\n    {lines}\n)", quote(&table.name)));
        Ok(())
    }

    fn complete(&mut self, table: &Table, columns: &[Definition<'_>], there: &PresentTable) -> Result<()> {
        for definition in columns {
            let column = table.column(definition.column).ok_or_else(|| unknown(definition.column))?;
            let (line, unique) = definition.without_unique();
            self.add_column(table, column, self.renderer.render(&line)?, unique, there);
        }
        for (column, field) in added_columns(table) {
            let line = format!("{} {}", quote(&column.name), added::addition(field, self.renderer.dialect)?);
            self.add_column(table, column, line, field.unique, there);
        }
        Ok(())
    }

    /// SQLite adds no column that is unique, so that is always an index of its own.
    fn add_column(&mut self, table: &Table, column: &Column, line: String, unique: bool, there: &PresentTable) {
        if !there.has(&column.name) {
            self.tables.push(format!("ALTER TABLE {} ADD COLUMN {line}", quote(&table.name)));
        }
        if unique && !there.is_unique(&column.name) {
            self.upon.push(format!(
                "CREATE UNIQUE INDEX {} ON {} ({})",
                quote(&index_name(&table.name, &column.name, "uidx")),
                quote(&table.name),
                quote(&column.name)
            ));
        }
    }
}

fn added_columns(table: &Table) -> impl Iterator<Item = (&Column, &Field)> {
    table.columns.iter().filter_map(|column| Some((column, column.field.as_ref()?)))
}

fn unknown(name: &str) -> Error {
    Error::broken(format!("a migration names {name:?}, which no schema has"))
}

/// The name that Better Auth gives an index: the table, the column and the kind, and where that is too long a hash (FNV-1a
/// of the UTF-16 units) in place of its end.
pub(super) fn index_name(table: &str, column: &str, kind: &str) -> String {
    const LONGEST: usize = 63;
    let stem = format!("{table}_{column}");
    let name = format!("{stem}_{kind}");
    if name.len() <= LONGEST {
        return name;
    }
    let hash =
        name.encode_utf16().fold(0x811c_9dc5_u32, |hash, unit| (hash ^ u32::from(unit)).wrapping_mul(16_777_619));
    let end = format!("_{hash:08x}_{kind}");
    format!("{}{end}", &stem[..stem.floor_char_boundary(LONGEST - end.len())])
}

/// The name of a trigger, and of the function that it runs.
pub(super) fn trigger_name(table: &str, name: &str) -> String {
    format!("{table}_{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn names(directory: &str) -> BTreeSet<String> {
        let path = format!("{}/migrations/{directory}", env!("CARGO_MANIFEST_DIR"));
        let entries = std::fs::read_dir(path).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn both_engines_have_files_of_the_same_names_and_all_are_embedded() {
        assert_eq!(names("postgres"), names("sqlite"));
        assert_eq!(names("postgres").len(), FILES.len());
    }

    #[test]
    fn the_files_make_exactly_the_tables_and_columns_that_statements_may_name() {
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let steps: Vec<_> = FILES.iter().flat_map(|file| steps::parse(file.text(dialect)).unwrap()).collect();
            for (name, columns) in super::super::schema::TABLES {
                let made = steps.iter().find_map(|step| match step {
                    Step::Table { table, columns } if table == name => Some(columns),
                    _ => None,
                });
                let made: Vec<_> = made.unwrap().iter().map(|definition| definition.column).collect();
                let named: Vec<_> = columns.iter().map(|(column, _)| *column).collect();
                assert_eq!(made, named, "{name}");
            }
        }
    }

    #[test]
    fn an_index_is_named_as_better_auth_names_it() {
        assert_eq!(index_name("session", "userId", "idx"), "session_userId_idx");
        let long = index_name("a_table_with_a_rather_long_name_of_its_own", "aColumnThatIsLongToo", "uidx");
        assert_eq!(long, "a_table_with_a_rather_long_name_of_its_own_aColum_b9880836_uidx");
    }
}
