//! A real server on a free port, with a clock that stands still, on SQLite in memory-backed storage or, with
//! `SIGNET_TEST_ENGINE=postgres`, on a fresh database of `SIGNET_TEST_POSTGRES`. With `SIGNET_TEST_IDS=serial` or `uuid` ids
//! are such, unless a test says itself what they are. It logs all that it can, and a test fails where a line holds one of the
//! server's secrets.

#![allow(dead_code, reason = "a toolkit: each test takes from it what it needs")]

pub mod browser;
pub mod database;
pub mod log;
pub mod mailbox;
#[path = "../../store/ports.rs"]
pub mod ports;
pub mod process;
pub mod provider;
#[path = "../../store/redis.rs"]
pub mod redis;
pub mod secrets;
pub mod smtp;
pub mod upstream;
pub mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use signet::app::{self, Config, Parts, Running};
use signet::base::{Clock, Random, Timestamp};
use signet::config::Sources;
use signet::http::endpoint::Endpoint;
use signet::store::{Row, Store, Value, transaction};
use signet::traces::Traces;
use tokio::sync::OnceCell;

pub use self::browser::Browser;
use self::database::Database;
#[allow(unused_imports, reason = "not every binary of tests reads mail")]
pub use self::mailbox::Mailbox;
use self::secrets::Secrets;

pub const SECRET: &str = "a-secret-for-tests-of-at-least-32-characters";

/// Begins a configuration whose test knows ids as texts of 32 letters, whatever `SIGNET_TEST_IDS` says.
pub const TEXT_IDS: &str = "# Ids are texts.\n";

/// A server that one test has for itself.
pub struct Server {
    pub address: SocketAddr,
    pub clock: Clock,
    /// What must not be in the log.
    pub secrets: Secrets,
    log: log::Ear,
    running: Running,
    is_settled: OnceCell<()>,
    _database: Database,
}

impl Server {
    /// A server with the defaults.
    pub async fn start() -> Self {
        Self::with("").await
    }

    /// A server with more configuration.
    pub async fn with(toml: &str) -> Self {
        Self::at(Clock::System.now(), toml).await
    }

    /// A server whose clock stands at a moment.
    pub async fn at(moment: Timestamp, toml: &str) -> Self {
        Self::begin(Database::fresh().await, moment, toml).await
    }

    /// A server on a database that the test has made.
    pub async fn on(database: Database, toml: &str) -> Self {
        Self::begin(database, Clock::System.now(), toml).await
    }

    /// A server on a database that the test has made, whose clock stands at a moment.
    pub async fn on_at(database: Database, moment: Timestamp, toml: &str) -> Self {
        Self::begin(database, moment, toml).await
    }

    async fn begin(database: Database, moment: Timestamp, toml: &str) -> Self {
        let (log, secrets, clock) = (log::listen(), Secrets::default(), Clock::manual(moment));
        let config = config(&database.url, toml);
        let parts = parts(&config, clock.clone()).await;
        secrets.add_server(&config, &parts).await;
        let running = app::listen(parts).expect("the server listens");
        Self {
            address: running.address,
            clock,
            secrets,
            log,
            running,
            is_settled: OnceCell::new(),
            _database: database,
        }
    }

    /// Another server on the database of this one, with a clock of its own.
    pub async fn replica(&self, toml: &str) -> Self {
        Self::begin(self._database.share(), self.clock.now(), toml).await
    }

    /// The origin that links, cookies and tokens speak of: the configured one, whatever the port.
    pub fn origin(&self) -> &str {
        &self.running.parts.house.site.origin
    }

    /// Where the operations listener listens; it is off unless a test's configuration has `ops_bind`.
    pub fn ops_address(&self) -> Option<SocketAddr> {
        self.running.ops_address
    }

    pub fn store(&self) -> &Store {
        &self.running.parts.house.store
    }

    /// Where its database is.
    pub fn store_url(&self) -> String {
        self._database.url.clone()
    }

    pub fn traces(&self) -> &Traces {
        &self.running.service.traces
    }

    pub fn parts(&self) -> &Parts {
        &self.running.parts
    }

    /// Every route, by method and path, in an order that does not change.
    pub fn endpoints(&self) -> Vec<Arc<Endpoint>> {
        let all = self.running.service.router.endpoints();
        let mut endpoints: Vec<_> = all.filter(|endpoint| !endpoint.is_for_browsers).cloned().collect();
        endpoints.sort_by_key(|endpoint| (endpoint.path.to_string(), endpoint.method.to_string()));
        endpoints
    }

    /// The pages for people, and what they load.
    pub fn pages(&self) -> Vec<Arc<Endpoint>> {
        self.running.service.router.endpoints().filter(|endpoint| endpoint.is_for_browsers).cloned().collect()
    }

    /// Runs a statement over logical names, `DELETE FROM {session} WHERE {session.userId} = $1`; how many rows it changed.
    pub async fn sql(&self, template: &str, values: &[Value]) -> u64 {
        let statement = self.store().renderer().statement("of a test", template).expect("a template");
        self.store().execute(&statement, values).await.unwrap_or_else(|error| panic!("{template}: {}", error.chain()))
    }

    /// The rows of a statement over logical names, as [`Server::sql`].
    pub async fn rows(&self, template: &str, values: &[Value]) -> Vec<Row> {
        let statement = self.store().renderer().statement("of a test", template).expect("a template");
        self.store().fetch_all(&statement, values).await.unwrap_or_else(|error| panic!("{template}: {}", error.chain()))
    }

    /// Runs a statement, and commits it only when the requests that began meanwhile have read what was there before and
    /// wait to write.
    pub async fn sql_slowly<T>(&self, template: &str, values: &[Value], meanwhile: impl Future<Output = T>) -> T {
        let statement = self.store().renderer().statement("of a test", template).expect("a template");
        let is_done = tokio::sync::Notify::new();
        let slow = async {
            transaction!(self.store(), |tx| {
                tx.execute(&statement, values).await?;
                is_done.notify_one();
                tokio::time::sleep(Duration::from_millis(300)).await;
                Ok(())
            })
        };
        let meanwhile = async {
            is_done.notified().await;
            meanwhile.await
        };
        let (done, outcome) = futures_util::future::join(slow, meanwhile).await;
        done.unwrap_or_else(|error: signet::base::Error| panic!("{template}: {}", error.chain()));
        outcome
    }

    /// How many passwords it has begun to hash, or to compare with a hash.
    pub fn hashes(&self) -> u64 {
        self.parts().house.passwords.queue().tally().waited.read().count
    }

    /// How many statements it has given its database. A server on Postgres reads its keys once more when it begins to hear of
    /// changes, some time after its start: whoever counts first waits until nothing more comes by itself.
    pub async fn statements(&self) -> u64 {
        self.is_settled.get_or_init(|| self.settle()).await;
        self.given()
    }

    async fn settle(&self) {
        let mut before = None;
        while self._database.url.starts_with("postgres") && before != Some(self.given()) {
            before = Some(self.given());
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    fn given(&self) -> u64 {
        self.store().pools().iter().map(|pool| pool.statements).sum()
    }

    /// How many tokens it has signed.
    pub fn signatures(&self) -> u64 {
        self.parts().keeper.as_ref().expect("the jwt plugin is on").ring().tally().signed.get()
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        self.rows(&format!("SELECT COUNT(*) AS n FROM {{{table}}}"), &[]).await[0].integer("n").expect("a number")
    }

    /// All that the database holds, as whoever steals it would see it.
    pub fn dump(&self) -> String {
        self._database.dump()
    }

    /// What was logged since it started, by other servers of the process too.
    pub fn heard(&self) -> String {
        self.log.heard()
    }

    /// Moves the time.
    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A browser without cookies that sends the site's own origin.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser whose user has just signed up.
    pub async fn member(&self, name: &str) -> Browser<'_> {
        let mut browser = self.browser();
        let answer = browser.post("/sign-up/email", &person(name)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        browser
    }
}

impl Drop for Server {
    /// A test that has failed says why itself.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.secrets.assert_in_none(&self.log.heard());
        }
    }
}

/// What somebody signs up with.
pub fn person(name: &str) -> serde_json::Value {
    serde_json::json!({
        "name": name,
        "email": format!("{}@example.com", name.to_lowercase()),
        "password": format!("correct horse {name}"),
    })
}

/// The configuration of a test's server: cheap hashes, any free port.
pub fn config(database_url: &str, more: &str) -> Config {
    load(more, database_url).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Loads a configuration from text, with what every test needs given through the environment.
pub fn load(text: &str, database_url: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("signet.toml");
    std::fs::write(&file, text).expect("a file");
    let given = [
        ("BETTER_AUTH_SECRET", SECRET),
        ("BETTER_AUTH_URL", "http://localhost:3000"),
        ("DATABASE_URL", database_url),
        ("SIGNET__SERVER__BIND", "127.0.0.1:0"),
        ("SIGNET__SERVER__WORKERS", "1"),
        ("SIGNET__SERVER__OPS_BIND", "off"),
        ("SIGNET__RATE_LIMIT__ENABLED", "false"),
        ("SIGNET__EMAIL_AND_PASSWORD__PASSWORD__MEMORY_KIB", "64"),
        ("SIGNET__EMAIL_AND_PASSWORD__PASSWORD__ITERATIONS", "1"),
        // A busy machine may let anything wait for longer than a deployment would. Tests of these limits set their own.
        ("SIGNET__EMAIL_AND_PASSWORD__PASSWORD__MAX_WAIT", "60"),
        ("SIGNET__DATABASE__CONNECT_TIMEOUT", "30"),
        ("SIGNET__DATABASE__ACQUIRE_TIMEOUT", "30"),
        ("SIGNET__DATABASE__STATEMENT_TIMEOUT", "30"),
        ("SIGNET__SECONDARY_STORAGE__TIMEOUT_MS", "10000"),
    ];
    let ids = std::env::var("SIGNET_TEST_IDS").unwrap_or_default();
    let ids = (!ids.is_empty() && !text.starts_with(TEXT_IDS))
        .then_some(("SIGNET__ADVANCED__DATABASE__GENERATE_ID", ids.as_str()));
    let environment = given.into_iter().chain(ids).filter(|(name, _)| !overrides(text, name));
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let sources = Sources { file: Some(file), directory: folder.path().to_owned(), environment, ..Sources::default() };
    let loaded = Config::load(&sources).map(|(config, _)| config);
    loaded.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// A test that names a setting itself gets it.
fn overrides(text: &str, variable: &str) -> bool {
    let key = variable.rsplit("__").next().unwrap_or_default().to_lowercase();
    let key = match variable {
        "BETTER_AUTH_SECRET" => "secret",
        "BETTER_AUTH_URL" => "base_url",
        // Many tables have such a key.
        "SIGNET__RATE_LIMIT__ENABLED" => return text.contains("rate_limit"),
        _ => key.as_str(),
    };
    // Tables further down have secrets of their own.
    let is_at_the_top = |line: &&str| variable != "BETTER_AUTH_SECRET" || !line.trim_start().starts_with('[');
    let mut lines = text.lines().take_while(is_at_the_top);
    lines.any(|line| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')))
}

pub async fn parts(config: &Config, clock: Clock) -> Parts {
    Parts::assemble(config.clone(), clock, Random::system()).await.unwrap_or_else(|error| panic!("{}", error.chain()))
}
