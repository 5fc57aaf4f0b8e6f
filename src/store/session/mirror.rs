//! The copies of a Better Auth beside this server, which it believes for as long as a session lives, and its lists of each
//! user's sessions. Whoever makes, changes or ends a session here writes them as it does itself.
//!
//! The database is the truth. Two who write at once may do so in another order than they changed it, so whoever has written
//! looks at the row once more, and writes again if it is another one by now. What cannot be written is taken away: the
//! other server then asks the database, where it has sessions in that too.

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use super::super::Store;
use super::super::kv::Kv;
use super::Session;
use super::home::{Home, written};
use crate::base::{Result, Timestamp};

/// How often a copy or a list is written before it is given up: each time somebody else was faster.
const TRIES: usize = 5;

/// An entry of the list of a user's sessions.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    token: String,
    /// In milliseconds.
    expires_at: i64,
}

impl Store {
    /// Writes what the other server is to believe of sessions: what the database says of them now.
    pub(super) async fn mirror(&self, home: &Home, tokens: Vec<String>) {
        let mirrored = join_all(tokens.iter().map(|token| self.mirror_one(home, token))).await;
        let failed = tokens.into_iter().zip(mirrored).filter_map(|(token, mirrored)| match mirrored {
            Ok(true) => None,
            Ok(false) => Some(token),
            Err(error) => {
                tracing::warn!(
                    "the copy of a session is taken away, since the other server cannot be told: {}",
                    error.chain()
                );
                Some(token)
            }
        });
        home.forget(failed.collect()).await;
    }

    /// Whether the other server now believes what is so; false where there is to be no copy.
    async fn mirror_one(&self, home: &Home, token: &str) -> Result<bool> {
        let mut shown = None;
        for _ in 0..TRIES {
            let now = self.clock().now();
            let Some((session, user)) = self.session_row(token).await? else { return Ok(false) };
            let left = session.expires_at.millis_since(now) / 1000;
            let Some(text) = written(&session, &user).filter(|_| left > 0) else { return Ok(false) };
            if shown.as_ref() == Some(&text) {
                list(home.kv(), &session, now).await?;
                return Ok(true);
            }
            home.kv().put(token, &text, left).await?;
            shown = Some(text);
        }
        Ok(false)
    }
}

/// Puts a session into the list of its user's. Those that have ended stay there until they would have expired: without a
/// copy nobody takes them for sessions.
async fn list(kv: &Kv, session: &Session, now: Timestamp) -> Result<()> {
    let key = format!("active-sessions-{}", session.user_id);
    let (now, ends) = (now.millis(), session.expires_at.millis());
    for _ in 0..TRIES {
        let text = kv.get(&key).await?;
        // What is no list, the other server takes for an empty one too.
        let mut listed: Vec<Listed> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        if listed.iter().any(|entry| entry.token == session.token && entry.expires_at == ends) {
            return Ok(());
        }
        listed.retain(|entry| entry.expires_at > now && entry.token != session.token);
        listed.push(Listed { token: session.token.clone(), expires_at: ends });
        listed.sort_by_key(|entry| entry.expires_at);
        let last = listed.last().map_or(ends, |entry| entry.expires_at);
        let text = serde_json::to_string(&listed).map_err(crate::base::Error::broken)?;
        kv.put(&key, &text, (last - now) / 1000).await?;
    }
    Ok(())
}
