//! GET /admin/audit/counts.

use serde_json::{Value, json};
use signet::base::Timestamp;

use super::{TOKENS, operator, sign_in};
use crate::harness::Server;

const PATH: &str = "/admin/audit/counts";

async fn server() -> Server {
    Server::at(Timestamp::parse("2026-11-22T10:59:30Z").expect("a moment"), TOKENS).await
}

#[actix_web::test]
async fn a_day_is_counted_by_the_hour_without_gaps() {
    let server = server().await;
    server.member("Ada").await;
    sign_in(&server, "Ada", "wrong").await;
    server.wait(60);
    sign_in(&server, "Ada", "correct horse Ada").await;
    let counts = operator(&server).get(PATH).await.json();
    assert_eq!(counts["bucket"], "hour");
    assert_eq!([&counts["since"], &counts["until"]], ["2026-11-21T12:00:00.000Z", "2026-11-22T12:00:00.000Z"]);
    let buckets = counts["buckets"].as_array().expect("buckets");
    assert_eq!(buckets.len(), 24);
    for (place, bucket) in buckets.iter().enumerate() {
        let expected = match place {
            22 => json!({"at": "2026-11-22T10:00:00.000Z", "signIns": 1, "failures": 1, "signUps": 1}),
            23 => json!({"at": "2026-11-22T11:00:00.000Z", "signIns": 1, "failures": 0, "signUps": 0}),
            _ => json!({"at": bucket["at"], "signIns": 0, "failures": 0, "signUps": 0}),
        };
        assert_eq!(*bucket, expected);
    }
}

#[actix_web::test]
async fn minutes_and_days_are_counted_within_what_is_asked_for() {
    let server = server().await;
    server.member("Ada").await;
    let ask = async |query: &str| operator(&server).get(&format!("{PATH}?{query}")).await.json();
    let minutes = ask("bucket=minute&since=2026-11-22T10:58:10Z&until=2026-11-22T11:00:00Z").await;
    assert_eq!([&minutes["since"], &minutes["until"]], ["2026-11-22T10:58:00.000Z", "2026-11-22T11:00:00.000Z"]);
    let sign_ins = |counts: &Value| -> Vec<Value> {
        counts["buckets"].as_array().expect("buckets").iter().map(|bucket| bucket["signIns"].clone()).collect()
    };
    assert_eq!(sign_ins(&minutes), [0, 1]);
    let days = ask("bucket=day&since=2026-11-20T00:00:00Z").await;
    assert_eq!(sign_ins(&days), [0, 0, 1]);
    assert_eq!(ask("bucket=day").await["buckets"].as_array().map(Vec::len), Some(24));
}

#[actix_web::test]
async fn what_is_over_is_counted_once_an_hour_and_the_newest_two_buckets_again_after_five_seconds() {
    let server = server().await;
    server.member("Ada").await;
    server.wait(2 * 3600 + 60);
    let sign_ins = async || {
        let counts = operator(&server).get(&format!("{PATH}?since=2026-11-22T10:00:00Z")).await.json();
        let buckets = counts["buckets"].as_array().expect("buckets").iter();
        buckets.map(|bucket| bucket["signIns"].as_i64().expect("a number")).collect::<Vec<_>>()
    };
    assert_eq!(sign_ins().await, [1, 0, 0, 0]);
    let now = Timestamp::parse("2026-11-22T13:00:00Z").expect("a moment");
    assert!(server.store().sweep_audit(now).await.expect("they go") > 0);
    sign_in(&server, "Ada", "correct horse Ada").await;
    server.wait(4);
    assert_eq!(sign_ins().await, [1, 0, 0, 0], "all dashboards share what was counted");
    server.wait(1);
    assert_eq!(sign_ins().await, [1, 0, 0, 1]);
    let late = Timestamp::parse("2026-11-22T12:59:59Z").expect("a moment");
    let again = "INSERT INTO {signet_audit} ({signet_audit:at}, {signet_audit:action}, {signet_audit:outcome}, \
        {signet_audit:actorType}, {signet_audit:details}) VALUES ($1, 'session.created', 'success', 'system', $2)";
    server.sql(again, &[late.into(), "{}".into()]).await;
    server.wait(5);
    assert_eq!(sign_ins().await, [1, 0, 1, 1], "and what is committed late is not missed");
    server.wait(3600);
    assert_eq!(sign_ins().await, [0, 0, 1, 1, 0]);
}

#[actix_web::test]
async fn what_was_counted_is_not_counted_again_whatever_is_asked_for_with_it() {
    let server = server().await;
    server.member("Ada").await;
    server.wait(2 * 86_400);
    let sign_ins = async |query: &str| {
        let counts = operator(&server).get(&format!("{PATH}?{query}")).await.json();
        let buckets = counts["buckets"].as_array().expect("buckets").iter();
        buckets.map(|bucket| bucket["signIns"].as_i64().expect("a number")).collect::<Vec<_>>()
    };
    assert_eq!(sign_ins("since=2026-11-22T10:00:00Z&until=2026-11-22T11:00:00Z").await, [1]);
    assert!(server.store().sweep_audit(server.now()).await.expect("they go") > 0);
    let wider = "since=2026-11-22T09:00:00Z&until=2026-11-22T12:00:00Z";
    assert_eq!(sign_ins(wider).await, [0, 1, 0], "within what was not counted yet");
    let days = "bucket=day&since=2026-11-21T00:00:00Z&until=2026-11-24T00:00:00Z";
    assert_eq!(sign_ins(days).await, [0, 1, 0], "as an hour of a day");
    server.wait(3600);
    assert_eq!([sign_ins(wider).await, sign_ins(days).await], [[0; 3], [0; 3]]);
}

/// The statement counts at most so many at once.
#[actix_web::test]
async fn many_buckets_are_counted_as_few_are() {
    let server = server().await;
    server.member("Ada").await;
    server.wait(3600);
    sign_in(&server, "Ada", "correct horse Ada").await;
    let counts = operator(&server).get(&format!("{PATH}?bucket=minute&since=2026-11-22T10:50:30Z")).await.json();
    let buckets = counts["buckets"].as_array().expect("buckets");
    let found: Vec<_> = buckets.iter().filter(|bucket| bucket["signIns"] == 1).map(|bucket| &bucket["at"]).collect();
    assert_eq!(found, ["2026-11-22T10:59:00.000Z", "2026-11-22T11:59:00.000Z"]);
    let moments: Vec<_> = buckets.iter().filter_map(|bucket| bucket["at"].as_str()).collect();
    assert!(moments.len() == 70 && moments.is_sorted(), "{moments:?}");
}

#[actix_web::test]
async fn too_many_buckets_and_none_are_refused() {
    let server = server().await;
    for query in [
        "bucket=minute&since=2026-11-22T00:00:00Z",
        "since=2026-11-23T00:00:00Z",
        "since=2026-11-22T11:00:00Z&until=2026-11-22T10:00:00Z",
        "since=0001-01-01T00:00:00Z",
        "bucket=year",
        "until=never",
    ] {
        let answer = operator(&server).get(&format!("{PATH}?{query}")).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VALIDATION_ERROR")), "{query}");
    }
}
