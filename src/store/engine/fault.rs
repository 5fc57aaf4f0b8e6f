//! What can go wrong with a database, sorted by what to do about it.
//!
//! No bound value leaves this floor: what a server says about a value that does not fit repeats the value, so an
//! [`Error`] of it has words of ours.

use std::fmt;
use std::time::Duration;

use sqlx::error::{DatabaseError, ErrorKind};

use crate::base::error::Issue;
use crate::base::{Error, Random};

/// What an [`Error::Unavailable`] says where a statement was given up.
pub const TOO_SLOW: &str = "a statement took longer than database.statement_timeout";

/// A failed call, before it becomes an [`Error`].
#[derive(Debug)]
pub enum Fault {
    /// The database undid the work because of others' work: the same again may succeed.
    Conflict(Failure),
    /// A unique index holds the value already.
    Taken(Failure),
    /// A value that no column of its type can hold. The failure's text may repeat it.
    Unfit(Failure),
    /// The database cannot be reached, is too slow, or takes no work. The connection is of no more use.
    Away(Away),
    /// Anything else: ours to repair.
    Broken(Failure),
}

/// Why a database is away.
#[derive(Debug)]
pub enum Away {
    /// What took too long, without an answer.
    Late(&'static str),
    /// A statement had no answer in its time.
    Silent,
    /// The server gave a statement up that took too long.
    Slow(Failure),
    /// The server's certificate, or that it has none.
    Untrusted(String),
    /// The store was closed.
    Closed,
    Failed(Failure),
}

/// What failed, without any of the values that were bound.
#[derive(Debug, thiserror::Error)]
#[error("{call}: {text}")]
pub struct Failure {
    /// The statement's name.
    call: String,
    text: String,
    #[source]
    source: Option<sqlx::Error>,
}

impl Fault {
    /// Sorts what sqlx says about a call.
    pub fn of(call: &str, error: sqlx::Error) -> Self {
        let call = call.to_owned();
        match error {
            sqlx::Error::Database(error) => Self::of_database(call, error.as_ref()),
            sqlx::Error::Tls(error) => Self::untrusted(error.to_string()),
            // rustls' verdict on a certificate.
            sqlx::Error::Io(error) if error.to_string().contains("peer certificate") => {
                Self::untrusted(error.to_string())
            }
            // A connection that ended or spoke nonsense. The text of an I/O error names no values.
            error @ (sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed) => {
                Self::Away(Away::Failed(Failure { call, text: "the connection failed".into(), source: Some(error) }))
            }
            error => Self::Broken(Failure { call, text: "the driver failed".into(), source: Some(error) }),
        }
    }

    /// A setting of a session that the server refuses is the operator's.
    pub fn of_settings(error: sqlx::Error) -> Self {
        match Self::of("connect", error) {
            Self::Unfit(failure) => Self::Broken(failure),
            fault => fault,
        }
    }

    /// No TLS, or none to be trusted, and what an operator can do about it.
    fn untrusted(mut verdict: String) -> Self {
        let remedy = if verdict.contains("UnknownIssuer") {
            "; name the file of the server's CA in the URL: sslmode=verify-full&sslrootcert=FILE"
        } else if verdict.contains("NotValidForName") || verdict.contains("not valid for name") {
            "; write the host in the URL as the server's certificate names it"
        } else if verdict.contains("does not support TLS") {
            "; turn it on there (ssl = on), or set sslmode=disable where the network is trusted"
        } else {
            ""
        };
        verdict.push_str(remedy);
        Self::Away(Away::Untrusted(verdict))
    }

    fn of_database(call: String, error: &dyn DatabaseError) -> Self {
        let code = error.code().unwrap_or_default();
        // The detail is left out: it repeats the row.
        let failure = Failure { call, text: format!("{} ({code})", error.message()), source: None };
        match sort(&code) {
            _ if error.kind() == ErrorKind::UniqueViolation => Self::Taken(failure),
            Sort::Conflict => Self::Conflict(failure),
            Sort::Unfit => Self::Unfit(failure),
            Sort::Slow => Self::Away(Away::Slow(failure)),
            Sort::Away => Self::Away(Away::Failed(failure)),
            Sort::Broken => Self::Broken(failure),
        }
    }

    /// A value that cannot be bound.
    pub fn unfit(call: &str, text: &str) -> Self {
        Self::Unfit(Failure { call: call.to_owned(), text: text.to_owned(), source: None })
    }

    /// A fault of ours, or of the operator's.
    pub fn broken(call: &str, text: impl Into<String>) -> Self {
        Self::Broken(Failure { call: call.to_owned(), text: text.into(), source: None })
    }

    /// Whether the same again may succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    /// Whether the database's user may not do this.
    pub fn is_not_allowed(&self) -> bool {
        matches!(self, Self::Broken(failure) if failure.text.ends_with("(42501)"))
    }

    /// Whether a pooler said that it takes no settings for a session.
    pub fn refuses_settings(&self) -> bool {
        matches!(self, Self::Away(Away::Failed(failure)) if failure.text.contains("startup parameter"))
    }

    /// Whether the connection may be used again: the server answered, and goes on.
    pub fn leaves_the_connection_whole(&self) -> bool {
        match self {
            Self::Away(away) => matches!(away, Away::Slow(_)),
            Self::Broken(failure) => failure.source.is_none(),
            Self::Conflict(_) | Self::Taken(_) | Self::Unfit(_) => true,
        }
    }
}

enum Sort {
    Conflict,
    Unfit,
    Slow,
    Away,
    Broken,
}

/// Sorts SQLSTATEs (five characters) and SQLite's extended result codes (numbers, the kind in the low byte).
fn sort(code: &str) -> Sort {
    if code.len() != 5 {
        return match code.parse::<u32>().map(|code| code & 0xff) {
            // BUSY, LOCKED
            Ok(5 | 6) => Sort::Conflict,
            // READONLY, IOERR, FULL, CANTOPEN
            Ok(8 | 10 | 13 | 14) => Sort::Away,
            // TOOBIG, MISMATCH
            Ok(18 | 20) => Sort::Unfit,
            _ => Sort::Broken,
        };
    }
    match (&code[..2], code) {
        // Serialisation failures, deadlocks.
        ("40", _) => Sort::Conflict,
        // Too long for the index that it would go into.
        ("22", _) | (_, "54000") => Sort::Unfit,
        (_, "57014") => Sort::Slow,
        // No connection, no resources, shut down, a standby that takes no writes.
        ("08" | "53" | "57" | "58", _) | (_, "25006") => Sort::Away,
        _ => Sort::Broken,
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Conflict(failure) => {
                tracing::warn!(error = %failure, "the database refused the same work repeatedly");
                Self::unavailable("the database is busy")
            }
            Fault::Taken(_) => body("A value that must be unique is taken"),
            Fault::Unfit(_) => body("A value does not fit its field"),
            Fault::Away(Away::Untrusted(why)) => {
                tracing::warn!("no trusted connection to the database: {why}");
                Self::unavailable(why)
            }
            Fault::Away(away @ (Away::Slow(_) | Away::Silent)) => {
                tracing::warn!(error = %away, "the database is too slow");
                Self::unavailable(TOO_SLOW)
            }
            Fault::Away(away) => {
                tracing::warn!(error = %away, "the database is away");
                Self::unavailable("the database is away")
            }
            Fault::Broken(failure) => Self::broken(failure),
        }
    }
}

fn body(text: &'static str) -> Error {
    Error::Invalid(vec![Issue { place: "body".to_owned(), text: text.into() }])
}

impl fmt::Display for Away {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => formatter.write_str("a statement took too long"),
            Self::Late(what) => write!(formatter, "{what} took too long"),
            Self::Untrusted(why) => formatter.write_str(why),
            Self::Closed => formatter.write_str("the store is closed"),
            Self::Failed(Failure { source: Some(source), call, .. }) => write!(formatter, "{call}: {source}"),
            Self::Slow(failure) | Self::Failed(failure) => write!(formatter, "{failure}"),
        }
    }
}

/// How often a unit of work that met a conflict is tried in all.
const TRIES: u32 = 4;

/// Counts the tries of a unit of work.
pub struct Tries<'r> {
    made: u32,
    random: &'r Random,
}

impl<'r> Tries<'r> {
    pub fn new(random: &'r Random) -> Self {
        Self { made: 0, random }
    }

    /// Whether to try the same again, after a short wait of random length, so that two that collided do not collide anew.
    pub async fn again(&mut self, conflict: bool) -> bool {
        self.made += 1;
        if !conflict || self.made >= TRIES {
            return false;
        }
        let [chance] = self.random.bytes::<1>();
        tokio::time::sleep(Duration::from_millis(u64::from(self.made) * (2 + u64::from(chance) / 16))).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_is_given_up_is_told_from_a_database_that_is_away() {
        let failure = || Failure { call: "a call".to_owned(), text: "(57014)".to_owned(), source: None };
        let reason = |away| Error::from(Fault::Away(away)).to_string();
        assert_eq!([reason(Away::Slow(failure())), reason(Away::Silent)], [TOO_SLOW; 2]);
        assert_eq!([reason(Away::Failed(failure())), reason(Away::Closed)], ["the database is away"; 2]);
    }

    #[test]
    fn conflicts_and_absences_are_told_apart() {
        for code in ["40001", "40P01", "5", "517", "6"] {
            assert!(matches!(sort(code), Sort::Conflict), "{code}");
        }
        for code in ["08006", "53300", "57P01", "25006", "13", "2826"] {
            assert!(matches!(sort(code), Sort::Away), "{code}");
        }
        for code in ["22021", "22P02", "22003", "54000"] {
            assert!(matches!(sort(code), Sort::Unfit), "{code}");
        }
        for code in ["42P01", "23502", "1", ""] {
            assert!(matches!(sort(code), Sort::Broken), "{code}");
        }
    }
}
