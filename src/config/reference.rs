//! The reference document, rendered from the record of a configuration in which nothing is set.

use super::environment::{NAMED, PREFIX, TRUSTED_ORIGINS};
use super::record::{Entry, Record, Support};

/// The document: what there is to know before, then every key with what it takes, its default and what it does, the
/// variables, and what is not built yet.
pub(super) fn render(record: &Record) -> String {
    let mut text = include_str!("reference.md").to_owned();
    let built: Vec<&Entry> = record.entries.iter().filter(|entry| entry.support == Support::Built).collect();
    for table in tables(&built) {
        let title = if table.is_empty() { "Top level".to_owned() } else { format!("`[{table}]`") };
        heading(&mut text, &title, &["Key", "Takes", "Default", "What it does"]);
        let keys = built.iter().filter(|entry| split(&entry.path).0 == table);
        merged_rows(&mut text, keys.map(|entry| [split(&entry.path).1, &entry.kind, &entry.default, &entry.doc]));
    }
    heading(&mut text, "The environment", &["Variable", "Key"]);
    for (name, path) in NAMED {
        row(&mut text, &[&format!("`{name}`"), &format!("`{}`", path.join("."))]);
    }
    row(&mut text, &[&format!("`{TRUSTED_ORIGINS}`"), "adds to `trusted_origins`, with commas between"]);
    row(&mut text, &[&format!("`{PREFIX}SECTION__KEY`"), "any other key, e.g. `SIGNET__SESSION__EXPIRES_IN`"]);
    heading(&mut text, "Known, and not supported yet", &["Key", "Accepted value", "What it is"]);
    let later = record.entries.iter().filter_map(|entry| match &entry.support {
        Support::Later { off } if off.is_empty() => Some([entry.path.as_str(), "none", &entry.doc]),
        Support::Later { off } => Some([entry.path.as_str(), off, &entry.doc]),
        Support::Built => None,
    });
    merged_rows(&mut text, later);
    text
}

/// The tables in the order of asking, but the top level first, and each followed by those below it.
fn tables<'e>(entries: &[&'e Entry]) -> Vec<&'e str> {
    let mut tables: Vec<&str> = Vec::new();
    for entry in entries {
        let table = split(&entry.path).0;
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    let part = |table: &str| table.split('.').next().unwrap_or_default().to_owned();
    let asked = tables.clone();
    tables.sort_by_key(|table| {
        let place = asked.iter().position(|other| part(other) == part(table));
        (!table.is_empty(), place, table.split('.').count())
    });
    tables
}

/// The table and the name of a key. In a reference no name has a dot.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

fn heading(text: &mut String, title: &str, columns: &[&str]) {
    text.push_str(&format!("\n## {title}\n\n"));
    row(text, columns);
    row(text, &vec!["---"; columns.len()]);
}

/// Rows of keys, in which neighbours that are alike in everything but their names share one.
fn merged_rows<'e, const N: usize>(text: &mut String, keys: impl Iterator<Item = [&'e str; N]>) {
    let mut rows: Vec<(Vec<String>, [&str; N])> = Vec::new();
    for key in keys {
        let name = format!("`{}`", key[0]);
        match rows.last_mut() {
            Some((names, other)) if other[1..] == key[1..] => names.push(name),
            _ => rows.push((vec![name], key)),
        }
    }
    for (names, key) in rows {
        let names = names.join(", ");
        let cells: Vec<&str> = [names.as_str()].into_iter().chain(key[1..].iter().copied()).collect();
        row(text, &cells);
    }
}

fn row(text: &mut String, cells: &[&str]) {
    let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    text.push_str(&format!("| {} |\n", cells.join(" | ")));
}
