use serde_json::{Value, json};

use super::{assert_for_admins_alone, operator, server};
use crate::harness::Server;
use crate::harness::redis::Redis;

const PATH: &str = "/admin/health";

async fn health(server: &Server) -> Value {
    let answer = operator(server).get(PATH).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{answer:?}");
    answer.json()
}

fn check(health: &Value, name: &str) -> (String, String) {
    let mut checks = health["checks"].as_array().expect("a list").iter();
    let found = checks.find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name}"));
    let text = |member: &str| found[member].as_str().expect("a text").to_owned();
    (text("status"), text("detail"))
}

#[actix_web::test]
async fn each_part_says_how_it_does() {
    let server = server("").await;
    let started_at = server.now();
    server.wait(60);
    let health = health(&server).await;
    assert_eq!([&health["status"], &health["version"]], [&json!("ok"), &json!(env!("CARGO_PKG_VERSION"))]);
    assert_eq!(health["startedAt"], started_at.to_string());
    let names: Vec<_> =
        health["checks"].as_array().expect("a list").iter().map(|check| check["name"].clone()).collect();
    assert_eq!(names, ["database", "redis", "keys", "hashing", "outbox", "process"]);
    assert_eq!(check(&health, "redis").0, "off");
    assert!(check(&health, "database").1.contains("connections in use"), "{health}");
    assert!(check(&health, "keys").1.ends_with(" signs (EdDSA)"), "{health}");
}

#[actix_web::test]
async fn what_does_not_leave_and_who_does_not_answer_make_it_degraded() {
    let server = server("[plugins.jwt]\nenabled = false").await;
    assert_eq!(check(&health(&server).await, "keys").0, "off");
    let insert = "INSERT INTO {signet_outbox} ({signet_outbox:id}, {signet_outbox:recipient}, {signet_outbox:content}, \
        {signet_outbox:attempts}, {signet_outbox:dueAt}, {signet_outbox:createdAt}) VALUES ('x', 'x', 'x', 0, $1, $1)";
    server.sql(insert, &[server.now().into()]).await;
    let young = health(&server).await;
    assert_eq!((check(&young, "outbox"), &young["status"]), (("ok".into(), "1 messages wait".into()), &json!("ok")));
    server.wait(301);
    let old = health(&server).await;
    assert_eq!((check(&old, "outbox").0.as_str(), &old["status"]), ("failing", &json!("degraded")));
}

#[actix_web::test]
async fn a_redis_that_is_away_is_seen() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let server = server(&format!("[secondary_storage]\nurl = \"{}\"", redis.url())).await;
    assert_eq!(check(&health(&server).await, "redis").0, "ok");
    drop(redis);
    let asked = std::time::Instant::now();
    while check(&health(&server).await, "redis").0 != "failing" {
        assert!(asked.elapsed() < std::time::Duration::from_secs(60), "nobody notices");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(health(&server).await["status"], "degraded");
}

#[actix_web::test]
async fn a_database_that_is_away_is_told_to_whoever_needs_none_to_show_who_they_are() {
    let server = server("").await;
    server.store().close().await;
    let health = health(&server).await;
    assert_eq!((check(&health, "database").0.as_str(), check(&health, "outbox").0.as_str()), ("failing", "failing"));
    assert_eq!(health["status"], "degraded");
}

#[actix_web::test]
async fn t80_only_admins_see_how_it_does() {
    assert_for_admins_alone(PATH).await;
}
