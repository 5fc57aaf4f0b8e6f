//! The database: users, sessions, accounts, verification values, and the mechanism for the tables of the floors above.
//!
//! One SQL text serves Postgres and SQLite: `template` renders it for the `Layout`, which knows what a deployment
//! calls its tables, and `engine` holds every difference that is left. Who wants tables of its own declares
//! `statements!` and asks with `Store::fetch_all` and its neighbours, alone or in a `transaction!`.

mod adapt;
pub mod backup;
pub mod bars;
pub mod config;
mod engine;
mod ids;
pub mod inspect;
mod issuer;
pub mod kv;
mod layout;
mod migrate;
pub mod notice;
mod postgres_url;
mod schema;
#[macro_use]
mod template;
mod account;
pub mod administration;
pub mod audit;
pub mod bulk;
pub mod first_admin;
pub mod listing;
pub mod outbox;
pub mod present;
mod provider;
pub mod rate_limit;
pub mod refresh_token;
pub mod revocation;
pub mod session;
pub mod side_by_side;
mod user;
pub mod verification;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Notify, mpsc};

pub(crate) use self::account::kinds_of_hashes;
pub use self::account::{Account, NewAccount, Unlinked};
pub use self::engine::fault::TOO_SLOW;
pub use self::engine::value::values;
pub use self::engine::{Dialect, PoolLoad, Row, Statement, Tx, Value, Work, transaction, unit};
pub use self::ids::IdKind;
pub use self::layout::{Casing, Layout, LayoutSettings, TableNames};
pub use self::provider::{Adopted, Linked, ProviderTokens, SignedUp};
pub use self::session::{IMPERSONATED_BY, NewSession, Session};
pub use self::template::{Renderer, statements};
pub use self::user::{Created, NewUser, User, UserChanges};

use self::account::Accounts;
use self::audit::Audit;
use self::bulk::Bulk;
use self::engine::Engine;
use self::engine::pool::Limits;
use self::first_admin::FirstAdmins;
use self::kv::Kv;
use self::notice::Witness;
use self::outbox::Outboxes;
use self::provider::Providers;
use self::rate_limit::RateLimits;
use self::refresh_token::RefreshTokens;
use self::revocation::Revocations;
use self::session::Sessions;
use self::session::config::SessionHomeConfig;
use self::session::home::Home;
use self::user::Users;
use self::verification::Verifications;
use self::verification::config::VerificationConfig;
use crate::base::{Clock, Error, Random, Result, Timestamp};

/// Where the data is.
#[derive(Clone, Debug)]
pub enum StoreUrl {
    /// A file, which is made if it is missing, for its owner alone.
    Sqlite(PathBuf),
    /// The memory of this process. Every store has one of its own, which ends with it.
    Memory,
    /// `postgres://user:password@host/database`.
    Postgres(SecretString),
}

/// Where the data is and how long to wait for it. A silent database is given up after the sum of `acquire_timeout` and
/// `statement_timeout`.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    pub url: StoreUrl,
    /// The Postgres server itself, where `url` leads to a pooler: notifications are heard there.
    pub direct_url: Option<SecretString>,
    /// The zone of times in columns without one, on Postgres; none for UTC.
    pub time_zone: Option<String>,
    /// On SQLite those that read; there is one more that writes.
    pub max_connections: u32,
    /// For opening a connection, within the time for acquiring one.
    pub connect_timeout: Duration,
    /// For a free connection that answers.
    pub acquire_timeout: Duration,
    /// For each statement.
    pub statement_timeout: Duration,
    /// Redis, or what stands for it.
    pub secondary: Option<Kv>,
    /// Where values that are used once are kept, and how.
    pub verifications: VerificationConfig,
    pub sessions: SessionHomeConfig,
    /// Nothing is ever written: no file is made, and the database refuses what would change it.
    pub read_only: bool,
}

impl StoreSettings {
    /// Ten connections, and an error within three seconds.
    pub fn new(url: StoreUrl) -> Self {
        Self {
            url,
            direct_url: None,
            time_zone: None,
            max_connections: 10,
            connect_timeout: Duration::from_millis(1000),
            acquire_timeout: Duration::from_millis(1000),
            statement_timeout: Duration::from_millis(1900),
            secondary: None,
            verifications: VerificationConfig::default(),
            sessions: SessionHomeConfig::default(),
            read_only: false,
        }
    }
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Engine,
    renderer: Renderer,
    clock: Clock,
    statements: Statements,
    secondary: Option<Kv>,
    verifications: VerificationConfig,
    home: Option<Home>,
    sessions: SessionHomeConfig,
    witness: OnceLock<Arc<dyn Witness>>,
    /// For how long ended sessions are listed, where they are.
    listed_for: OnceLock<i64>,
    revoked: Arc<Notify>,
}

/// The statements of this floor, rendered.
struct Statements {
    users: Users,
    sessions: Sessions,
    accounts: Accounts,
    providers: Providers,
    verifications: Verifications,
    rate_limits: RateLimits,
    refresh_tokens: RefreshTokens,
    outboxes: Outboxes,
    bulk: Bulk,
    first_admins: FirstAdmins,
    audit: Audit,
    revocations: Revocations,
    clock: Clocks,
    probe: Probe,
}

statements! {
    struct Clocks {
        // Not `now()`, which stands still in a transaction, also while that waits for a lock.
        now: "SELECT clock_timestamp() AS now",
    }
}

statements! {
    struct Probe {
        answers: "SELECT 1 AS one",
    }
}

impl Store {
    /// Connects, and follows the names and types that are there. Migrates nothing: see [`Store::migrate`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there, [`Error::Broken`] if Signet cannot work on it.
    pub async fn open(settings: StoreSettings, layout: Layout, clock: Clock, random: Random) -> Result<Self> {
        let StoreSettings { url, direct_url, time_zone, max_connections, secondary, verifications, sessions, .. } =
            settings;
        let read_only = settings.read_only;
        let limits = Limits {
            acquire: settings.acquire_timeout,
            connect: settings.connect_timeout,
            statement: settings.statement_timeout,
        };
        let engine = match url {
            StoreUrl::Sqlite(path) => Engine::sqlite(&path, max_connections, limits, read_only, random).await?,
            StoreUrl::Memory => Engine::memory(max_connections, limits, random).await?,
            StoreUrl::Postgres(url) => {
                let direct = direct_url.as_ref().map(ExposeSecret::expose_secret);
                let urls = (url.expose_secret(), direct);
                Engine::postgres(urls, time_zone, max_connections, limits, read_only, random).await?
            }
        };
        let layout = layout.adapted_to(&engine).await?;
        let renderer = Renderer { layout, dialect: engine.dialect() };
        let statements = Statements::render(&renderer)?;
        let home = secondary.clone().map(|kv| Home::new(kv, sessions));
        let inner = Inner {
            engine,
            renderer,
            clock,
            statements,
            secondary,
            verifications,
            home,
            sessions,
            witness: OnceLock::new(),
            listed_for: OnceLock::new(),
            revoked: Arc::default(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// What renders the statements of the floors above.
    pub fn renderer(&self) -> &Renderer {
        &self.0.renderer
    }

    /// The secondary storage, where there is one.
    pub fn kv(&self) -> Option<&Kv> {
        self.0.secondary.as_ref()
    }

    fn home(&self) -> Option<&Home> {
        self.0.home.as_ref()
    }

    /// Whether ended sessions stay as rows. Where sessions are adopted they keep what is left of a session in secondary
    /// storage from becoming one again.
    fn preserves_sessions(&self) -> bool {
        self.0.sessions.preserve || self.0.sessions.adopt
    }

    /// The secondary storage, where sessions that it has alone become rows.
    fn kv_to_adopt_from(&self) -> Option<&Kv> {
        self.kv().filter(|_| self.0.sessions.adopt)
    }

    /// The names of this deployment.
    pub fn layout(&self) -> &Layout {
        &self.0.renderer.layout
    }

    /// The time of the database, which replicas share; on SQLite that of the clock.
    pub async fn now(&self) -> Result<Timestamp> {
        match self.renderer().dialect {
            Dialect::Postgres => self.fetch_one(&self.statements().clock.now, &[]).await?.time("now"),
            Dialect::Sqlite => Ok(self.clock().now()),
        }
    }

    /// [`Store::now`] within a transaction.
    pub async fn now_in(&self, tx: &mut Tx<'_>) -> Result<Timestamp> {
        match self.renderer().dialect {
            Dialect::Postgres => tx.fetch_one(&self.statements().clock.now, &[]).await?.time("now"),
            Dialect::Sqlite => Ok(self.clock().now()),
        }
    }

    /// Asks the database for an answer, whatever it holds.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where none comes.
    pub async fn ping(&self) -> Result<()> {
        self.fetch_one(&self.statements().probe.answers, &[]).await.map(drop)
    }

    /// The load of each pool of connections.
    pub fn pools(&self) -> Vec<PoolLoad> {
        self.0.engine.loads()
    }

    /// All the rows of a statement.
    pub async fn fetch_all(&self, statement: &Statement, values: &[Value]) -> Result<Vec<Row>> {
        Ok(self.0.engine.fetch(statement, values).await?)
    }

    /// The first row of a statement.
    pub async fn fetch_optional(&self, statement: &Statement, values: &[Value]) -> Result<Option<Row>> {
        Ok(self.fetch_all(statement, values).await?.into_iter().next())
    }

    /// The first row of a statement that always has one.
    pub async fn fetch_one(&self, statement: &Statement, values: &[Value]) -> Result<Row> {
        let row = self.fetch_optional(statement, values).await?;
        row.ok_or_else(|| Error::broken(format!("{} gave no row", statement.name())))
    }

    /// How many rows a statement changed.
    pub async fn execute(&self, statement: &Statement, values: &[Value]) -> Result<u64> {
        Ok(self.0.engine.execute(statement, values).await?)
    }

    /// A unit of work in a transaction, for [`transaction!`].
    pub fn work(&self) -> Work<'_> {
        Work::new(&self.0.engine)
    }

    /// Whether the database understands a statement. For tests.
    pub async fn prepare(&self, statement: &Statement) -> Result<()> {
        Ok(self.0.engine.prepare(statement).await?)
    }

    /// Every statement of this floor. For tests.
    pub fn all_statements(&self) -> Vec<&Statement> {
        let Statements { users, sessions, accounts, providers, verifications, outboxes, .. } = self.statements();
        let Statements { revocations, rate_limits, bulk, first_admins, audit, clock, probe, .. } = self.statements();
        let audit = if self.layout().audit() { audit.all() } else { Vec::new() };
        let revocations = if self.layout().jwt() { revocations.all() } else { Vec::new() };
        let rate_limits = if self.layout().rate_limits() { rate_limits.all() } else { Vec::new() };
        let refresh_tokens = match self.layout().refresh_tokens() {
            true => self.statements().refresh_tokens.all(),
            false => Vec::new(),
        };
        let clock = if self.renderer().dialect == Dialect::Postgres { clock.all() } else { Vec::new() };
        let accounts = [accounts.all(), providers.all(), bulk.all(), first_admins.all()].concat();
        let rows = [users.all(), sessions.all(), accounts, verifications.all(), outboxes.all()].concat();
        [rows, revocations, rate_limits, refresh_tokens, audit, clock, probe.all()].concat()
    }

    /// A signal for every [`Tx::notify`] on a channel, and one after each connection, since some may have been missed.
    /// None on SQLite and behind a pooler without a direct URL, where nothing can be heard: it costs only speed.
    pub fn listen(&self, channel: &str) -> Option<mpsc::Receiver<()>> {
        self.0.engine.listen(channel)
    }

    /// A number that differs from the last one whenever anybody else has changed the SQLite file. None on Postgres.
    pub async fn data_version(&self) -> Result<Option<i64>> {
        Ok(self.0.engine.data_version().await?)
    }

    /// Lends no more connections and closes the resting ones. Calls from now on are [`Error::Unavailable`].
    pub async fn close(&self) {
        self.0.engine.close().await;
    }

    fn statements(&self) -> &Statements {
        &self.0.statements
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// A statement that changes some columns of one row, which comes back, and the time at which it did.
    fn update(
        &self,
        table: &str,
        key: &str,
        value: Value,
        columns: Vec<(String, Value)>,
        updated_at: Timestamp,
    ) -> Result<(Statement, Vec<Value>)> {
        let mut values = vec![value];
        let mut set = Vec::new();
        for (column, value) in columns.into_iter().chain([("updatedAt".to_owned(), updated_at.into())]) {
            values.push(value);
            set.push(format!("{{{table}:{column}}} = {{${}:{table}.{column}}}", values.len()));
        }
        let template = format!(
            "UPDATE {{{table}}} SET {} WHERE {{{table}.{key}}} = {{$1:{table}.{key}}} RETURNING {{{table}.*}}",
            set.join(", ")
        );
        let statement = self.renderer().statement(&format!("update {table}"), &template)?;
        Ok((statement, values))
    }
}

impl Statements {
    fn render(renderer: &Renderer) -> Result<Self> {
        Ok(Self {
            users: Users::render(renderer)?,
            sessions: Sessions::render(renderer)?,
            accounts: Accounts::render(renderer)?,
            providers: Providers::render(renderer)?,
            verifications: Verifications::render(renderer)?,
            rate_limits: RateLimits::render(renderer)?,
            refresh_tokens: RefreshTokens::render(renderer)?,
            outboxes: Outboxes::render(renderer)?,
            bulk: Bulk::render(renderer)?,
            first_admins: FirstAdmins::render(renderer)?,
            audit: Audit::render(renderer)?,
            revocations: Revocations::render(renderer)?,
            clock: Clocks::render(renderer)?,
            probe: Probe::render(renderer)?,
        })
    }
}
