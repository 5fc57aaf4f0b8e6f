//! What `.dockerignore` lets through is all that the image is built from.

use std::path::Path;
use std::process::Command;

use super::source::{root, sources};

/// The files and folders that the image's build sees.
fn sent() -> Vec<String> {
    let rules = std::fs::read_to_string(root().join(".dockerignore")).expect("what the image's build sees");
    rules.lines().filter_map(|line| line.strip_prefix('!')).map(str::to_owned).collect()
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").file_name()) {
            copy(&from.join(&entry), &to.join(&entry));
        }
    } else {
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(from, to).expect("a file");
    }
}

/// Cargo reads the manifest of every member, and looks for every file that one names, whichever it builds.
#[test]
fn cargo_takes_the_workspace_that_the_image_is_built_from() {
    let context = tempfile::tempdir().expect("a folder");
    for path in sent() {
        copy(&root().join(&path), &context.path().join(&path));
    }
    let mut cargo = Command::new(env!("CARGO"));
    let cargo = cargo.args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"]);
    let said = cargo.current_dir(context.path()).output().expect("cargo");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}

#[test]
fn what_the_code_includes_is_there_when_the_image_is_built() {
    let sent = sent();
    let is_sent = |path: &str| {
        let mut kept = sent.iter();
        kept.any(|kept| path == kept || path.strip_prefix(kept.as_str()).is_some_and(|rest| rest.starts_with('/')))
    };
    let mut outside = 0;
    for source in sources().iter().filter(|source| !source.is_test()) {
        let code = source.code().take_while(|line| *line != "#[cfg(test)]");
        let included = code.filter_map(|line| line.split_once("include_str!(\"../")?.1.split('"').next());
        for path in included.map(|path| path.trim_start_matches("../")) {
            outside += 1;
            assert!(is_sent(path), "{} includes {path}, which .dockerignore keeps from the image's build", source.path);
        }
    }
    assert!(outside > 0 && is_sent("src/main.rs") && is_sent("migrations/sqlite/0001_core.sql"));
}
