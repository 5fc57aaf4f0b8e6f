//! What every key is, was set to, and where.

use super::address::without_passwords;
use super::fault::Fault;
use super::source::Source;

/// What stands for a secret wherever a configuration is shown.
pub const MASK: &str = "********";

/// All the keys that were asked for, in the order of asking, and what is unwise about their values.
#[derive(Debug, Default)]
pub struct Record {
    pub entries: Vec<Entry>,
    pub warnings: Vec<Fault>,
}

/// One key.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `session.expires_in`.
    pub path: String,
    /// What it takes, in words.
    pub kind: String,
    /// What it is when nobody sets it, as Markdown.
    pub default: String,
    /// One sentence on what it does.
    pub doc: String,
    pub support: Support,
    /// The value in force, as TOML, secrets masked; nothing where it has none.
    pub value: Option<String>,
    pub source: Source,
    /// Whether it is a secret, or has one within.
    pub secret: bool,
}

/// A key of the configuration in force, fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    /// As TOML, secrets masked; nothing where it has none.
    pub value: Option<String>,
    /// Where it was set: `signet.toml:3`, `environment variable DATABASE_URL`, `default`.
    pub source: String,
    pub secret: bool,
}

/// Whether this version can do what the key asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    Built,
    /// Known and not built yet: only a value that means off is accepted, and which that is, as Markdown.
    Later {
        off: String,
    },
}

impl Entry {
    /// Whether a part of its value is masked.
    pub(super) fn holds_secret(&self) -> bool {
        self.value.as_ref().is_some_and(|value| value.contains(MASK))
    }
}

impl Record {
    /// The entry of a key.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.path == path)
    }

    /// The effective configuration, key by key: what may be shown of it.
    pub fn settings(&self) -> impl Iterator<Item = Setting> {
        let built = self.entries.iter().filter(|entry| entry.support == Support::Built);
        built.map(|entry| Setting {
            key: entry.path.clone(),
            value: entry.value.as_deref().map(without_passwords),
            source: entry.source.to_string(),
            secret: entry.secret || entry.holds_secret(),
        })
    }

    /// [`Record::settings`] as TOML: one dotted key a line, with where each was set.
    pub fn show(&self) -> String {
        let line = |setting: Setting| match setting.value {
            Some(value) => (format!("{} = {value}", setting.key), setting.source),
            None => (format!("# {}", setting.key), "not set".to_owned()),
        };
        let lines: Vec<_> = self.settings().map(line).collect();
        let width =
            lines.iter().map(|(setting, _)| setting.chars().count()).filter(|width| *width <= 64).max().unwrap_or(0);
        lines.iter().map(|(setting, source)| format!("{setting:<width$}  # {source}\n")).collect()
    }
}
