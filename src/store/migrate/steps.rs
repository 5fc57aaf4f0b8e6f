//! Reading the files of migrations. They hold `CREATE TABLE {t} (…)` with one column a line, `CREATE INDEX`, and
//! comments, and nothing else.

use crate::base::{Error, Result};

/// One statement of a file.
#[derive(Debug, PartialEq)]
pub enum Step<'f> {
    Table {
        table: &'f str,
        columns: Vec<Definition<'f>>,
    },
    /// With `bytes`, one that compares texts byte by byte, so that it finds those that begin in a certain way.
    Index {
        table: &'f str,
        column: &'f str,
        bytes: bool,
        template: &'f str,
    },
}

/// A line that defines a column.
#[derive(Debug, PartialEq)]
pub struct Definition<'f> {
    /// The logical name.
    pub column: &'f str,
    /// The whole line.
    pub template: &'f str,
}

impl<'f> Step<'f> {
    /// The logical name of its table.
    pub fn table(&self) -> &'f str {
        match self {
            Self::Table { table, .. } | Self::Index { table, .. } => table,
        }
    }
}

impl Definition<'_> {
    /// The line without its UNIQUE, and whether it had one.
    pub fn without_unique(&self) -> (String, bool) {
        match self.template.strip_suffix(" UNIQUE") {
            Some(line) => (line.to_owned(), true),
            None => (self.template.to_owned(), false),
        }
    }
}

/// The steps of a file.
pub fn parse(file: &str) -> Result<Vec<Step<'_>>> {
    let statements = file.split(';').map(without_comments).filter(|statement| !statement.is_empty());
    let step = |statement| {
        table(statement)
            .or_else(|| index(statement))
            .ok_or_else(|| Error::broken(format!("a migration has a statement of no known form: {statement}")))
    };
    statements.map(step).collect()
}

/// A statement without the comments before it.
fn without_comments(statement: &str) -> &str {
    let mut rest = statement.trim();
    while rest.starts_with("--") {
        rest = rest.split_once('\n').map_or("", |(_, after)| after.trim_start());
    }
    rest
}

fn table(statement: &str) -> Option<Step<'_>> {
    let (table, body) = statement.strip_prefix("CREATE TABLE {")?.strip_suffix(')')?.split_once("} (")?;
    let columns = body.lines().map(str::trim).filter(|line| !line.is_empty());
    let columns = columns.map(|line| {
        let template = line.trim_end_matches(',');
        let (owner, column) = template.strip_prefix('{')?.split_once('}')?.0.split_once(':')?;
        (owner == table).then_some(Definition { column, template })
    });
    Some(Step::Table { table, columns: columns.collect::<Option<_>>()? })
}

fn index(statement: &str) -> Option<Step<'_>> {
    let (kind, rest) = statement.strip_prefix("CREATE INDEX {")?.split_once(':')?;
    let (table, column) = rest.split_once('}')?.0.split_once('.')?;
    let is_known = matches!(kind, "index" | "bytes");
    is_known.then_some(Step::Index { table, column, bytes: kind == "bytes", template: statement })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_indexes_are_read_and_anything_else_is_refused() {
        let file = "-- A comment; no.\n";
        assert!(parse(file).is_err(), "a comment with a semicolon is not understood");
        let file = "-- About.\nCREATE TABLE {user} (\n    {user:id} {key:user},\n    {user:email} text UNIQUE\n);\n\
            CREATE INDEX {index:user.email} ON {user} ({user:email});\n";
        let steps = parse(file).unwrap();
        let Step::Table { table: "user", columns } = &steps[0] else { panic!("{steps:?}") };
        assert_eq!(columns[0].without_unique(), ("{user:id} {key:user}".to_owned(), false));
        assert_eq!(columns[1].without_unique(), ("{user:email} text".to_owned(), true));
        assert!(matches!(steps[1], Step::Index { table: "user", column: "email", .. }));
        assert!(parse("DROP TABLE {user};").is_err());
        assert!(parse("CREATE TABLE {user} (\n    {session:id} text\n);").is_err());
    }
}
