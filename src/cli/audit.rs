//! `signet audit`: the audit trail, for those who have the database and no browser.

use std::io::{BufWriter, ErrorKind, Write};

use clap::{Args, Subcommand};

use super::{Failure, away};
use crate::app::{self, Config};
use crate::base::{Clock, Random, Timestamp};
use crate::store::audit::Action;
use crate::store::audit::reading::{Filter, Order};

/// How many lines are held at a time.
const PIECE: i64 = 1000;

#[derive(Subcommand)]
pub enum Audit {
    /// Write lines of the audit trail to standard output as JSON Lines, the oldest first.
    Export(Export),
}

#[derive(Args)]
pub struct Export {
    /// From this moment on: 2026-11-22T01:02:03Z.
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    since: Option<Timestamp>,
    /// Before this moment.
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    until: Option<Timestamp>,
    /// About the user of this id.
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// By the user, the token or the command of this id.
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// Of this action, or of all that begin so: `user.banned`, `key.`. May be repeated.
    #[arg(long = "action", value_name = "NAME", value_parser = action)]
    actions: Vec<Actions>,
}

/// What a name means.
#[derive(Clone)]
struct Actions(Vec<Action>);

pub async fn run(config: Config, Audit::Export(asked): Audit) -> Result<(), Failure> {
    if !config.audit.enabled {
        return Err(Failure::Refused("There is no audit trail: audit.enabled = false.".to_owned()));
    }
    let store = app::open_store(&config, Clock::System, Random::system()).await.map_err(away)?;
    if !store.plan().await.map_err(away)?.is_empty() {
        let text = "The database is not up to date. Run `signet migrate`, or start once with `signet serve`.";
        return Err(Failure::Refused(text.to_owned()));
    }
    let filter = Filter {
        actions: asked.actions.into_iter().flat_map(|Actions(actions)| actions).collect(),
        user_id: asked.user,
        actor_id: asked.actor,
        since: asked.since,
        until: asked.until,
        ..Filter::default()
    };
    let mut output = BufWriter::new(std::io::stdout());
    let mut after = None;
    loop {
        let entries = store.audit_lines(&filter, Order::Oldest { after }, PIECE).await.map_err(away)?;
        let Some(last) = entries.last() else { break };
        after = Some(last.cursor());
        for entry in &entries {
            if let Err(error) = writeln!(output, "{}", entry.shown()) {
                return ended(&error);
            }
        }
    }
    output.flush().or_else(|error| ended(&error))
}

/// Whoever reads the lines may have seen enough.
fn ended(error: &std::io::Error) -> Result<(), Failure> {
    match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Failure::Refused(format!("The audit trail cannot be written: {error}."))),
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "it is no moment like 2026-11-22T01:02:03Z".to_owned())
}

fn action(text: &str) -> Result<Actions, String> {
    let meant = Action::named(text);
    if meant.is_empty() { Err("no action is called so: docs/audit.md has all".to_owned()) } else { Ok(Actions(meant)) }
}
