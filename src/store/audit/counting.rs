//! How many signed in, were refused and signed up, by the length of time.

use std::ops::AddAssign;

use super::super::{Row, Store, Value};
use super::Action;
use crate::base::{Result, Timestamp};

/// How many buckets one statement counts. Few, so that it ends in time also where much happened in each.
pub const AT_ONCE: usize = 24;

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

impl Counts {
    fn read(row: &Row) -> Result<Self> {
        let count = |name: &str| row.integer(name);
        Ok(Self { sign_ins: count("sign_ins")?, failures: count("failures")?, sign_ups: count("sign_ups")? })
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.sign_ins += more.sign_ins;
        self.failures += more.failures;
        self.sign_ups += more.sign_ups;
    }
}

impl Bucket {
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// The beginning of the one that a moment lies in.
    pub fn of(self, moment: Timestamp) -> Timestamp {
        let length = self.seconds() * 1000;
        Timestamp::from_millis(moment.millis().div_euclid(length) * length)
    }
}

/// What counts so many buckets, each from one of its moments to the next: the index of the actions has the lines of each
/// together, and nothing is made of a line but that it is there. Each count has its moments for itself: of a length that it
/// does not know, Postgres takes it that it has much to read, and makes ready for that for longer than all takes.
pub(super) fn statement() -> String {
    let counted = |action: Action, place: usize| {
        format!(
            "(SELECT CAST(COUNT(*) AS bigint) FROM {{signet_audit}} WHERE {{signet_audit.action}} = '{}' \
             AND {{signet_audit.at}} >= ${place} AND {{signet_audit.at}} < ${})",
            action.as_str(),
            place + 1
        )
    };
    let bucket = |place| {
        let [sign_ins, failures, sign_ups] =
            [Action::SessionCreated, Action::SignInFailed, Action::UserCreated].map(|action| counted(action, place));
        format!("SELECT {place} AS place, {sign_ins} AS sign_ins, {failures} AS failures, {sign_ups} AS sign_ups")
    };
    let buckets: Vec<_> = (1..=AT_ONCE).map(bucket).collect();
    format!("{} ORDER BY place", buckets.join(" UNION ALL "))
}

impl Store {
    /// How many signed in, were refused, and signed up, from the bucket of one moment to that before another, but in the first
    /// [`AT_ONCE`] of them at most.
    pub async fn audit_counts(
        &self,
        bucket: Bucket,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>> {
        let first = bucket.of(since);
        let begins = (0..).map(|place| first.plus_seconds(place * bucket.seconds()));
        let begins: Vec<_> = begins.take(AT_ONCE).take_while(|at| *at < until).collect();
        // The statement is the same for any number of them: those that are too many are empty.
        let Some(last) = begins.last() else { return Ok(Vec::new()) };
        let end = last.plus_seconds(bucket.seconds());
        let mut moments: Vec<Value> = begins.iter().map(|at| (*at).into()).collect();
        moments.resize(AT_ONCE + 1, end.into());
        let rows = self.fetch_all(&self.statements().audit.counts, &moments).await?;
        begins.into_iter().zip(&rows).map(|(at, row)| Ok((at, Counts::read(row)?))).collect()
    }
}
