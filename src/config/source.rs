//! Where settings come from.

use std::fmt;
use std::path::PathBuf;

/// What a configuration is read from. Nothing else is looked at: neither the process's environment nor its directory.
#[derive(Default)]
pub struct Sources {
    /// The file that was asked for. Without one, `signet.toml` in `directory` is read if it is there.
    pub file: Option<PathBuf>,
    /// Where `signet.toml` is looked for; empty for the working directory.
    pub directory: PathBuf,
    /// The file's text, where it is none that stands anywhere; then no file is looked for.
    pub text: Option<String>,
    /// The environment's variables.
    pub environment: Vec<(String, String)>,
}

/// Where one setting was made. Later layers are greater, and win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Default,
    File {
        path: PathBuf,
        /// Counted from 1; 0 stands for the file as a whole.
        line: usize,
    },
    Variable(String),
}

impl Source {
    /// The layer: 0 for defaults, 1 for the file, 2 for the environment.
    pub(super) fn layer(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File { .. } => 1,
            Self::Variable(_) => 2,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { path, line: 0 } => write!(formatter, "{}", path.display()),
            Self::File { path, line } => write!(formatter, "{}:{line}", path.display()),
            Self::Variable(name) => write!(formatter, "environment variable {name}"),
        }
    }
}
