//! Verification values: what a flow has to remember between two requests, under a name that only its holder knows.
//!
//! They are in the database, or, where there is secondary storage and nobody has said otherwise, there. A value is never in
//! both places, so that it is taken once whatever fails: what Redis may have got is not written to the database as well, and
//! only what it certainly has not got is.

pub mod config;

use serde::{Deserialize, Serialize};

use self::config::VerificationConfig;
use super::kv::{Kv, KvError};
use super::{Statement, Store, values};
use crate::base::{Error, Result, Timestamp};
use crate::crypto::digest;

statements! {
    pub(super) struct Verifications {
        insert: "INSERT INTO {+verification}",
        // One statement reads and deletes, so that of any number of takers one gets the value.
        take: "DELETE FROM {verification} WHERE {verification.identifier} = {$1:verification.identifier} RETURNING {verification.*}",
        forget_resets: "DELETE FROM {verification} \
            WHERE {verification.value} = {$1:verification.value} AND {verification.identifier} LIKE 'reset-password:%'",
        // Where names are hashed, what a value is for is not known: all that is for the user goes.
        forget_all: "DELETE FROM {verification} WHERE {verification.value} = {$1:verification.value}",
        peek: "SELECT {verification.*} FROM {verification} WHERE {verification.identifier} = {$1:verification.identifier} \
            ORDER BY {verification.createdAt} DESC, {verification.id} DESC LIMIT 1",
    }
}

/// What the names of links for a new password begin with.
const RESET: &str = "reset-password:";
/// For how long it is remembered that they are worthless, in seconds: longer than any is good.
const RESETS: i64 = 400 * 86_400;

/// A value as secondary storage has it, which is as Better Auth has it there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'r> {
    created_at: Timestamp,
    updated_at: Timestamp,
    value: &'r str,
    identifier: &'r str,
    expires_at: Timestamp,
}

/// What is read of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded {
    value: String,
    created_at: String,
    expires_at: String,
}

impl Store {
    /// Remembers a value until it expires or is taken.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it is not known whether the value is kept.
    pub async fn put_verification(&self, identifier: &str, value: &str, expires_at: Timestamp) -> Result<()> {
        let now = self.clock().now();
        let identifier = self.stored_identifier(identifier);
        if let Some(kv) = self.kv_of_verifications() {
            let seconds = expires_at.millis_since(now).div_euclid(1000);
            let record = Record { created_at: now, updated_at: now, value, identifier: &identifier, expires_at };
            let text = serde_json::to_string(&record).map_err(Error::broken)?;
            match kv.put(&key(&identifier), &text, seconds).await {
                Ok(()) => return Ok(()),
                Err(lost @ KvError::Lost(_)) => return Err(lost.into()),
                Err(error) => tracing::warn!("a verification value is kept in the database: {error}"),
            }
        }
        let values = values![self.new_id("verification"), identifier, value, expires_at, now, now];
        self.execute(&self.statements().verifications.insert, &values).await?;
        Ok(())
    }

    /// Takes the newest value of an identifier, once: all of its rows are gone afterwards. None if it has expired.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where secondary storage is away, which may have it.
    pub async fn take_verification(&self, name: &str, now: Timestamp) -> Result<Option<String>> {
        for identifier in self.identifiers(name) {
            let mut away = None;
            if let Some(kv) = self.kv_of_verifications() {
                match kv.take(&key(&identifier)).await {
                    Ok(Some(record)) => return live_value(kv, name, &record, now).await,
                    Ok(None) => {}
                    Err(lost @ KvError::Lost(_)) => return Err(lost.into()),
                    Err(error) => away = Some(error),
                }
            } else if let Some(kv) = self.kv() {
                // A Better Auth beside us looks there first.
                if let Err(error) = kv.forget(&key(&identifier)).await {
                    tracing::warn!("a verification value that was taken may still be in secondary storage: {error}");
                }
            }
            let rows = self.fetch_all(&self.statements().verifications.take, &values![identifier]).await?;
            let mut newest = None;
            for row in &rows {
                let age = (row.time("verification.createdAt")?, row.text("verification.id")?);
                newest = newest.max(Some((age, row.time("verification.expiresAt")?, row.text("verification.value")?)));
            }
            match (newest, away) {
                (Some((_, expires_at, value)), _) => return Ok((expires_at > now).then_some(value)),
                (None, Some(error)) => return Err(error.into()),
                (None, None) => {}
            }
        }
        Ok(None)
    }

    /// Reads the newest value of an identifier and leaves it. None if it has expired.
    ///
    /// # Errors
    /// As [`Store::take_verification`].
    pub async fn peek_verification(&self, name: &str, now: Timestamp) -> Result<Option<String>> {
        for identifier in self.identifiers(name) {
            let mut away = None;
            if let Some(kv) = self.kv_of_verifications() {
                match kv.get(&key(&identifier)).await {
                    Ok(Some(record)) => return live_value(kv, name, &record, now).await,
                    Ok(None) => {}
                    Err(error) => away = Some(error),
                }
            }
            let row = self.fetch_optional(&self.statements().verifications.peek, &values![identifier]).await?;
            match (row, away) {
                (Some(row), _) => {
                    let live = row.time("verification.expiresAt")? > now;
                    return live.then(|| row.text("verification.value")).transpose();
                }
                (None, Some(error)) => return Err(error.into()),
                (None, None) => {}
            }
        }
        Ok(None)
    }

    /// What deletes the rows with which a user could set a new password.
    pub(super) fn forgetting_resets(&self) -> &Statement {
        let Verifications { forget_resets, forget_all, .. } = &self.statements().verifications;
        if self.verifications().hashed { forget_all } else { forget_resets }
    }

    /// Makes worthless what secondary storage has for a user to set a new password with. It cannot be found there, so the
    /// moment is noted, and what is from before it counts no more.
    pub(super) async fn forget_resets_in_secondary(&self, user_id: &str) -> Result<()> {
        let Some(kv) = self.kv_of_verifications() else { return Ok(()) };
        let now = self.clock().now().millis().to_string();
        Ok(kv.put(&resets_before(user_id), &now, RESETS).await?)
    }

    /// The secondary storage, where that has the values.
    fn kv_of_verifications(&self) -> Option<&Kv> {
        self.kv().filter(|_| !self.verifications().store_in_database)
    }

    fn verifications(&self) -> &VerificationConfig {
        &self.0.verifications
    }

    /// An identifier as it is kept.
    fn stored_identifier(&self, identifier: &str) -> String {
        if self.verifications().hashed { digest::base64url(identifier) } else { identifier.to_owned() }
    }

    /// What an identifier may be kept as: values from before they were hashed are found too.
    fn identifiers(&self, identifier: &str) -> Vec<String> {
        let mut identifiers = vec![self.stored_identifier(identifier)];
        if self.verifications().hashed {
            identifiers.push(identifier.to_owned());
        }
        identifiers
    }
}

fn key(identifier: &str) -> String {
    format!("verification:{identifier}")
}

fn resets_before(user_id: &str) -> String {
    format!("signet-resets-before-{user_id}")
}

/// The value of a record that has not expired and is not from before its user's links were made worthless.
async fn live_value(kv: &Kv, identifier: &str, record: &str, now: Timestamp) -> Result<Option<String>> {
    let Ok(recorded) = serde_json::from_str::<Recorded>(record) else { return Ok(None) };
    if Timestamp::parse(&recorded.expires_at).is_none_or(|expires_at| expires_at <= now) {
        return Ok(None);
    }
    if identifier.starts_with(RESET)
        && let Some(before) = kv.get(&resets_before(&recorded.value)).await?
    {
        let made = Timestamp::parse(&recorded.created_at).map(Timestamp::millis);
        if made.zip(before.parse().ok()).is_none_or(|(made, before): (i64, i64)| made <= before) {
            return Ok(None);
        }
    }
    Ok(Some(recorded.value))
}
