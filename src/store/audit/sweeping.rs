//! What is older than lines are kept goes, a few lines at a time.

use std::time::{Duration, Instant};

use super::super::{Store, transaction, values};
use crate::base::{Result, Timestamp};

/// What Postgres' trigger asks for before it lets lines go.
const SWEEPING: &str = "signet.audit_sweep";
/// How many lines a batch has at most: few, since SQLite has one writer, and all others wait for it.
const BATCH: usize = 250;
/// Between two sweeps, and before the first.
const PAUSE: Duration = Duration::from_secs(60);
/// Between two batches, at least.
const REST: Duration = Duration::from_millis(50);

/// Where a first sweep begins: no moment is before it.
pub fn beginning() -> Timestamp {
    Timestamp::from_millis(i64::MIN)
}

impl Store {
    /// Deletes what is older than so many days, for as long as the server runs. What a transaction wrote that was open for
    /// longer than lines are kept goes with the first sweep of the next start.
    pub async fn keep_audit_swept(self, days: i64) {
        let mut from = beginning();
        loop {
            tokio::time::sleep(PAUSE).await;
            if let Err(error) = self.sweep_audit_from(&mut from, self.days_ago(days)).await {
                tracing::warn!("old lines of the audit trail could not be deleted: {}", error.chain());
            }
        }
    }

    /// Deletes all lines that are older than so many days; how many there were.
    pub async fn sweep_audit_older_than(&self, days: i64) -> Result<u64> {
        self.sweep_audit(self.days_ago(days)).await
    }

    /// Deletes all lines from before a moment; how many there were.
    pub async fn sweep_audit(&self, before: Timestamp) -> Result<u64> {
        self.sweep_audit_from(&mut beginning(), before).await
    }

    /// Deletes the lines between two moments, and says where it came to; how many there were. Each batch begins where the last
    /// one ended: as long as anybody's old snapshot is open Postgres' index still has what was deleted, and whoever began at
    /// its start would walk over all of it again. Between two batches others write, for as long as the batch took.
    pub async fn sweep_audit_from(&self, from: &mut Timestamp, before: Timestamp) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let began = Instant::now();
            let since = *from;
            let batch = transaction!(self, |tx| {
                tx.turn_on(SWEEPING).await?;
                tx.fetch_all(&self.statements().audit.sweep, &values![since, before, BATCH as i64]).await
            })?;
            for line in &batch {
                *from = line.time("at")?.max(*from);
            }
            deleted += batch.len() as u64;
            if batch.len() < BATCH {
                return Ok(deleted);
            }
            tokio::time::sleep(began.elapsed().max(REST)).await;
        }
    }

    fn days_ago(&self, days: i64) -> Timestamp {
        self.clock().now().plus_seconds(-days * 86_400)
    }
}
