//! What will happen to the users of a database when this deployment opens it: whether everybody stays signed in, can sign
//! in again, and nobody gets in who could not before. It looks, and changes nothing.

mod ask;
mod guards;
mod ids;
mod ignored;
mod keys;
mod nulls;
mod options;
mod passwords;
mod report;
mod schema;
mod sessions;

use std::time::Duration;

use serde_json::Value;

use self::ask::Ask;
pub use self::report::{Finding, Level, Report, Topic};
use super::Config;
use crate::base::{Clock, Error, Random, Result};
use crate::config::Record;
use crate::crypto::Secrets;

/// How long one statement may take: a count reads the whole table.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is known beside the database.
pub struct Known<'k> {
    pub config: &'k Config,
    /// What the configuration says, key by key.
    pub record: &'k Record,
    /// Cookies of signed-in users, `NAME=VALUE` or the value alone.
    pub cookies: &'k [String],
    /// The options of the Better Auth that wrote the database.
    pub options: Option<&'k Value>,
    /// Whether a secret was configured, or kept from an earlier start: without, everybody would be logged out.
    pub has_secret: bool,
}

/// Looks at the database.
///
/// # Errors
/// [`Error::Unavailable`] where the database is away.
pub async fn examine(known: Known<'_>, clock: Clock, random: Random) -> Result<Report> {
    let mut report = Report::default();
    if let Some(options) = known.options {
        options::judge(options, &known, &random, &mut report)?;
    }
    let secrets = super::keys::secrets(known.config)?;
    if !known.has_secret {
        let text = "No secret is configured, so a start would make a fresh one, and nobody's cookie would be accepted. Set \
                    BETTER_AUTH_SECRET (or BETTER_AUTH_SECRETS) to what Better Auth has.";
        report.bad(Topic::Sessions, "secret-missing", text);
    }
    match super::open_store_to_read(known.config, PATIENCE, clock.clone(), random).await {
        Ok(store) => {
            let outcome = look(&known, &secrets, &store, &clock, &mut report).await;
            store.close().await;
            outcome?;
        }
        Err(error @ Error::Unavailable { .. }) => return Err(error),
        Err(error) => {
            let text = format!("Signet could not open this database: {}.", error.chain());
            report.bad(Topic::Schema, "not-opened", text);
        }
    }
    Ok(report)
}

async fn look(
    known: &Known<'_>,
    secrets: &Secrets,
    store: &crate::store::Store,
    clock: &Clock,
    report: &mut Report,
) -> Result<()> {
    let ask = Ask::new(known, secrets, store, clock.now()).await?;
    let Some(mut unread) = schema::judge(&ask, report).await? else { return Ok(()) };
    ignored::judge(&ask, report);
    unread.extend(ids::judge(&ask, report).await?);
    unread.extend(nulls::judge(&ask, &unread, report).await?);
    // One table that cannot be read says nothing about what is in the others.
    let reads = |tables: &[&str]| !tables.iter().any(|table| unread.contains(table));
    let proof = if reads(&["jwks"]) { keys::judge(&ask, report).await? } else { keys::Proof::default() };
    sessions::judge(&ask, known, proof, reads(&["user", "session"]), report).await?;
    if reads(&["account"]) {
        passwords::judge(&ask, report).await?;
    }
    guards::judge(&ask, reads(&["user", "account"]), report).await
}
