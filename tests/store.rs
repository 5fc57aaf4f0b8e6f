//! Every store function behaves the same on both engines and in each layout; and what only one engine has.
//!
//! SQLite runs in memory-backed files. Postgres runs where `SIGNET_TEST_POSTGRES` says, a URL with `{db}` in place of
//! the database's name; each test has a database of its own.

#[path = "store/adapted.rs"]
mod adapted;
#[path = "store/audit.rs"]
mod audit;
#[path = "store/contract.rs"]
mod contract;
#[path = "store/kv.rs"]
mod kv;
#[path = "store/layouts.rs"]
mod layouts;
#[path = "store/migration.rs"]
mod migration;
#[path = "store/place.rs"]
mod place;
#[path = "store/ports.rs"]
mod ports;
#[path = "store/postgres.rs"]
mod postgres;
#[path = "store/proxy.rs"]
mod proxy;
#[path = "store/redis.rs"]
mod redis;
#[path = "store/revocation.rs"]
mod revocation;
#[path = "store/sqlite.rs"]
mod sqlite;
#[path = "store/verification.rs"]
mod verification;
