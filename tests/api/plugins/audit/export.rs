//! GET /admin/audit/export.

use serde_json::Value;
use signet::store::audit::{Action, Line};

use super::{TOKENS, operator, trail};
use crate::harness::Server;

#[actix_web::test]
async fn lines_come_the_oldest_first_each_as_the_list_has_it() {
    let server = Server::with(TOKENS).await;
    server.member("Ada").await;
    let mut operator = operator(&server);
    let answer = operator.get("/admin/audit/export").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")));
    let lines: Vec<Value> = answer.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let mut listed = operator.get("/admin/audit").await.json()["entries"].as_array().expect("entries").clone();
    listed.reverse();
    assert_eq!(lines, listed);
    let answer = operator.get("/admin/audit/export?action=user.created").await;
    assert_eq!(answer.text().lines().count(), 1);
    assert_eq!(operator.get("/admin/audit/export?userId=nobody").await.text(), "");
}

#[actix_web::test]
async fn what_does_not_fit_into_one_piece_comes_in_several() {
    let server = Server::with(TOKENS).await;
    let store = server.store();
    signet::store::transaction!(store, |tx| store.audit_in(tx, vec![Line::new(Action::UserUpdated); 2_500]).await)
        .expect("lines");
    let expected: Vec<_> = trail(&server).await.iter().map(|line| line.id.to_string()).collect();
    assert!(expected.len() >= 2_500);
    let answer = operator(&server).get("/admin/audit/export").await;
    let lines = answer.text();
    let ids: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["id"].as_str().expect("a text").to_owned())
        .collect();
    assert_eq!(ids, expected);
}
