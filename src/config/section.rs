//! A place in the settings, where a section asks for its keys by name and kind.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Value;

use super::fault::Fault;
use super::given::{Given, boolean, integer, text, whole_numbers, within};
use super::later;
use super::names::join;
use super::reader::Reader;
use super::record::{Entry, Support};
use super::source::Source;
use super::tree::{Leaf, Tree};
use super::unknown::Below;
use crate::base::text::duration::parse_span;

/// A cursor at one table of the settings. Asking for a key records it; a value that does not fit is recorded as a fault
/// and the default returned, so that one run finds every fault. The load fails in the end.
pub struct Section<'r> {
    pub(super) reader: &'r mut Reader,
    names: Vec<String>,
    pub(super) path: String,
}

/// What a key is when nobody sets it.
#[derive(Clone, Debug)]
pub enum Unset {
    /// A value, as TOML.
    Is(String),
    /// No value of its own; what happens then, in words.
    Says(&'static str),
}

impl<'r> Section<'r> {
    pub(super) fn root(reader: &'r mut Reader) -> Self {
        Self { reader, names: Vec::new(), path: String::new() }
    }

    /// A table below this one.
    pub fn table(&mut self, name: &str) -> Section<'_> {
        self.at(&[name])
    }

    /// A table some levels below this one.
    pub fn at(&mut self, path: &[&str]) -> Section<'_> {
        let names = self.names.iter().cloned().chain(path.iter().map(|name| (*name).to_owned())).collect();
        let path = path.iter().fold(self.path.clone(), |path, name| join(&path, name));
        Section { reader: self.reader, names, path }
    }

    /// The names below this table, which are the operator's own, in the order of their declaration.
    pub fn own_names(&self) -> Vec<String> {
        match self.tree() {
            _ if self.reader.sample => vec!["NAME".to_owned()],
            Some(Tree::Table(children)) => children.iter().map(|(name, _)| name.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether anything is set at a key, or below it.
    pub fn has(&self, name: &str) -> bool {
        self.child(name).is_some()
    }

    /// `true` or `false`.
    pub fn bool(&mut self, name: &str, default: bool, doc: &str) -> bool {
        let unset = Unset::Is(default.to_string());
        self.ask(name, "`true` or `false`", unset, doc, boolean).unwrap_or(default)
    }

    /// `true` or `false`, or left open.
    pub fn optional_bool(&mut self, name: &str, unset: &'static str, doc: &str) -> Option<bool> {
        self.ask(name, "`true` or `false`", Unset::Says(unset), doc, boolean)
    }

    /// A whole number within a range.
    pub fn integer(&mut self, name: &str, default: i64, range: RangeInclusive<i64>, doc: &str) -> i64 {
        let unset = Unset::Is(default.to_string());
        self.ask(name, whole_numbers(&range), unset, doc, integer(range)).unwrap_or(default)
    }

    /// A whole number within a range, or left open.
    pub fn optional_integer(
        &mut self,
        name: &str,
        unset: &'static str,
        range: RangeInclusive<i64>,
        doc: &str,
    ) -> Option<i64> {
        self.ask(name, whole_numbers(&range), Unset::Says(unset), doc, integer(range))
    }

    /// A text.
    pub fn text(&mut self, name: &str, default: &str, doc: &str) -> String {
        let unset = Unset::Is(Value::from(default).to_string());
        self.ask(name, "text", unset, doc, text).unwrap_or_else(|| default.to_owned())
    }

    /// A text, or left open.
    pub fn optional_text(&mut self, name: &str, unset: &'static str, doc: &str) -> Option<String> {
        self.ask(name, "text", Unset::Says(unset), doc, text)
    }

    /// A list of texts.
    pub fn list(&mut self, name: &str, default: &[&str], doc: &str) -> Vec<String> {
        let unset = Unset::Is(Value::from(default.to_vec()).to_string());
        let parse = |given: Given<'_>| given.list().ok_or_else(|| given.mismatch("a list of texts, [\"…\", \"…\"]"));
        let list = self.ask(name, "list of texts", unset, doc, parse);
        list.unwrap_or_else(|| default.iter().map(|item| (*item).to_owned()).collect())
    }

    /// A span of time in seconds: a number of them as Better Auth has it, or a text like `"15m"`.
    pub fn span(&mut self, name: &str, default: i64, range: RangeInclusive<i64>, doc: &str) -> i64 {
        let parse = |given: Given<'_>| {
            let seconds = match given.value {
                Value::Integer(seconds) => *seconds,
                Value::String(text) => parse_span(text)?,
                _ => return Err(given.mismatch("a number of seconds or a span like \"15m\"")),
            };
            within(seconds, &range).map_err(|text| format!("{text} seconds"))
        };
        let kind = "seconds, or a span like `\"15m\"`";
        self.ask(name, kind, Unset::Is(default.to_string()), doc, parse).unwrap_or(default)
    }

    /// A span of time, never negative.
    pub fn duration(&mut self, name: &str, default: u32, range: RangeInclusive<u32>, doc: &str) -> Duration {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        Duration::from_secs(self.span(name, i64::from(default), range, doc).unsigned_abs())
    }

    /// One of several words, of which the first is the default. Upper and lower case mean the same. The words of
    /// `later` are Better Auth's too and not built yet.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)], later: &[&str], doc: &str) -> T {
        let unset = Unset::Is(Value::from(choices[0].0).to_string());
        self.one_of(name, choices, later, unset, doc).unwrap_or(choices[0].1)
    }

    /// One of several words, or left open.
    pub fn optional_choice<T: Copy>(
        &mut self,
        name: &str,
        unset: &'static str,
        choices: &[(&str, T)],
        later: &[&str],
        doc: &str,
    ) -> Option<T> {
        self.one_of(name, choices, later, Unset::Says(unset), doc)
    }

    fn one_of<T: Copy>(
        &mut self,
        name: &str,
        choices: &[(&str, T)],
        later: &[&str],
        unset: Unset,
        doc: &str,
    ) -> Option<T> {
        let words: Vec<_> = choices.iter().map(|(word, _)| format!("`\"{word}\"`")).collect();
        let kind = words.join(", ");
        let wanted = kind.replace('`', "");
        self.ask(name, kind, unset, doc, |given| {
            let word = match given.value {
                Value::Boolean(value) => value.to_string(),
                _ => given.text().map(str::to_owned).ok_or_else(|| given.mismatch(&wanted))?,
            };
            let found = choices.iter().find(|(choice, _)| choice.eq_ignore_ascii_case(&word));
            found.map(|(_, value)| *value).ok_or_else(|| {
                let verdict = if later.contains(&word.as_str()) { "is not supported yet" } else { "is not known" };
                format!("{word:?} {verdict}; use {wanted}")
            })
        })
    }

    /// A table of the operator's own making, taken as a whole.
    pub fn object(&mut self, name: &str, unset: &'static str, doc: &str) -> Option<toml::Table> {
        let found = self.child(name).map(|tree| (tree.value(), tree.source()));
        let value = found.as_ref().map(|(value, _)| value.to_string());
        let source = found.as_ref().map_or(Source::Default, |(_, source)| source.clone());
        self.note(name, "table".to_owned(), unset.to_owned(), doc, value, source);
        self.reader.known.insert(join(&self.path, name), Below::Anything);
        match found {
            Some((Value::Table(table), _)) => Some(table),
            Some(_) => {
                self.refuse(name, "must be a table");
                None
            }
            None => None,
        }
    }

    /// A key of any kind: `kind` says in words what it takes, and `parse` reads it or says what is wrong.
    pub fn ask<T>(
        &mut self,
        name: &str,
        kind: impl Into<String>,
        unset: Unset,
        doc: &str,
        parse: impl FnOnce(Given<'_>) -> Result<T, String>,
    ) -> Option<T> {
        let leaf = self.record(name, kind.into(), unset, doc, |leaf| leaf.value.to_string());
        let parsed = parse(leaf?.given());
        parsed.map_err(|text| self.refuse(name, text)).ok()
    }

    /// Records a key and gives what was set.
    pub(super) fn record(
        &mut self,
        name: &str,
        kind: String,
        unset: Unset,
        doc: &str,
        show: impl Fn(&Leaf) -> String,
    ) -> Option<Leaf> {
        let leaf = self.leaf(name);
        let (default, unset) = match unset {
            Unset::Is(value) => (format!("`{value}`"), Some(value)),
            Unset::Says(words) => (words.to_owned(), None),
        };
        let source = leaf.as_ref().map_or(Source::Default, |leaf| leaf.source.clone());
        self.note(name, kind, default, doc, leaf.as_ref().map(show).or(unset), source);
        leaf
    }

    /// Says what a key is in force as, as TOML, where that is not what was set: a derived default, a half-masked URL.
    pub fn resolve(&mut self, name: &str, value: impl Into<String>) {
        let path = join(&self.path, name);
        if let Some(entry) = self.reader.record.entries.iter_mut().find(|entry| entry.path == path) {
            entry.value = Some(value.into());
        }
    }

    /// Says that a key is a secret, whether or not it is set.
    pub(super) fn mark_secret(&mut self, name: &str) {
        let path = join(&self.path, name);
        let entry = self.reader.record.entries.iter_mut().find(|entry| entry.path == path);
        entry.into_iter().for_each(|entry| entry.secret = true);
    }

    /// Reports a fault of a key.
    pub fn refuse(&mut self, name: &str, text: impl Into<String>) {
        let fault = self.fault(name, text);
        self.reader.faults.push(fault);
    }

    /// Reports what is unwise about a key.
    pub fn warn(&mut self, name: &str, text: impl Into<String>) {
        let warning = self.fault(name, text);
        self.reader.record.warnings.push(warning);
    }

    fn fault(&self, name: &str, text: impl Into<String>) -> Fault {
        let source = self.child(name).map_or(Source::Default, Tree::source);
        Fault::new(join(&self.path, name), source, text)
    }

    fn tree(&self) -> Option<&Tree> {
        self.reader.tree.get(self.names.iter().map(String::as_str))
    }

    fn child(&self, name: &str) -> Option<&Tree> {
        self.tree().and_then(|tree| tree.get([name]))
    }

    pub(super) fn leaf(&mut self, name: &str) -> Option<Leaf> {
        match self.child(name)? {
            Tree::Leaf(leaf) => Some(leaf.clone()),
            Tree::Table(_) if later::knows_below(&join(&self.path, name)) => None,
            Tree::Table(_) => {
                self.refuse(name, "must be a single value, not a table");
                None
            }
        }
    }

    pub(super) fn note(
        &mut self,
        name: &str,
        kind: String,
        default: String,
        doc: &str,
        value: Option<String>,
        source: Source,
    ) {
        let path = join(&self.path, name);
        let doc = doc.to_owned();
        self.reader.known.insert(path.clone(), Below::Nothing);
        let support = Support::Built;
        self.reader.record.entries.push(Entry { path, kind, default, doc, support, value, source, secret: false });
    }
}
