//! A table and its columns, with names that both engines can have.

use std::collections::HashSet;

use super::TableNames;
use crate::base::{Field, FieldKind};
use crate::store::ids::IdKind;
use crate::store::schema::Kind;

/// The longest name that Postgres takes, in bytes; it would cut a longer one silently.
const LONGEST_NAME: usize = 63;
/// An alias is `session.` and the logical name, and has to be a name itself.
const LONGEST_FIELD: usize = LONGEST_NAME - "session.".len();

/// A table as it is laid out here.
#[derive(Clone, Debug)]
pub struct Table {
    pub logical: &'static str,
    /// The name in the database, unquoted.
    pub name: String,
    pub columns: Vec<Column>,
}

/// A column as it is laid out here.
#[derive(Clone, Debug)]
pub struct Column {
    pub logical: String,
    /// The name in the database, unquoted.
    pub name: String,
    pub kind: Kind,
    /// Of what kind the ids are that it holds; of no meaning in a column for anything else.
    pub ids: IdKind,
    /// The type of its texts, where the one that was found is not one of those that a text has by itself. A placeholder has
    /// to be cast to it: else Postgres would cast the column, past its index and its way to compare.
    pub text_type: Option<String>,
    /// The additional field that it belongs to.
    pub field: Option<Field>,
}

impl Table {
    pub(super) fn new(
        logical: &'static str,
        core: &[(&'static str, Kind)],
        more: Vec<Field>,
        mut names: TableNames,
        ids: IdKind,
    ) -> Result<Self, String> {
        let name = names.model_name.take().unwrap_or_else(|| logical.to_owned());
        check(&name)?;
        if name.to_ascii_lowercase().starts_with("sqlite_") {
            return Err(format!("{name:?} is a name that SQLite keeps for itself"));
        }
        let mut columns: Vec<Column> = core.iter().map(|(logical, kind)| Column::core(logical, *kind, ids)).collect();
        columns.extend(more.into_iter().map(Column::added));
        for column in &mut columns {
            if let Some(renamed) = names.fields.remove(&column.logical) {
                column.name = renamed;
            }
            check(&column.name)?;
            if column.logical.len() > LONGEST_FIELD {
                return Err(format!("{:?} is longer than {LONGEST_FIELD} bytes", column.logical));
            }
            if column.logical.contains(['{', '}']) {
                return Err(format!("{:?} has a brace, which templates are made of", column.logical));
            }
        }
        if let Some(unknown) = names.fields.keys().min() {
            return Err(format!("table {logical:?} has no field {unknown:?} to rename"));
        }
        distinct("field", columns.iter().map(|column| column.logical.as_str()))?;
        Ok(Self { logical, name, columns })
    }

    /// Of what kind its ids are.
    pub(in crate::store) fn ids(&self) -> IdKind {
        let key = self.columns.iter().find(|column| column.kind == Kind::Key);
        key.map(|column| column.ids).unwrap_or_default()
    }

    pub(in crate::store) fn column(&self, logical: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.logical == logical)
    }
}

impl Column {
    pub(in crate::store) fn core(logical: &str, kind: Kind, ids: IdKind) -> Self {
        Self { logical: logical.to_owned(), name: logical.to_owned(), kind, ids, text_type: None, field: None }
    }

    fn added(field: Field) -> Self {
        let kind = match field.kind {
            FieldKind::String => Kind::Text,
            FieldKind::Number => Kind::Number,
            FieldKind::Boolean => Kind::Bool,
            FieldKind::Date => Kind::Time,
            FieldKind::Json => Kind::Json,
        };
        let name = field.column.clone().unwrap_or_else(|| field.name.clone());
        Self { logical: field.name.clone(), name, kind, ids: IdKind::Text, text_type: None, field: Some(field) }
    }
}

/// A name that both engines can quote.
fn check(name: &str) -> Result<(), String> {
    if name.is_empty() || name.contains('\0') {
        return Err(format!("{name:?} cannot be the name of a table or a column"));
    }
    if name.len() > LONGEST_NAME {
        return Err(format!("{name:?} is longer than {LONGEST_NAME} bytes"));
    }
    Ok(())
}

/// SQLite does not tell upper from lower case in names, so neither may a deployment.
pub(super) fn distinct<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.to_ascii_lowercase()) {
            return Err(format!("two {what}s would be named {name:?}"));
        }
    }
    Ok(())
}
