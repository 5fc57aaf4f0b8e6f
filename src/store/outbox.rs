//! The outbox: what has to leave, a mail or a notice, is a row until it has. So no request waits for another server, and
//! nothing that was promised is lost with a process. Any number of replicas carry from one outbox; to one recipient
//! messages leave one after the other, in the order of their making.

use super::audit::Line;
use super::{Row, Store, Tx, transaction, values};
use crate::base::{Result, Timestamp};

/// For how long a message that was taken is nobody else's, in seconds. Whoever took it gives up before.
pub const LEASE: i64 = 30;

statements! {
    pub(super) struct Outboxes {
        insert: "INSERT INTO {signet_outbox} ({signet_outbox:id}, {signet_outbox:recipient}, {signet_outbox:content}, \
            {signet_outbox:attempts}, {signet_outbox:dueAt}, {signet_outbox:createdAt}) VALUES ($1, $2, $3, 0, $4, $4)",
        // The oldest of each recipient, if it is due. Of two replicas that want the same the second finds, when it has
        // waited for the first, that it is no longer due: the outer condition is looked at again, the inner is not.
        take: "UPDATE {signet_outbox} SET {signet_outbox:dueAt} = $2, \
            {signet_outbox:attempts} = {signet_outbox:attempts} + 1 \
            WHERE {signet_outbox.dueAt} <= $1 AND {signet_outbox.number} IN ( \
                SELECT ripe.{signet_outbox:number} FROM {signet_outbox} AS ripe WHERE ripe.{signet_outbox:dueAt} <= $1 \
                AND NOT EXISTS (SELECT 1 FROM {signet_outbox} AS before \
                    WHERE before.{signet_outbox:recipient} = ripe.{signet_outbox:recipient} \
                    AND before.{signet_outbox:number} < ripe.{signet_outbox:number}) \
                ORDER BY ripe.{signet_outbox:dueAt} LIMIT 20) \
            RETURNING {signet_outbox.*}",
        postpone: "UPDATE {signet_outbox} SET {signet_outbox:dueAt} = $2 WHERE {signet_outbox.id} = $1",
        delete: "DELETE FROM {signet_outbox} WHERE {signet_outbox.id} = $1",
        waiting: "SELECT CAST(COUNT(*) AS bigint) AS waiting FROM {signet_outbox}",
        waiting_since: "SELECT CAST(COUNT(*) AS bigint) AS waiting FROM {signet_outbox} WHERE {signet_outbox.createdAt} <= $1",
    }
}

/// A message that was taken to be carried.
#[derive(Clone)]
pub struct Message {
    /// The same at each attempt.
    pub id: String,
    pub content: String,
    /// How often it was taken, this time included.
    pub attempts: i64,
    pub created_at: Timestamp,
}

impl Message {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.text("signet_outbox.id")?,
            content: row.text("signet_outbox.content")?,
            attempts: row.number_or_text("signet_outbox.attempts")?.as_i64().unwrap_or(i64::MAX),
            created_at: row.time("signet_outbox.createdAt")?,
        })
    }
}

impl Store {
    /// Puts a message into the outbox. Messages to one recipient keep their order. With a line, that somebody asked for it
    /// is written down.
    pub async fn post(&self, id: &str, recipient: &str, content: &str, line: Option<Line>) -> Result<()> {
        if let Some(line) = line.filter(|_| self.is_audited()) {
            return transaction!(self, |tx| {
                self.post_in(tx, id, recipient, content).await?;
                self.audit_in(tx, vec![line.clone()]).await
            });
        }
        let values = values![id, recipient, content, self.clock().now()];
        self.execute(&self.statements().outboxes.insert, &values).await?;
        Ok(())
    }

    /// [`Store::post`] as part of what it tells of.
    pub async fn post_in(&self, tx: &mut Tx<'_>, id: &str, recipient: &str, content: &str) -> Result<()> {
        let values = values![id, recipient, content, self.clock().now()];
        tx.execute(&self.statements().outboxes.insert, &values).await?;
        Ok(())
    }

    /// Takes some of the messages that are due. Whoever takes one has [`LEASE`] seconds for it.
    pub async fn take_messages(&self) -> Result<Vec<Message>> {
        let now = self.clock().now();
        let rows = self.fetch_all(&self.statements().outboxes.take, &values![now, now.plus_seconds(LEASE)]).await?;
        rows.iter().map(Message::read).collect()
    }

    /// Leaves a message for another attempt.
    pub async fn postpone_message(&self, id: &str, seconds: i64) -> Result<()> {
        let due_at = self.clock().now().plus_seconds(seconds);
        self.execute(&self.statements().outboxes.postpone, &values![id, due_at]).await?;
        Ok(())
    }

    /// Takes a message out of the outbox: it has left, or never will.
    pub async fn finish_message(&self, id: &str) -> Result<()> {
        self.execute(&self.statements().outboxes.delete, &values![id]).await?;
        Ok(())
    }

    /// How many messages have not left yet.
    pub async fn waiting_messages(&self) -> Result<i64> {
        self.fetch_one(&self.statements().outboxes.waiting, &[]).await?.integer("waiting")
    }

    /// How many of them have waited for longer than so many seconds.
    pub async fn messages_waiting_for(&self, seconds: i64) -> Result<i64> {
        let since = self.clock().now().plus_seconds(-seconds);
        self.fetch_one(&self.statements().outboxes.waiting_since, &values![since]).await?.integer("waiting")
    }
}
