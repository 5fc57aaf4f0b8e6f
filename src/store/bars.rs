//! What another program has written to a user's row to keep that user out, and nothing of this configuration reads: a ban
//! while the admin plugin is off, a second factor. The columns are not Signet's; they are looked for when it starts.

use std::time::Duration;

use tokio::time::Instant;

use super::engine::{Dialect, Statement, Value};
use super::inspect::says_yes;
use super::present::{Present, PresentColumn};
use super::template::quote;
use super::{Store, transaction};
use crate::base::{Error, Result};

/// Beyond so many users nobody is counted.
pub const COUNTED: i64 = 10;
/// No index has these columns, so where nobody is barred the whole table is read.
const PATIENCE: Duration = Duration::from_secs(600);

/// Why a user is to be kept out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarKind {
    /// Better Auth's admin plugin has banned them.
    Ban,
    /// They have chosen a second factor, which its two-factor plugin asks for.
    SecondFactor,
}

impl BarKind {
    fn name(self) -> &'static str {
        match self {
            Self::Ban => "a ban",
            Self::SecondFactor => "a second factor",
        }
    }
}

/// Something that keeps users out.
pub struct Bar {
    pub kind: BarKind,
    count: Statement,
    one: Statement,
    /// Whether the statements take the moment, as their first value.
    ends: bool,
}

impl Store {
    /// The bars that there are, and that this configuration does not see to.
    pub async fn unenforced_bars(&self) -> Result<Vec<Bar>> {
        let present = self.present().await?;
        let mut bars = Vec::new();
        if !self.layout().admin()
            && let Some(banned) = column(&present, "banned")
        {
            let ends = column(&present, "banexpires").and_then(|ends| self.still_ahead(ends));
            bars.push(self.bar(BarKind::Ban, says_yes(banned), ends)?);
        }
        if let Some(enabled) = column(&present, "twofactorenabled") {
            bars.push(self.bar(BarKind::SecondFactor, says_yes(enabled), None)?);
        } else if let Some(has_one) = self.has_row_in(&present, "twofactor", Some("verified")).await? {
            // The column may have any name; who has been asked for the second factor once has a row that is verified.
            bars.push(self.bar(BarKind::SecondFactor, has_one, None)?);
        }
        Ok(bars)
    }

    /// How many users a bar keeps out at this moment, [`COUNTED`] at most.
    pub async fn barred(&self, bar: &Bar) -> Result<i64> {
        let begun = Instant::now();
        let values = self.moment_for(bar);
        let counted = transaction!(self, |tx| {
            tx.take_time(PATIENCE).await?;
            tx.fetch_one(&bar.count, &values).await?.integer("n")
        });
        counted.map_err(|error| match begun.elapsed() < PATIENCE {
            true => error,
            false => Error::broken(format!(
                "users with {} were looked for in the database for {} minutes, and it has not come to their end",
                bar.kind.name(),
                PATIENCE.as_secs() / 60
            )),
        })
    }

    /// Whether a bar keeps a user out at this moment.
    pub async fn is_barred(&self, bar: &Bar, user_id: &str) -> Result<bool> {
        let Some(id) = self.layout().id("user", user_id) else { return Ok(false) };
        let values: Vec<_> = self.moment_for(bar).into_iter().chain([id]).collect();
        Ok(self.fetch_optional(&bar.one, &values).await?.is_some())
    }

    fn moment_for(&self, bar: &Bar) -> Vec<Value> {
        bar.ends.then(|| self.clock().now().into()).into_iter().collect()
    }

    /// `set` is the condition that a user is barred; `still_ahead` limits that to the time before its end, which is the
    /// first value then.
    fn bar(&self, kind: BarKind, set: String, still_ahead: Option<String>) -> Result<Bar> {
        let ends = still_ahead.is_some();
        let condition = match still_ahead {
            Some(ahead) => format!("{set} AND {ahead}"),
            None => set,
        };
        let count = format!(
            "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM {{user}} WHERE {condition} LIMIT {COUNTED}) AS few"
        );
        let id = if ends { "{$2:user.id}" } else { "{$1:user.id}" };
        let one = format!("SELECT 1 AS one FROM {{user}} WHERE {{user.id}} = {id} AND {condition}");
        let statement = |name: &str, template: &str| self.renderer().statement(name, template);
        let (count, one) = (statement("count who is barred", &count)?, statement("is barred", &one)?);
        Ok(Bar { kind, count, one, ends })
    }

    /// The condition that a moment in a column has not come. None for a type that is not known to hold one: then nothing ends.
    fn still_ahead(&self, ends: &PresentColumn) -> Option<String> {
        let column = format!("{{user}}.{}", quote(&ends.name));
        match self.renderer().dialect {
            Dialect::Sqlite => Some(format!("COALESCE(typeof({column}) <> 'text' OR {column} > $1, TRUE)")),
            Dialect::Postgres if ends.type_name.starts_with("timestamp") => {
                Some(format!("COALESCE({column} > $1, TRUE)"))
            }
            Dialect::Postgres => None,
        }
    }
}

/// A column of the user's table, by its name in lower case and without the underscores that some deployments put in.
fn column<'p>(present: &'p Present, plain: &str) -> Option<&'p PresentColumn> {
    let is_it = |name: &str| name.replace('_', "").eq_ignore_ascii_case(plain);
    let columns = &present.logical("user")?.columns;
    columns.iter().find(|column| is_it(&column.name) || column.logical.as_deref().is_some_and(is_it))
}
