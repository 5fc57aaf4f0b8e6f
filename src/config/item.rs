//! One table of a list of tables: its keys by name and kind, and none that nobody asked for.

use std::collections::BTreeSet;
use std::fs;

use secrecy::SecretString;
use toml::{Table, Value};
use url::Url;

use crate::base::text::parse_span;

/// A table of a list, read as a whole.
pub struct Item<'t> {
    table: &'t Table,
    asked: BTreeSet<String>,
}

impl<'t> Item<'t> {
    pub fn new(table: &'t Table) -> Self {
        Self { table, asked: BTreeSet::new() }
    }

    fn get(&mut self, name: &str) -> Option<&'t Value> {
        self.asked.insert(name.to_owned());
        self.table.get(name)
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value.as_str().filter(|text| !text.is_empty());
        text.map(|text| Some(text.to_owned())).ok_or_else(|| format!("`{name}` must be a text that is not empty"))
    }

    /// A text, or a list of them.
    pub fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, String> {
        let texts = match self.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) => Some(vec![text.clone()]),
            Some(Value::Array(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            Some(_) => None,
        };
        texts.map(Some).ok_or_else(|| format!("`{name}` must be a list of texts"))
    }

    pub fn flag(&mut self, name: &str, default: bool) -> Result<bool, String> {
        let Some(value) = self.get(name) else { return Ok(default) };
        value.as_bool().ok_or_else(|| format!("`{name}` must be true or false"))
    }

    pub fn seconds(&mut self, name: &str) -> Result<Option<i64>, String> {
        let seconds = match self.get(name) {
            None => return Ok(None),
            Some(Value::Integer(seconds)) => Some(*seconds),
            Some(Value::String(text)) => parse_span(text).ok(),
            Some(_) => None,
        };
        let seconds = seconds.filter(|seconds| *seconds > 0);
        seconds.map(Some).ok_or_else(|| format!("`{name}` must be a number of seconds or a span like \"15m\""))
    }

    /// A whole number of at least one.
    pub fn count(&mut self, name: &str) -> Result<Option<u64>, String> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let count = value.as_integer().filter(|count| *count > 0);
        count
            .map(|count| Some(count.unsigned_abs()))
            .ok_or_else(|| format!("`{name}` must be a whole number, 1 or more"))
    }

    pub fn url(&mut self, name: &str) -> Result<Option<String>, String> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let fits = Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if fits { Ok(Some(text)) } else { Err(format!("`{name}` must be an http(s) URL")) }
    }

    /// A secret, or in `NAME_file` the path of a file that holds it.
    pub fn secret(&mut self, name: &str) -> Result<Option<SecretString>, String> {
        let (direct, file) = (self.text(name)?, self.text(&format!("{name}_file"))?);
        let secret = match (direct, file) {
            (Some(_), Some(_)) => return Err(format!("`{name}` is given twice: keep it or `{name}_file`")),
            (direct, None) => direct,
            (None, Some(path)) => {
                let text = fs::read_to_string(&path).map_err(|error| format!("{path:?} cannot be read: {error}"))?;
                Some(text.trim_end_matches(['\r', '\n']).to_owned())
            }
        };
        Ok(secret.map(SecretString::from))
    }

    /// A table of texts.
    pub fn pairs(&mut self, name: &str) -> Result<Vec<(String, String)>, String> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let pair = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        let pairs = value.as_table().and_then(|table| table.iter().map(pair).collect());
        pairs.ok_or_else(|| format!("`{name}` must be a table of texts"))
    }

    /// A text of a table.
    pub fn text_in(&mut self, table: &str, name: &str) -> Result<Option<String>, String> {
        let pairs = self.pairs(table)?;
        self.asked.insert(format!("{table}.{name}"));
        Ok(pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value))
    }

    /// Refuses what nobody asked for.
    pub fn finish(&self) -> Result<(), String> {
        for (key, value) in self.table {
            if !self.asked.contains(key) {
                return Err(format!("`{key}` is unknown or not supported"));
            }
            let prefix = format!("{key}.");
            let inner = self.asked.iter().any(|asked| asked.starts_with(&prefix));
            let unknown = value
                .as_table()
                .filter(|_| inner)
                .and_then(|table| table.keys().find(|name| !self.asked.contains(&format!("{prefix}{name}"))));
            if let Some(name) = unknown {
                return Err(format!("`{key}.{name}` is unknown or not supported"));
            }
        }
        Ok(())
    }
}
