//! Ids: of what kind a table's are, and where a new row's comes from.

use super::engine::{Dialect, Value};
use super::{Statement, Store};
use crate::base::{Error, Result};
use crate::crypto::digest;

/// The kind of a table's ids. Wherever a table is there, its column tells; `advanced.database.generate_id` is for those that
/// are made. Programs see a text in all cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum IdKind {
    /// Better Auth's 32 letters and digits.
    #[default]
    Text,
    /// A `uuid` column on Postgres, text on SQLite.
    Uuid,
    /// Uuids in a column of text on Postgres, which may hold other texts too.
    UuidAsText,
    /// Numbers that the database gives, up to the largest that the column holds.
    Serial { largest: i64 },
}

/// The largest number that JavaScript does not take for its neighbour.
const LARGEST: i64 = (1 << 53) - 1;

impl IdKind {
    /// `integer`, as Better Auth makes them.
    pub const SERIAL: Self = Self::Serial { largest: i32::MAX as i64 };

    /// The kind of a column of this type; none for a type that ids cannot be of.
    fn of_type(type_name: &str, dialect: Dialect) -> Option<Self> {
        match (dialect, type_name) {
            (Dialect::Postgres, "uuid") => Some(Self::Uuid),
            (Dialect::Postgres, "smallint") => Some(Self::Serial { largest: i16::MAX.into() }),
            (Dialect::Postgres, "integer") => Some(Self::SERIAL),
            (Dialect::Postgres, "bigint") => Some(Self::Serial { largest: LARGEST }),
            (Dialect::Postgres, "text" | "character varying" | "character") => Some(Self::Text),
            (Dialect::Postgres, _) => None,
            (Dialect::Sqlite, name) if name.contains("int") => Some(Self::Serial { largest: LARGEST }),
            (Dialect::Sqlite, _) => Some(Self::Text),
        }
    }

    /// The kind of a column that is there, where another is configured: a column of text may hold uuids.
    pub(super) fn in_column_of(self, type_name: &str, dialect: Dialect) -> Option<Self> {
        match (Self::of_type(type_name, dialect)?, self, dialect) {
            (Self::Text, Self::Uuid, Dialect::Sqlite) => Some(Self::Uuid),
            (Self::Text, Self::Uuid, Dialect::Postgres) => Some(Self::UuidAsText),
            (found, ..) => Some(found),
        }
    }

    /// The kind that a column is found to have once it is made for such ids, so that whoever made it and whoever finds it
    /// agree: on which numbers there are, and on the one that a name has.
    pub(super) fn once_made(self, dialect: Dialect) -> Self {
        self.in_column_of(self.type_name(dialect), dialect).unwrap_or(self)
    }

    /// The type of a column for such ids.
    pub(super) fn type_name(self, dialect: Dialect) -> &'static str {
        match (self, dialect) {
            (Self::Serial { .. }, Dialect::Sqlite) => "integer",
            (Self::Serial { largest }, Dialect::Postgres) if largest <= i16::MAX.into() => "smallint",
            (Self::Serial { largest }, Dialect::Postgres) if largest <= i32::MAX.into() => "integer",
            (Self::Serial { .. }, Dialect::Postgres) => "bigint",
            (Self::Uuid, Dialect::Postgres) => "uuid",
            (Self::Text | Self::Uuid | Self::UuidAsText, _) => "text",
        }
    }

    /// Whether a text can be an id. Uuids and numbers have one spelling, so that both engines agree.
    pub(super) fn holds(self, text: &str) -> bool {
        match self {
            Self::Text | Self::UuidAsText => !text.contains('\0'),
            Self::Uuid => uuid::Uuid::try_parse(text).is_ok_and(|uuid| uuid.to_string() == text),
            Self::Serial { largest } => text
                .parse()
                .is_ok_and(|number: i64| number.unsigned_abs() <= largest.unsigned_abs() && number.to_string() == text),
        }
    }

    /// Whether ids of both kinds can be compared.
    pub(super) fn is_like(self, other: Self) -> bool {
        let is_text = |kind| matches!(kind, Self::Text | Self::UuidAsText);
        let is_number = |kind| matches!(kind, Self::Serial { .. });
        self == other || (is_text(self) && is_text(other)) || (is_number(self) && is_number(other))
    }
}

impl Store {
    /// A new row's id; none where the database gives it one, which the inserted row has.
    pub fn new_id(&self, table: &str) -> Option<String> {
        match self.layout().ids(table) {
            IdKind::Text => Some(self.0.engine.random().id()),
            IdKind::Uuid | IdKind::UuidAsText => Some(self.0.engine.random().uuid().to_string()),
            // SQLite may give a number again once its row is gone, and what was said of a session that has ended would be
            // said of another one.
            IdKind::Serial { .. } if table == "session" && self.renderer().dialect == Dialect::Sqlite => {
                Some(self.id_for(table, &self.0.engine.random().id()))
            }
            IdKind::Serial { .. } => None,
        }
    }

    /// A new row's id that has to be known before the row is there. A number is negative, so that none of those that the
    /// database gives is ever the same.
    pub fn new_id_beforehand(&self, table: &str) -> String {
        self.new_id(table).unwrap_or_else(|| self.id_for(table, &self.0.engine.random().id()))
    }

    /// The one id that a row of this name can have.
    pub fn id_for(&self, table: &str, name: &str) -> String {
        match self.layout().ids(table) {
            IdKind::Text => digest::hexadecimal(name),
            IdKind::Uuid | IdKind::UuidAsText => digest::uuid(name).to_string(),
            IdKind::Serial { largest } => {
                format!("-{}", 1 + digest::number(name).unsigned_abs() % largest.unsigned_abs())
            }
        }
    }

    /// An id such as the next row might get, for a row that is never made.
    pub async fn pretended_id(&self, table: &str) -> Result<String> {
        if let Some(id) = self.new_id(table) {
            return Ok(id);
        }
        let next = match self.renderer().dialect {
            Dialect::Postgres => format!("SELECT ({{next:{table}}})::text AS id"),
            Dialect::Sqlite => {
                format!("SELECT CAST(COALESCE(MAX({{{table}.id}}), 0) + 1 AS text) AS id FROM {{{table}}}")
            }
        };
        let statement: Statement = self.renderer().statement("next id", &next)?;
        self.fetch_one(&statement, &[]).await?.text("id")
    }

    /// An id of a row that was read.
    pub(super) fn key(&self, table: &str, id: &str) -> Result<Value> {
        self.layout().id(table, id).ok_or_else(|| Error::broken(format!("an id of {table} does not fit its column")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_one_spelling() {
        assert!(IdKind::Uuid.holds("8f14e45f-ceea-467f-a5ab-0d0e5c1f7a10"));
        for other in ["8F14E45F-CEEA-467F-A5AB-0D0E5C1F7A10", "8f14e45fceea467fa5ab0d0e5c1f7a10", "x"] {
            assert!(!IdKind::Uuid.holds(other), "{other}");
        }
    }

    #[test]
    fn a_number_has_one_spelling_and_fits_its_column() {
        for id in ["0", "7", "-7", "2147483647"] {
            assert!(IdKind::SERIAL.holds(id), "{id}");
        }
        for other in ["007", "1e3", " 1", "1 ", "+1", "-0", "1.0", "", "x", "2147483648", "99999999999999999999"] {
            assert!(!IdKind::SERIAL.holds(other), "{other}");
        }
        assert!(IdKind::Serial { largest: LARGEST }.holds("2147483648"));
    }
}
