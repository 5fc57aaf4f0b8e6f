//! What was counted of the trail, remembered: buckets that are over do not change any more, and to count a year anew for every
//! dashboard, every ten seconds, would cost more than all that is written.

use std::collections::HashMap;

use tokio::sync::Mutex;

use crate::base::{Result, Timestamp};
use crate::store::Store;
use crate::store::audit::counting::{Bucket, Counts};

/// How long a count is believed, in milliseconds: lines are deleted once they are old, and sometimes by hand.
const BELIEVED: i64 = 3_600_000;
/// How many buckets are remembered.
const MOST: usize = 20_000;

/// The finished buckets that this process has counted.
#[derive(Default)]
pub struct Finished(Mutex<Known>);

#[derive(Default)]
struct Known {
    since: Option<Timestamp>,
    counts: HashMap<(Bucket, Timestamp), Counts>,
}

impl Finished {
    /// What there is to count from the beginning of one bucket to that of another. The newest two are always counted anew: a
    /// line is seen once its transaction is committed, which may be after its bucket is over.
    pub async fn counts(
        &self,
        store: &Store,
        bucket: Bucket,
        (first, end): (Timestamp, Timestamp),
    ) -> Result<Vec<(Timestamp, Counts)>> {
        let now = store.clock().now();
        let unfinished = bucket.of(now).plus_seconds(-bucket.seconds()).clamp(first, end);
        let mut counted = self.remembered(store, bucket, (first, unfinished), now).await?;
        if unfinished < end {
            counted.extend(store.audit_counts(bucket, unfinished, end).await?);
        }
        Ok(counted)
    }

    /// Whoever asks for the same at the same time waits for the first one's answer.
    async fn remembered(
        &self,
        store: &Store,
        bucket: Bucket,
        (first, end): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>> {
        let mut known = self.0.lock().await;
        if known.since.is_none_or(|since| now.millis_since(since) >= BELIEVED) || known.counts.len() > MOST {
            *known = Known { since: Some(now), counts: HashMap::new() };
        }
        let (mut counted, mut at) = (Vec::new(), first);
        while at < end {
            let Some(counts) = known.counts.get(&(bucket, at)) else { break };
            counted.push((at, *counts));
            at = at.plus_seconds(bucket.seconds());
        }
        if at < end {
            let rest = store.audit_counts(bucket, at, end).await?;
            known.counts.extend(rest.iter().map(|(at, counts)| ((bucket, *at), *counts)));
            counted.extend(rest);
        }
        Ok(counted)
    }
}
