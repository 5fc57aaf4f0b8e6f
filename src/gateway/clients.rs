//! The connections to a service. Each thread has its own: one that another thread waits for costs both of them more than
//! the request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, ThreadId};
use std::time::Duration;

use reqwest::Client;

use crate::base::{Error, Result};
use crate::outbound::{Direct, Protocols};

/// The clients of one service, by thread and by what they speak.
pub struct Clients {
    direct: Arc<Direct>,
    connect_timeout: Duration,
    made: RwLock<HashMap<(ThreadId, Protocols), Client>>,
}

impl Clients {
    pub fn new(direct: Arc<Direct>, connect_timeout: Duration) -> Self {
        Self { direct, connect_timeout, made: RwLock::default() }
    }

    /// That of this thread.
    ///
    /// # Errors
    /// Where none can be made.
    pub fn client(&self, protocols: Protocols) -> Result<Client> {
        let key = (thread::current().id(), protocols);
        if let Some(client) = self.made.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(client.clone());
        }
        let client = self.direct.client(self.connect_timeout, protocols).map_err(Error::broken)?;
        self.made.write().unwrap_or_else(PoisonError::into_inner).insert(key, client.clone());
        Ok(client)
    }
}
