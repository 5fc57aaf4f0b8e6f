//! The columns of additional fields, of the types that Better Auth gives them.

use serde_json::Value as Json;

use super::super::engine::Dialect;
use crate::base::{Error, Field, FieldKind, Result};

/// For a new table.
pub fn definition(field: &Field, dialect: Dialect) -> String {
    let unique = if field.unique { " UNIQUE" } else { "" };
    format!("{}{}{unique}", column_type(field.kind, dialect), not_null(field))
}

/// For a table that may have rows already: they get the default. The uniqueness is an index of its own.
pub fn addition(field: &Field, dialect: Dialect) -> Result<String> {
    let default = match &field.default {
        // NULL is the only value that many rows may share in a unique column.
        Some(value) if !field.unique || field.required => literal(value, dialect)?,
        _ => None,
    };
    let default = default.map(|literal| format!(" DEFAULT {literal}")).unwrap_or_default();
    Ok(format!("{}{}{default}", column_type(field.kind, dialect), not_null(field)))
}

fn column_type(kind: FieldKind, dialect: Dialect) -> &'static str {
    match (kind, dialect) {
        (FieldKind::String, _) | (FieldKind::Json, Dialect::Sqlite) => "text",
        (FieldKind::Number, _) | (FieldKind::Boolean, Dialect::Sqlite) => "integer",
        (FieldKind::Boolean, Dialect::Postgres) => "boolean",
        (FieldKind::Date, Dialect::Postgres) => "timestamptz",
        (FieldKind::Date, Dialect::Sqlite) => "date",
        (FieldKind::Json, Dialect::Postgres) => "jsonb",
    }
}

fn not_null(field: &Field) -> &'static str {
    if field.required { " NOT NULL" } else { "" }
}

/// A default as SQL: texts, numbers and booleans, as in Better Auth; others are the application's alone.
fn literal(value: &Json, dialect: Dialect) -> Result<Option<String>> {
    Ok(match value {
        Json::String(text) if text.contains('\0') => return Err(Error::broken("a field's default holds NUL")),
        Json::String(text) => Some(format!("'{}'", text.replace('\'', "''"))),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) if dialect == Dialect::Sqlite => Some(u8::from(*flag).to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_quoted() {
        let quoted = literal(&"it's; DROP TABLE x".into(), Dialect::Postgres).unwrap();
        assert_eq!(quoted.as_deref(), Some("'it''s; DROP TABLE x'"));
        assert_eq!(literal(&true.into(), Dialect::Sqlite).unwrap().as_deref(), Some("1"));
        assert_eq!(literal(&true.into(), Dialect::Postgres).unwrap().as_deref(), Some("true"));
    }
}
