//! The additional fields of a row, and those that a new user has besides.

use serde_json::{Map, Value};

use super::Reader;
use crate::base::{Field, FieldKind};
use crate::users::fields;
use crate::users::import::text::{moment, text, truth};

impl Reader<'_> {
    /// Whether a row gives a role that a new user would not have by itself.
    pub(super) fn has_own_role(&self, given: &Map<String, Value>) -> bool {
        let Some(role) = given.get("role").filter(|role| !role.is_null()) else { return false };
        let mut without = given.clone();
        without.remove("role");
        self.whole(without).ok().and_then(|more| more.get("role").cloned()).as_ref() != Some(role)
    }

    /// The additional fields of a row, whoever else may set them.
    pub(super) fn given(&mut self, row: Map<String, Value>) -> Result<Map<String, Value>, String> {
        let row = self.with_user_name(row)?;
        let mut given = Map::new();
        for (name, value) in row {
            let Some(field) = self.fields.iter().find(|field| field.name == name) else {
                if name == "banned" && truth(&value) == Some(true) {
                    return Err("The user is locked there, and there are no bans here: \
                        set plugins.admin.enabled = true, or take the line out."
                        .to_owned());
                }
                if !self.drop_unknown_fields {
                    return Err(format!(
                        "There is no field `{name}`: declare it below user.additional_fields, turn its plugin on, or \
                         leave it out with --drop-unknown-fields."
                    ));
                }
                *self.left_out.entry(name).or_default() += 1;
                continue;
            };
            let value = self.typed(field, value);
            let fitting = fields::fitting(field, &value).map_err(|error| error.plain_message())?;
            given.insert(name, fitting);
        }
        Ok(given)
    }

    /// A user name in the form in which it is kept, and for show as it was.
    fn with_user_name(&mut self, mut row: Map<String, Value>) -> Result<Map<String, Value>, String> {
        let Some((kept, name)) = self.user_name.zip(row.get("username").and_then(text)) else { return Ok(row) };
        match kept(&name) {
            Some(kept) => {
                row.insert("username".to_owned(), kept.into());
                if self.fields.iter().any(|field| field.name == "displayUsername") {
                    row.entry("displayUsername").or_insert(name.into());
                }
            }
            None if self.drop_unknown_fields => {
                row.remove("username");
                *self.left_out.entry("username".to_owned()).or_default() += 1;
            }
            None => return Err("`username` has letters or a length that user names do not have here.".to_owned()),
        }
        Ok(row)
    }

    /// A value in its field's type where it came as a text.
    fn typed(&self, field: &Field, value: Value) -> Value {
        let read = match (field.kind, &value) {
            (FieldKind::Date, _) => moment(&value).map(|moment| moment.to_string().into()),
            (FieldKind::String, Value::Array(items)) => {
                let items: Option<Vec<String>> = items.iter().map(text).collect();
                items.map(|items| items.join(",").into())
            }
            (FieldKind::String, Value::Number(number)) => Some(number.to_string().into()),
            (FieldKind::Boolean, _) => truth(&value).map(Value::Bool),
            (FieldKind::Number, Value::String(text)) if self.are_texts => {
                text.parse::<i64>().ok().map(Value::from).or_else(|| text.parse::<f64>().ok().map(Value::from))
            }
            (FieldKind::Json, Value::String(text)) if self.are_texts => serde_json::from_str(text).ok(),
            _ => None,
        };
        read.unwrap_or(value)
    }

    /// With defaults, and with what plugins set.
    pub(super) fn whole(&self, mut more: Map<String, Value>) -> Result<Map<String, Value>, String> {
        for field in self.fields {
            match &field.default {
                Some(default) if !more.contains_key(&field.name) => {
                    more.insert(field.name.clone(), default.clone());
                }
                _ => {}
            }
        }
        (self.complete)(&mut more);
        match self.fields.iter().find(|field| field.required && !more.contains_key(&field.name)) {
            Some(missing) => Err(format!("There is no `{}`, which every user needs here.", missing.name)),
            None => Ok(more),
        }
    }
}
