//! The one place where the parts meet: from a configuration to a server that listens.

pub mod beside;
pub mod config;
mod database;
mod import;
mod keys;
mod parts;
mod running;
pub mod takeover;

pub use self::config::{Config, reference};
pub use self::database::{open_store, open_store_to_read};
pub use self::keys::{key_policy, open_keeper};
pub use self::parts::Parts;
pub use self::running::{Running, StartError, listen, start};
