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
mod many;
pub mod outbox;
pub mod present;
mod provider;
pub mod rate_limit;
pub mod refresh_token;
mod rendered;
pub mod revocation;
pub mod session;
mod settings;
pub mod side_by_side;
mod user;
pub mod verification;

use std::sync::{Arc, OnceLock};

use secrecy::ExposeSecret;
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
pub use self::settings::{StoreSettings, StoreUrl};
pub use self::template::{Renderer, statements};
pub use self::user::{Created, NewUser, User, UserChanges};

use self::engine::Engine;
use self::engine::pool::Limits;
use self::kv::Kv;
use self::notice::Witness;
use self::rendered::Statements;
use self::session::config::SessionHomeConfig;
use self::session::home::Home;
use self::verification::config::VerificationConfig;
use crate::base::{Clock, Error, Random, Result, Timestamp};

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
}
