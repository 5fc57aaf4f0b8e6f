//! What is older than lines are kept goes, a few lines at a time.

use std::time::{Duration, Instant};

use super::super::{Store, transaction, values};
use crate::base::{Result, Timestamp};

/// What Postgres' trigger asks for before it lets lines go.
const SWEEPING: &str = "signet.audit_sweep";
/// How many lines a batch has at most: few, since SQLite has one writer, and all others wait for it.
const BATCH: i64 = 250;
/// Between two sweeps, and before the first.
const PAUSE: Duration = Duration::from_secs(60);
/// Between two batches, at least.
const REST: Duration = Duration::from_millis(50);

impl Store {
    /// Deletes what is older than so many days, for as long as the server runs.
    pub async fn keep_audit_swept(self, days: i64) {
        loop {
            tokio::time::sleep(PAUSE).await;
            if let Err(error) = self.sweep_audit_older_than(days).await {
                tracing::warn!("old lines of the audit trail could not be deleted: {}", error.chain());
            }
        }
    }

    /// Deletes all lines that are older than so many days; how many there were.
    pub async fn sweep_audit_older_than(&self, days: i64) -> Result<u64> {
        self.sweep_audit(self.clock().now().plus_seconds(-days * 86_400)).await
    }

    /// Deletes all lines from before a moment; how many there were. Between two batches others write, for as long as the
    /// batch took.
    pub async fn sweep_audit(&self, before: Timestamp) -> Result<u64> {
        let mut deleted = 0;
        loop {
            let began = Instant::now();
            let batch = transaction!(self, |tx| {
                tx.turn_on(SWEEPING).await?;
                tx.execute(&self.statements().audit.sweep, &values![before, BATCH]).await
            })?;
            deleted += batch;
            if batch < BATCH.unsigned_abs() {
                return Ok(deleted);
            }
            tokio::time::sleep(began.elapsed().max(REST)).await;
        }
    }
}
