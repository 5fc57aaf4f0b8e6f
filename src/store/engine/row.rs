//! A row of an answer, read by the logical names of its columns.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, TypeInfo, ValueRef};
use time::OffsetDateTime;

use crate::base::{Error, Result, Timestamp};

/// A row. Columns go by their aliases, which a template's `{user.*}` makes of the logical names: `user.email`.
pub enum Row {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

impl Row {
    /// A text, or NULL.
    pub fn optional_text(&self, alias: &str) -> Result<Option<String>> {
        match self {
            Self::Postgres(row) => row.try_get(alias),
            Self::Sqlite(row) => row.try_get_unchecked(alias),
        }
        .map_err(|error| broken(alias, error))
    }

    /// A text.
    pub fn text(&self, alias: &str) -> Result<String> {
        present(alias, self.optional_text(alias)?)
    }

    /// A moment, or NULL.
    pub fn optional_time(&self, alias: &str) -> Result<Option<Timestamp>> {
        match self {
            Self::Postgres(row) => {
                let moment: Option<OffsetDateTime> = row.try_get(alias).map_err(|error| broken(alias, error))?;
                Ok(moment.map(Timestamp::from))
            }
            Self::Sqlite(_) => match self.optional_text(alias)? {
                Some(text) => match Timestamp::parse(&text) {
                    Some(moment) => Ok(Some(moment)),
                    None => Err(Error::broken(format!("column {alias} holds a text that is no time"))),
                },
                None => Ok(None),
            },
        }
    }

    /// A moment.
    pub fn time(&self, alias: &str) -> Result<Timestamp> {
        present(alias, self.optional_time(alias)?)
    }

    /// A truth value, or NULL. SQLite has numbers for it.
    pub fn optional_bool(&self, alias: &str) -> Result<Option<bool>> {
        match self {
            Self::Postgres(row) => row.try_get(alias).map_err(|error| broken(alias, error)),
            Self::Sqlite(_) => Ok(self.optional_integer(alias)?.map(|number| number != 0)),
        }
    }

    /// A truth value.
    pub fn bool(&self, alias: &str) -> Result<bool> {
        present(alias, self.optional_bool(alias)?)
    }

    /// A whole number of 64 bits, or NULL.
    pub fn optional_integer(&self, alias: &str) -> Result<Option<i64>> {
        match self {
            Self::Postgres(row) => row.try_get(alias),
            Self::Sqlite(row) => row.try_get_unchecked(alias),
        }
        .map_err(|error| broken(alias, error))
    }

    /// A whole number of 64 bits.
    pub fn integer(&self, alias: &str) -> Result<i64> {
        present(alias, self.optional_integer(alias)?)
    }

    /// A number as JSON has it, or NULL. SQLite keeps a text in a column for numbers if it is given one.
    pub fn number_or_text(&self, alias: &str) -> Result<serde_json::Value> {
        let number: Option<f64> = match self {
            Self::Postgres(row) => row.try_get(alias),
            Self::Sqlite(row) => {
                let raw = row.try_get_raw(alias).map_err(|error| broken(alias, error))?;
                if raw.type_info().name() == "TEXT" {
                    return Ok(self.optional_text(alias)?.into());
                }
                row.try_get_unchecked(alias)
            }
        }
        .map_err(|error| broken(alias, error))?;
        Ok(number.map_or(serde_json::Value::Null, json_number))
    }
}

/// A number as JavaScript prints it: 36, not 36.0.
fn json_number(number: f64) -> serde_json::Value {
    if number.fract() == 0.0 && number.abs() < 2f64.powi(53) { (number as i64).into() } else { number.into() }
}

fn present<T>(alias: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::broken(format!("column {alias} is NULL")))
}

fn broken(alias: &str, error: sqlx::Error) -> Error {
    Error::broken(Unreadable { alias: alias.to_owned(), source: error })
}

#[derive(Debug, thiserror::Error)]
#[error("column {alias} cannot be read")]
struct Unreadable {
    alias: String,
    source: sqlx::Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_printed_without_a_point() {
        assert_eq!(json_number(36.0).to_string(), "36");
        assert_eq!(json_number(-1.5).to_string(), "-1.5");
        assert_eq!(json_number(f64::NAN), serde_json::Value::Null);
    }
}
