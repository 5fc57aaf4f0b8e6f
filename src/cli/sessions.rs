//! `signet sessions`: what an operator does to sessions by hand.

use clap::Subcommand;
use futures_util::future::join_all;

use super::{Failure, away, parts};
use crate::app::{Config, Parts};
use crate::base::{Error, Result};
use crate::store::Store;
use crate::store::audit::{Action, Line};

/// How many users are looked after at once.
const AT_ONCE: usize = 32;

#[derive(Subcommand)]
pub enum Sessions {
    /// Make rows of all sessions that a Better Auth keeps in Redis alone. May run beside both servers, and again. Needs
    /// session.adopt_from_secondary_storage = true.
    Adopt,
}

pub async fn run(config: Config, command: Sessions) -> Result<(), Failure> {
    let Sessions::Adopt = command;
    if !config.session_home.adopt {
        let text = "Set session.adopt_from_secondary_storage = true: what Redis has counts as sessions then.";
        return Err(Failure::Refused(text.to_owned()));
    }
    let Parts { house, .. } = parts(config).await?;
    // Before any is made.
    house.store.audit(Line::new(Action::SessionsAdopted)).await.map_err(away)?;
    let (mut last, mut users, mut made) = (None::<String>, 0, 0);
    loop {
        let page = house.store.page_of_users(last.as_deref()).await.map_err(away)?;
        let Some((user, _)) = page.last() else { break };
        last = Some(user.id.clone());
        users += page.len();
        let ids: Vec<_> = page.iter().map(|(user, _)| user.id.as_str()).collect();
        for ids in ids.chunks(AT_ONCE) {
            made += adopt(&house.store, ids).await.map_err(told)?;
        }
    }
    println!("Made rows of {made} sessions, looking for those of {users} users.");
    Ok(())
}

async fn adopt(store: &Store, ids: &[&str]) -> Result<u64> {
    let made = join_all(ids.iter().map(|id| store.adopt_all_of(id))).await;
    made.into_iter().sum()
}

/// A failure, which is Redis' where it is said to be.
fn told(error: Error) -> Failure {
    match error {
        Error::Unavailable { reason, .. } => Failure::Away(format!(
            "The sessions cannot be read: {reason}. What was adopted so far stays; run the command again when it answers."
        )),
        other => away(other),
    }
}
