//! POST /sign-out.

use serde_json::json;

use crate::harness::Server;

pub const CLEARED: [&str; 3] = [
    "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
];

#[actix_web::test]
async fn it_ends_the_session_and_clears_the_cookies() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let answer = ada.post("/sign-out", &json!({})).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"success":true}"#));
    assert_eq!(answer.cookies(), CLEARED);
    assert_eq!(server.count("session").await, 0);
}

#[actix_web::test]
async fn with_nothing_to_sign_out_of_the_answer_is_the_same() {
    let server = Server::start().await;
    server.member("Ada").await;
    let mut nobody = server.browser();
    nobody.jar.insert("better-auth.session_token".into(), "forged.signature".into());
    for mut browser in [server.browser(), nobody] {
        for body in [Some(b"{}".as_slice()), None] {
            let answer = browser.send("POST", "/sign-out", &[("content-type", "application/json")], body).await;
            assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"success":true}"#));
            assert_eq!(answer.cookies(), CLEARED);
        }
    }
    assert_eq!(server.count("session").await, 1);
}

#[actix_web::test]
async fn a_body_of_the_wrong_shape_is_refused_and_the_session_stays() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    let answer = ada.post("/sign-out", &json!({ "disableRedirect": "yes" })).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        r#"{"message":"[body.disableRedirect] Invalid input: expected boolean, received string","code":"VALIDATION_ERROR"}"#
    );
    assert_ne!(ada.get("/get-session").await.text(), "null");
}

#[actix_web::test]
async fn t28_a_session_that_was_signed_out_of_is_refused_on_another_replica_at_once() {
    let server = Server::with("[plugins.bearer]\nenabled = true").await;
    let replica = server.replica("[plugins.bearer]\nenabled = true").await;
    let mut ada = server.member("Ada").await;
    let token = ada.get("/get-session").await.json()["session"]["token"].as_str().unwrap().to_owned();
    let (mut by_cookie, mut by_token) =
        (ada.at(&replica), replica.browser().header("authorization", &format!("Bearer {token}")));
    for browser in [&mut by_cookie, &mut by_token] {
        assert_eq!(browser.clone().get("/get-session").await.json()["user"]["name"], "Ada");
    }
    ada.post("/sign-out", &json!({})).await;
    for browser in [&mut by_cookie, &mut by_token] {
        assert_eq!(browser.clone().get("/get-session").await.text(), "null");
        assert_eq!(browser.clone().get("/list-accounts").await.status, 401);
        assert_eq!(browser.clone().post("/update-user", &json!({ "name": "Eve" })).await.status, 401);
    }
}
