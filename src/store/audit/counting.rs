//! How many signed in, were refused and signed up, by the length of time.

use std::collections::HashMap;

use super::super::{Store, values};
use super::Action;
use crate::base::{Result, Timestamp};

/// A length of time that is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    Minute,
    Hour,
    Day,
}

/// What happened within one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub sign_ins: i64,
    pub failures: i64,
    pub sign_ups: i64,
}

impl Bucket {
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// How many letters of a moment's text say in which one it lies.
    fn letters(self) -> usize {
        match self {
            Self::Minute => 16,
            Self::Hour => 13,
            Self::Day => 10,
        }
    }

    /// The beginning of the one that a moment lies in.
    pub fn of(self, moment: Timestamp) -> Timestamp {
        let length = self.seconds() * 1000;
        Timestamp::from_millis(moment.millis().div_euclid(length) * length)
    }
}

impl Store {
    /// How many signed in, were refused, and signed up, from the bucket of one moment to that before another; those of which
    /// there is nothing to tell too.
    pub async fn audit_counts(
        &self,
        bucket: Bucket,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>> {
        let counted = [Action::SessionCreated, Action::SignInFailed, Action::UserCreated];
        let template = format!(
            "SELECT counted.bucket AS bucket, counted.action AS action, CAST(COUNT(*) AS bigint) AS n FROM ( \
                SELECT substr({{iso:signet_audit.at}}, 1, {}) AS bucket, {{signet_audit.action}} AS action \
                FROM {{signet_audit}} WHERE {{signet_audit.at}} >= $1 AND {{signet_audit.at}} < $2 \
                AND {{signet_audit.action}} IN ({})) AS counted GROUP BY counted.bucket, counted.action",
            bucket.letters(),
            counted.map(|action| format!("'{}'", action.as_str())).join(", ")
        );
        let statement = self.renderer().statement("counts of the audit trail", &template)?;
        let mut found: HashMap<String, Counts> = HashMap::new();
        for row in self.fetch_all(&statement, &values![since, until]).await? {
            let (counts, n) = (found.entry(row.text("bucket")?).or_default(), row.integer("n")?);
            match row.text("action")?.as_str() {
                "session.created" => counts.sign_ins = n,
                "sign-in.failed" => counts.failures = n,
                _ => counts.sign_ups = n,
            }
        }
        let mut buckets = Vec::new();
        let mut at = bucket.of(since);
        while at < until {
            let name = at.to_string();
            let counts = name.get(..bucket.letters()).and_then(|name| found.get(name)).copied().unwrap_or_default();
            buckets.push((at, counts));
            at = at.plus_seconds(bucket.seconds());
        }
        Ok(buckets)
    }
}
