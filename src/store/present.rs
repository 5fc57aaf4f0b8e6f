//! What a database has already: tables, columns with their types, indexes, triggers. The store adapts its layout to it, migrations
//! add what it lacks, and `signet doctor database` says what will become of it.

use std::collections::HashMap;

use super::Store;
use super::engine::{Dialect, Engine, Row, Statement, Tx, Value};
use super::layout::{Column, Layout, is_signets};
use super::template::quote;
use crate::base::Result;

// `NAMES` is a list of tables: `(VALUES ($1), …)`, whose one column both engines call `column1`. Postgres reads each name
// as an identifier, along the search path, as every statement does.
const POSTGRES_COLUMNS: &str = "SELECT names.column1::text AS table_name, a.attname::text AS name, \
    format_type(t.oid, NULL)::text AS type, t.typtype = 'e' AS is_enum, \
    NOT a.attnotnull AS nullable, a.atthasdef OR a.attidentity <> '' AS filled, \
    pg_get_serial_sequence(names.column1, a.attname)::text AS sequence \
    FROM (VALUES NAMES) AS names JOIN pg_catalog.pg_attribute a ON a.attrelid = to_regclass(names.column1) \
    JOIN LATERAL (WITH RECURSIVE beneath AS (\
        SELECT oid, typtype, typbasetype FROM pg_catalog.pg_type WHERE oid = a.atttypid \
        UNION ALL SELECT t.oid, t.typtype, t.typbasetype FROM beneath \
        JOIN pg_catalog.pg_type t ON t.oid = beneath.typbasetype WHERE beneath.typtype = 'd') \
        SELECT oid, typtype FROM beneath WHERE typtype <> 'd') t ON TRUE \
    WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY names.column1, a.attnum";
/// The first column of each index, whether it is unique, whether it has no other column, and whether it compares texts
/// byte by byte.
const POSTGRES_INDEXES: &str = "SELECT names.column1::text AS table_name, a.attname::text AS name, \
    i.indisunique AS is_unique, i.indnkeyatts = 1 AS alone, \
    EXISTS (SELECT 1 FROM pg_catalog.pg_collation c WHERE c.oid = i.indcollation[0] AND c.collname = 'C') AS bytes \
    FROM (VALUES NAMES) AS names JOIN pg_catalog.pg_index i ON i.indrelid = to_regclass(names.column1) \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
    WHERE i.indisvalid AND i.indpred IS NULL";
const POSTGRES_TRIGGERS: &str = "SELECT names.column1::text AS table_name, t.tgname::text AS name \
    FROM (VALUES NAMES) AS names JOIN pg_catalog.pg_trigger t ON t.tgrelid = to_regclass(names.column1) \
    WHERE NOT t.tgisinternal";
const POSTGRES_TABLES: &str = "SELECT relname::text AS name \
    FROM pg_catalog.pg_class WHERE relnamespace = to_regnamespace(current_schema()) AND relkind IN ('r', 'p') \
    ORDER BY relname";

// A generated column is hidden from `table_info`, and nobody has to fill it.
const SQLITE_COLUMNS: &str = "SELECT names.column1 AS table_name, info.name AS name, info.type AS type, 0 AS is_enum, \
    NOT info.\"notnull\" AS nullable, info.dflt_value IS NOT NULL OR (info.pk = 1 AND lower(info.type) = 'integer') \
    AS filled, NULL AS sequence FROM (VALUES NAMES) AS names JOIN pragma_table_info(names.column1) AS info \
    ORDER BY names.column1, info.cid";
const SQLITE_INDEXES: &str = "SELECT names.column1 AS table_name, info.name AS name, list.\"unique\" AS is_unique, \
    (SELECT count(*) FROM pragma_index_info(list.name)) = 1 AS alone, 1 AS bytes \
    FROM (VALUES NAMES) AS names JOIN pragma_index_list(names.column1) AS list \
    JOIN pragma_index_info(list.name) AS info \
    WHERE info.seqno = 0 AND list.partial = 0 AND info.name IS NOT NULL";
const SQLITE_TRIGGERS: &str = "SELECT names.column1 AS table_name, made.name AS name FROM (VALUES NAMES) AS names \
    JOIN sqlite_master AS made ON made.type = 'trigger' AND lower(made.tbl_name) = lower(names.column1)";
const SQLITE_TABLES: &str =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name";

/// The tables that are there.
#[derive(Debug)]
pub struct Present {
    tables: HashMap<String, PresentTable>,
    others: Vec<String>,
}

/// A table of the layout that is there.
#[derive(Debug)]
pub struct PresentTable {
    dialect: Dialect,
    /// What statements call it.
    pub logical: &'static str,
    pub name: String,
    /// In the order of the table.
    pub columns: Vec<PresentColumn>,
    indexes: Vec<Index>,
    triggers: Vec<String>,
}

/// A column that is there.
#[derive(Clone, Debug)]
pub struct PresentColumn {
    pub name: String,
    /// What statements call it; none for one that is somebody else's.
    pub logical: Option<String>,
    /// The database's name for its type, in lower case: `text`, `timestamp without time zone`. That of a domain is the
    /// type beneath.
    pub type_name: String,
    /// The same as SQL has to spell it.
    pub(super) spelt: String,
    /// Whether its values are some texts that its type lists. Only Postgres has such.
    pub(super) is_enum: bool,
    pub nullable: bool,
    /// Whether the database has a value for it where a new row brings none.
    pub fills_itself: bool,
    /// The sequence that its numbers come from, as SQL names it. Only Postgres has such.
    pub sequence: Option<String>,
}

#[derive(Debug)]
struct Index {
    first: String,
    unique: bool,
    /// It has no other column.
    alone: bool,
    /// It compares texts byte by byte.
    bytes: bool,
}

/// Whom the database is asked through.
pub(super) enum Asked<'a, 'e> {
    Engine(&'a Engine),
    Tx(&'a mut Tx<'e>),
}

impl Asked<'_, '_> {
    async fn fetch(&mut self, statement: &Statement, values: &[Value]) -> Result<Vec<Row>> {
        match self {
            Self::Engine(engine) => Ok(engine.fetch(statement, values).await?),
            Self::Tx(tx) => tx.fetch_all(statement, values).await,
        }
    }
}

impl Store {
    /// What the database has at this moment.
    pub async fn present(&self) -> Result<Present> {
        Present::read(self.layout(), self.renderer().dialect, Asked::Engine(&self.0.engine)).await
    }

    /// The columns of a table that is none of the layout's, by its name in the database.
    pub async fn columns_of(&self, table: &str) -> Result<Vec<PresentColumn>> {
        let (sql, name) = match self.renderer().dialect {
            Dialect::Postgres => (POSTGRES_COLUMNS, quote(table)),
            Dialect::Sqlite => (SQLITE_COLUMNS, table.to_owned()),
        };
        let statement = Statement::new("columns of a table", sql.replace("NAMES", "($1)"));
        let rows = self.fetch_all(&statement, &[name.into()]).await?;
        rows.iter().map(PresentColumn::read).collect()
    }
}

impl Present {
    pub(super) async fn read(layout: &Layout, dialect: Dialect, mut asked: Asked<'_, '_>) -> Result<Self> {
        let (columns, indexes, triggers, all) = match dialect {
            Dialect::Postgres => (POSTGRES_COLUMNS, POSTGRES_INDEXES, POSTGRES_TRIGGERS, POSTGRES_TABLES),
            Dialect::Sqlite => (SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_TRIGGERS, SQLITE_TABLES),
        };
        let given = |name: &str| if dialect == Dialect::Postgres { quote(name) } else { name.to_owned() };
        let by_given: HashMap<String, _> = layout.tables().iter().map(|table| (given(&table.name), table)).collect();
        let names: Vec<Value> = by_given.keys().map(Value::from).collect();
        let list = (1..=names.len()).map(|place| format!("(${place})")).collect::<Vec<_>>().join(", ");
        let about_names = |what: &str, sql: &str| Statement::new(what, sql.replace("NAMES", &list));
        let mut tables: HashMap<String, PresentTable> = HashMap::new();
        for row in asked.fetch(&about_names("columns", columns), &names).await? {
            let Some(table) = by_given.get(&row.text("table_name")?) else { continue };
            let there = tables.entry(table.name.clone()).or_insert_with(|| PresentTable {
                dialect,
                logical: table.logical,
                name: table.name.clone(),
                columns: Vec::new(),
                indexes: Vec::new(),
                triggers: Vec::new(),
            });
            there.columns.push(PresentColumn::read(&row)?);
        }
        for row in asked.fetch(&about_names("indexes", indexes), &names).await? {
            let Some(table) = by_given.get(&row.text("table_name")?) else { continue };
            let Some(there) = tables.get_mut(&table.name) else { continue };
            let (unique, alone, bytes) = (row.bool("is_unique")?, row.bool("alone")?, row.bool("bytes")?);
            there.indexes.push(Index { first: row.text("name")?, unique, alone, bytes });
        }
        for row in asked.fetch(&about_names("triggers", triggers), &names).await? {
            let Some(table) = by_given.get(&row.text("table_name")?) else { continue };
            let Some(there) = tables.get_mut(&table.name) else { continue };
            there.triggers.push(row.text("name")?);
        }
        let mut others = Vec::new();
        for row in asked.fetch(&Statement::new("tables", all.to_owned()), &[]).await? {
            let name = row.text("name")?;
            if !layout.tables().iter().any(|table| dialect.same_name(&name, &table.name)) {
                others.push(name);
            }
        }
        let mut present = Self { tables, others };
        present.mark(layout);
        Ok(present)
    }

    /// Says of each column what a layout calls it.
    pub(super) fn mark(&mut self, layout: &Layout) {
        for there in self.tables.values_mut() {
            let Some(table) = layout.table(there.logical) else { continue };
            for column in &mut there.columns {
                let is_it = |ours: &&Column| there.dialect.same_name(&column.name, &ours.name);
                column.logical = table.columns.iter().find(is_it).map(|ours| ours.logical.clone());
            }
        }
    }

    /// Takes the tables of another look that this one has not found.
    pub(super) fn or(mut self, other: Self) -> Self {
        for (name, table) in other.tables {
            if self.logical(table.logical).is_none() {
                self.others.retain(|other| !table.dialect.same_name(other, &name));
                self.tables.insert(name, table);
            }
        }
        self
    }

    /// A table of the layout by its name in the database.
    pub fn table(&self, name: &str) -> Option<&PresentTable> {
        self.tables.get(name)
    }

    /// A table by the name that statements have for it.
    pub fn logical(&self, logical: &str) -> Option<&PresentTable> {
        self.tables.values().find(|table| table.logical == logical)
    }

    /// The tables of the layout that are there, in no order.
    pub fn tables(&self) -> impl Iterator<Item = &PresentTable> {
        self.tables.values()
    }

    /// Whether Signet has been here: some of its own tables are there.
    pub fn has_signets(&self) -> bool {
        self.tables.values().any(|table| is_signets(table.logical))
    }

    /// The names of the other tables beside them, sorted. They are left alone.
    pub fn others(&self) -> &[String] {
        &self.others
    }
}

impl PresentColumn {
    fn read(row: &Row) -> Result<Self> {
        let spelt = row.text("type")?;
        Ok(Self {
            name: row.text("name")?,
            logical: None,
            type_name: spelt.to_lowercase(),
            spelt,
            is_enum: row.bool("is_enum")?,
            nullable: row.bool("nullable")?,
            fills_itself: row.bool("filled")?,
            sequence: row.optional_text("sequence")?,
        })
    }
}

impl PresentTable {
    /// A column by its name in the database.
    pub fn column(&self, name: &str) -> Option<&PresentColumn> {
        self.columns.iter().find(|there| self.dialect.same_name(&there.name, name))
    }

    pub fn has(&self, column: &str) -> bool {
        self.column(column).is_some()
    }

    /// The columns that no statement of Signet names. They are left alone.
    pub fn foreign_columns(&self) -> impl Iterator<Item = &PresentColumn> {
        self.columns.iter().filter(|column| column.logical.is_none())
    }

    /// Those of them that a new row must bring a value for, so that Signet can insert none.
    pub fn columns_in_the_way(&self) -> impl Iterator<Item = &PresentColumn> {
        self.foreign_columns().filter(|column| !column.nullable && !column.fills_itself)
    }

    /// Whether an index helps to find the rows of a value or, with `bytes`, the texts that begin in a certain way.
    pub fn is_indexed(&self, column: &str, bytes: bool) -> bool {
        self.indexes.iter().any(|index| (index.bytes || !bytes) && self.dialect.same_name(&index.first, column))
    }

    pub fn has_trigger(&self, name: &str) -> bool {
        self.triggers.iter().any(|there| self.dialect.same_name(there, name))
    }

    /// Whether an index keeps a value from coming twice.
    pub fn is_unique(&self, column: &str) -> bool {
        self.indexes.iter().any(|index| index.unique && index.alone && self.dialect.same_name(&index.first, column))
    }
}

impl Dialect {
    /// Whether two names are one: SQLite does not tell upper from lower case.
    fn same_name(self, one: &str, other: &str) -> bool {
        match self {
            Self::Postgres => one == other,
            Self::Sqlite => one.eq_ignore_ascii_case(other),
        }
    }
}
