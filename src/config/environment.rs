//! The environment as a layer of settings.

use toml::Value;

use super::source::Source;
use super::tree::{Leaf, Tree};

/// Variables with names of their own, and the keys that they set; a later row wins. The reference lists them.
pub(super) const NAMED: &[(&str, &[&str])] = &[
    ("AUTH_SECRET", &["secret"]),
    ("BETTER_AUTH_SECRET", &["secret"]),
    ("BETTER_AUTH_SECRETS", &["secrets"]),
    ("BETTER_AUTH_URL", &["base_url"]),
    ("DATABASE_URL", &["database", "url"]),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", &["otlp", "endpoint"]),
    ("REDIS_URL", &["secondary_storage", "url"]),
];
/// Adds to what is configured, as it does in Better Auth, where the others replace it.
pub(super) const TRUSTED_ORIGINS: &str = "BETTER_AUTH_TRUSTED_ORIGINS";
/// What any other key's variable starts with.
pub(super) const PREFIX: &str = "SIGNET__";

/// Lays the environment over a tree. An empty variable counts as not set, as composed containers leave them.
pub(super) fn overlay(tree: &mut Tree, environment: &[(String, String)]) {
    // A platform may set OpenTelemetry's variable for all that it runs, whether it sends traces or not.
    let means_something = |path: &[&str]| cfg!(feature = "otlp") || path[0] != "otlp";
    for (name, path) in NAMED.iter().filter(|(_, path)| means_something(path)) {
        if let Some((_, text)) = environment.iter().find(|(key, text)| key == name && !text.is_empty()) {
            let leaf =
                Leaf { value: Value::from(text.as_str()), raw: None, source: Source::Variable((*name).to_owned()) };
            tree.set(path, Tree::Leaf(leaf));
        }
    }
    let mut variables: Vec<_> = environment.iter().filter(|(_, text)| !text.is_empty()).collect();
    variables.sort();
    for (name, text) in variables {
        if let Some(path) = name.strip_prefix(PREFIX) {
            let path: Vec<String> = path.split("__").map(segment).collect();
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            tree.set(&path, read(name, text));
        }
    }
    if let Some((name, text)) = environment.iter().find(|(key, text)| key == TRUSTED_ORIGINS && !text.is_empty()) {
        add_origins(tree, name, text);
    }
}

/// `SESSION` is `session`; a name that has small letters is one of the operator's own (`shoeSize`) and stays as it is.
fn segment(text: &str) -> String {
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) { text.to_owned() } else { text.to_ascii_lowercase() }
}

/// A variable's value: TOML where it is a boolean, a number, an array, a table or quoted, else the text itself.
fn read(name: &str, text: &str) -> Tree {
    let source = Source::Variable(name.to_owned());
    let parsed = format!("value = {text}").parse::<toml::Table>().ok().filter(|table| table.len() == 1);
    match parsed.and_then(|mut table| table.remove("value")) {
        Some(Value::String(text)) => Tree::from_value(Value::String(text), &source),
        Some(table @ Value::Table(_)) => Tree::from_value(table, &source),
        Some(value) => Tree::Leaf(Leaf { value, raw: Some(text.to_owned()), source }),
        None => Tree::Leaf(Leaf { value: Value::from(text), raw: Some(text.to_owned()), source }),
    }
}

fn add_origins(tree: &mut Tree, name: &str, text: &str) {
    let mut origins = match tree.get(["trusted_origins"]) {
        Some(Tree::Leaf(Leaf { value: Value::Array(configured), .. })) => configured.clone(),
        Some(Tree::Leaf(Leaf { value: Value::String(text), .. })) => words(text),
        // Not a list: its own fault is reported where it is asked for.
        Some(_) => return,
        None => Vec::new(),
    };
    origins.extend(words(text));
    let leaf = Leaf { value: Value::Array(origins), raw: None, source: Source::Variable(name.to_owned()) };
    tree.set(&["trusted_origins"], Tree::Leaf(leaf));
}

/// A list as a variable holds it: `a, b`.
pub(super) fn words(text: &str) -> Vec<Value> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(Value::from).collect()
}
