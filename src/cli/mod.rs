//! The command line: what each command needs is put together here, and every failure is one line with its remedy.

mod audit;
mod backup;
mod config;
mod doctor;
mod health;
mod keys;
mod secret;
mod serve;
mod sessions;
mod users;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::{self, Config, Parts};
use crate::base::{Behalf, Clock, Random};
use crate::keyring::Keeper;
use crate::store::TOO_SLOW;
use crate::store::config::DatabaseUrl;

/// Exit codes: 0 done, 1 it failed, 2 the command line or the configuration is wrong, 3 a store is away.
const FAILED: u8 = 1;
const MISUSED: u8 = 2;
const AWAY: u8 = 3;

/// Why a command ends without having done its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Faults of the configuration, one line each.
    #[error("{}", .0.join("\n"))]
    Misconfigured(Vec<String>),
    /// What was asked for cannot be done.
    #[error("{0}")]
    Refused(String),
    /// The database cannot be reached.
    #[error("{0}")]
    Away(String),
}

impl Failure {
    fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Misconfigured(_) => MISUSED,
            Self::Refused(_) => FAILED,
            Self::Away(_) => AWAY,
        })
    }
}

/// An identity server that speaks Better Auth's wire protocol: sessions, JWTs, a JWKS, keys that rotate.
#[derive(Parser)]
#[command(
    name = "signet",
    version,
    after_help = "Start with: signet serve\nEvery option is described in docs/configuration.md; `signet config show` prints those in force."
)]
struct Cli {
    /// The configuration file. Without it signet.toml in this directory is read, if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server. Without configuration: http://localhost:3000, SQLite and a generated secret in ./signet-data.
    Serve,
    /// Ask the server that runs with this configuration whether it is ready: exit code 0 or 1.
    Health,
    /// Bring the database's tables up to date. Only adds; never drops or rewrites.
    Migrate {
        /// Print the SQL and change nothing.
        #[arg(long)]
        plan: bool,
    },
    /// Copy the SQLite database into a new file, also while a server runs on it.
    Backup {
        /// The copy. It must not exist yet.
        file: PathBuf,
    },
    /// The signing keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// The users.
    #[command(subcommand)]
    Users(users::Users),
    /// The sessions.
    #[command(subcommand)]
    Sessions(sessions::Sessions),
    /// The audit trail.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// The configuration.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Look for faults in what is around the server.
    #[command(subcommand)]
    Doctor(doctor::Doctor),
    /// Print a fresh secret, fit for BETTER_AUTH_SECRET.
    Secret,
}

impl Command {
    /// What the audit trail calls it. None for the server, which acts for others.
    fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Serve => return None,
            Self::Health => "health",
            Self::Migrate { .. } => "migrate",
            Self::Backup { .. } => "backup",
            Self::Keys(_) => "keys",
            Self::Users(_) => "users",
            Self::Sessions(_) => "sessions",
            Self::Audit(_) => "audit",
            Self::Config(_) => "config",
            Self::Doctor(_) => "doctor",
            Self::Secret => "secret",
        })
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match actix_web::rt::System::new().block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failed(&failure),
    }
}

fn failed(failure: &Failure) -> ExitCode {
    for line in failure.to_string().lines() {
        eprintln!("signet: {line}");
    }
    failure.exit_code()
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let file = cli.config.as_deref();
    let Some(name) = cli.command.name() else { return serve::run(file).await };
    Behalf::command(name).within(command(file, cli.command)).await
}

async fn command(file: Option<&Path>, command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve => serve::run(file).await,
        Command::Health => health::run(file).await,
        Command::Migrate { plan } => migrate(with_database(file)?, plan).await,
        Command::Backup { file: copy } => backup::run(&with_database(file)?, &copy).await,
        Command::Keys(command) => keys::run(with_database(file)?, command).await,
        Command::Users(command) => {
            let mut config = with_database(file)?;
            secret::ensure(&mut config, &Random::system())?;
            users::run(config, command).await
        }
        Command::Sessions(command) => {
            let mut config = with_database(file)?;
            secret::ensure(&mut config, &Random::system())?;
            sessions::run(config, command).await
        }
        Command::Audit(command) => {
            let mut config = with_database(file)?;
            secret::ensure(&mut config, &Random::system())?;
            audit::run(config, command).await
        }
        Command::Config(command) => config::run(file, command).await,
        Command::Doctor(command) => doctor::run(file, command).await,
        Command::Secret => {
            println!("{}", secret::fresh(&Random::system()));
            Ok(())
        }
    }
}

/// The configuration in force, for what is done to a database.
fn with_database(file: Option<&Path>) -> Result<Config, Failure> {
    let (config, _) = config::load(file)?;
    if matches!(config.database.url, DatabaseUrl::Nowhere) {
        let text = "There is no database (database.url = \"none\"), and what a server holds in memory is its own.";
        return Err(Failure::Refused(text.to_owned()));
    }
    Ok(config)
}

/// The parts of the server without its listener, on a database that is up to date.
async fn parts(config: Config) -> Result<Parts, Failure> {
    app::Parts::assemble(config, Clock::System, Random::system()).await.map_err(away)
}

/// The keeper of the keys, for commands beside a server that may run: it has looked, and changes nothing by itself.
/// None where there are no tables of keys yet.
async fn keeper(config: &Config) -> Result<Option<Keeper>, Failure> {
    // To open a SQLite file that is missing would make it.
    if is_missing(config) {
        return Ok(None);
    }
    app::open_keeper(config, Clock::System, Random::system()).await.map_err(away)
}

async fn migrate(config: Config, plan: bool) -> Result<(), Failure> {
    if plan {
        return show_plan(config).await;
    }
    let store = app::open_store(&config, Clock::System, Random::system()).await.map_err(away)?;
    let count = store.migrate().await.map_err(away)?;
    println!(
        "{}",
        if count == 0 { "The database is up to date.".to_owned() } else { format!("Ran {count} statements.") }
    );
    Ok(())
}

async fn show_plan(mut config: Config) -> Result<(), Failure> {
    // To open a SQLite file that is missing would make it: an empty one elsewhere has the same plan.
    let elsewhere = is_missing(&config).then(|| std::env::temp_dir().join(format!("signet-{}", Random::system().id())));
    if let Some(directory) = &elsewhere {
        config.database.url = DatabaseUrl::Sqlite(directory.join("signet.db"));
    }
    let statements = plan(&config).await;
    if let Some(directory) = elsewhere {
        std::fs::remove_dir_all(&directory)
            .map_err(|error| Failure::Refused(format!("{} cannot be removed: {error}.", directory.display())))?;
    }
    match statements?.as_slice() {
        [] => println!("-- The database is up to date: nothing to do."),
        statements => {
            // A new database has no writers.
            let is_new = statements
                .iter()
                .any(|statement| statement.starts_with("CREATE TABLE") && !statement.contains("signet_"));
            let is_postgres = matches!(config.database.url, DatabaseUrl::Postgres(_));
            if is_postgres && !is_new && statements.iter().any(|statement| statement.contains(" INDEX ")) {
                println!(
                    "-- Writers of a table wait while it gets an index. Where it is large, run that statement by itself as"
                );
                println!("-- CREATE INDEX CONCURRENTLY, before the others.");
            }
            statements.iter().for_each(|statement| println!("{};", statement.trim_end_matches(';')));
        }
    }
    Ok(())
}

async fn plan(config: &Config) -> Result<Vec<String>, Failure> {
    let store = app::open_store(config, Clock::System, Random::system()).await.map_err(away)?;
    let statements = store.plan().await.map_err(away)?;
    store.close().await;
    Ok(statements)
}

/// Whether the database is a SQLite file that nobody has made yet.
fn is_missing(config: &Config) -> bool {
    matches!(&config.database.url, DatabaseUrl::Sqlite(path) if !path.exists())
}

/// What a store's error means to an operator.
fn away(error: crate::base::Error) -> Failure {
    match error {
        crate::base::Error::Unavailable { reason, .. } if reason == TOO_SLOW => Failure::Away(
            "A statement was given up, since it took longer than database.statement_timeout. Raise it, or ask for less \
             at a time."
                .to_owned(),
        ),
        crate::base::Error::Unavailable { reason, .. } => Failure::Away(format!(
            "The database cannot be reached: {reason}. Check database.url (or DATABASE_URL) and that it is running."
        )),
        other => Failure::Refused(other.chain()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Error;

    #[test]
    fn a_statement_that_took_too_long_is_not_called_a_database_that_cannot_be_reached() {
        let told = away(Error::unavailable(TOO_SLOW));
        assert_eq!(told.exit_code(), ExitCode::from(AWAY));
        assert!(told.to_string().contains("took longer than database.statement_timeout. Raise it"), "{told}");
        assert!(away(Error::unavailable("the database is away")).to_string().contains("cannot be reached"));
    }
}
