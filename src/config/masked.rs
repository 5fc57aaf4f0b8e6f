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
        self.mark_secret(name);
        let parsed = parse(leaf?.given());
        parsed.map_err(|text| self.refuse(name, text)).ok()
    }

    /// A secret text, given as `name`, as the path of a file that holds it in `name_file`, or as the name of an
    /// environment variable in `name_env`.
    pub fn secret(&mut self, name: &str, unset: &'static str, doc: &str) -> Option<SecretString> {
        let places = [name.to_owned(), format!("{name}_file"), format!("{name}_env")];
        let [_, file, variable] = &places;
        let given: Vec<(&String, Leaf)> = places.iter().filter_map(|key| Some((key, self.leaf(key)?))).collect();
        // The later layer wins, as for any other key.
        let layer = given.iter().map(|(_, leaf)| leaf.source.layer()).max();
        let mut last = given.into_iter().filter(|(_, leaf)| Some(leaf.source.layer()) == layer);
        let found = last.next();
        if let Some((other, (first, _))) = last.next().map(|(other, _)| other).zip(found.as_ref()) {
            self.refuse(name, format!("is given twice: keep either `{first}` or `{other}`"));
        }
        let (value, source) = match &found {
            Some((_, leaf)) => (Some(Value::from(MASK).to_string()), leaf.source.clone()),
            None => (None, Source::Default),
        };
        let kind = format!("secret text, or its file's path in `{file}`, or its variable's name in `{variable}`");
        self.note(name, kind, unset.to_owned(), doc, value, source);
        self.mark_secret(name);
        for key in [file, variable] {
            self.reader.known.insert(join(&self.path, key), Below::Nothing);
        }
        let (asked, leaf) = found?;
        let secret = text(leaf.given()).and_then(|text| match asked {
            key if key == file => read_secret(&text),
            key if key == variable => self.reader.variable(&text),
            _ => Ok(text),
        });
        let secret = secret.and_then(|secret| if secret.is_empty() { Err("is empty".to_owned()) } else { Ok(secret) });
        secret.map(SecretString::from).map_err(|fault| self.refuse(asked, fault)).ok()
    }
}

/// A secret's file, without the line end that editors leave.
fn read_secret(path: &str) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path:?} cannot be read: {error}"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
