//! The copies of a Better Auth beside this server, which it believes for as long as a session lives, and its lists of each
//! user's sessions. Whoever makes, changes or ends a session here writes them as it does itself.
//!
//! The database is the truth. Two who write at once may do so in another order than they changed it, so whoever has written
//! looks at the row once more, and writes again if it is another one by now. What cannot be written is taken away: the
//! other server then asks the database, where it has sessions in that too.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};

use super::super::Store;
use super::super::kv::Kv;
use super::Session;
use super::home::{Home, list_of, written};
use crate::base::{Error, Result, Timestamp};

/// How often a copy is written before it is given up: each time its session has changed meanwhile.
const TRIES: usize = 5;
/// How often a list is. Each time somebody else was faster, and all of a user's devices may sign in at once.
const LIST_TRIES: usize = 50;
/// How many copies are on their way to the storage at once.
const AT_ONCE: usize = 8;

/// An entry of the list of a user's sessions.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    token: String,
    /// In milliseconds.
    expires_at: i64,
}

impl Store {
    /// Writes what the other server is to believe of sessions: what the database says of them now. The copies come first,
    /// then each user's list, once; a session that is not in both is in neither.
    pub(super) async fn mirror(&self, home: &Home, tokens: Vec<String>) {
        let shown = self.show(home.kv(), &tokens).await.unwrap_or_else(|error| {
            warn(&error);
            Vec::new()
        });
        let mut by_user = BTreeMap::<&str, Vec<&Session>>::new();
        for session in &shown {
            by_user.entry(&session.user_id).or_default().push(session);
        }
        let mut listed = BTreeSet::new();
        for (user_id, sessions) in by_user {
            match list(home.kv(), user_id, &sessions, self.clock().now()).await {
                Ok(()) => listed.extend(sessions.iter().map(|session| session.token.as_str())),
                Err(error) => warn(&error),
            }
        }
        let failed = tokens.into_iter().filter(|token| !listed.contains(token.as_str())).collect();
        home.forget(failed).await;
    }

    /// The sessions of which the other server now believes what is so; the rest are to have no copy.
    async fn show(&self, kv: &Kv, tokens: &[String]) -> Result<Vec<Session>> {
        let mut left: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let mut shown = BTreeMap::<&str, String>::new();
        let mut settled = Vec::new();
        for _ in 0..TRIES {
            let now = self.clock().now();
            let mut live: BTreeMap<_, _> = self
                .session_rows(&left)
                .await?
                .into_iter()
                .map(|(session, user)| (session.token.clone(), (session, user)))
                .collect();
            let mut to_put = Vec::new();
            for token in left {
                let Some((session, user)) = live.remove(token) else { continue };
                let seconds = session.expires_at.millis_since(now) / 1000;
                let Some(text) = written(&session, &user).filter(|_| seconds > 0) else { continue };
                match shown.get(token) == Some(&text) {
                    true => settled.push(session),
                    false => to_put.push((token, text, seconds)),
                }
            }
            if to_put.is_empty() {
                break;
            }
            let puts: Vec<_> = to_put.iter().map(|(token, text, seconds)| kv.put(token, text, *seconds)).collect();
            let outcomes: Vec<_> = stream::iter(puts).buffered(AT_ONCE).collect().await;
            left = Vec::with_capacity(to_put.len());
            let mut failed = None;
            for ((token, text, _), outcome) in to_put.into_iter().zip(outcomes) {
                match outcome {
                    Ok(()) => {
                        left.push(token);
                        shown.insert(token, text);
                    }
                    Err(error) => failed = Some(error),
                }
            }
            if let Some(error) = failed {
                warn(&error.into());
            }
        }
        Ok(settled)
    }
}

/// Puts sessions into the list of their user's. Those that have ended stay there until they would have expired: without a
/// copy nobody takes them for sessions.
///
/// # Errors
/// Where they are not in it.
async fn list(kv: &Kv, user_id: &str, sessions: &[&Session], now: Timestamp) -> Result<()> {
    let key = list_of(user_id);
    let now = now.millis();
    for _ in 0..LIST_TRIES {
        let text = kv.get(&key).await?.unwrap_or_default();
        // What is no list, the other server takes for an empty one too.
        let mut listed: Vec<Listed> = serde_json::from_str(&text).unwrap_or_default();
        let known: BTreeSet<_> = listed.iter().map(|entry| (entry.token.as_str(), entry.expires_at)).collect();
        if sessions.iter().all(|session| known.contains(&(session.token.as_str(), session.expires_at.millis()))) {
            return Ok(());
        }
        let new: BTreeSet<_> = sessions.iter().map(|session| session.token.as_str()).collect();
        listed.retain(|entry| entry.expires_at > now && !new.contains(entry.token.as_str()));
        let entry =
            |session: &&Session| Listed { token: session.token.clone(), expires_at: session.expires_at.millis() };
        listed.extend(sessions.iter().map(entry));
        listed.sort_by_key(|entry| entry.expires_at);
        let last = listed.last().map_or(now, |entry| entry.expires_at);
        let changed = serde_json::to_string(&listed).map_err(Error::broken)?;
        // Read once more either way: the other server writes its list without looking whether it is still the one it read.
        kv.put_if_same(&key, &text, &changed, (last - now) / 1000).await?;
    }
    Err(Error::unavailable("the list of a user's sessions changes faster than it can be written"))
}

fn warn(error: &Error) {
    tracing::warn!("copies of sessions are taken away, since the other server cannot be told: {}", error.chain());
}
