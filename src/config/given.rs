//! Values as they were set, and how the plain kinds are read.

use std::ops::RangeInclusive;

use toml::Value;

use super::environment::words;
use super::tree::Leaf;

/// A value that was set.
pub struct Given<'v> {
    pub value: &'v Value,
    raw: Option<&'v str>,
}

impl Given<'_> {
    /// The value where it is a text; a variable's letters are always one.
    pub fn text(&self) -> Option<&str> {
        self.raw.or(self.value.as_str())
    }

    /// The value where it is a list of texts; a variable may hold them as `a,b`.
    pub fn list(&self) -> Option<Vec<String>> {
        let items = match (self.value, self.raw) {
            (Value::Array(items), _) => items.clone(),
            (_, Some(raw)) => words(raw),
            _ => return None,
        };
        items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
    }

    /// "must be …, not a number".
    pub fn mismatch(&self, wanted: &str) -> String {
        let found = match self.value {
            Value::String(_) => "a text",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::Datetime(_) => "a date",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        };
        format!("must be {wanted}, not {found}")
    }
}

impl Leaf {
    pub(super) fn given(&self) -> Given<'_> {
        Given { value: &self.value, raw: self.raw.as_deref() }
    }
}

pub(super) fn boolean(given: Given<'_>) -> Result<bool, String> {
    given.value.as_bool().ok_or_else(|| given.mismatch("true or false"))
}

pub(super) fn text(given: Given<'_>) -> Result<String, String> {
    given.text().map(str::to_owned).ok_or_else(|| given.mismatch("a text in quotes"))
}

pub(super) fn integer(range: RangeInclusive<i64>) -> impl Fn(Given<'_>) -> Result<i64, String> {
    move |given| {
        let number = given.value.as_integer().ok_or_else(|| given.mismatch("a whole number"))?;
        within(number, &range)
    }
}

pub(super) fn whole_numbers(range: &RangeInclusive<i64>) -> String {
    match (range.start(), range.end()) {
        (start, &i64::MAX) => format!("whole number, {start} or more"),
        (start, end) => format!("whole number, {start} to {end}"),
    }
}

pub(super) fn within(number: i64, range: &RangeInclusive<i64>) -> Result<i64, String> {
    match (range.start(), range.end()) {
        _ if range.contains(&number) => Ok(number),
        (start, &i64::MAX) => Err(format!("is {number}, and must be {start} or more")),
        (start, end) => Err(format!("is {number}, and must be from {start} to {end}")),
    }
}
