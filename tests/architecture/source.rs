//! Source files as text, and what they name. Reading lines suffices for code that rustfmt has been over.

use std::path::{Path, PathBuf};

/// The folder of the package.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file below `src/`.
pub struct Source {
    /// Below `src/`, with slashes.
    pub path: String,
    pub text: String,
}

/// All of them.
pub fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    gather(&root().join("src"), &mut found);
    assert!(found.len() > 50, "the source is where it was");
    found
}

fn gather(folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = path.strip_prefix(root().join("src")).expect("it lies below src");
            found.push(Source::read(&below.to_string_lossy().replace('\\', "/")));
        }
    }
}

impl Source {
    pub fn read(path: &str) -> Self {
        let text = std::fs::read_to_string(root().join("src").join(path)).expect("a source file");
        Self { path: path.to_owned(), text }
    }

    /// The module of the first level that it belongs to; none for `lib.rs` and `main.rs`.
    pub fn module(&self) -> Option<String> {
        let first = self.path.split('/').next()?.trim_end_matches(".rs");
        (!matches!(first, "lib" | "main")).then(|| first.to_owned())
    }

    /// Whether it holds nothing but tests.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// Its lines without comments.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        self.text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
    }

    /// What it names as `crate::x`, in imports or in passing.
    pub fn used_modules(&self) -> Vec<String> {
        let code: Vec<_> = self.code().collect();
        let code = code.join("\n");
        assert!(!code.contains("crate::{"), "{}: one floor an import", self.path);
        names_after(&code, "crate::")
    }

    /// The plugins that it names.
    pub fn used_plugins(&self) -> Vec<String> {
        let code: Vec<_> = self.code().collect();
        let code = code.join("\n");
        let inside = if self.path.starts_with("plugins/") { names_after(&code, "super::") } else { Vec::new() };
        names_after(&code, "plugins::").into_iter().chain(inside).filter(|name| is_plugin(name)).collect()
    }

    pub fn uses_crate(&self, name: &str) -> bool {
        let path = format!("{name}::");
        self.code().any(|line| {
            line.match_indices(&path)
                .any(|(at, _)| !line[..at].ends_with(|before: char| is_word(before) || before == ':'))
        })
    }

    /// Whether a chain of `super::` reaches the root, past the module of the first level.
    pub fn climbs_to_the_root(&self) -> bool {
        let stem = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let mut depth = if self.module().is_some() { stem.split('/').count() } else { 0 };
        for line in self.code() {
            // The one kind of module within a file that the house knows, at the file's end.
            depth += usize::from(line == "mod tests {");
            let longest = line.split(|letter: char| !is_word(letter) && letter != ':');
            let longest = longest.map(|path| path.matches("super::").count()).max().unwrap_or(0);
            if longest > 0 && longest >= depth {
                return true;
            }
        }
        false
    }

    /// The paths that `Endpoint::get` and `Endpoint::post` are given.
    pub fn declared_paths(&self) -> Vec<String> {
        let declared = |line: &str| {
            let (_, rest) = line.split_once("Endpoint::get(\"").or_else(|| line.split_once("Endpoint::post(\""))?;
            rest.split_once('"').map(|(path, _)| path.to_owned())
        };
        self.code().filter_map(declared).collect()
    }
}

fn names_after(code: &str, start: &str) -> Vec<String> {
    let names = code.match_indices(start).map(|(at, _)| &code[at + start.len()..]);
    names.map(|rest| rest.chars().take_while(|letter| is_word(*letter)).collect()).collect()
}

fn is_plugin(name: &str) -> bool {
    !name.is_empty() && root().join("src/plugins").join(name).is_dir()
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}
