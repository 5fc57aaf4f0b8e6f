//! The layout as the database that was found has it: its spelling of names, its kinds of ids, its columns of old.

use std::sync::Arc;

use super::engine::{Dialect, Engine};
use super::ids::IdKind;
use super::layout::{Casing, Column, Laid, Layout, Table, is_signets};
use super::present::{Asked, Present, PresentColumn, PresentTable};
use super::schema::{Kind, SAME_IDS, WHERE_THERE};
use super::template::quote;
use crate::base::{Error, Result};

impl Layout {
    /// Looks at a database and follows what is there.
    ///
    /// # Errors
    /// One line for an operator where Signet cannot work on it.
    pub(super) async fn adapted_to(&self, engine: &Engine) -> Result<Self> {
        let dialect = engine.dialect();
        let present = Present::read(self, dialect, Asked::Engine(engine)).await?;
        let mut snake = (*self.0).clone();
        snake
            .tables
            .iter_mut()
            .filter(|table| !is_signets(table.logical))
            .for_each(|table| table.name = snake_case(&table.name));
        let in_snake_case = Present::read(&Self(Arc::new(snake)), dialect, Asked::Engine(engine)).await?;
        let mut present = present.or(in_snake_case);
        let layout = self.adapted(&present, dialect).map_err(Error::broken)?;
        present.mark(&layout);
        present.tables().filter(|table| layout.uses(table.logical)).for_each(warn_of_what_is_in_the_way);
        Ok(layout)
    }

    fn adapted(&self, present: &Present, dialect: Dialect) -> Result<Self, String> {
        let mut laid = (*self.0).clone();
        let casing = laid.casing.or_else(|| laid.casing_of(present));
        for table in laid.tables.iter_mut().filter(|table| !is_signets(table.logical)) {
            let there = present.logical(table.logical);
            match there {
                Some(there) => table.name.clone_from(&there.name),
                None => table.name = cased(&table.name, casing),
            }
            add_columns_of_old(table, there);
            for column in table.columns.iter_mut().filter(|column| column.kind != Kind::Key) {
                column.name = spelling(&column.name, there, casing);
            }
        }
        laid.check()?;
        laid.follow_ids(present, dialect)?;
        let uses: Vec<_> = laid.tables.iter().map(|table| laid.uses(table.logical)).collect();
        for (table, _) in laid.tables.iter_mut().zip(uses).filter(|(_, uses)| *uses) {
            let Some(there) = present.logical(table.logical) else { continue };
            table.columns.iter().try_for_each(|column| check_type(table, column, there, dialect))?;
            if dialect == Dialect::Postgres {
                table.follow_texts(there)?;
            }
        }
        Ok(Self(Arc::new(laid)))
    }
}

impl Laid {
    /// The spelling of the tables that are there: snake case if any column of theirs is found by that alone.
    fn casing_of(&self, present: &Present) -> Option<Casing> {
        let is_snake = |table: &Table| {
            let Some(there) = present.logical(table.logical) else { return false };
            table.columns.iter().any(|column| !there.has(&column.name) && there.has(&snake_case(&column.name)))
        };
        self.tables.iter().any(is_snake).then_some(Casing::Snake)
    }

    /// Gives each column for ids the kind that it has, or will have: references that of their table.
    fn follow_ids(&mut self, present: &Present, dialect: Dialect) -> Result<(), String> {
        let configured = self.tables.first().map(Table::ids).unwrap_or_default().once_made(dialect);
        // A table that is made beside others has ids as theirs.
        let of_users = match present.logical("user") {
            Some(there) => key_of(there, configured, dialect)?,
            None => configured,
        };
        let mut of_tables = Vec::new();
        let uses: Vec<_> = self.tables.iter().map(|table| self.uses(table.logical)).collect();
        for (table, is_used) in self.tables.iter_mut().zip(uses) {
            let followed =
                SAME_IDS.iter().find(|(follower, _)| *follower == table.logical).map(|(_, followed)| *followed);
            let known = |logical: &str| {
                let same = |(table, _): &&(&str, IdKind)| *table == logical;
                of_tables.iter().find(same).map(|(_, ids)| *ids)
            };
            let there = present.logical(table.logical).filter(|_| is_used);
            for column in &mut table.columns {
                let inherited = match column.kind {
                    Kind::Key => followed.and_then(known).unwrap_or(of_users),
                    Kind::Reference(to) => known(to).unwrap_or(of_users),
                    _ => continue,
                };
                column.ids = match there.and_then(|there| there.column(&column.name)) {
                    Some(found) => kind_of(found, &table.name, configured, dialect)?,
                    None => inherited,
                };
                // What is compared with each other must be comparable.
                let must_fit = matches!(column.kind, Kind::Reference(_)) || followed.is_some();
                if must_fit && !column.ids.is_like(inherited) {
                    return Err(format!(
                        "column {:?} of table {:?} is of another type than the ids that it holds",
                        column.name, table.name
                    ));
                }
            }
            of_tables.push((table.logical, table.ids()));
        }
        Ok(())
    }
}

impl Table {
    /// Gives each column of texts the type that it has.
    fn follow_texts(&mut self, there: &PresentTable) -> Result<(), String> {
        for column in &mut self.columns {
            let holds_texts = match column.kind {
                Kind::Text => true,
                Kind::Key | Kind::Reference(_) => matches!(column.ids, IdKind::Text | IdKind::UuidAsText),
                _ => false,
            };
            let Some(found) = there.column(&column.name).filter(|_| holds_texts) else { continue };
            column.text_type = text_type(found, column.field.is_some()).map_err(|()| {
                let (table, PresentColumn { name, type_name, .. }) = (&self.name, found);
                format!(
                    "column {name:?} of table {table:?} is of type {type_name}; texts are text, varchar or citext: \
                    ALTER TABLE {} ALTER COLUMN {} TYPE text",
                    quote(table),
                    quote(name)
                )
            })?;
        }
        Ok(())
    }
}

/// What texts have to be cast to for a column on Postgres; none for one that takes them as they are. Those of additional
/// fields are only written and compared as a whole.
fn text_type(found: &PresentColumn, is_added: bool) -> Result<Option<String>, ()> {
    match found.type_name.as_str() {
        "text" | "character varying" => Ok(None),
        // SQL takes `character` for one of a single letter.
        "character" => Ok(Some("bpchar".to_owned())),
        _ if is_like_text(&found.spelt) || (is_added && (found.is_enum || found.type_name == "uuid")) => {
            Ok(Some(found.spelt.clone()))
        }
        _ => Err(()),
    }
}

/// Whether a type that texts are cast to holds any of them, and has the functions of texts. That of the extension is spelt
/// with its schema where that is not on the search path.
pub(super) fn is_like_text(spelt: &str) -> bool {
    spelt == "bpchar" || spelt == "citext" || spelt.ends_with(".citext")
}

fn warn_of_what_is_in_the_way(table: &PresentTable) {
    let names: Vec<_> = table.columns_in_the_way().map(|column| column.name.as_str()).collect();
    if names.is_empty() {
        return;
    }
    let remedy = match table.logical {
        "user" | "session" => "declare them in additional_fields, or give them a default",
        _ => "give them a default",
    };
    tracing::warn!(
        table = table.name,
        columns = names.join(", "),
        "the database requires values for columns that Signet does not know, so no row can be made in this table: {remedy}"
    );
}

/// The kind of the ids of a table that is there.
fn key_of(there: &PresentTable, configured: IdKind, dialect: Dialect) -> Result<IdKind, String> {
    there.column("id").map_or(Ok(configured), |column| kind_of(column, &there.name, configured, dialect))
}

fn kind_of(column: &PresentColumn, table: &str, configured: IdKind, dialect: Dialect) -> Result<IdKind, String> {
    configured.in_column_of(&column.type_name, dialect).ok_or_else(|| {
        let PresentColumn { name, type_name, .. } = column;
        format!("column {name:?} of table {table:?} is of type {type_name}; ids are text, uuid or integer")
    })
}

/// Adds those that are used only where they are there.
fn add_columns_of_old(table: &mut Table, there: Option<&PresentTable>) {
    for (_, column, kind) in WHERE_THERE.iter().filter(|(logical, _, _)| *logical == table.logical) {
        let is_there = there.is_some_and(|there| there.has(column) || there.has(&snake_case(column)));
        let is_taken = table.columns.iter().any(|known| known.logical == *column || known.name == *column);
        if is_there && !is_taken {
            table.columns.push(Column::core(column, *kind, IdKind::Text));
        }
    }
}

/// A column's name as the table has it, or as it is to be made.
fn spelling(name: &str, there: Option<&PresentTable>, casing: Option<Casing>) -> String {
    let snake = snake_case(name);
    match there {
        Some(there) if there.has(name) => name.to_owned(),
        Some(there) if there.has(&snake) => snake,
        _ => cased(name, casing),
    }
}

fn cased(name: &str, casing: Option<Casing>) -> String {
    if casing == Some(Casing::Snake) { snake_case(name) } else { name.to_owned() }
}

/// Refuses what would be misread.
fn check_type(table: &Table, column: &Column, there: &PresentTable, dialect: Dialect) -> Result<(), String> {
    let Some(found) = there.column(&column.name) else { return Ok(()) };
    let unfit = |advice: &str| {
        let (table, name, type_name) = (&table.name, &column.name, &found.type_name);
        Err(format!("column {name:?} of table {table:?} is of type {type_name}; {advice}"))
    };
    match (column.kind, dialect) {
        (Kind::Time, Dialect::Postgres) if !found.type_name.starts_with("timestamp") => {
            unfit("times are timestamptz or timestamp")
        }
        (Kind::Time, Dialect::Sqlite) if found.type_name.contains("int") => unfit(
            "times are texts here, and such a column has numbers, as Drizzle makes them on SQLite: move to Postgres, or to columns of type date",
        ),
        (Kind::Bool, Dialect::Postgres) if found.type_name != "boolean" => unfit("truth values are boolean"),
        (Kind::Key, _) if gives_none(table, column, found, dialect) => {
            unfit("no sequence of its own gives it numbers: ALTER SEQUENCE … OWNED BY …, or make it an identity")
        }
        _ => Ok(()),
    }
}

/// Whether ids are numbers, and none comes by itself.
fn gives_none(table: &Table, column: &Column, found: &PresentColumn, dialect: Dialect) -> bool {
    let is_number = matches!(column.ids, IdKind::Serial { .. });
    let follows = SAME_IDS.iter().any(|(follower, _)| *follower == table.logical);
    let gives = match dialect {
        Dialect::Postgres => found.sequence.is_some(),
        Dialect::Sqlite => found.fills_itself,
    };
    is_number && !follows && !gives
}

/// `emailVerified` as `email_verified`, `userID` as `user_id`, as Better Auth's Drizzle generator writes names.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| letters.get(place));
        let begins_a_word = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                let after_small = before.is_ascii_lowercase() || before.is_ascii_digit();
                let ends_capitals =
                    before.is_ascii_uppercase() && letters.get(place + 1).is_some_and(char::is_ascii_lowercase);
                after_small || ends_capitals
            });
        if begins_a_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn names_are_in_snake_case_as_drizzles_generator_has_them() {
        for (name, snake) in [
            ("emailVerified", "email_verified"),
            ("rateLimit", "rate_limit"),
            ("userID", "user_id"),
            ("HTTPServer", "http_server"),
            ("x509Certificate", "x509_certificate"),
            ("already_snake", "already_snake"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }
}
