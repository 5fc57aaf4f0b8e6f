//! GET and POST /get-session.

mod forged;
mod lifetime;

use serde_json::json;

use crate::harness::{Browser, Server};

/// The name of the user whose session a browser shows, if any.
pub async fn who(browser: &mut Browser<'_>) -> Option<String> {
    let answer = browser.get("/get-session").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    Some(answer.json()["user"]["name"].as_str()?.to_owned())
}

#[actix_web::test]
async fn a_session_and_its_user_come_in_better_auths_order_and_no_cache_keeps_them() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await.header("user-agent", "reference/1.0");
    let answer = ada.get("/get-session").await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.cookies().is_empty());
    let (body, now, end) = (answer.json(), json!(server.now()), json!(server.now().plus_seconds(604_800)));
    let (session, user) = (&body["session"], &body["user"]);
    assert_eq!(
        answer.text(),
        format!(
            r#"{{"session":{{"expiresAt":{end},"token":{},"createdAt":{now},"updatedAt":{now},"ipAddress":"","userAgent":"","userId":{},"id":{}}},"user":{{"name":"Ada","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":{now},"updatedAt":{now},"id":{}}}}}"#,
            session["token"], user["id"], session["id"], user["id"]
        )
    );
}

#[actix_web::test]
async fn nobody_is_null_and_nothing_is_cleared() {
    let server = Server::start().await;
    let answer = server.browser().get("/get-session").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "null"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert!(answer.cookies().is_empty());
}

#[actix_web::test]
async fn a_post_is_405_unless_refreshing_is_deferred_to_it() {
    let server = Server::start().await;
    let answer = server.member("Ada").await.post("/get-session", &json!({})).await;
    assert_eq!(answer.status, 405);
    assert_eq!(
        answer.text(),
        r#"{"message":"POST method requires deferSessionRefresh to be enabled in session config","code":"METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"}"#
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[actix_web::test]
async fn a_revoked_session_is_null_and_its_cookies_are_cleared() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    server.sql("DELETE FROM {session}", &[]).await;
    let answer = ada.get("/get-session").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "null"));
    assert_eq!(answer.cookies(), crate::sign_out::CLEARED);
}

#[actix_web::test]
async fn the_session_of_a_user_who_is_gone_is_null() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let id = server.store().user_by_email("ada@example.com").await.unwrap().unwrap().id;
    server.store().delete_user(&id).await.unwrap();
    assert_eq!(who(&mut ada).await, None);
}
