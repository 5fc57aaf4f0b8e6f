//! The parts of a server, and how they are put together.

pub(super) mod ground;
mod house;
mod outgoing;
mod plugins;
mod sign_in;

use std::sync::Arc;
use std::time::Duration;

use self::ground::Ground;
use super::{Config, keys};
use crate::base::text::origin::TrustedOrigins;
use crate::base::{Clock, Error, Random, Result};
use crate::gateway::Gateway;
use crate::http::beyond::Beyond;
use crate::http::cors::Cors;
use crate::http::house::House;
use crate::http::readiness::{Stopping, Vitals};
use crate::http::router::Router;
use crate::http::serve::Service;
use crate::http::traffic::Traffic;
use crate::http::visit::RequestIds;
use crate::keyring::{Keeper, Policy};
use crate::outbox::{Carrier, Outbox};
use crate::pages::Pages;
use crate::plugins::Plugin;
use crate::plugins::revocations::Feed;
use crate::routes;
use crate::traces::Traces;

/// How long a start waits for a database that is away.
const PATIENCE: Duration = Duration::from_secs(30);

/// The parts of a server, without its listener.
pub struct Parts {
    pub house: Arc<House>,
    cors: Option<Cors>,
    pub outbox: Arc<Outbox>,
    pub(super) vitals: Arc<Vitals>,
    /// What was revoked lately. None where nobody is to hear of it.
    pub(super) feed: Option<Arc<Feed>>,
    /// Who takes what from the outbox. Without any, nobody looks there.
    pub(super) carriers: Vec<Arc<dyn Carrier>>,
    /// None where the jwt plugin is off.
    pub keeper: Option<Arc<Keeper>>,
    plugins: Vec<Plugin>,
    pages: Arc<Pages>,
    gateway: Option<Gateway>,
    pub(super) config: Config,
}

/// Whose pages may call from scripts.
fn cors(config: &Config) -> Result<Option<Cors>> {
    let origins = TrustedOrigins::new(&config.site.origin, config.cors.origins.clone()).map_err(Error::broken)?;
    Ok(config.cors.enabled.then_some(Cors { origins, max_age: config.cors.max_age }))
}

impl Parts {
    /// Opens the database, brings it up to date, and puts everything together.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database is away.
    pub async fn assemble(config: Config, clock: Clock, random: Random) -> Result<Self> {
        Self::assemble_with(config, None, clock, random).await
    }

    /// As [`Parts::assemble_with`], but a database that is away is waited for: it may be starting beside this server.
    pub async fn assemble_patiently(
        config: Config,
        policy: Option<Policy>,
        clock: Clock,
        random: Random,
    ) -> Result<Self> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match Self::assemble_with(config.clone(), policy, clock.clone(), random.clone()).await {
                Err(Error::Unavailable { reason, .. }) if tokio::time::Instant::now() < deadline => {
                    tracing::warn!("waiting for the database: {reason}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// As [`Parts::assemble`], with a key policy made by hand in place of the configured and corrected one.
    pub async fn assemble_with(config: Config, policy: Option<Policy>, clock: Clock, random: Random) -> Result<Self> {
        let ground = Ground::open(config, clock, random).await?;
        let keeper = keys::start_keeper(&ground, policy).await?;
        let passwords = sign_in::passwords(&ground).await?;
        let tokens = keeper.as_ref().map(|keeper| sign_in::tokens(&ground, keeper));
        let outbox = outgoing::outbox(&ground);
        let vitals = Arc::new(Vitals {
            ring: keeper.as_ref().map(|keeper| Arc::clone(keeper.ring())),
            outbox: Arc::clone(&outbox),
            stopping: Stopping::default(),
            started_at: ground.clock.now(),
        });
        let (feed, plugins) = plugins::assemble(&ground, (keeper.as_ref(), tokens.as_ref()), &vitals).await?;
        let carriers = outgoing::carriers(&ground, &outbox)?;
        let pages = house::pages(&ground.config);
        let house = house::assemble(&ground, passwords, tokens, &plugins, (&outbox, &pages)).await?;
        let Ground { config, clock, .. } = ground;
        let (cookies, tokens) = (&house.sessions.cookies, house.tokens.as_ref());
        let gateway = Gateway::new(&config.gateway, &config.site, cookies, tokens, &clock)?;
        let cors = cors(&config)?;
        let house = Arc::new(house);
        Ok(Self { house, cors, outbox, vitals, feed, carriers, keeper, plugins, pages, gateway, config })
    }

    pub(super) fn service(&mut self, traces: Traces) -> Service {
        let endpoints =
            routes::endpoints().into_iter().chain(self.plugins.drain(..).flat_map(|plugin| plugin.endpoints));
        let endpoints = endpoints.chain(self.pages.endpoints());
        Service {
            house: Arc::clone(&self.house),
            router: Router::new(&self.config.site, endpoints.collect())
                .with_beyond(self.gateway.take().map(|gateway| Box::new(gateway) as Box<dyn Beyond>)),
            cors: self.cors.take(),
            body_limit: self.config.server.body_limit,
            strays: Traffic::default(),
            traces,
            request_ids: RequestIds::new(self.house.random.clone()),
        }
    }
}
