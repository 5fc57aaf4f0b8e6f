//! A transaction that is undone unless it is committed.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use tokio::sync::Notify;

use super::fault::{Fault, Tries};
use super::value::runs;
use super::{Dialect, Engine, Held, Row, Statement, Value, is_conflict};
use crate::base::{Error, Result};
use crate::crypto::digest;

/// An open transaction. Dropped without a commit, it closes its connection, and the database undoes the work.
pub struct Tx<'e> {
    engine: &'e Engine,
    held: Option<Held>,
    /// How long one statement may take.
    limit: Duration,
    /// A statement failed: Postgres has undone everything, and would answer a COMMIT without an error.
    spoiled: bool,
    /// It failed because of others' work.
    conflicted: bool,
    /// Who waits for the commit.
    waiting: Vec<Arc<Notify>>,
}

impl<'e> Tx<'e> {
    pub(super) async fn begin(engine: &'e Engine) -> Result<Self, Fault> {
        let held = engine.acquire(true).await?;
        let limit = engine.limits.statement;
        let mut tx = Self { engine, held: Some(held), limit, spoiled: false, conflicted: false, waiting: Vec::new() };
        let begin = match engine.dialect() {
            Dialect::Sqlite if engine.read_only => "BEGIN".into_sql_str(),
            Dialect::Sqlite => "BEGIN IMMEDIATE".into_sql_str(),
            // Where the session is not ours, the limit and the zone belong to the transaction.
            Dialect::Postgres if engine.is_pooled() => {
                let limit = engine.limits.for_the_server();
                let mode = if engine.read_only { " READ ONLY" } else { "" };
                let zone = engine.zone_of_transactions();
                let zone = zone.map(|zone| format!("; SET LOCAL TimeZone = '{zone}'")).unwrap_or_default();
                AssertSqlSafe(format!("BEGIN{mode}; SET LOCAL statement_timeout = {limit}{zone}")).into_sql_str()
            }
            Dialect::Postgres if engine.read_only => "BEGIN READ ONLY".into_sql_str(),
            Dialect::Postgres => "BEGIN".into_sql_str(),
        };
        tx.command("begin", begin).await?;
        Ok(tx)
    }

    /// All the rows of a statement.
    pub async fn fetch_all(&mut self, statement: &Statement, values: &[Value]) -> Result<Vec<Row>> {
        Ok(self.fetch(statement, values).await?)
    }

    /// The first row of a statement.
    pub async fn fetch_optional(&mut self, statement: &Statement, values: &[Value]) -> Result<Option<Row>> {
        Ok(self.fetch(statement, values).await?.into_iter().next())
    }

    /// The first row of a statement that always has one.
    pub async fn fetch_one(&mut self, statement: &Statement, values: &[Value]) -> Result<Row> {
        let row = self.fetch_optional(statement, values).await?;
        row.ok_or_else(|| Error::broken(format!("{} gave no row", statement.name())))
    }

    /// How many rows a statement changed.
    pub async fn execute(&mut self, statement: &Statement, values: &[Value]) -> Result<u64> {
        Ok(self.run(statement, values).await?)
    }

    pub(super) async fn fetch(&mut self, statement: &Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let limit = self.limit;
        let outcome = self.held()?.fetch(statement, values, limit).await;
        self.note(outcome)
    }

    pub(in crate::store) async fn run(&mut self, statement: &Statement, values: &[Value]) -> Result<u64, Fault> {
        let limit = self.limit;
        let outcome = self.held()?.execute(statement, values, limit).await;
        self.note(outcome)
    }

    async fn command(&mut self, name: &str, sql: SqlStr) -> Result<(), Fault> {
        let limit = self.limit;
        let outcome = self.held()?.command(name, sql, limit).await;
        self.note(outcome)
    }

    fn held(&mut self) -> Result<&mut Held, Fault> {
        self.held.as_mut().ok_or_else(|| Fault::broken("transaction", "it has failed already"))
    }

    /// Remembers what a failure means for the rest of the transaction.
    fn note<T>(&mut self, outcome: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(fault) = &outcome {
            self.spoiled = true;
            self.conflicted |= fault.is_conflict();
            if !fault.leaves_the_connection_whole() {
                self.held = None;
            }
            self.engine.settle_fault(None, fault);
        }
        outcome
    }

    /// Waits until no other transaction holds the lock of this name; it is let go at the end. SQLite has one writer
    /// at a time, and this transaction is it.
    pub async fn lock(&mut self, name: &str) -> Result<()> {
        if self.engine.dialect() == Dialect::Postgres {
            let statement = Statement::new("lock", "SELECT pg_advisory_xact_lock($1)::text".to_owned());
            self.fetch(&statement, &[Value::from(digest::number(name))]).await?;
        }
        Ok(())
    }

    /// [`Tx::lock`] for several names, in one order for everybody, so that no two wait for each other.
    pub(in crate::store) async fn lock_all(&mut self, names: impl Iterator<Item = String>) -> Result<()> {
        if self.engine.dialect() == Dialect::Postgres {
            let mut numbers: Vec<_> = names.map(|name| digest::number(&name)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            for some in runs(&numbers, 512) {
                let keys: Vec<_> = (1..=some.len()).map(|place| format!("(${place}::bigint)")).collect();
                let sql =
                    format!("SELECT pg_advisory_xact_lock(key)::text FROM (VALUES {}) AS keys (key)", keys.join(", "));
                let values: Vec<_> = some.iter().map(|number| Value::from(*number)).collect();
                self.fetch(&Statement::new("lock all", sql), &values).await?;
            }
        }
        Ok(())
    }

    /// Tells the listeners of a channel once this transaction is committed. SQLite has none.
    pub async fn notify(&mut self, channel: &str) -> Result<()> {
        if self.engine.dialect() == Dialect::Postgres {
            let statement = Statement::new("notify", "SELECT pg_notify($1, '')::text".to_owned());
            self.fetch(&statement, &[Value::from(channel)]).await?;
        }
        Ok(())
    }

    /// Turns a setting on until this transaction ends, by which a trigger knows it. SQLite has no settings of one's own.
    pub(in crate::store) async fn turn_on(&mut self, setting: &str) -> Result<()> {
        if self.engine.dialect() == Dialect::Postgres {
            let statement = Statement::new("turn on", "SELECT set_config($1, 'on', true)::text".to_owned());
            self.fetch(&statement, &[Value::from(setting)]).await?;
        }
        Ok(())
    }

    /// Wakes somebody of this process once this transaction is committed.
    pub(in crate::store) fn wake(&mut self, waiting: Arc<Notify>) {
        if !self.waiting.iter().any(|known| Arc::ptr_eq(known, &waiting)) {
            self.waiting.push(waiting);
        }
    }

    /// For work that may take longer than a request's: a migration.
    pub(in crate::store) async fn take_time(&mut self, limit: Duration) -> Result<()> {
        self.limit = limit;
        if self.engine.dialect() == Dialect::Postgres {
            self.command("take time", "SET LOCAL statement_timeout = 0".into_sql_str()).await?;
        }
        Ok(())
    }

    /// Makes the work lasting.
    pub(in crate::store) async fn commit(mut self) -> Result<(), Fault> {
        if self.spoiled {
            self.rollback().await;
            return Err(Fault::broken("commit", "a statement of the transaction failed"));
        }
        self.command("commit", "COMMIT".into_sql_str()).await?;
        self.held.take().into_iter().for_each(Held::give_back);
        self.waiting.iter().for_each(|waiting| waiting.notify_one());
        Ok(())
    }

    /// Undoes the work, and keeps the connection if the database answers.
    async fn rollback(mut self) {
        if self.held.is_some() && self.command("rollback", "ROLLBACK".into_sql_str()).await.is_ok() {
            self.held.take().into_iter().for_each(Held::give_back);
        }
    }
}

/// The tries of a unit of work in a transaction: what [`transaction!`](crate::transaction) is made of.
pub struct Work<'e> {
    engine: &'e Engine,
    tries: Tries<'e>,
}

impl<'e> Work<'e> {
    pub(in crate::store) fn new(engine: &'e Engine) -> Self {
        Self { engine, tries: Tries::new(&engine.random) }
    }

    /// Begins a try.
    pub async fn begin(&mut self) -> Result<Tx<'e>> {
        loop {
            let tx = self.engine.begin().await;
            if !self.tries.again(is_conflict(&tx)).await {
                return Ok(tx?);
            }
        }
    }

    /// Commits what gave `Ok`, undoes what did not. None if it is to be tried again.
    pub async fn end<T>(&mut self, tx: Tx<'e>, outcome: Result<T>) -> Option<Result<T>> {
        let (conflict, outcome) = match outcome {
            Ok(value) => match tx.commit().await {
                Ok(()) => return Some(Ok(value)),
                Err(fault) => (fault.is_conflict(), Err(fault.into())),
            },
            Err(error) => {
                let conflict = tx.conflicted;
                tx.rollback().await;
                (conflict, Err(error))
            }
        };
        (!self.tries.again(conflict).await).then_some(outcome)
    }
}

/// Names the type of a unit of work, which its `?` cannot tell.
#[doc(hidden)]
pub async fn unit<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    work.await
}

/// Runs a unit of work in a transaction: `transaction!(store, |tx| { …; Ok(value) })`, where `tx` is a `&mut Tx`. It is
/// committed if it gives `Ok`, undone otherwise, and run anew a few times when the database undid it because of others'
/// work. So it must do nothing but ask the transaction, and never the store, whose only connection it may hold.
///
/// A macro, since the future of an async closure that borrows cannot be shown to be `Send` today.
#[macro_export]
macro_rules! transaction {
    ($store:expr, |$tx:ident| $work:expr) => {{
        let mut work = $store.work();
        loop {
            let mut held = match work.begin().await {
                Ok(held) => held,
                Err(error) => break Err(error),
            };
            let outcome = {
                let $tx = &mut held;
                $crate::store::unit(async { $work }).await
            };
            if let Some(outcome) = work.end(held, outcome).await {
                break outcome;
            }
        }
    }};
}
pub use transaction;
