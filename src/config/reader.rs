//! Reading a configuration: sections ask, the reader remembers, and in the end what nobody asked for is a fault.

use std::collections::HashMap;
use std::path::PathBuf;

use super::fault::Fault;
use super::later;
use super::layers::Layers;
use super::record::Record;
use super::reference;
use super::section::Section;
use super::source::{Source, Sources};
use super::tree::Tree;
use super::unknown::{self, Below};

/// The merged settings and what was asked of them.
pub struct Reader {
    pub(super) tree: Tree,
    /// Nothing is set, and tables of the operator's own names hold one called `NAME`: this makes the reference.
    pub(super) sample: bool,
    pub(super) record: Record,
    /// What was asked for.
    pub(super) known: HashMap<String, Below>,
    pub(super) faults: Vec<Fault>,
    public_file: Option<PathBuf>,
    /// The environment, for settings that name a variable of it.
    environment: Vec<(String, String)>,
}

impl Reader {
    /// Reads and merges the sources.
    ///
    /// # Errors
    /// The file cannot be read or is not TOML.
    pub fn open(sources: &Sources) -> Result<Self, Fault> {
        let Layers { tree, public_file } = Layers::read(sources)?;
        Ok(Self { public_file, environment: sources.environment.clone(), ..Self::over(tree) })
    }

    /// A reader in which nothing is set, for the reference document.
    pub fn sample() -> Self {
        Self { sample: true, ..Self::over(Tree::empty()) }
    }

    fn over(tree: Tree) -> Self {
        let (record, known, faults) = (Record::default(), HashMap::new(), Vec::new());
        Self { tree, sample: false, record, known, faults, public_file: None, environment: Vec::new() }
    }

    /// What an environment variable holds that a setting names.
    ///
    /// # Errors
    /// It is not set.
    pub(super) fn variable(&self, name: &str) -> Result<String, String> {
        let found = self.environment.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| format!("names the variable {name}, which is not set"))
    }

    /// The top of the tree.
    pub fn root(&mut self) -> Section<'_> {
        Section::root(self)
    }

    /// The reference document, from a sample in which every section has asked.
    pub fn reference(mut self) -> String {
        later::judge(&mut self);
        reference::render(&self.record)
    }

    /// The keys of a sample in which every section has asked.
    #[cfg(test)]
    pub fn keys(self) -> Vec<super::Entry> {
        self.record.entries
    }

    /// Ends the reading: judges parts that are not built yet, keys that nobody asked for, and, with a warning, a file that
    /// shows secrets to everybody: a container's mounted file often does, and nobody else is there.
    ///
    /// # Errors
    /// Every fault that was found, in the order of asking.
    pub fn finish(mut self) -> Result<Record, Vec<Fault>> {
        later::judge(&mut self);
        unknown::judge(&mut self);
        self.judge_public_file();
        if self.faults.is_empty() { Ok(self.record) } else { Err(self.faults) }
    }

    fn judge_public_file(&mut self) {
        let Some(file) = &self.public_file else { return };
        let exposed = self.record.entries.iter().filter(|entry| {
            let in_file = matches!(&entry.source, Source::File { path, .. } if path == file);
            in_file && entry.holds_secret() && !self.is_set(&format!("{}_file", entry.path))
        });
        let file = file.display();
        let text = format!(
            "stands in a file that everybody on this machine may read: run `chmod 600 {file}`, or give it in the environment"
        );
        let faults: Vec<_> = exposed.map(|entry| Fault::new(&entry.path, entry.source.clone(), &text)).collect();
        self.record.warnings.extend(faults);
    }

    /// Whether a key of plain names is set.
    fn is_set(&self, path: &str) -> bool {
        self.tree.get(path.split('.')).is_some()
    }
}
