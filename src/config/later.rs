//! What Better Auth or a later Signet knows and this one can't do yet. It is refused by name, unless its value means
//! off: so a configuration never seems to have a protection that isn't there, and a misspelt key is never mistaken for a
//! future one.

mod keys;

use std::borrow::Cow;
use std::collections::HashMap;

use toml::Value;

use self::keys::{CODE, KEYS, PARTS, PLUGINS, PROVIDER_OPTIONS, PROVIDERS};
use super::fault::Fault;
use super::names::is_below;
use super::reader::Reader;
use super::record::{Entry, Support};
use super::source::Source;
use super::tree::Tree;
use super::unknown::Below;

/// A part of the tree that is not built yet.
struct Later {
    path: Cow<'static, str>,
    doc: Cow<'static, str>,
    scope: Scope,
}

enum Scope {
    /// One key. `off` is the TOML value that means off; empty where none does.
    Key { off: &'static str },
    /// A table: nothing in it matters while its switch is off.
    Part { switch: &'static str, off: &'static str, options: &'static str },
    /// A function in Better Auth, which no configuration can hold.
    Code,
}

fn rows() -> impl Iterator<Item = Later> {
    let keys = KEYS.iter().map(|(path, off, doc)| Later::new(*path, *doc, Scope::Key { off }));
    let parts = PARTS
        .iter()
        .map(|(path, switch, off, options, doc)| Later::new(*path, *doc, Scope::Part { switch, off, options }));
    let switched = |path: String, options, doc: String| {
        Later::new(path, doc, Scope::Part { switch: "enabled", off: "false", options })
    };
    let plugins = PLUGINS
        .iter()
        .map(move |(name, options, doc)| switched(format!("plugins.{name}"), *options, (*doc).to_owned()));
    let providers = PROVIDERS.split(' ').map(move |name| {
        switched(format!("social_providers.{name}"), PROVIDER_OPTIONS, "Sign-in with this provider.".to_owned())
    });
    let code = CODE.iter().map(|(path, instead)| Later::new(*path, *instead, Scope::Code));
    keys.chain(parts).chain(plugins).chain(providers).chain(code)
}

/// Whether keys below a path are known here, so that a table may stand where Better Auth also takes a value.
pub(super) fn knows_below(path: &str) -> bool {
    rows().any(|row| is_below(&row.path, path))
}

/// All that is known here, and what may stand below it unread: keys as they are, parts with their switch and options.
pub(super) fn known() -> HashMap<String, Below> {
    let mut known = HashMap::new();
    for row in rows() {
        if let Scope::Part { switch, options, .. } = &row.scope {
            for option in options.split(' ').chain([*switch]).filter(|option| !option.is_empty()) {
                known.insert(format!("{}.{option}", row.path), Below::Anything);
            }
        } else {
            known.insert(row.path.into_owned(), Below::Anything);
        }
    }
    known
}

/// Records every row and refuses what is turned on.
pub(super) fn judge(reader: &mut Reader) {
    for row in rows() {
        if let Some(fault) = row.fault(&reader.tree) {
            reader.faults.push(fault);
        }
        if !matches!(row.scope, Scope::Code) {
            reader.record.entries.push(row.entry());
        }
    }
}

impl Later {
    fn new(path: impl Into<Cow<'static, str>>, doc: impl Into<Cow<'static, str>>, scope: Scope) -> Self {
        Self { path: path.into(), doc: doc.into(), scope }
    }

    fn fault(&self, tree: &Tree) -> Option<Fault> {
        let place = tree.get(self.path.split('.'))?;
        let path = &self.path;
        match &self.scope {
            Scope::Key { off } if means(place, off) => None,
            Scope::Key { off: "" } => {
                Some(Fault::new(path.as_ref(), place.source(), "is not supported yet; remove it"))
            }
            Scope::Key { off } => Some(Fault::new(
                path.as_ref(),
                place.source(),
                format!("is not supported yet; remove it or set it to {off}"),
            )),
            Scope::Part { switch, off, .. } => match place.get([*switch]) {
                Some(value) if means(value, off) => None,
                Some(value) => {
                    let text = format!("is not supported yet; set it to {off}");
                    Some(Fault::new(format!("{path}.{switch}"), value.source(), text))
                }
                None => {
                    let text = format!("is not supported yet; remove it or set `{path}.{switch} = {off}`");
                    Some(Fault::new(path.as_ref(), place.source(), text))
                }
            },
            Scope::Code => {
                let text = format!("is code in Better Auth and no setting; {}", self.doc);
                Some(Fault::new(path.as_ref(), place.source(), text))
            }
        }
    }

    fn entry(&self) -> Entry {
        let (path, off) = match &self.scope {
            Scope::Key { off } => (self.path.to_string(), *off),
            Scope::Part { switch, off, .. } => (format!("{}.{switch}", self.path), *off),
            Scope::Code => (self.path.to_string(), ""),
        };
        let off = if off.is_empty() { String::new() } else { format!("`{off}`") };
        let (kind, default, doc) = (String::new(), String::new(), self.doc.to_string());
        let support = Support::Later { off };
        Entry { path, kind, default, doc, support, value: None, source: Source::Default, secret: false }
    }
}

/// Whether what was set is the value that means off.
fn means(set: &Tree, off: &str) -> bool {
    let off = format!("off = {off}").parse::<toml::Table>().ok().and_then(|mut table| table.remove("off"));
    match (set, off) {
        (Tree::Leaf(leaf), Some(off)) => leaf.value == off,
        (Tree::Table(children), Some(Value::Table(_))) => children.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_that_means_off_is_toml() {
        for row in rows() {
            if let Scope::Key { off } | Scope::Part { off, .. } = row.scope {
                assert!(off.is_empty() || format!("off = {off}").parse::<toml::Table>().is_ok(), "{}: {off}", row.path);
            }
        }
    }

    #[test]
    fn no_row_comes_twice() {
        let mut seen = std::collections::HashSet::new();
        for row in rows() {
            assert!(seen.insert(row.path.to_string()), "{}", row.path);
        }
    }
}
