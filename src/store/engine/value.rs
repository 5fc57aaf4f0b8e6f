//! What is bound to a statement's placeholders.

use std::fmt;

use sqlx::Arguments;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use time::OffsetDateTime;

use super::fault::Fault;
use crate::base::Timestamp;

/// A value for a placeholder. Its type is part of it even when it is NULL: Postgres remembers a statement with the
/// types that came first, so a placeholder must always get the same variant.
#[derive(Clone, PartialEq)]
pub enum Value {
    Text(Option<String>),
    Time(Option<Timestamp>),
    Bool(Option<bool>),
    Integer(Option<i64>),
    Number(Option<f64>),
}

/// A list of values from whatever a [`Value`] can be made of.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::store::Value::from($value)),*] };
}
pub use values;

impl Value {
    /// NUL is refused for both engines alike, since Postgres cannot keep it.
    fn check(&self, call: &str) -> Result<(), Fault> {
        match self {
            Self::Text(Some(text)) if text.contains('\0') => Err(Fault::unfit(call, "a text holds NUL")),
            _ => Ok(()),
        }
    }
}

/// The parts of a list for statements that take many at once: each as long as a power of two, at most `most`, so that
/// there are few such statements for a database to remember.
pub fn runs<T>(mut rest: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let longest = rest.len().min(most).checked_ilog2()?;
        let (run, left) = rest.split_at(1 << longest);
        rest = left;
        Some(run)
    })
}

/// For Postgres: every value in its own type.
pub fn for_postgres(call: &str, values: &[Value]) -> Result<PgArguments, Fault> {
    let mut arguments = PgArguments::default();
    for value in values {
        value.check(call)?;
        let added = match value.clone() {
            Value::Text(text) => arguments.add(text),
            Value::Time(moment) => arguments.add(moment.map(OffsetDateTime::from)),
            Value::Bool(flag) => arguments.add(flag),
            Value::Integer(number) => arguments.add(number),
            Value::Number(number) => arguments.add(number),
        };
        added.map_err(|error| Fault::of(call, sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

/// For SQLite, which has neither times nor booleans: ISO text with milliseconds, and 0 and 1.
pub fn for_sqlite(call: &str, values: &[Value]) -> Result<SqliteArguments, Fault> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        value.check(call)?;
        let added = match value.clone() {
            Value::Text(text) => arguments.add(text),
            Value::Time(moment) => arguments.add(moment.map(|moment| moment.to_string())),
            Value::Bool(flag) => arguments.add(flag.map(i64::from)),
            Value::Integer(number) => arguments.add(number),
            Value::Number(Some(number)) if number.fract() == 0.0 && number.abs() < 2f64.powi(53) => {
                arguments.add(number as i64)
            }
            Value::Number(number) => arguments.add(number),
        };
        added.map_err(|error| Fault::of(call, sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

impl fmt::Debug for Value {
    /// The type alone: a value may be a secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Time(_) => "Time(…)",
            Self::Bool(_) => "Bool(…)",
            Self::Integer(_) => "Integer(…)",
            Self::Number(_) => "Number(…)",
        })
    }
}

macro_rules! from {
    ($($variant:ident($type:ty)),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(Some(value))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value)
            }
        }
    )*};
}
from!(Text(String), Time(Timestamp), Bool(bool), Integer(i64), Number(f64));

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}
