//! Verification values: what a flow has to remember between two requests, under a name that only its holder knows.

use super::{Store, values};
use crate::base::{Result, Timestamp};

statements! {
    pub(super) struct Verifications {
        insert: "INSERT INTO {+verification}",
        // One statement reads and deletes, so that of any number of takers one gets the value.
        take: "DELETE FROM {verification} WHERE {verification.identifier} = $1 RETURNING {verification.*}",
        forget_resets: "DELETE FROM {verification} \
            WHERE {verification.value} = $1 AND {verification.identifier} LIKE 'reset-password:%'",
        peek: "SELECT {verification.*} FROM {verification} WHERE {verification.identifier} = $1 \
            ORDER BY {verification.createdAt} DESC, {verification.id} DESC LIMIT 1",
    }
}

impl Store {
    /// Remembers a value until it expires or is taken.
    pub async fn put_verification(&self, identifier: &str, value: &str, expires_at: Timestamp) -> Result<()> {
        let now = self.clock().now();
        let values = values![self.new_id(), identifier, value, expires_at, now, now];
        self.execute(&self.statements().verifications.insert, &values).await?;
        Ok(())
    }

    /// Takes the newest value of an identifier, once: all of its rows are gone afterwards. None if it has expired.
    pub async fn take_verification(&self, identifier: &str, now: Timestamp) -> Result<Option<String>> {
        let rows = self.fetch_all(&self.statements().verifications.take, &values![identifier]).await?;
        let mut newest = None;
        for row in &rows {
            let age = (row.time("verification.createdAt")?, row.text("verification.id")?);
            newest = newest.max(Some((age, row.time("verification.expiresAt")?, row.text("verification.value")?)));
        }
        Ok(newest.filter(|(_, expires_at, _)| *expires_at > now).map(|(_, _, value)| value))
    }

    /// Reads the newest value of an identifier and leaves it. None if it has expired.
    pub async fn peek_verification(&self, identifier: &str, now: Timestamp) -> Result<Option<String>> {
        let row = self.fetch_optional(&self.statements().verifications.peek, &values![identifier]).await?;
        let Some(row) = row else { return Ok(None) };
        let live = row.time("verification.expiresAt")? > now;
        live.then(|| row.text("verification.value")).transpose()
    }
}
