//! Every difference between Postgres and SQLite, below one way to ask: a [`Statement`] with [`Value`]s gives [`Row`]s.

pub mod fault;
mod listen;
pub mod pool;
mod postgres;
mod row;
mod sqlite;
mod tx;
pub mod value;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Executor, Postgres, SqlSafeStr, SqlStr, Sqlite};
use tokio::sync::mpsc;

use self::fault::{Away, Fault, Tries};
pub use self::pool::PoolLoad;
use self::pool::{Lease, Limits, Pool};
pub use self::row::Row;
pub use self::sqlite::Path;
pub use self::tx::{Tx, Work, transaction, unit};
pub use self::value::Value;
use crate::base::Random;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Postgres,
    Sqlite,
}

/// SQL in one dialect and with the deployment's names.
#[derive(Clone, Debug)]
pub struct Statement {
    /// For errors and logs.
    name: Arc<str>,
    sql: SqlStr,
    writes: bool,
}

impl Statement {
    /// SQL that came from a template of ours and the layout's quoted names, and from nothing else.
    pub(super) fn new(name: &str, sql: String) -> Self {
        let writes = !sql.trim_start().starts_with("SELECT");
        Self { name: name.into(), sql: AssertSqlSafe(Arc::<str>::from(sql)).into_sql_str(), writes }
    }

    /// What errors call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rendered SQL.
    pub fn sql(&self) -> &str {
        self.sql.as_str()
    }
}

/// An open database.
pub struct Engine {
    database: Database,
    limits: Limits,
    /// Every transaction is one that only reads.
    read_only: bool,
    random: Random,
}

enum Database {
    Postgres {
        pool: Pool<Postgres>,
        /// For the connection that hears notifications; none where no server stays ours.
        listening: Option<Box<PgConnectOptions>>,
        /// Behind a pooler that lends a server for one transaction: nothing may outlast one.
        pooled: bool,
        /// Of times without one; none for UTC.
        time_zone: Option<String>,
    },
    Sqlite(Box<sqlite::Files>),
}

/// A connection of either engine.
enum Held {
    Postgres { lease: Lease<Postgres>, named: bool },
    Sqlite(Lease<Sqlite>),
}

/// Runs the same lines on a connection of either engine, with its function for arguments and its kind of row.
macro_rules! on_either {
    ($held:expr, |$connection:ident, $arguments:ident, $row:ident, $named:ident| $body:expr) => {
        match $held {
            Held::Postgres { lease, named } => {
                let ($connection, $arguments, $row, $named) = (lease.ask(), value::for_postgres, Row::Postgres, *named);
                $body
            }
            Held::Sqlite(lease) => {
                let ($connection, $arguments, $row, $named) = (lease.ask(), value::for_sqlite, Row::Sqlite, true);
                $body
            }
        }
    };
}

impl Engine {
    /// `direct` leads to the server itself, where `url` leads to a pooler.
    pub async fn postgres(
        (url, direct): (&str, Option<&str>),
        time_zone: Option<String>,
        size: u32,
        limits: Limits,
        read_only: bool,
        random: Random,
    ) -> Result<Self, Fault> {
        let direct = direct.map(postgres::options).transpose()?;
        let time_zone = time_zone.map(|zone| zone.replace('\'', "''"));
        let (pool, options, pooled) = postgres::open(url, time_zone.as_deref(), size, limits, read_only).await?;
        let listening = direct.or_else(|| (!pooled).then_some(options)).map(Box::new);
        let database = Database::Postgres { pool, listening, pooled, time_zone };
        Ok(Self { database, limits, read_only, random })
    }

    pub async fn sqlite(
        path: &Path,
        readers: u32,
        limits: Limits,
        read_only: bool,
        random: Random,
    ) -> Result<Self, Fault> {
        let mut tries = Tries::new(&random);
        loop {
            // Two that open a fresh file at the same time can meet while it turns to WAL.
            let files = sqlite::Files::open(path, readers, limits, read_only).await;
            if !tries.again(is_conflict(&files)).await {
                return Ok(Self { database: Database::Sqlite(Box::new(files?)), limits, read_only, random });
            }
        }
    }

    /// SQLite in the memory of this process.
    pub async fn memory(readers: u32, limits: Limits, random: Random) -> Result<Self, Fault> {
        let files = sqlite::Files::open_in_memory(&random.id(), readers, limits).await?;
        Ok(Self { database: Database::Sqlite(Box::new(files)), limits, read_only: false, random })
    }

    pub fn dialect(&self) -> Dialect {
        match self.database {
            Database::Postgres { .. } => Dialect::Postgres,
            Database::Sqlite(_) => Dialect::Sqlite,
        }
    }

    pub fn random(&self) -> &Random {
        &self.random
    }

    async fn acquire(&self, writes: bool) -> Result<Held, Fault> {
        match &self.database {
            Database::Postgres { pool, .. } => {
                Ok(Held::Postgres { lease: pool.acquire().await?, named: !self.is_pooled() })
            }
            Database::Sqlite(files) => Ok(Held::Sqlite(files.acquire(writes).await?)),
        }
    }

    /// All the rows of a statement by itself.
    pub async fn fetch(&self, statement: &Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let mut tries = Tries::new(&self.random);
        loop {
            let outcome = self.fetch_once(statement, values).await;
            if !tries.again(is_conflict(&outcome)).await {
                return outcome;
            }
        }
    }

    async fn fetch_once(&self, statement: &Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        if self.is_pooled() {
            let mut tx = self.begin().await?;
            let rows = tx.fetch(statement, values).await?;
            return tx.commit().await.map(|()| rows);
        }
        let mut held = self.acquire(statement.writes).await?;
        let outcome = held.fetch(statement, values, self.limits.statement).await;
        self.settle(held, outcome)
    }

    /// How many rows a statement by itself changed.
    pub async fn execute(&self, statement: &Statement, values: &[Value]) -> Result<u64, Fault> {
        let mut tries = Tries::new(&self.random);
        loop {
            let outcome = self.execute_once(statement, values).await;
            if !tries.again(is_conflict(&outcome)).await {
                return outcome;
            }
        }
    }

    async fn execute_once(&self, statement: &Statement, values: &[Value]) -> Result<u64, Fault> {
        if self.is_pooled() {
            let mut tx = self.begin().await?;
            let changed = tx.run(statement, values).await?;
            return tx.commit().await.map(|()| changed);
        }
        let mut held = self.acquire(statement.writes).await?;
        let outcome = held.execute(statement, values, self.limits.statement).await;
        self.settle(held, outcome)
    }

    /// Whether the database understands a statement.
    pub async fn prepare(&self, statement: &Statement) -> Result<(), Fault> {
        let mut held = self.acquire(statement.writes).await?;
        let sql = statement.sql.clone();
        let asked = on_either!(&mut held, |connection, _arguments, _row, _named| {
            within(self.limits.statement, statement.name(), async { connection.prepare(sql).await.map(drop) }).await
        });
        self.settle(held, asked)
    }

    /// Keeps the connection if the answer came whole, closes it otherwise.
    fn settle<T>(&self, held: Held, outcome: Result<T, Fault>) -> Result<T, Fault> {
        match &outcome {
            Ok(_) => held.give_back(),
            Err(fault) => self.settle_fault(Some(held), fault),
        }
        outcome
    }

    fn settle_fault(&self, held: Option<Held>, fault: &Fault) {
        match &self.database {
            _ if fault.leaves_the_connection_whole() => held.into_iter().for_each(Held::give_back),
            Database::Postgres { pool, .. } => pool.forget_idle(),
            Database::Sqlite(_) => {}
        }
    }

    /// Begins a transaction: on SQLite as its one writer.
    pub async fn begin(&self) -> Result<Tx<'_>, Fault> {
        Tx::begin(self).await
    }

    /// The zone that each transaction has to set, where the session is not ours.
    fn zone_of_transactions(&self) -> Option<&str> {
        match &self.database {
            Database::Postgres { pooled: true, time_zone, .. } => time_zone.as_deref(),
            _ => None,
        }
    }

    fn is_pooled(&self) -> bool {
        matches!(&self.database, Database::Postgres { pooled: true, .. })
    }

    /// A signal for every notification on a channel, and after each reconnection. None where nothing can be heard.
    pub fn listen(&self, channel: &str) -> Option<mpsc::Receiver<()>> {
        match &self.database {
            Database::Postgres { listening: Some(options), .. } => {
                Some(listen::listen(options.as_ref().clone(), channel))
            }
            _ => None,
        }
    }

    /// A number that changes whenever another connection has changed the file. Only SQLite has it.
    pub async fn data_version(&self) -> Result<Option<i64>, Fault> {
        match &self.database {
            Database::Postgres { .. } => Ok(None),
            Database::Sqlite(files) => files.data_version().await.map(Some),
        }
    }

    /// The load of each pool.
    pub fn loads(&self) -> Vec<PoolLoad> {
        match &self.database {
            Database::Postgres { pool, .. } => vec![pool.load("all")],
            Database::Sqlite(files) => files.loads(),
        }
    }

    /// Lends no more connections, and closes the resting ones.
    pub async fn close(&self) {
        match &self.database {
            Database::Postgres { pool, .. } => pool.close().await,
            Database::Sqlite(files) => files.close().await,
        }
    }
}

impl Held {
    async fn fetch(&mut self, statement: &Statement, values: &[Value], limit: Duration) -> Result<Vec<Row>, Fault> {
        on_either!(self, |connection, arguments, row, named| {
            let query = sqlx::query_with(statement.sql.clone(), arguments(statement.name(), values)?);
            let rows = within(limit, statement.name(), query.persistent(named).fetch_all(connection)).await?;
            Ok(rows.into_iter().map(row).collect())
        })
    }

    async fn execute(&mut self, statement: &Statement, values: &[Value], limit: Duration) -> Result<u64, Fault> {
        on_either!(self, |connection, arguments, _row, named| {
            let query = sqlx::query_with(statement.sql.clone(), arguments(statement.name(), values)?);
            let done = within(limit, statement.name(), query.persistent(named).execute(connection)).await?;
            Ok(done.rows_affected())
        })
    }

    /// SQL without placeholders, several statements perhaps.
    async fn command(&mut self, name: &str, sql: SqlStr, limit: Duration) -> Result<(), Fault> {
        on_either!(self, |connection, _arguments, _row, _named| {
            within(limit, name, sqlx::raw_sql(sql).execute(connection)).await.map(drop)
        })
    }

    fn give_back(self) {
        match self {
            Self::Postgres { lease, .. } => lease.give_back(),
            Self::Sqlite(lease) => lease.give_back(),
        }
    }
}

/// A call's answer, in time.
async fn within<T>(limit: Duration, name: &str, call: impl Future<Output = sqlx::Result<T>>) -> Result<T, Fault> {
    match tokio::time::timeout(limit, call).await {
        Ok(result) => result.map_err(|error| Fault::of(name, error)),
        Err(_) => Err(Fault::Away(Away::Silent)),
    }
}

fn is_conflict<T>(outcome: &Result<T, Fault>) -> bool {
    matches!(outcome, Err(fault) if fault.is_conflict())
}
