//! A server that runs: how it starts, listens and stops.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt::spawn;
use actix_web::web::Data;
use tokio::task::JoinHandle;

use super::{Config, Parts};
use crate::base::{Clock, Error, Random};
use crate::http::config::ServerConfig;
use crate::http::listener;
use crate::http::serve::Service;
use crate::ops::{self, Ops};
use crate::traces::Traces;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Store(Error),
    /// The setting that names the address, the address, and why not.
    #[error("{0}: cannot listen on {1}: {2}")]
    Bind(&'static str, SocketAddr, std::io::Error),
    #[error("traces cannot be sent: {0}")]
    Traces(String),
}

/// A server that listens.
pub struct Running {
    pub address: SocketAddr,
    /// The operations listener's, if there is one.
    pub ops_address: Option<SocketAddr>,
    pub parts: Parts,
    /// What the workers serve from: the route table, for tests that must forget no route.
    pub service: Data<Service>,
    server: ServerHandle,
    ops: Option<ServerHandle>,
    background: Vec<JoinHandle<()>>,
}

/// Starts a server.
pub async fn start(config: Config, clock: Clock, random: Random) -> std::result::Result<Running, StartError> {
    let parts = Parts::assemble_patiently(config, None, clock, random).await.map_err(StartError::Store)?;
    parts.house.guards.check_start().await.map_err(StartError::Store)?;
    listen(parts)
}

/// Listens for requests, and does in the background what no request waits for.
pub fn listen(mut parts: Parts) -> std::result::Result<Running, StartError> {
    let traces = Traces::start(&parts.config.traces).map_err(StartError::Traces)?;
    let service = Data::new(parts.service(traces));
    let settings = &parts.config.server;
    let (address, server) = listener::listen(settings, service.clone())
        .map_err(|error| StartError::Bind("server.bind", settings.bind, error))?;
    let ops = Ops { service: service.clone(), vitals: Arc::clone(&parts.vitals) };
    let (ops_address, ops) = listen_for_operators(settings, ops)?.unzip();
    let (server, serving) = run(server);
    let (ops, operating) = ops.map(run).unzip();
    let background = [serving].into_iter().chain(operating).chain(tend(&mut parts)).collect();
    Ok(Running { address, ops_address, parts, service, server, ops, background })
}

/// Begins what goes on beside the requests.
fn tend(parts: &mut Parts) -> Vec<JoinHandle<()>> {
    let Parts { house, outbox, feed, keeper, carriers, config, .. } = parts;
    let mut tasks = Vec::new();
    if !carriers.is_empty() {
        tasks.push(spawn(Arc::clone(outbox).run(std::mem::take(carriers))));
    }
    if let Some(keeper) = keeper {
        tasks.push(spawn(Arc::clone(keeper).run()));
    }
    if let Some(feed) = feed {
        tasks.push(spawn(Arc::clone(feed).run()));
    }
    if feed.is_some() || !config.resource_servers.is_empty() || config.token_api.enabled {
        tasks.push(spawn(house.store.clone().keep_revocations_swept()));
    }
    if let Some(days) = config.audit.retention.filter(|_| config.audit.enabled) {
        tasks.push(spawn(house.store.clone().keep_audit_swept(days)));
    }
    tasks
}

/// Listens for operators, unless that is off, or nobody asked for an address that is taken.
fn listen_for_operators(
    settings: &ServerConfig,
    ops: Ops,
) -> std::result::Result<Option<(SocketAddr, Server)>, StartError> {
    let Some(bind) = settings.ops_bind else { return Ok(None) };
    match ops::listen(ops, bind) {
        Ok(listening) => Ok(Some(listening)),
        Err(error) if !settings.ops_bind_is_told => {
            tracing::warn!(
                "no health and no metrics are served: {bind}: {error}; set server.ops_bind to a free address"
            );
            Ok(None)
        }
        Err(error) => Err(StartError::Bind("server.ops_bind", bind, error)),
    }
}

/// Runs a listener in the background.
fn run(server: Server) -> (ServerHandle, JoinHandle<()>) {
    let handle = server.handle();
    let task = spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "a listener stopped");
        }
    });
    (handle, task)
}

impl Running {
    /// Is no longer ready from now on, finishes the requests under way, then stops. Operators are answered to the last.
    pub async fn stop(self) {
        self.parts.vitals.stopping.begin();
        tokio::time::sleep(self.parts.config.server.shutdown_delay).await;
        if let Some(feed) = &self.parts.feed {
            feed.close();
        }
        self.server.stop(true).await;
        if let Some(ops) = &self.ops {
            ops.stop(false).await;
        }
        self.background.iter().for_each(JoinHandle::abort);
        self.service.traces.stop().await;
        self.parts.house.store.close().await;
    }
}
