//! Additional fields of users and sessions, as data.

use serde_json::Value as Json;
use toml::Value;

use super::given::Given;
use super::section::{Section, Unset};
use crate::base::{Field, FieldKind};

/// Better Auth's types of fields, and what lists have. They are kept as JSON.
const KINDS: &[(&str, (FieldKind, Option<FieldKind>))] = &[
    ("string", (FieldKind::String, None)),
    ("number", (FieldKind::Number, None)),
    ("boolean", (FieldKind::Boolean, None)),
    ("date", (FieldKind::Date, None)),
    ("json", (FieldKind::Json, None)),
    ("string[]", (FieldKind::Json, Some(FieldKind::String))),
    ("number[]", (FieldKind::Json, Some(FieldKind::Number))),
];

impl Section<'_> {
    /// A table of additional fields, in the order of their declaration. `core` are the columns that are there already.
    pub fn fields(&mut self, name: &str, core: &[&str]) -> Vec<Field> {
        let mut table = self.table(name);
        let mut fields = Vec::new();
        for own in table.own_names() {
            if core.contains(&own.as_str()) {
                table.refuse(&own, "is a core field already; choose another name");
            } else if !is_identifier(&own) {
                table.refuse(&own, "must be a name of letters, digits and `_` that does not start with a digit");
            }
            fields.push(field(&mut table.table(&own), &own));
        }
        fields
    }
}

fn field(section: &mut Section<'_>, name: &str) -> Field {
    if !section.has("type") {
        section.refuse("type", "is missing; write e.g. `type = \"string\"`");
    }
    let doc = "What values it takes. Lists are kept as JSON.";
    let kind = section.optional_choice("type", "must be given", KINDS, &[], doc);
    let (kind, items) = kind.unwrap_or((FieldKind::String, None));
    let required = section.bool("required", true, "Whether a new row must have it.");
    let input = section.bool("input", true, "Whether clients may set it.");
    let returned = section.bool("returned", true, "Whether it is part of answers.");
    let default = |given: Given<'_>| default(&given, kind);
    let says = Unset::Says("none");
    let default =
        section.ask("default_value", "a value of its type", says, "What it is when it is absent at creation.", default);
    let unique = section.bool("unique", false, "Whether no two rows may have the same value.");
    let column = section.optional_text("field_name", "the field's name", "The column.");
    if column.as_deref().is_some_and(|column| !is_column(column)) {
        section.refuse("field_name", "must be a column name of 1 to 63 letters");
    }
    Field { name: name.to_owned(), kind, items, required, input, returned, default, unique, column }
}

fn default(given: &Given<'_>, kind: FieldKind) -> Result<Json, String> {
    let fits = match kind {
        FieldKind::String => given.value.is_str(),
        FieldKind::Number => given.value.is_integer() || given.value.is_float(),
        FieldKind::Boolean => given.value.is_bool(),
        FieldKind::Date => given.value.is_str() || given.value.is_datetime(),
        FieldKind::Json => true,
    };
    if fits { Ok(json(given.value)) } else { Err(given.mismatch("a value of the field's type")) }
}

/// A TOML value as JSON; dates become texts.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::String(text) => Json::from(text.as_str()),
        Value::Integer(number) => Json::from(*number),
        // JSON has no infinities: they become null, as in JavaScript.
        Value::Float(number) => Json::from(*number),
        Value::Boolean(value) => Json::from(*value),
        Value::Datetime(date) => Json::from(date.to_string()),
        Value::Array(items) => Json::from_iter(items.iter().map(json)),
        Value::Table(table) => table.iter().map(|(name, value)| (name.clone(), json(value))).collect(),
    }
}

/// Whether a text can be a field's name.
fn is_identifier(text: &str) -> bool {
    let starts = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    starts && text.len() <= 63 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a text can name a table or a column: Postgres cuts names at 63 bytes.
pub(crate) fn is_column(text: &str) -> bool {
    (1..=63).contains(&text.len()) && !text.chars().any(|letter| letter.is_control() || letter == '"')
}
