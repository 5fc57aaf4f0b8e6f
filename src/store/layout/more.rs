//! The additional columns of a row: from the fields of a user or a session to values, and back.

use serde_json::{Map, Value as Json};

use super::{Column, Layout};
use crate::base::error::Issue;
use crate::base::{Error, Field, FieldKind, Result, Timestamp};
use crate::store::engine::{Row, Value};

impl Layout {
    fn fields<'a>(&'a self, table: &str) -> impl Iterator<Item = (&'a Column, &'a Field)> {
        let columns = self.table(table).map(|table| table.columns.as_slice()).unwrap_or_default();
        columns.iter().filter_map(|column| Some((column, column.field.as_ref()?)))
    }

    /// The additional fields of a row, in the order of their declaration.
    pub(in crate::store) fn read_more(&self, table: &str, row: &Row) -> Result<Map<String, Json>> {
        self.fields(table)
            .map(|(column, field)| {
                let alias = format!("{table}.{}", column.logical);
                let value = match field.kind {
                    FieldKind::String => row.optional_text(&alias)?.into(),
                    FieldKind::Number => row.number_or_text(&alias)?,
                    FieldKind::Boolean => row.optional_bool(&alias)?.into(),
                    FieldKind::Date => row.optional_time(&alias)?.map(|moment| moment.to_string()).into(),
                    FieldKind::Json => match row.optional_text(&alias)? {
                        Some(text) => serde_json::from_str(&text).map_err(Error::broken)?,
                        None => Json::Null,
                    },
                };
                Ok((column.logical.clone(), value))
            })
            .collect()
    }

    /// The additional fields of a row that was kept elsewhere, in the order of their declaration. None where it has not
    /// exactly those that there are.
    pub(in crate::store) fn only_more(&self, table: &str, mut kept: Map<String, Json>) -> Option<Map<String, Json>> {
        let more = self.fields(table).map(|(column, _)| kept.remove_entry(&column.logical)).collect::<Option<_>>()?;
        kept.is_empty().then_some(more)
    }

    /// Those of a row's additional fields that there are here and that fit, with the defaults of the others.
    pub(in crate::store) fn known_more(&self, table: &str, mut kept: Map<String, Json>) -> Map<String, Json> {
        let value = |field: &Field| {
            let given = kept.remove(&field.name).filter(|value| bind(field, value).is_ok());
            Some((field.name.clone(), given.or_else(|| field.default.clone())?))
        };
        self.fields(table).map(|(_, field)| field).filter_map(value).collect()
    }

    /// A value for each additional column of a new row, NULL where nothing is given.
    pub(in crate::store) fn new_more(&self, table: &str, more: &Map<String, Json>) -> Result<Vec<Value>> {
        self.closed(table, more)?;
        self.fields(table).map(|(_, field)| bind(field, more.get(&field.name).unwrap_or(&Json::Null))).collect()
    }

    /// The given additional columns with their values, in the order of their declaration.
    pub(in crate::store) fn changed_more(&self, table: &str, more: &Map<String, Json>) -> Result<Vec<(String, Value)>> {
        self.closed(table, more)?;
        self.fields(table)
            .filter_map(|(column, field)| Some((column, field, more.get(&field.name)?)))
            .map(|(column, field, value)| Ok((column.logical.clone(), bind(field, value)?)))
            .collect()
    }

    /// Nothing but declared fields reaches SQL.
    fn closed(&self, table: &str, more: &Map<String, Json>) -> Result<()> {
        match more.keys().find(|name| !self.fields(table).any(|(_, field)| field.name == **name)) {
            Some(unknown) => Err(Error::broken(format!("{table} has no additional field {unknown:?}"))),
            None => Ok(()),
        }
    }
}

/// A field's value for its column. Numbers are whole, as Better Auth's own column for them is, and none is so large that
/// JavaScript would take it for its neighbour.
fn bind(field: &Field, value: &Json) -> Result<Value> {
    let bound = match (field.kind, value) {
        (FieldKind::String, Json::Null) => Some(Value::Text(None)),
        (FieldKind::String, Json::String(text)) => Some(Value::from(text)),
        (FieldKind::Number, Json::Null) => Some(Value::Number(None)),
        (FieldKind::Number, Json::Number(number)) => {
            number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 2f64.powi(53)).map(Value::from)
        }
        (FieldKind::Boolean, Json::Null) => Some(Value::Bool(None)),
        (FieldKind::Boolean, Json::Bool(flag)) => Some(Value::from(*flag)),
        (FieldKind::Date, Json::Null) => Some(Value::Time(None)),
        (FieldKind::Date, Json::String(text)) => Timestamp::parse(text).map(Value::from),
        (FieldKind::Json, Json::Null) => Some(Value::Text(None)),
        (FieldKind::Json, value) => Some(Value::from(value.to_string())),
        _ => None,
    };
    bound.ok_or_else(|| {
        let expected = match field.kind {
            FieldKind::String => "string",
            FieldKind::Number => "int",
            FieldKind::Boolean => "boolean",
            FieldKind::Date => "date",
            FieldKind::Json => "json",
        };
        let place = format!("body.{}", field.name);
        Error::Invalid(vec![Issue { place, text: format!("Invalid input: expected {expected}").into() }])
    })
}
