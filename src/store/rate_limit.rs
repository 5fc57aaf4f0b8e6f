//! How often a client has asked for a path lately, in Better Auth's `rateLimit` table. Requests count until a whole window
//! has gone by since the last one that was let through; those that are turned away change nothing.

use super::{Store, values};
use crate::base::{Result, Timestamp};

statements! {
    pub(super) struct RateLimits {
        // One statement decides and counts, so that of any number of requests at once exactly as many pass as may. A row
        // from the future, beyond a window, is from before a clock was set back.
        hit: "INSERT INTO {+rateLimit?key} ON CONFLICT ({rateLimit:key}) DO UPDATE SET \
            {rateLimit:count} = CASE WHEN {rateLimit.lastRequest} <= $5 OR {rateLimit.lastRequest} > $6 THEN 1 \
                ELSE {rateLimit.count} + 1 END, \
            {rateLimit:lastRequest} = $4 \
            WHERE {rateLimit.lastRequest} <= $5 OR {rateLimit.lastRequest} > $6 OR {rateLimit.count} < $7 \
            RETURNING {rateLimit.id}",
        last: "SELECT {rateLimit.lastRequest} AS last FROM {rateLimit} WHERE {rateLimit.key} = {$1:rateLimit.key}",
        // What lies ahead of this clock would keep a client out for longer than a window.
        pull_back: "UPDATE {rateLimit} SET {rateLimit:lastRequest} = $2 \
            WHERE {rateLimit.key} = {$1:rateLimit.key} AND {rateLimit.lastRequest} > $2",
        forget: "DELETE FROM {rateLimit} WHERE {rateLimit.key} = {$1:rateLimit.key}",
        sweep: "DELETE FROM {rateLimit} WHERE {rateLimit.lastRequest} < $1",
    }
}

/// What became of a request that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    Passes,
    /// One too many; for how many milliseconds more.
    Over(i64),
}

impl Store {
    /// Counts a request, unless `max` have passed already within the window, which is in milliseconds.
    pub async fn hit_rate_limit(&self, key: &str, window: i64, max: u32, now: Timestamp) -> Result<Hit> {
        let statements = &self.statements().rate_limits;
        let at = now.millis();
        let values = values![self.new_id("rateLimit"), key, 1_i64, at, at - window, at + window, i64::from(max)];
        if self.fetch_optional(&statements.hit, &values).await?.is_some() {
            return Ok(Hit::Passes);
        }
        let Some(row) = self.fetch_optional(&statements.last, &values![key]).await? else { return Ok(Hit::Over(1)) };
        let last = row.integer("last")?;
        if last > at {
            self.execute(&statements.pull_back, &values![key, at]).await?;
        }
        Ok(Hit::Over((last.min(at) + window - at).max(1)))
    }

    /// Begins a count anew.
    pub async fn forget_rate_limit(&self, key: &str) -> Result<()> {
        self.execute(&self.statements().rate_limits.forget, &values![key]).await?;
        Ok(())
    }

    /// Forgets clients that have not been let through since then.
    pub async fn sweep_rate_limits(&self, before: Timestamp) -> Result<u64> {
        self.execute(&self.statements().rate_limits.sweep, &values![before.millis()]).await
    }
}
