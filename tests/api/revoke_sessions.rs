//! POST /revoke-sessions.

use serde_json::json;

use crate::get_session::who;
use crate::harness::{Server, person};

#[actix_web::test]
async fn t28_d14_all_the_users_sessions_end_everywhere_at_once_however_many_there_are() {
    let server = Server::start().await;
    let replica = server.replica("").await;
    let (mut ada, mut bob) = (server.member("Ada").await, server.member("Bob").await);
    let first = ada.at(&replica);
    for _ in 0..105 {
        ada.post("/sign-in/email", &person("Ada")).await;
    }
    let answer = ada.post("/revoke-sessions", &json!({})).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"status":true}"#));
    assert_eq!(server.count("session").await, 1, "that of another user");
    for mut browser in [ada.at(&replica), first] {
        assert_eq!(who(&mut browser).await, None);
    }
    assert_eq!(who(&mut bob).await.as_deref(), Some("Bob"));
}

#[actix_web::test]
async fn nobody_is_refused() {
    let server = Server::start().await;
    server.member("Ada").await;
    let answer = server.browser().post("/revoke-sessions", &json!({})).await;
    assert_eq!((answer.status, answer.text().as_str()), (401, r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#));
    assert_eq!(server.count("session").await, 1);
}
