//! Keys whose values are never shown.

use std::fs;

use secrecy::SecretString;
use toml::Value;

use super::given::{Given, text};
use super::names::join;
use super::record::MASK;
use super::section::{Section, Unset};
use super::source::Source;
use super::tree::Leaf;
use super::unknown::Below;

impl Section<'_> {
    /// As `ask`, for a key whose value is never shown.
    pub fn ask_masked<T>(
        &mut self,
        name: &str,
        kind: impl Into<String>,
        unset: Unset,
        doc: &str,
        parse: impl FnOnce(Given<'_>) -> Result<T, String>,
    ) -> Option<T> {
        let leaf = self.record(name, kind.into(), unset, doc, |_| Value::from(MASK).to_string());
        let parsed = parse(leaf?.given());
        parsed.map_err(|text| self.refuse(name, text)).ok()
    }

    /// A secret text, given as `name`, or as the path of a file that holds it in `name_file`.
    pub fn secret(&mut self, name: &str, unset: &'static str, doc: &str) -> Option<SecretString> {
        let file_name = format!("{name}_file");
        let (direct, in_file) = (self.leaf(name), self.leaf(&file_name));
        let layer = |leaf: &Option<Leaf>| leaf.as_ref().map(|leaf| leaf.source.layer());
        if direct.is_some() && layer(&direct) == layer(&in_file) {
            self.refuse(name, format!("is given twice: keep either `{name}` or `{file_name}`"));
        }
        // The later layer wins, as for any other key.
        let from_file = layer(&in_file) > layer(&direct);
        let (asked, leaf) = if from_file { (file_name.as_str(), in_file) } else { (name, direct) };
        let (value, source) = match &leaf {
            Some(leaf) => (Some(Value::from(MASK).to_string()), leaf.source.clone()),
            None => (None, Source::Default),
        };
        let kind = format!("secret text, or its file's path in `{file_name}`");
        self.note(name, kind, unset.to_owned(), doc, value, source);
        self.reader.known.insert(join(&self.path, &file_name), Below::Nothing);
        let given = text(leaf?.given());
        let secret = if from_file { given.and_then(|path| read_secret(&path)) } else { given };
        let secret = secret.and_then(|secret| if secret.is_empty() { Err("is empty".to_owned()) } else { Ok(secret) });
        secret.map(SecretString::from).map_err(|fault| self.refuse(asked, fault)).ok()
    }
}

/// A secret's file, without the line end that editors leave.
fn read_secret(path: &str) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path:?} cannot be read: {error}"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
