//! The sessions of others.

use serde_json::{Value, json};

use super::{ENABLED, member};
use crate::harness::Server;
use crate::harness::TEXT_IDS;

#[actix_web::test]
async fn t31_a_session_is_revoked_by_its_whole_token_and_by_nothing_else() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let (mut bob, id) = member(&server, "Bob", "user").await;
    let session = bob.get("/get-session").await.json()["session"].clone();
    let (token, own) = (session["token"].as_str().unwrap(), session["id"].as_str().unwrap());
    for other in [own, &id, &token[..31], &token.to_uppercase(), "%", "_", "", "null"] {
        let answer = ada.post("/admin/revoke-user-session", &json!({"sessionToken": other})).await;
        assert_eq!(answer.json(), json!({"success": true}), "{other}: what is not there is not told");
        assert_eq!(bob.get("/get-session").await.json()["session"]["token"], token, "{other}");
    }
    for other in [Value::Null, json!(1), json!([token]), json!({"$ne": 1}), json!("a\0")] {
        let answer = ada.post("/admin/revoke-user-session", &json!({"sessionToken": other})).await;
        assert_eq!(answer.status, 400, "{other}");
    }
    ada.post("/admin/revoke-user-session", &json!({"sessionToken": token})).await;
    assert_eq!(bob.get("/get-session").await.text(), "null");
}

#[actix_web::test]
async fn t31_sessions_are_listed_and_ended_for_one_whole_id() {
    let server = Server::with(&format!("{TEXT_IDS}{ENABLED}")).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let (mut bob, id) = member(&server, "Bob", "user").await;
    for other in [&id[..31], "%", "_", ""] {
        let answer = ada.post("/admin/list-user-sessions", &json!({"userId": other})).await;
        assert_eq!(answer.json(), json!({"sessions": []}), "{other}");
        let answer = ada.post("/admin/revoke-user-sessions", &json!({"userId": other})).await;
        assert_eq!(answer.json(), json!({"success": true}), "{other}");
    }
    for other in [Value::Null, json!([id]), json!({"$ne": 1}), json!(true)] {
        for route in ["/admin/list-user-sessions", "/admin/revoke-user-sessions", "/admin/remove-user"] {
            assert_eq!(ada.post(route, &json!({"userId": other})).await.status, 400, "{route} {other}");
        }
    }
    let listed = ada.post("/admin/list-user-sessions", &json!({"userId": id})).await;
    assert_eq!(listed.header("cache-control"), Some("no-store"));
    assert_eq!(listed.json()["sessions"].as_array().map(Vec::len), Some(1));
    ada.post("/admin/revoke-user-sessions", &json!({"userId": id})).await;
    assert_eq!(bob.get("/get-session").await.text(), "null");
    assert_eq!(ada.get("/get-session").await.json()["user"]["name"], "Ada");
}

#[actix_web::test]
async fn t30_what_an_admin_does_is_seen_at_once_where_copies_of_sessions_are_kept() {
    let server = Server::with(&format!("[secondary_storage]\nurl = \"memory\"\n{ENABLED}")).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    for (nth, (route, more, is_over)) in [
        ("set-role", json!({"role": "support"}), false),
        ("update-user", json!({"data": {"role": "support"}}), false),
        ("ban-user", json!({}), true),
        ("update-user", json!({"data": {"banned": true}}), true),
        ("revoke-user-session", json!({}), true),
        ("revoke-user-sessions", json!({}), true),
        ("remove-user", json!({}), true),
    ]
    .into_iter()
    .enumerate()
    {
        let (mut bob, id) = member(&server, &format!("Bob{nth}"), "user").await;
        // Twice, so that there is a copy.
        let session = bob.get("/get-session").await.json()["session"]["token"].clone();
        assert_eq!(bob.get("/get-session").await.json()["user"]["role"], "user");
        let mut body = more;
        body["userId"] = id.into();
        body["sessionToken"] = session;
        assert_eq!(ada.post(&format!("/admin/{route}"), &body).await.status, 200, "{route}");
        let seen = bob.get("/get-session").await.json();
        assert_eq!(seen.is_null(), is_over, "{route}: {seen}");
        assert!(is_over || seen["user"]["role"] == "support", "{route}: {seen}");
    }
}
