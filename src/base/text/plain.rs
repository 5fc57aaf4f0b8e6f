//! Text that every store keeps alike.
//!
//! Postgres refuses U+0000 in `text`, SQLite takes it and cuts it off here and there; so no text with one goes to a
//! store, and one that a client sends is a fault of its request (400), never ours (500). This is the only character
//! that is refused everywhere. Line ends, U+202E, U+FEFF and the like are stored in a name or a user agent as they
//! came, as Better Auth does; what gives them a meaning (a mail's header, a `Location`, an address, a page to go to)
//! checks for itself.
//!
//! Fields of bodies and queries are checked as they are read. A header cannot hold U+0000. Whatever comes by another
//! way (a segment of a path, a provider's profile) is checked where it comes in.

use serde_json::Value;

/// Whether Postgres and SQLite hold the text alike: it has no U+0000.
pub fn storable(text: &str) -> bool {
    !text.contains('\0')
}

/// Whether all texts in a JSON value are [`storable`], keys of objects too.
pub fn storable_json(value: &Value) -> bool {
    match value {
        Value::String(text) => storable(text),
        Value::Array(items) => items.iter().all(storable_json),
        Value::Object(fields) => fields.iter().all(|(name, value)| storable(name) && storable_json(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn t03_a_nul_is_not_storable_wherever_it_hides() {
        assert!(!storable("a\0b"));
        assert!(!storable_json(&json!("\0")));
        assert!(!storable_json(&json!([1, ["\0"]])));
        assert!(!storable_json(&json!({"a": {"\0": 1}})));
    }

    #[test]
    fn t03_other_control_characters_are_stored_as_they_are() {
        assert!(storable("line\r\nend \u{202e} \u{feff}"));
        assert!(storable_json(&json!({"name": "Zoë", "age": 7, "tags": [true, null]})));
    }
}
