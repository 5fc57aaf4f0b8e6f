//! Reading the files of migrations. They hold `CREATE TABLE {t} (…)` with one column a line, `CREATE INDEX`, `CREATE TRIGGER`
//! with what it runs, and comments, and nothing else.

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
    /// A trigger, or the function that the one of its name runs on Postgres: they are there together.
    Trigger {
        table: &'f str,
        name: &'f str,
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
            Self::Table { table, .. } | Self::Index { table, .. } | Self::Trigger { table, .. } => table,
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
    let step = |statement| {
        table(statement)
            .or_else(|| index(statement))
            .or_else(|| trigger(statement))
            .ok_or_else(|| Error::broken(format!("a migration has a statement of no known form: {statement}")))
    };
    statements(file).map(without_comments).filter(|statement| !statement.is_empty()).map(step).collect()
}

/// What semicolons end, but for those within what a trigger runs.
fn statements(file: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(file);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.match_indices(';').map(|(end, _)| end).find(|end| is_whole(&text[..*end]));
        rest = end.map(|end| &text[end + 1..]);
        Some(end.map_or(text, |end| &text[..end]))
    })
}

/// Whether a statement could end here: a body of Postgres is between `$$`, one of SQLite between BEGIN and END.
fn is_whole(statement: &str) -> bool {
    match statement.matches("$$").count() {
        0 => statement.contains(" BEGIN\n") == statement.ends_with("\nEND"),
        dollars => dollars % 2 == 0,
    }
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

fn trigger(statement: &str) -> Option<Step<'_>> {
    let rest = ["CREATE OR REPLACE FUNCTION {trigger:", "CREATE TRIGGER {trigger:"]
        .iter()
        .find_map(|beginning| statement.strip_prefix(beginning))?;
    let (table, name) = rest.split_once('}')?.0.split_once('.')?;
    Some(Step::Trigger { table, name, template: statement })
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

    #[test]
    fn what_a_trigger_runs_is_not_taken_apart() {
        let function =
            "CREATE OR REPLACE FUNCTION {trigger:user.kept}() RETURNS trigger AS $$\nBEGIN\n    x;\nEND;\n$$";
        let trigger = "CREATE TRIGGER {trigger:user.kept} BEFORE UPDATE ON {user} BEGIN\n    SELECT 1;\nEND";
        let file = format!("-- About.\n{function};\n{trigger};\nCREATE INDEX {{index:user.email}} ON {{user}} (x);\n");
        let steps = parse(&file).unwrap();
        let step = |template| Step::Trigger { table: "user", name: "kept", template };
        assert_eq!(steps[..2], [step(function), step(trigger)]);
        assert!(matches!(steps[2], Step::Index { .. }) && steps.len() == 3, "{steps:?}");
        assert!(parse("CREATE TRIGGER kept BEFORE UPDATE ON {user} BEGIN\n    SELECT 1;\nEND;").is_err());
    }
}
