//! The layers of settings, merged: the file below, the environment on top.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::environment;
use super::fault::Fault;
use super::source::{Source, Sources};
use super::tree::Tree;

/// The file that is read where none is named.
pub const FILE: &str = "signet.toml";

/// The merged settings.
pub(super) struct Layers {
    pub tree: Tree,
    /// The file that was read, where everybody on the machine may read it too.
    pub public_file: Option<PathBuf>,
}

impl Layers {
    /// Reads and merges the layers.
    pub fn read(sources: &Sources) -> Result<Self, Fault> {
        if let Some(text) = &sources.text {
            let mut layers = Self { tree: Tree::from_file(text, Path::new(FILE))?, public_file: None };
            environment::overlay(&mut layers.tree, &sources.environment);
            return Ok(layers);
        }
        let (path, asked) = match &sources.file {
            Some(path) => (path.clone(), true),
            None => (sources.directory.join(FILE), false),
        };
        let mut layers = match fs::read_to_string(&path) {
            Ok(text) => {
                let public_file = is_public(&path).then(|| path.clone());
                Self { tree: Tree::from_file(&text, &path)?, public_file }
            }
            Err(error) if error.kind() == ErrorKind::NotFound && !asked => {
                Self { tree: Tree::empty(), public_file: None }
            }
            Err(error) => {
                let text = format!("cannot be read ({error}); check the path given with --config and its permissions");
                return Err(Fault::new("", Source::File { path, line: 0 }, text));
            }
        };
        environment::overlay(&mut layers.tree, &sources.environment);
        Ok(layers)
    }
}

/// Whether users other than the file's owner and group may read it.
#[cfg(unix)]
fn is_public(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_public(_: &Path) -> bool {
    false
}
