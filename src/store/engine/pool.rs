//! A pool in which no connection can be lost.
//!
//! sqlx's own pool talks to a connection once more when it is returned, without a limit in time, and loses the place
//! for good if the other side has gone silent (its issue 4349). Here a lease that is dropped closes its connection and
//! frees its place without any talk; only [`Lease::give_back`], called after an answer that came whole, keeps it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection, Database};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tokio::time::timeout;

use super::fault::{Away, Fault};
use crate::base::meter::Count;

/// A connection that has rested longer is tested before it is used: the other side may have gone.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// A connection that has rested longer is closed, so that a burst does not keep its connections for ever.
const KEPT_FOR: Duration = Duration::from_secs(300);

type Options<D> = <<D as Database>::Connection as Connection>::Options;

/// What is done with a new connection before anything else.
pub type Greeting<D> = Box<
    dyn for<'c> Fn(
            &'c mut <D as Database>::Connection,
        ) -> Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'c>>
        + Send
        + Sync,
>;

/// How long what may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a place in the pool and a connection that answers, all together.
    pub acquire: Duration,
    /// For opening one connection.
    pub connect: Duration,
    /// For one statement.
    pub statement: Duration,
}

impl Limits {
    /// What a server is told about statements, in milliseconds: less, so that it gives up first and the connection stays
    /// good.
    pub fn for_the_server(&self) -> u128 {
        (self.statement.as_millis() * 9 / 10).max(1)
    }
}

/// At most so many connections, opened when they are needed. Cheap to clone.
pub struct Pool<D: Database>(Arc<Shared<D>>);

struct Shared<D: Database> {
    options: Options<D>,
    greeting: Option<Greeting<D>>,
    limits: Limits,
    size: usize,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Idle<D>>>,
    waits: Count,
    timeouts: Count,
    statements: Count,
}

/// How much of a pool is lent, and how that went since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLoad {
    /// Which pool it is: `all` of Postgres; `writer` and `readers` of SQLite.
    pub name: &'static str,
    /// How many connections there can be.
    pub size: usize,
    pub in_use: usize,
    pub idle: usize,
    /// How often all were lent, so that somebody had to wait.
    pub waits: u64,
    /// How often no connection was to be had in time.
    pub timeouts: u64,
    /// How many statements its connections were given, those that begin and end a transaction among them.
    pub statements: u64,
}

struct Idle<D: Database> {
    connection: D::Connection,
    since: Instant,
}

/// A connection for as long as it is held.
pub struct Lease<D: Database> {
    // The connection is dropped before its place, so that there are never more of them than places.
    connection: D::Connection,
    pool: Arc<Shared<D>>,
    _place: OwnedSemaphorePermit,
}

impl<D: Database> Pool<D> {
    pub fn new(options: Options<D>, size: u32, limits: Limits) -> Self {
        Self::greeted(options, None, size, limits)
    }

    /// Of connections that are greeted.
    pub fn greeted(options: Options<D>, greeting: Option<Greeting<D>>, size: u32, limits: Limits) -> Self {
        let size = size.max(1) as usize;
        let (places, idle) = (Arc::new(Semaphore::new(size)), Mutex::default());
        let (waits, timeouts, statements) = (Count::default(), Count::default(), Count::default());
        Self(Arc::new(Shared { options, greeting, limits, size, places, idle, waits, timeouts, statements }))
    }

    /// Its load at this moment.
    pub fn load(&self, name: &'static str) -> PoolLoad {
        let Shared { size, places, waits, timeouts, statements, .. } = &*self.0;
        PoolLoad {
            name,
            size: *size,
            in_use: size.saturating_sub(places.available_permits()),
            idle: self.0.idle().len(),
            waits: waits.get(),
            timeouts: timeouts.get(),
            statements: statements.get(),
        }
    }

    /// A connection that answers, within the time for it.
    pub async fn acquire(&self) -> Result<Lease<D>, Fault> {
        match timeout(self.0.limits.acquire, self.place_and_connection()).await {
            Ok(result) => result,
            Err(_) => {
                self.0.timeouts.add();
                Err(Fault::Away(Away::Late("waiting for a connection")))
            }
        }
    }

    async fn place_and_connection(&self) -> Result<Lease<D>, Fault> {
        let place = self.place().await.map_err(|_| Fault::Away(Away::Closed))?;
        let connection = match self.rested().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        Ok(Lease { connection, pool: self.0.clone(), _place: place })
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        let places = &self.0.places;
        match places.clone().try_acquire_owned() {
            Err(TryAcquireError::NoPermits) => self.0.waits.add(),
            Err(TryAcquireError::Closed) => {}
            Ok(place) => return Ok(place),
        }
        places.clone().acquire_owned().await
    }

    /// The connection that was given back last, if it is there and alive.
    async fn rested(&self) -> Option<D::Connection> {
        let Idle { mut connection, since } = self.0.idle().pop()?;
        if since.elapsed() < TRUSTED_FOR {
            return Some(connection);
        }
        // Half of the time is left for a new connection: an old flow may be dead while the server lives.
        match timeout(self.0.limits.acquire / 2, connection.ping()).await {
            Ok(Ok(())) => Some(connection),
            _ => {
                // If one of them is dead, so are the others that rested with it.
                self.forget_idle();
                None
            }
        }
    }

    async fn connect(&self) -> Result<D::Connection, Fault> {
        let connection = async {
            let connected = self.0.options.connect().await;
            let mut connection = connected.map_err(|error| Fault::of("connect", error))?;
            if let Some(greeting) = &self.0.greeting {
                greeting(&mut connection).await.map_err(Fault::of_settings)?;
            }
            Ok(connection)
        };
        match timeout(self.0.limits.connect, connection).await {
            Ok(result) => result,
            Err(_) => Err(Fault::Away(Away::Late("connecting"))),
        }
    }

    /// Closes what rests, after a fault that says that the server went away.
    pub fn forget_idle(&self) {
        self.0.idle().clear();
    }

    /// Lends no more, and closes what rests.
    pub async fn close(&self) {
        self.0.places.close();
        let resting = std::mem::take(&mut *self.0.idle());
        for Idle { connection, .. } in resting {
            // Whatever it answers, it is gone.
            let _ = timeout(self.0.limits.connect, connection.close()).await;
        }
    }
}

impl<D: Database> Shared<D> {
    fn idle(&self) -> MutexGuard<'_, Vec<Idle<D>>> {
        self.idle.lock().expect("no holder of the list panics")
    }
}

impl<D: Database> Lease<D> {
    /// The connection for one statement. There is no other way to it, so that each is counted.
    pub fn ask(&mut self) -> &mut D::Connection {
        self.pool.statements.add();
        &mut self.connection
    }

    /// Keeps the connection for the next. Only for one whose last answer came whole.
    pub fn give_back(self) {
        let Self { connection, pool, _place } = self;
        if pool.places.is_closed() {
            return;
        }
        let mut idle = pool.idle();
        idle.retain(|resting| resting.since.elapsed() < KEPT_FOR);
        idle.push(Idle { connection, since: Instant::now() });
    }
}

impl<D: Database> Clone for Pool<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
