//! Secondary storage in Redis: one server, one that Sentinels name, or a cluster.
//!
//! A request never waits for a connection. One task connects, and only when a connection has answered in time is it lent
//! out; a connection that breaks, or that answers too late some times in a row, is taken back, and until the next one is
//! there operations fail at once. So a Redis that is away costs a request nothing, and one that hangs costs a few of them a
//! bounded time.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, FromRedisValue, RedisError, RedisResult, Script,
    ServerErrorKind, TlsCertificates, TlsMode,
};
use secrecy::ExposeSecret;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::config::{Address, Nodes, SecondaryConfig};
use super::{KvError, Result, Tally};

/// How long it may take to be connected, which no request waits for.
const CONNECTING: Duration = Duration::from_secs(3);
/// How long a start waits for the first connection, at least.
const STARTING: Duration = Duration::from_secs(1);
/// How many operations in a row may be too late before the connection is taken back.
const TOO_LATE: u32 = 3;
/// Between two tries to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Reads and deletes. Redis has a command for it from 6.2 on.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new("local value = redis.call('GET', KEYS[1]) if value then redis.call('DEL', KEYS[1]) end return value")
});
/// Puts where what stands is still what was read. Nothing, and what is no text, read as the empty text.
static PUT_IF_SAME: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local value = redis.pcall('GET', KEYS[1]) if type(value) ~= 'string' then value = '' end \
         if value ~= ARGV[1] then return 0 end \
         redis.call('SETEX', KEYS[1], ARGV[2], ARGV[3]) return 1",
    )
});
/// Counts, and lets the first one decide when the count ends.
static BUMP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local count = redis.call('INCR', KEYS[1]) \
         if count == 1 or redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end \
         return count",
    )
});

pub struct Redis {
    slot: Arc<Slot>,
    connecting: JoinHandle<()>,
}

/// Where the connection is, while there is one.
struct Slot {
    /// How long an operation may take.
    patience: Duration,
    link: RwLock<Option<(u64, Link)>>,
    /// Tells connections apart, so that a late failure of an old one does not take back the new one.
    number: AtomicU64,
    late: AtomicU32,
    /// The last operation was refused, which the log has been told.
    refuses: AtomicBool,
    /// The connection was taken back.
    wanted: Notify,
    /// There is a connection.
    made: Notify,
    tally: Arc<Tally>,
}

#[derive(Clone)]
enum Link {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// What connections come from.
enum Source {
    One(Box<Client>),
    Sentinel(Box<SentinelClient>),
    Cluster(Box<ClusterClient>),
}

/// Runs a command or a script on whichever connection there is.
macro_rules! on {
    ($link:expr, $connection:ident => $run:expr) => {
        match $link {
            Link::One($connection) => $run,
            Link::Cluster($connection) => $run,
        }
    };
}

impl Redis {
    pub async fn open(config: &SecondaryConfig, tally: Arc<Tally>) -> std::result::Result<Self, String> {
        let source = Source::of(config).map_err(|error| told(&error))?;
        let slot = Arc::new(Slot {
            patience: config.timeout,
            link: RwLock::default(),
            number: AtomicU64::new(0),
            late: AtomicU32::new(0),
            refuses: AtomicBool::new(false),
            wanted: Notify::new(),
            made: Notify::new(),
            tally,
        });
        let connecting = tokio::spawn(keep_connected(source, Arc::clone(&slot)));
        if timeout(STARTING.max(config.timeout), slot.made.notified()).await.is_err() {
            tracing::warn!("Redis does not answer yet; Signet goes on without it");
        }
        Ok(Self { slot, connecting })
    }

    /// What is no text, a list or bytes, reads as an empty one.
    pub async fn get(&self, key: &str) -> Result<Option<String>> {
        let get = async |link: &mut Link| {
            let found: RedisResult<Option<Vec<u8>>> = on!(link, c => redis::cmd("GET").arg(key).query_async(c).await);
            match found {
                Err(error) if error.code() == Some("WRONGTYPE") => Ok(Some(Vec::new())),
                found => found,
            }
        };
        let found = self.slot.run(get).await?;
        Ok(found.map(|bytes| String::from_utf8(bytes).unwrap_or_default()))
    }

    pub async fn put(&self, key: &str, value: &str, seconds: i64) -> Result<()> {
        let mut command = redis::cmd("SETEX");
        command.arg(key).arg(seconds).arg(value);
        self.slot.run(async |link| on!(link, c => command.query_async(c).await)).await
    }

    pub async fn put_if_absent(&self, key: &str, value: &str, seconds: i64) -> Result<bool> {
        let mut command = redis::cmd("SET");
        command.arg(key).arg(value).arg("NX").arg("EX").arg(seconds);
        let done: Option<String> = self.slot.run(async |link| on!(link, c => command.query_async(c).await)).await?;
        Ok(done.is_some())
    }

    pub async fn put_if_same(&self, key: &str, same: &str, value: &str, seconds: i64) -> Result<bool> {
        let mut call = PUT_IF_SAME.key(key);
        call.arg(same).arg(seconds).arg(value);
        self.slot.run(async |link| on!(link, c => call.invoke_async(c).await)).await
    }

    pub async fn take(&self, key: &str) -> Result<Option<String>> {
        self.slot.run(async |link| on!(link, c => TAKE.key(key).invoke_async(c).await)).await
    }

    pub async fn bump(&self, key: &str, seconds: i64) -> Result<u64> {
        self.slot.run(async |link| on!(link, c => BUMP.key(key).arg(seconds).invoke_async(c).await)).await
    }

    pub fn is_there(&self) -> bool {
        self.slot.lent().is_some()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.connecting.abort();
    }
}

impl Slot {
    fn lent(&self) -> Option<(u64, Link)> {
        self.link.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs an operation within its time, and judges the connection by how that went.
    async fn run<T: FromRedisValue>(&self, operation: impl AsyncFnOnce(&mut Link) -> RedisResult<T>) -> Result<T> {
        let Some((number, mut link)) = self.lent() else {
            self.tally.away.add();
            return Err(KvError::Away);
        };
        let begun = Instant::now();
        let outcome = timeout(self.patience, operation(&mut link)).await;
        match outcome {
            Ok(Ok(value)) => {
                self.late.store(0, Ordering::Relaxed);
                self.refuses.store(false, Ordering::Relaxed);
                self.tally.took.note(begun.elapsed());
                Ok(value)
            }
            Ok(Err(error)) if is_refusal(&error) => {
                self.tally.refused.add();
                if !self.refuses.swap(true, Ordering::Relaxed) {
                    tracing::warn!("Redis refuses what it is asked: {}", told(&error));
                }
                if serves_nobody(&error) {
                    self.take_back(number, &told(&error));
                }
                Err(KvError::Refused(told(&error)))
            }
            Ok(Err(error)) => {
                self.tally.lost.add();
                self.take_back(number, &told(&error));
                Err(KvError::Lost(told(&error)))
            }
            Err(_) => {
                self.tally.lost.add();
                let reason = format!("nothing within {} ms", self.patience.as_millis());
                if self.late.fetch_add(1, Ordering::Relaxed) + 1 >= TOO_LATE {
                    self.take_back(number, &reason);
                }
                Err(KvError::Lost(reason))
            }
        }
    }

    fn take_back(&self, number: u64, reason: &str) {
        let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
        if link.as_ref().is_some_and(|(lent, _)| *lent == number) {
            *link = None;
            tracing::warn!("Redis is away, and Signet goes on without it: {reason}");
            self.wanted.notify_one();
        }
    }

    fn lend(&self, connection: Link) {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        self.late.store(0, Ordering::Relaxed);
        *self.link.write().unwrap_or_else(PoisonError::into_inner) = Some((number, connection));
        self.made.notify_one();
    }
}

/// Connects, waits until the connection is taken back, and connects again.
async fn keep_connected(mut source: Source, slot: Arc<Slot>) {
    loop {
        let mut pause = PAUSES.0;
        let connection = loop {
            // A connection is one once it has answered, and that may take as long as any operation.
            let patience = CONNECTING + slot.patience;
            match timeout(patience, source.connect(slot.patience)).await {
                Ok(Ok(connection)) => break connection,
                Ok(Err(error)) => tracing::debug!("Redis is not to be had: {}", told(&error)),
                Err(_) => tracing::debug!("Redis is not to be had within {patience:?}"),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        };
        slot.lend(connection);
        tracing::info!("Redis answers");
        slot.wanted.notified().await;
    }
}

impl Source {
    fn of(config: &SecondaryConfig) -> RedisResult<Self> {
        let certificates = config.ca.clone().map(|ca| TlsCertificates { client_tls: None, root_cert: Some(ca) });
        match &config.address {
            Address::Memory => Err(RedisError::from((ErrorKind::InvalidClientConfig, "memory is no Redis"))),
            Address::One(url) => {
                let url = url.expose_secret();
                Ok(Self::One(Box::new(match certificates {
                    Some(certificates) if url.starts_with("rediss:") => Client::build_with_tls(url, certificates)?,
                    _ => Client::open(url)?,
                })))
            }
            Address::Sentinel { nodes, master, database } => {
                let addresses = nodes.hosts.iter().map(|(host, port)| nodes.address(host, *port));
                let builder = SentinelClientBuilder::new(addresses, master, SentinelServerType::Master)?;
                let mut builder = builder.set_client_to_redis_db(*database);
                if nodes.tls {
                    builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
                    builder = builder.set_client_to_sentinel_tls_mode(TlsMode::Secure);
                }
                if let Some(certificates) = certificates.filter(|_| nodes.tls) {
                    builder = builder.set_client_to_redis_certificates(certificates.clone());
                    builder = builder.set_client_to_sentinel_certificates(certificates);
                }
                if let Some(username) = &nodes.username {
                    builder = builder.set_client_to_redis_username(username);
                }
                if let Some(password) = &nodes.password {
                    builder = builder.set_client_to_redis_password(password.expose_secret());
                }
                Ok(Self::Sentinel(Box::new(builder.build()?)))
            }
            Address::Cluster(nodes) => {
                let scheme = if nodes.tls { "rediss" } else { "redis" };
                let urls = nodes.hosts.iter().map(|(host, port)| format!("{scheme}://{host}:{port}"));
                let mut builder = ClusterClientBuilder::new(urls).connection_timeout(CONNECTING);
                if nodes.tls {
                    builder = builder.tls(TlsMode::Secure);
                }
                if let Some(certificates) = certificates.filter(|_| nodes.tls) {
                    builder = builder.certs(certificates);
                }
                if let Some(username) = &nodes.username {
                    builder = builder.username(username);
                }
                if let Some(password) = &nodes.password {
                    builder = builder.password(password.expose_secret());
                }
                Ok(Self::Cluster(Box::new(builder.build()?)))
            }
        }
    }

    /// A connection that has answered within the time of an operation.
    async fn connect(&mut self, patience: Duration) -> RedisResult<Link> {
        let config = AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECTING)).set_response_timeout(None);
        let mut link = match self {
            Self::One(client) => Link::One(client.get_multiplexed_async_connection_with_config(&config).await?),
            Self::Sentinel(client) => Link::One(client.get_async_connection_with_config(&config).await?),
            Self::Cluster(client) => Link::Cluster(client.get_async_connection().await?),
        };
        let ping = async { on!(&mut link, c => redis::cmd("PING").query_async::<String>(c).await) };
        match timeout(patience, ping).await {
            Ok(answer) => answer.map(|_| link),
            Err(_) => Err(RedisError::from((ErrorKind::Io, "too slow to be of use"))),
        }
    }
}

impl Nodes {
    fn address(&self, host: &str, port: u16) -> ConnectionAddr {
        match self.tls {
            true => ConnectionAddr::TcpTls { host: host.to_owned(), port, insecure: false, tls_params: None },
            false => ConnectionAddr::Tcp(host.to_owned(), port),
        }
    }
}

/// Whether the server has answered, and the answer is no.
fn is_refusal(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

/// Whether the server is one that serves nobody for a while: it loads, or is no longer the one that may be written.
fn serves_nobody(error: &RedisError) -> bool {
    use ServerErrorKind::{BusyLoading, ClusterDown, MasterDown, ReadOnly};
    matches!(error.kind(), ErrorKind::Server(BusyLoading | ClusterDown | MasterDown | ReadOnly))
}

/// What an error says of itself, without the values that were sent.
fn told(error: &RedisError) -> String {
    match (error.code(), error.kind()) {
        (Some(code), _) => code.to_owned(),
        (None, kind) => format!("{kind:?}: {}", error.category()),
    }
}
