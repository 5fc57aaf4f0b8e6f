//! The reader of bodies and queries: fields by their names and types, and what does not fit, in Zod's words.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::body::Body;
use super::query::Query;
use crate::base::error::Issue;
use crate::base::json::kind;
use crate::base::text::Email;
use crate::base::text::plain::{storable, storable_json};
use crate::base::{Error, Result};

static NO_FIELDS: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

/// A body or a query while it is read. What does not fit is noted and read as a default (`""`, `None`), so that
/// [`finish`](Self::finish) can tell all issues at once, in the order of reading, which is that of the schema.
///
/// Fields of what is no object are not read at all: then only the issue of the whole is told.
#[must_use = "without finish() nobody hears of the issues"]
pub struct Form<'a> {
    /// `body`, `query`, `body.idToken`.
    place: Cow<'static, str>,
    fields: Option<&'a Map<String, Value>>,
    /// What the whole is, in JavaScript's words.
    kind: &'static str,
    /// Whether the whole has been judged.
    judged: bool,
    issues: Vec<Issue>,
}

impl<'a> Form<'a> {
    /// Reads a body. Unless another judgement comes first, it has to be an object.
    pub fn body(body: &'a Body) -> Self {
        Self { place: "body".into(), fields: body.fields(), kind: body.kind(), judged: false, issues: Vec::new() }
    }

    /// Reads a query: always an object.
    pub fn query(query: &'a Query) -> Self {
        Self { place: "query".into(), fields: Some(query.fields()), kind: "object", judged: true, issues: Vec::new() }
    }

    /// The whole must be an object. Whether it is.
    pub fn object(&mut self) -> bool {
        self.whole("object")
    }

    /// The whole must be an object whose fields are all taken, whatever their names: none may hold U+0000.
    pub fn record(&mut self) -> bool {
        if let Some((name, _)) = self.fields().iter().find(|(name, value)| !is_storable(name, value)) {
            self.unstorable(name);
        }
        self.whole("record")
    }

    /// The whole may be absent, but is an object otherwise; `null` is not absent.
    pub fn optional_object(&mut self) -> bool {
        if self.kind == "undefined" {
            self.judged = true;
            return true;
        }
        self.whole("object")
    }

    /// A text that must be there; it may be empty.
    pub fn string(&mut self, name: &str) -> String {
        self.required_string(name).unwrap_or_default().to_owned()
    }

    /// A text that must be there and not be empty.
    pub fn nonempty_string(&mut self, name: &str) -> String {
        let text = self.required_string(name);
        if text == Some("") {
            self.issue(name, "Too small: expected string to have >=1 characters");
        }
        text.unwrap_or_default().to_owned()
    }

    /// An e-mail address that must be there, in lower case.
    pub fn email(&mut self, name: &str) -> String {
        let Some(text) = self.required(name, "string", Value::as_str) else { return String::new() };
        let Some(email) = Email::parse(text) else {
            self.issue(name, "Invalid email address");
            return String::new();
        };
        email.as_str().to_owned()
    }

    /// A text that may be absent. Like all that is optional here, it may not be `null`.
    pub fn optional_string(&mut self, name: &str) -> Option<String> {
        let text = self.optional(name, "string", Value::as_str)?;
        self.stored(name, text).map(str::to_owned)
    }

    /// `true` or `false`; a form's `"false"` is a string and none of them.
    pub fn optional_bool(&mut self, name: &str) -> Option<bool> {
        self.optional(name, "boolean", Value::as_bool)
    }

    /// A number that may be absent.
    pub fn optional_number(&mut self, name: &str) -> Option<f64> {
        self.optional(name, "number", Value::as_f64)
    }

    /// A list of texts that may be absent. One that is no text is told by its place in the list, `body.scopes.1`.
    pub fn optional_strings(&mut self, name: &str) -> Option<Vec<String>> {
        let items = self.optional(name, "array", Value::as_array)?;
        let texts = items.iter().enumerate().filter_map(|(index, item)| {
            let place = format!("{name}.{index}");
            match item.as_str() {
                Some(text) => self.stored(&place, text).map(str::to_owned),
                None => {
                    self.mismatch(&place, "string", kind(item));
                    None
                }
            }
        });
        Some(texts.collect())
    }

    /// An object that may be absent, taken as it is.
    pub fn optional_object_field(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        self.optional_map(name, "object")
    }

    /// An object that may be absent, where Zod says `record`.
    pub fn optional_record_field(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        self.optional_map(name, "record")
    }

    /// An object that may be absent and has fields to be read: their issues are told as `body.name.field`.
    pub fn optional_nested<T>(&mut self, name: &str, read: impl FnOnce(&mut Form<'a>) -> T) -> Option<T> {
        let fields = self.optional(name, "object", Value::as_object)?;
        let place = format!("{}.{name}", self.place).into();
        let mut nested = Form { place, fields: Some(fields), kind: "object", judged: true, issues: Vec::new() };
        let value = read(&mut nested);
        self.issues.append(&mut nested.issues);
        Some(value)
    }

    /// An object that must be there, where Zod says `record`.
    pub fn record_field(&mut self, name: &str) -> &'a Map<String, Value> {
        let fields = self.required(name, "record", Value::as_object).unwrap_or(&NO_FIELDS);
        if !fields.iter().all(|(name, value)| is_storable(name, value)) {
            self.unstorable(name);
        }
        fields
    }

    /// One of several words, or nothing. A word is told apart by its letters as they are.
    pub fn optional_word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let value = self.judged_fields()?.get(name)?;
        let found = words.iter().find(|(word, _)| value.as_str() == Some(*word));
        if found.is_none() {
            let all: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.issue(name, format!("Invalid option: expected one of {}", all.join("|")));
        }
        found.map(|(_, meant)| *meant)
    }

    /// A field as it came: unchecked, it may hold U+0000 unless [`record`](Self::record) was asked for.
    pub fn raw(&self, name: &str) -> Option<&'a Value> {
        self.fields?.get(name)
    }

    /// All fields as they came, unchecked like [`raw`](Self::raw); none where the whole is no object.
    pub fn fields(&self) -> &'a Map<String, Value> {
        self.fields.unwrap_or(&NO_FIELDS)
    }

    /// Notes what the caller finds amiss with a field, or with the whole if the name is empty.
    pub fn issue(&mut self, name: &str, text: impl Into<Cow<'static, str>>) {
        let place = if name.is_empty() { self.place.to_string() } else { format!("{}.{name}", self.place) };
        self.issues.push(Issue { place, text: text.into() });
    }

    /// 400 `VALIDATION_ERROR` with all issues, if there are any.
    pub fn finish(self) -> Result<()> {
        if self.issues.is_empty() { Ok(()) } else { Err(Error::Invalid(self.issues)) }
    }

    fn whole(&mut self, expected: &str) -> bool {
        self.judged = true;
        if self.fields.is_none() {
            self.mismatch("", expected, self.kind);
        }
        self.fields.is_some()
    }

    /// The fields, once the whole has been judged: nobody reads defaults out of a body that is none.
    fn judged_fields(&mut self) -> Option<&'a Map<String, Value>> {
        if !self.judged {
            self.object();
        }
        self.fields
    }

    fn required<T>(&mut self, name: &str, expected: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.judged_fields()?.get(name);
        let read = value.and_then(read);
        if read.is_none() {
            self.mismatch(name, expected, value.map_or("undefined", kind));
        }
        read
    }

    fn optional<T>(&mut self, name: &str, expected: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        self.judged_fields()?.contains_key(name).then(|| self.required(name, expected, read)).flatten()
    }

    fn required_string(&mut self, name: &str) -> Option<&'a str> {
        let text = self.required(name, "string", Value::as_str)?;
        self.stored(name, text)
    }

    fn optional_map(&mut self, name: &str, expected: &str) -> Option<&'a Map<String, Value>> {
        let fields = self.optional(name, expected, Value::as_object)?;
        if !fields.iter().all(|(name, value)| is_storable(name, value)) {
            self.unstorable(name);
            return None;
        }
        Some(fields)
    }

    fn stored(&mut self, name: &str, text: &'a str) -> Option<&'a str> {
        if !storable(text) {
            self.unstorable(name);
            return None;
        }
        Some(text)
    }

    /// Told once, though a record reads what was read by name before.
    fn unstorable(&mut self, name: &str) {
        let place = format!("{}.{name}", self.place);
        if self.issues.iter().all(|issue| issue.place != place) {
            self.issue(name, "Invalid input: the character U+0000 is not allowed");
        }
    }

    fn mismatch(&mut self, name: &str, expected: &str, received: &str) {
        self.issue(name, format!("Invalid input: expected {expected}, received {received}"));
    }
}

fn is_storable(name: &str, value: &Value) -> bool {
    storable(name) && storable_json(value)
}

#[cfg(test)]
mod tests;
