//! `signet serve`: the server, until it is told to stop.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failure, away, config, secret};
use crate::app::Config;
use crate::app::{self, Running};
use crate::base::{Clock, Random};
use crate::http::house::House;
use crate::http::page::with_query;
use crate::logs::config::LogConfig;
use crate::logs::{self, Sink};
use crate::pages;
use crate::store::config::DatabaseUrl;
use crate::users::first_admin;

pub async fn run(file: Option<&Path>) -> Result<(), Failure> {
    let (mut config, warnings) = config::load(file)?;
    // Held until the end, so that the last lines are written.
    let _log = start_log(&config.log)?;
    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    secret::ensure(&mut config, &Random::system())?;
    let greeting = greeting(&config);
    let setup = pages::address(&config.pages, &config.site, "setup");
    let has_admins = config.admin.enabled;
    let running = app::start(config, Clock::System, Random::system()).await.map_err(|error| match error {
        app::StartError::Store(error) => away(error),
        app::StartError::Bind(setting, address, error) => Failure::Refused(format!(
            "Cannot listen on {address}: {error}. Set {setting} ({}) to another address.",
            variable(setting)
        )),
        app::StartError::Traces(fault) => {
            Failure::Misconfigured(vec![format!("OTEL_…: traces cannot be sent: {fault}")])
        }
    })?;
    let invitation = invitation(&running.parts.house, has_admins, setup).await?;
    // In one piece: whoever reads it may close the pipe after the last line.
    print!("{}", greeting + "\n" + &invitation);
    if let Some(address) = running.ops_address {
        tracing::info!(%address, "listens for operators: /health/live, /health/ready, /metrics");
    }
    until_told(running).await
}

/// The variable of the environment that sets a key.
fn variable(key: &str) -> String {
    format!("SIGNET__{}", key.to_ascii_uppercase().replace('.', "__"))
}

/// A few lines with which a newcomer can go on.
fn greeting(config: &Config) -> String {
    let site = &config.site;
    let base = format!("{}{}", site.origin, site.base_path);
    let data = match &config.database.url {
        DatabaseUrl::Sqlite(path) => format!("SQLite in {}", path.display()),
        DatabaseUrl::Nowhere => "none: sessions are in cookies, and all else ends with this process".into(),
        DatabaseUrl::Postgres(_) => "Postgres".into(),
    };
    let jwks = if config.jwt.enabled {
        format!("{base}{}", config.jwt.jwks.jwks_path)
    } else {
        "none: the jwt plugin is off".into()
    };
    let open = pages::address(&config.pages, site, "home").or_else(|| pages::address(&config.pages, site, "sign_in"));
    let open = open.map(|page| format!("Open:     {page}\n")).unwrap_or_default();
    format!(
        "Signet listens on {} as {base}\n\
         {open}Data:     {data}\n\
         JWKS:     {jwks}\n\
         Sign up:  curl -X POST {base}/sign-up/email -H 'content-type: application/json' -d '{{\"name\":\"Ada\",\"email\":\"ada@example.com\",\"password\":\"correct horse\"}}'\n\
         Next:     set BETTER_AUTH_URL, BETTER_AUTH_SECRET (`signet secret`) and DATABASE_URL for production; docs/configuration.md has the rest",
        config.server.bind
    )
}

/// What a server without users says: who becomes its admin. It is no line of the log, which may be sent to others.
async fn invitation(house: &House, has_admins: bool, page: Option<String>) -> Result<String, Failure> {
    let (first_admin, page) = match (&house.first_admin, page) {
        (Some(first_admin), Some(page)) => (first_admin, page),
        (first_admin, _) => {
            let hint = match first_admin {
                Some(_) => "`signet users create EMAIL --admin` makes the first one",
                None if !has_admins => "set SIGNET__PLUGINS__ADMIN__ENABLED=true for a link that makes the first one",
                None => return Ok(String::new()),
            };
            // Without a database nobody stays an admin.
            let is_said = !house.stateless && !house.store.has_users().await.map_err(away)?;
            return Ok(if is_said { format!("Admins:   none yet; {hint}\n") } else { String::new() });
        }
    };
    let token = first_admin.invite(&house.random).await.map_err(away)?;
    let line = |token: SecretString| {
        format!(
            "\nThere are no users yet. Whoever opens this link becomes the admin; it is good once and for {} minutes, and a \
             restart makes another:\n\n    {}\n\n",
            first_admin::LIFE / 60,
            with_query(&page, [("token", token.expose_secret())])
        )
    };
    Ok(token.map(line).unwrap_or_default())
}

/// Serves until the first signal, then finishes what is under way; the second signal ends that too.
async fn until_told(running: Running) -> Result<(), Failure> {
    let mut signals =
        Signals::listen().map_err(|error| Failure::Refused(format!("Signals cannot be heard: {error}")))?;
    signals.next().await;
    tracing::info!("stopping: requests under way are finished first");
    tokio::select! {
        () = running.stop() => Ok(()),
        () = signals.next() => Err(Failure::Refused("Told twice to stop: requests under way were cut off.".into())),
    }
}

/// Those that mean to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn start_log(config: &LogConfig) -> Result<Sink, Failure> {
    let filter = std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    logs::start(config, filter.as_deref(), Clock::System)
        .map_err(|fault| Failure::Misconfigured(vec![format!("RUST_LOG is no filter for the log: {fault}")]))
}
