//! The merged settings: a tree whose leaves know where they were set.

use std::path::Path;

use toml::Value;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::source::Source;

/// A table in the order of its declaration, or a value. Never printed: a leaf may be a secret.
#[derive(Clone)]
pub(super) enum Tree {
    Table(Vec<(String, Tree)>),
    Leaf(Leaf),
}

/// A value that is no table.
#[derive(Clone)]
pub(super) struct Leaf {
    pub value: Value,
    /// The letters as they stand in an environment variable.
    pub raw: Option<String>,
    pub source: Source,
}

impl Tree {
    /// No settings.
    pub fn empty() -> Self {
        Self::Table(Vec::new())
    }

    /// A file's settings, each with its line.
    pub fn from_file(text: &str, path: &Path) -> Result<Self, Fault> {
        let line =
            |offset: usize| 1 + text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count();
        let fault = |error: &toml::de::Error| {
            // The message alone: the error's own text quotes the line, and the line may hold a secret.
            let line = line(error.span().map_or(0, |span| span.start));
            Fault::new("", Source::File { path: path.to_owned(), line }, format!("is not TOML: {}", error.message()))
        };
        let spans = DeTable::parse(text).map_err(|error| fault(&error))?;
        let values: toml::Table = text.parse().map_err(|error| fault(&error))?;
        let source = |offset| Source::File { path: path.to_owned(), line: line(offset) };
        Ok(Self::with_lines(values, spans.get_ref(), &source))
    }

    fn with_lines(values: toml::Table, spans: &DeTable<'_>, source: &dyn Fn(usize) -> Source) -> Self {
        let children = values.into_iter().map(|(name, value)| {
            let place = spans.iter().find(|(key, _)| *key.get_ref() == name.as_str());
            let child = match (value, place.map(|(_, value)| value.get_ref())) {
                (Value::Table(table), Some(DeValue::Table(spans))) => Self::with_lines(table, spans, source),
                (value, _) => Self::from_value(value, &source(place.map_or(0, |(key, _)| key.span().start))),
            };
            (name, child)
        });
        Self::Table(children.collect())
    }

    /// A value all of whose leaves come from one place.
    pub fn from_value(value: Value, source: &Source) -> Self {
        match value {
            Value::Table(table) => {
                Self::Table(table.into_iter().map(|(name, value)| (name, Self::from_value(value, source))).collect())
            }
            value => Self::Leaf(Leaf { value, raw: None, source: source.clone() }),
        }
    }

    /// What stands at a path.
    pub fn get<'p>(&self, path: impl IntoIterator<Item = &'p str>) -> Option<&Self> {
        path.into_iter().try_fold(self, |tree, name| match tree {
            Self::Table(children) => children.iter().find(|(key, _)| key == name).map(|(_, child)| child),
            Self::Leaf(_) => None,
        })
    }

    /// Puts something at a path, in the place of what was there; tables are merged.
    pub fn set(&mut self, path: &[&str], new: Self) {
        let Some((name, rest)) = path.split_first() else { return self.merge(new) };
        if let Self::Leaf(_) = self {
            *self = Self::empty();
        }
        let Self::Table(children) = self else { return };
        let place = children.iter().position(|(key, _)| key == name).unwrap_or_else(|| {
            children.push(((*name).to_owned(), Self::empty()));
            children.len() - 1
        });
        children[place].1.set(rest, new);
    }

    fn merge(&mut self, new: Self) {
        match new {
            Self::Table(children) => children.into_iter().for_each(|(name, child)| self.set(&[&name], child)),
            leaf => *self = leaf,
        }
    }

    /// Where the first leaf below was set.
    pub fn source(&self) -> Source {
        match self {
            Self::Leaf(leaf) => leaf.source.clone(),
            Self::Table(children) => children.first().map_or(Source::Default, |(_, child)| child.source()),
        }
    }

    /// The plain value, without its places.
    pub fn value(&self) -> Value {
        match self {
            Self::Leaf(leaf) => leaf.value.clone(),
            Self::Table(children) => {
                Value::Table(children.iter().map(|(name, child)| (name.clone(), child.value())).collect())
            }
        }
    }
}
