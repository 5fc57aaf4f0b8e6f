//! Refresh tokens by their digests, spent ones too, each until it would expire.

use super::engine::Row;
use super::{Store, values};
use crate::base::{Result, Timestamp};

statements! {
    pub(super) struct RefreshTokens {
        // What is there already stays as it is.
        insert: "INSERT INTO {signet_refresh_token} ({signet_refresh_token:id}, {signet_refresh_token:sessionId}, \
            {signet_refresh_token:createdAt}, {signet_refresh_token:expiresAt}) \
            VALUES ($1, {$2:signet_refresh_token.sessionId}, $3, $4) \
            ON CONFLICT ({signet_refresh_token:id}) DO UPDATE \
            SET {signet_refresh_token:createdAt} = {signet_refresh_token.createdAt} \
            RETURNING {signet_refresh_token.*}",
        // The first gives it a number, the others find that number: one statement decides for all.
        spend: "UPDATE {signet_refresh_token} \
            SET {signet_refresh_token:nonce} = COALESCE({signet_refresh_token.nonce}, $2), \
            {signet_refresh_token:spentAt} = COALESCE({signet_refresh_token.spentAt}, $3) \
            WHERE {signet_refresh_token.id} = $1 AND {signet_refresh_token.expiresAt} > $3 \
            AND ({signet_refresh_token.spentAt} IS NULL OR {signet_refresh_token.spentAt} > $4) \
            RETURNING {signet_refresh_token.*}",
        find: "SELECT {signet_refresh_token.*} FROM {signet_refresh_token} WHERE {signet_refresh_token.id} = $1",
        any: "SELECT {signet_refresh_token.*} FROM {signet_refresh_token} \
            WHERE {signet_refresh_token.sessionId} = {$1:signet_refresh_token.sessionId} LIMIT 1",
        delete_of: "DELETE FROM {signet_refresh_token} \
            WHERE {signet_refresh_token.sessionId} = {$1:signet_refresh_token.sessionId}",
        sweep: "DELETE FROM {signet_refresh_token} WHERE {signet_refresh_token.id} IN ( \
            SELECT old.{signet_refresh_token:id} FROM {signet_refresh_token} AS old \
            WHERE old.{signet_refresh_token:expiresAt} <= $1 LIMIT 200)",
    }
}

/// A refresh token as its row has it.
#[derive(Clone)]
pub struct RefreshToken {
    /// The session that it renews, which may have ended.
    pub session_id: String,
    /// What its successor is made of, once it is spent.
    pub nonce: Option<String>,
    pub spent_at: Option<Timestamp>,
}

impl RefreshToken {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            session_id: row.text("signet_refresh_token.sessionId")?,
            nonce: row.optional_text("signet_refresh_token.nonce")?,
            spent_at: row.optional_time("signet_refresh_token.spentAt")?,
        })
    }
}

impl Store {
    /// Keeps a token of a session by its digest. One that is kept already comes back as it is.
    pub async fn keep_refresh_token(
        &self,
        digest: &str,
        session_id: &str,
        expires_at: Timestamp,
    ) -> Result<RefreshToken> {
        let values = values![digest, session_id, self.clock().now(), expires_at];
        RefreshToken::read(&self.fetch_one(&self.statements().refresh_tokens.insert, &values).await?)
    }

    /// Spends a token, with a number for its successor. One that was spent after a moment comes back with the number that
    /// it was given then; None for one that was spent before, has expired, or is none.
    pub async fn spend_refresh_token(
        &self,
        digest: &str,
        nonce: &str,
        or_spent_after: Timestamp,
    ) -> Result<Option<RefreshToken>> {
        let values = values![digest, nonce, self.clock().now(), or_spent_after];
        let row = self.fetch_optional(&self.statements().refresh_tokens.spend, &values).await?;
        row.map(|row| RefreshToken::read(&row)).transpose()
    }

    /// A token by its digest, also one that is of no more use.
    pub async fn refresh_token(&self, digest: &str) -> Result<Option<RefreshToken>> {
        let row = self.fetch_optional(&self.statements().refresh_tokens.find, &values![digest]).await?;
        row.map(|row| RefreshToken::read(&row)).transpose()
    }

    /// Whether a session has refresh tokens.
    pub async fn has_refresh_tokens(&self, session_id: &str) -> Result<bool> {
        let Some(id) = self.layout().id("session", session_id) else { return Ok(false) };
        Ok(self.fetch_optional(&self.statements().refresh_tokens.any, &[id]).await?.is_some())
    }

    /// Forgets all refresh tokens of a session.
    pub async fn delete_refresh_tokens_of(&self, session_id: &str) -> Result<()> {
        let Some(id) = self.layout().id("session", session_id) else { return Ok(()) };
        self.execute(&self.statements().refresh_tokens.delete_of, &[id]).await.map(drop)
    }

    /// Deletes some of those that have expired.
    pub async fn sweep_refresh_tokens(&self) -> Result<()> {
        self.execute(&self.statements().refresh_tokens.sweep, &values![self.clock().now()]).await.map(drop)
    }
}
