//! GET /list-sessions.

use serde_json::{Value, json};

use crate::harness::{Server, person};

#[actix_web::test]
async fn all_live_sessions_of_the_user_are_listed_in_better_auths_order_of_keys() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    server.wait(60);
    server.browser().header("user-agent", "second/1").post("/sign-in/email", &person("Ada")).await;
    let answer = ada.get("/list-sessions").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let sessions = answer.json();
    let (first, second) = (&sessions[0], &sessions[1]);
    let session = |session: &Value, agent: &str| {
        let (created, expires, token, user, id) =
            (&session["createdAt"], &session["expiresAt"], &session["token"], &session["userId"], &session["id"]);
        format!(
            r#"{{"expiresAt":{expires},"token":{token},"createdAt":{created},"updatedAt":{created},"ipAddress":"","userAgent":"{agent}","userId":{user},"id":{id}}}"#
        )
    };
    assert_eq!(answer.text(), format!("[{},{}]", session(first, ""), session(second, "second/1")));
    assert_eq!(second["createdAt"], json!(server.now()));
}

#[actix_web::test]
async fn what_has_expired_is_not_listed() {
    let server = Server::start().await;
    let mut unremembered = person("Ada");
    unremembered["rememberMe"] = false.into();
    server.member("Ada").await;
    server.browser().post("/sign-in/email", &unremembered).await;
    server.wait(86_400);
    let mut ada = server.browser();
    ada.post("/sign-in/email", &person("Ada")).await;
    assert_eq!(ada.get("/list-sessions").await.json().as_array().unwrap().len(), 2, "at its end it has ended");
}

#[actix_web::test]
async fn nobody_is_refused() {
    let server = Server::start().await;
    let answer = server.browser().get("/list-sessions").await;
    assert_eq!((answer.status, answer.text().as_str()), (401, r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#));
    assert!(answer.cookies().is_empty());
}

#[actix_web::test]
async fn t31_the_sessions_of_others_are_never_listed() {
    let server = Server::start().await;
    let (mut ada, mut bob) = (server.member("Ada").await, server.member("Bob").await);
    let bobs = bob.get("/get-session").await.json();
    for path in ["/list-sessions".to_owned(), format!("/list-sessions?userId={}", bobs["user"]["id"].as_str().unwrap())]
    {
        let answer = ada.get(&path).await;
        assert_eq!(answer.json().as_array().unwrap().len(), 1);
        assert!(!answer.text().contains(bobs["session"]["token"].as_str().unwrap()));
    }
}

#[actix_web::test]
async fn t33_a_session_that_is_no_longer_fresh_is_refused_and_refreshing_does_not_help() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    server.wait(86_399);
    assert_eq!(ada.get("/list-sessions").await.status, 200);
    server.wait(1);
    for _ in 0..2 {
        let answer = ada.get("/list-sessions").await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.text(), r#"{"message":"Session is not fresh","code":"SESSION_NOT_FRESH"}"#);
        ada.get("/get-session").await;
    }
    ada.post("/sign-in/email", &person("Ada")).await;
    assert_eq!(ada.get("/list-sessions").await.status, 200);
}

#[actix_web::test]
async fn t33_with_a_fresh_age_of_zero_every_session_is_fresh() {
    let server = Server::with("[session]\nfresh_age = 0").await;
    let mut ada = server.member("Ada").await;
    server.wait(6 * 86_400);
    assert_eq!(ada.get("/list-sessions").await.status, 200);
}
