//! What another program has written to a user's row to keep that user out, and nothing of this configuration reads: a ban
//! while the admin plugin is off, a second factor. The columns are not Signet's; they are looked for when it starts.

use super::Store;
use super::engine::{Dialect, Statement, Value};
use super::inspect::says_yes;
use super::present::{Present, PresentColumn};
use super::template::quote;
use crate::base::Result;

/// Beyond so many users nobody is counted.
pub const COUNTED: i64 = 1000;

/// Why a user is to be kept out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarKind {
    /// Better Auth's admin plugin has banned them.
    Ban,
    /// They have chosen a second factor, which its two-factor plugin asks for.
    SecondFactor,
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
        self.fetch_one(&bar.count, &self.moment_for(bar)).await?.integer("n")
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
        Ok(Bar { kind, count: statement("count who is barred", &count)?, one: statement("is barred", &one)?, ends })
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
