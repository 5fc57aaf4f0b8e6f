//! Opening Postgres, or a pooler in front of it.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Postgres, Row};

use super::fault::Fault;
use super::pool::{Greeting, Limits, Pool};
use super::within;
use crate::store::postgres_url::{self, PostgresUrl};

/// How long the server waits for the rest of a transaction whose client fell silent.
const SILENCE: Duration = Duration::from_secs(30);

/// Opens a pool and its first connection. The last of the three says whether a pooler stands in between that lends a
/// server for one transaction only (PgBouncer, Neon): such a one refuses settings for the session, or forgets them.
///
/// Behind one, a named statement could meet another client's of the same name, and run that instead.
pub async fn open(
    url: &str,
    time_zone: Option<&str>,
    size: u32,
    limits: Limits,
    read_only: bool,
) -> Result<(Pool<Postgres>, PgConnectOptions, bool), Fault> {
    let plain = options(url)?;
    let statement = limits.for_the_server();
    let bounded = plain
        .clone()
        .options([("statement_timeout", statement), ("idle_in_transaction_session_timeout", SILENCE.as_millis())]);
    let bounded = if read_only { bounded.options([("default_transaction_read_only", "on")]) } else { bounded };
    let pool = Pool::greeted(bounded.clone(), time_zone.map(in_zone), size, limits);
    match pool.acquire().await {
        Ok(mut lease) => {
            if statement_timeout(lease.ask(), limits).await? == statement.to_string() {
                lease.give_back();
                return Ok((pool, bounded, false));
            }
        }
        Err(fault) if fault.refuses_settings() => {}
        Err(fault) => return Err(fault),
    }
    let pool = Pool::<Postgres>::new(plain.clone(), size, limits);
    pool.acquire().await?.give_back();
    Ok((pool, plain, true))
}

/// Sets the zone of a session: the driver asks for UTC when it connects, and no option of the connection comes after that.
fn in_zone(zone: &str) -> Greeting<Postgres> {
    let set: Arc<str> = format!("SET TimeZone = '{zone}'").into();
    Box::new(move |connection| {
        let set = AssertSqlSafe(set.clone());
        Box::pin(async move { sqlx::raw_sql(set).execute(connection).await.map(drop) })
    })
}

/// The limit that the session has, in milliseconds.
async fn statement_timeout(connection: &mut PgConnection, limits: Limits) -> Result<String, Fault> {
    let sql = sqlx::raw_sql("SELECT setting FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'");
    let row = within(limits.statement, "connect", sql.fetch_one(connection)).await?;
    row.try_get(0).map_err(|error| Fault::of("connect", error))
}

/// What the driver makes of a URL.
pub fn options(url: &str) -> Result<PgConnectOptions, Fault> {
    let PostgresUrl { url, .. } = postgres_url::read(url).map_err(|fault| Fault::broken("connect", fault))?;
    // The error of the parser is not kept: it could repeat a part of the URL, which holds a password.
    let options = PgConnectOptions::from_str(url.as_str())
        .map_err(|_| Fault::broken("connect", "the URL is not of the form postgres://user:password@host/database"))?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("signet"),
    };
    // A pooler knows no `extra_float_digits`, and Postgres 12 and later needs none.
    Ok(options.extra_float_digits(None).disable_statement_logging())
}
