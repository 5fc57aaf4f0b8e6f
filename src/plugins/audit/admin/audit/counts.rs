//! GET /admin/audit/counts: how many signed in, were refused and signed up, by the minute, the hour or the day.

use serde_json::{Value, json};

use super::super::super::asked;
use super::super::super::counts::Counted;
use super::require_reader;
use crate::base::error::Issue;
use crate::base::{Clock, Error, Result, Timestamp};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::store::audit::counting::Bucket;

/// How many buckets there are in an answer at most.
const MOST: i64 = 500;
/// How many there are where nobody says since when.
const USUAL: i64 = 24;

pub fn endpoint(clock: Clock) -> Endpoint {
    let counted = Counted::default();
    let counts = async move |cx: &Cx, input: Asked| counts(&clock, &counted, cx, input).await;
    Endpoint::get("/admin/audit/counts", counts).always_private()
}

struct Asked {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    bucket: Bucket,
}

impl Input for Asked {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let (since, until) = (asked::moment(&mut form, "since"), asked::moment(&mut form, "until"));
        let words = [("minute", Bucket::Minute), ("hour", Bucket::Hour), ("day", Bucket::Day)];
        let bucket = form.optional_word("bucket", &words).unwrap_or(Bucket::Hour);
        form.finish()?;
        Ok(Self { since, until, bucket })
    }
}

async fn counts(clock: &Clock, counted: &Counted, cx: &Cx, Asked { since, until, bucket }: Asked) -> Result<Reply> {
    require_reader(cx).await?;
    // The bucket that is not over yet is the last one.
    let until = until.unwrap_or_else(|| clock.now().plus_millis(1));
    let last = bucket.of(until.plus_millis(-1));
    let first = bucket.of(since.unwrap_or_else(|| last.plus_seconds(-bucket.seconds() * (USUAL - 1))));
    let end = last.plus_seconds(bucket.seconds());
    let many = end.millis_since(first) / (bucket.seconds() * 1000);
    if !(1..=MOST).contains(&many) {
        let text = format!("Invalid input: expected 1 to {MOST} buckets between `since` and `until`");
        return Err(Error::Invalid(vec![Issue { place: "query.since".to_owned(), text: text.into() }]));
    }
    let counted = counted.counts(&cx.house.store, bucket, (first, end)).await?;
    let shown = counted.iter().map(|(at, counts)| {
        json!({ "at": at, "signIns": counts.sign_ins, "failures": counts.failures, "signUps": counts.sign_ups })
    });
    let name = match bucket {
        Bucket::Minute => "minute",
        Bucket::Hour => "hour",
        Bucket::Day => "day",
    };
    let buckets: Vec<Value> = shown.collect();
    Reply::json(&json!({ "bucket": name, "since": first, "until": end, "buckets": buckets }))
}
