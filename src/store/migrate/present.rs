//! What a database has already.

use std::collections::HashMap;

use super::super::engine::{Dialect, Statement, Tx, Value};
use super::super::template::{Renderer, quote};
use crate::base::Result;

const POSTGRES_COLUMNS: &str = "SELECT attname::text AS name FROM pg_catalog.pg_attribute \
    WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
/// The first column of each index, whether it is unique, whether it has no other column, and whether it compares texts
/// byte by byte.
const POSTGRES_INDEXES: &str = "SELECT a.attname::text AS name, i.indisunique AS is_unique, i.indnkeyatts = 1 AS alone, \
    EXISTS (SELECT 1 FROM pg_catalog.pg_collation c WHERE c.oid = i.indcollation[0] AND c.collname = 'C') AS bytes \
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
    WHERE i.indrelid = to_regclass($1) AND i.indisvalid AND i.indpred IS NULL";

const SQLITE_COLUMNS: &str = "SELECT name FROM pragma_table_info($1)";
const SQLITE_INDEXES: &str = "SELECT info.name AS name, list.\"unique\" AS is_unique, \
    (SELECT count(*) FROM pragma_index_info(list.name)) = 1 AS alone, 1 AS bytes \
    FROM pragma_index_list($1) AS list JOIN pragma_index_info(list.name) AS info \
    WHERE info.seqno = 0 AND list.partial = 0 AND info.name IS NOT NULL";

/// The tables of the layout that are there.
pub struct Present {
    tables: HashMap<String, PresentTable>,
}

/// A table that is there.
pub struct PresentTable {
    dialect: Dialect,
    columns: Vec<String>,
    indexes: Vec<Index>,
}

struct Index {
    first: String,
    unique: bool,
    /// It has no other column.
    alone: bool,
    /// It compares texts byte by byte.
    bytes: bool,
}

impl Present {
    pub async fn read(renderer: &Renderer, tx: &mut Tx<'_>) -> Result<Self> {
        let dialect = renderer.dialect;
        let (columns, indexes) = match dialect {
            Dialect::Postgres => (POSTGRES_COLUMNS, POSTGRES_INDEXES),
            Dialect::Sqlite => (SQLITE_COLUMNS, SQLITE_INDEXES),
        };
        let columns_of = Statement::new("columns", columns.to_owned());
        let indexes_of = Statement::new("indexes", indexes.to_owned());
        let mut tables = HashMap::new();
        for table in renderer.layout.tables() {
            // Postgres reads the text as an identifier, along the search path, as every statement does.
            let name = if dialect == Dialect::Postgres { quote(&table.name) } else { table.name.clone() };
            let name = [Value::from(name)];
            let mut there = PresentTable { dialect, columns: Vec::new(), indexes: Vec::new() };
            for row in tx.fetch_all(&columns_of, &name).await? {
                there.columns.push(row.text("name")?);
            }
            if there.columns.is_empty() {
                continue;
            }
            for row in tx.fetch_all(&indexes_of, &name).await? {
                let (unique, alone, bytes) = (row.bool("is_unique")?, row.bool("alone")?, row.bool("bytes")?);
                there.indexes.push(Index { first: row.text("name")?, unique, alone, bytes });
            }
            tables.insert(table.name.clone(), there);
        }
        Ok(Self { tables })
    }

    pub fn table(&self, name: &str) -> Option<&PresentTable> {
        self.tables.get(name)
    }
}

impl PresentTable {
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|there| self.same(there, column))
    }

    /// Whether an index helps to find the rows of a value or, with `bytes`, the texts that begin in a certain way.
    pub fn is_indexed(&self, column: &str, bytes: bool) -> bool {
        self.indexes.iter().any(|index| (index.bytes || !bytes) && self.same(&index.first, column))
    }

    /// Whether an index keeps a value from coming twice.
    pub fn is_unique(&self, column: &str) -> bool {
        self.indexes.iter().any(|index| index.unique && index.alone && self.same(&index.first, column))
    }

    fn same(&self, there: &str, needed: &str) -> bool {
        match self.dialect {
            Dialect::Postgres => there == needed,
            Dialect::Sqlite => there.eq_ignore_ascii_case(needed),
        }
    }
}
