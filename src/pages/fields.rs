//! The fields that a site adds to its users, as forms ask for them.

use serde::Serialize;

use super::language::Messages;
use crate::base::{Field, FieldKind};

/// The table of the messages that has their labels.
pub const TABLE: &str = "fields";

/// A field that forms may have.
#[derive(Clone, Debug, Serialize)]
pub struct FormField {
    name: String,
    /// How it is typed; `fields.html` and `fields.js` go by this.
    kind: &'static str,
    /// Whether it may not be left empty.
    required: bool,
    /// Whether nobody gets an account without it.
    asked: bool,
    unique: bool,
}

impl FormField {
    /// None for a field that people may not set, or not see, and for JSON, which nobody types.
    pub fn of(field: &Field) -> Option<Self> {
        let kind = match (field.kind, field.items) {
            (FieldKind::String, _) => "text",
            (FieldKind::Number, _) => "number",
            (FieldKind::Boolean, _) => "boolean",
            (FieldKind::Date, _) => "date",
            (FieldKind::Json, Some(FieldKind::String)) => "texts",
            (FieldKind::Json, Some(FieldKind::Number)) => "numbers",
            (FieldKind::Json, _) => return None,
        };
        let asked = field.required && field.default.is_none();
        let Field { name, required, unique, .. } = field.clone();
        (field.input && field.returned).then_some(Self { name, kind, required, asked, unique })
    }

    /// With what stands beside it in a language.
    pub fn labelled(&self, messages: Option<&Messages>) -> Labelled<'_> {
        let said = messages.and_then(|messages| messages.of(TABLE)?.get(&self.name)?.as_str());
        Labelled { field: self, label: said.map_or_else(|| words(&self.name), str::to_owned) }
    }
}

/// A field, and its label.
#[derive(Debug, Serialize)]
pub struct Labelled<'a> {
    #[serde(flatten)]
    field: &'a FormField,
    label: String,
}

/// A name as it would be written: `shoeSize` and `shoe_size` are `Shoe size`. What is in capitals stays.
fn words(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for letter in name.trim_matches('_').chars() {
        let begins = letter.is_ascii_uppercase() && !before.is_ascii_uppercase();
        if (begins || letter == '_') && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
        if letter != '_' {
            words.push(if words.is_empty() { letter.to_ascii_uppercase() } else { letter });
        }
        before = letter;
    }
    let lowered = words.split(' ').enumerate().map(|(at, word)| match at {
        0 => word.to_owned(),
        _ if word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase()) => word.to_owned(),
        _ => word.to_ascii_lowercase(),
    });
    lowered.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_label_is_written_in_words() {
        for (name, label) in [
            ("company", "Company"),
            ("shoeSize", "Shoe size"),
            ("shoe_size", "Shoe size"),
            ("_internal__note_", "Internal note"),
            ("vatID", "Vat ID"),
            ("VAT_ID", "VAT ID"),
            ("planB", "Plan b"),
            ("__", ""),
        ] {
            assert_eq!(words(name), label, "{name}");
        }
    }

    #[test]
    fn forms_have_what_people_may_set_and_see_and_can_type() {
        let field = |kind| Field::optional("own", kind);
        let list = |items| Field { items: Some(items), ..field(FieldKind::Json) };
        let kind = |field: Field| FormField::of(&field).map(|field| field.kind);
        assert_eq!(kind(field(FieldKind::Date)), Some("date"));
        assert_eq!(kind(list(FieldKind::String)), Some("texts"));
        assert_eq!(kind(list(FieldKind::Number)), Some("numbers"));
        assert_eq!(kind(field(FieldKind::Json)), None);
        assert_eq!(kind(Field { input: false, ..field(FieldKind::String) }), None);
        assert_eq!(kind(Field { returned: false, ..field(FieldKind::String) }), None);
    }
}
