//! Keys that nobody asked for, and what they were probably meant to be.

use std::collections::HashMap;

use super::fault::Fault;
use super::later;
use super::names::{is_below, join};
use super::reader::Reader;
use super::tree::Tree;

/// What may stand below a known key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Below {
    Nothing,
    Anything,
}

/// Refuses every key that neither a section asked for nor a later version knows.
pub(super) fn judge(reader: &mut Reader) {
    let mut known = later::known();
    known.extend(reader.known.drain());
    let mut faults = Vec::new();
    walk(&reader.tree, "", &known, &mut faults);
    reader.faults.extend(faults);
}

fn walk(tree: &Tree, path: &str, known: &HashMap<String, Below>, faults: &mut Vec<Fault>) {
    let Tree::Table(children) = tree else { return };
    for (name, child) in children {
        let path_here = join(path, name);
        let has_keys = known.keys().any(|key| is_below(key, &path_here));
        match (child, known.get(&path_here)) {
            (_, Some(Below::Anything)) | (Tree::Leaf(_), Some(Below::Nothing)) => {}
            (Tree::Table(_), _) if has_keys => walk(child, &path_here, known, faults),
            (Tree::Leaf(_), None) if has_keys => {
                faults.push(Fault::new(path_here, child.source(), "is a table of keys, not a single value"));
            }
            // A table in a key's place: the section that asked has said so.
            (Tree::Table(_), Some(_)) => {}
            (_, None) => {
                let text = match suggestion(path, name, known) {
                    Some(meant) => format!("unknown key; did you mean `{meant}`?"),
                    None => "unknown key; remove it, or look it up in docs/configuration.md".to_owned(),
                };
                faults.push(Fault::new(path_here, child.source(), text));
            }
        }
    }
}

/// The nearest name beside an unknown one, else the same name elsewhere.
fn suggestion(path: &str, name: &str, known: &HashMap<String, Below>) -> Option<String> {
    let wanted = plain(name);
    let siblings = known.keys().filter_map(|key| {
        let rest = if path.is_empty() { key } else { key.strip_prefix(path)?.strip_prefix('.')? };
        rest.split('.').next()
    });
    let nearest = siblings.map(|sibling| (distance(&wanted, &plain(sibling)), sibling)).min();
    if let Some((edits, sibling)) = nearest
        && edits <= wanted.chars().count() / 3
    {
        return Some(sibling.to_owned());
    }
    let mut elsewhere: Vec<_> = known.keys().filter(|key| key.rsplit('.').next() == Some(name)).collect();
    elsewhere.sort_by_key(|key| (key.matches('.').count(), *key));
    elsewhere.first().map(|key| (*key).clone())
}

/// A name without what differs between spellings: `baseURL` and `base_url` are one.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// How many letters must be changed, added, dropped or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<_>, Vec<_>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<_>>()];
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let change = rows[row][column] + usize::from(letter != against);
            let mut best = change.min(rows[row][column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && one[row - 1] == *against && *letter == other[column - 1] {
                best = best.min(rows[row - 1][column - 1] + 1);
            }
            current.push(best);
        }
        rows.push(current);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_changes_additions_omissions_and_swaps() {
        for (one, other, edits) in [
            ("same", "same", 0),
            ("expirein", "expiresin", 1),
            ("sesion", "session", 1),
            ("scerets", "secrets", 1),
            ("abc", "", 3),
        ] {
            assert_eq!(distance(one, other), edits, "{one} {other}");
        }
    }
}
