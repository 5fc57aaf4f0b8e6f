//! The fields that a deployment or a plugin adds to users and sessions, in Better Auth's own terms.

use serde_json::Value;

/// A field beyond the core columns of `user` or `session`: a real column.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The logical name: on the wire, and the column's name unless `column` says otherwise.
    pub name: String,
    pub kind: FieldKind,
    /// What a list has: texts, or numbers. None for what is no list.
    pub items: Option<FieldKind>,
    /// Absent at creation without a default: 400 `MISSING_FIELD`.
    pub required: bool,
    /// Whether a client may set it.
    pub input: bool,
    /// Whether it is part of an answer.
    pub returned: bool,
    /// What it is at creation when it is absent.
    pub default: Option<Value>,
    pub unique: bool,
    /// Better Auth's `fieldName`: the column where it is not named like the field.
    pub column: Option<String>,
}

impl Field {
    /// A field that clients may set or leave out, and that answers show.
    pub fn optional(name: &str, kind: FieldKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            items: None,
            required: false,
            input: true,
            returned: true,
            default: None,
            unique: false,
            column: None,
        }
    }
}

/// The type of an additional field. Better Auth's arrays and JSON are kept as JSON text in their column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    String,
    Number,
    Boolean,
    Date,
    Json,
}
