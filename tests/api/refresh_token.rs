//! POST /refresh-token.

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::Server;
use crate::harness::provider::{Consent, Fault, Provider, configured, profile};

#[actix_web::test]
async fn new_tokens_come_in_better_auths_order_and_take_the_place_of_the_old() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("")], "")).await;
    let mut ada = server.browser();
    provider.sign_in(&mut ada, Consent::of(profile("Ada"))).await;
    let id = ada.get("/list-accounts").await.json()[0]["id"].as_str().unwrap().to_owned();
    let before = ada.post("/get-access-token", &json!({"accountId": id})).await.json();
    let answer = ada.post("/refresh-token", &json!({"accountId": id})).await;
    let body = answer.json();
    let (access, refresh) = (body["accessToken"].as_str().unwrap(), body["refreshToken"].as_str().unwrap());
    let until = server.now().plus_seconds(3600);
    let expected = format!(
        r#"{{"accessToken":"{access}","refreshToken":"{refresh}","accessTokenExpiresAt":"{until}","refreshTokenExpiresAt":null,"scope":"openid,profile,email","idToken":null,"providerId":"acme","accountId":"{id}"}}"#
    );
    assert_eq!((answer.status, answer.text()), (200, expected));
    assert_ne!(before["accessToken"], access);
    let after = ada.post("/get-access-token", &json!({"accountId": id})).await.json();
    assert_eq!(after["accessToken"], access);
}

#[actix_web::test]
async fn of_several_at_once_one_asks_the_provider_and_all_have_what_it_got() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("")], "")).await;
    let mut ada = server.browser();
    provider.sign_in(&mut ada, Consent::of(profile("Ada"))).await;
    let id = ada.get("/list-accounts").await.json()[0]["id"].clone();
    let answers =
        join_all((0..10).map(async |_| ada.clone().post("/refresh-token", &json!({"accountId": id})).await)).await;
    // Whoever reads the account after the first is done refreshes it anew; no refresh token is spent twice.
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let spent: Vec<_> = provider.asked("/token")[1..].iter().map(|asked| asked.form["refresh_token"].clone()).collect();
    let mut different = spent.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), spent.len());
}

#[actix_web::test]
async fn an_old_refresh_token_stays_where_no_new_one_comes_and_failures_are_told() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("")], "")).await;
    let mut ada = server.browser();
    provider.sign_in(&mut ada, Consent::of(profile("Ada"))).await;
    let id = ada.get("/list-accounts").await.json()[0]["id"].clone();
    provider.say("/token", &json!({"access_token": "the-new-access-token"}));
    let body = ada.post("/refresh-token", &json!({"accountId": id})).await.json();
    assert_eq!(body["refreshToken"], provider.asked("/token")[1].form["refresh_token"].as_str());
    assert!(body.get("accessTokenExpiresAt").is_none(), "{body}");
    provider.fault("/token", Some(Fault::Answer(400, "x: y", b"{}".to_vec())));
    let answer = ada.post("/refresh-token", &json!({"accountId": id})).await;
    let failed = r#"{"message":"Failed to refresh access token","code":"FAILED_TO_REFRESH_ACCESS_TOKEN"}"#;
    assert_eq!((answer.status, answer.text().as_str()), (400, failed));
    server.sql("UPDATE {account} SET {account:refreshToken} = NULL", &[]).await;
    let answer = ada.post("/refresh-token", &json!({"accountId": id})).await;
    let missing = r#"{"message":"Refresh token not found","code":"REFRESH_TOKEN_NOT_FOUND"}"#;
    assert_eq!((answer.status, answer.text().as_str()), (400, missing));
    assert_eq!(server.browser().post("/refresh-token", &json!({"accountId": id})).await.status, 401);
}

#[actix_web::test]
async fn what_a_provider_gave_is_kept_though_the_client_has_left() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("")], "")).await;
    let mut ada = server.browser();
    provider.sign_in(&mut ada, Consent::of(profile("Ada"))).await;
    let id = ada.get("/list-accounts").await.json()[0]["id"].clone();
    let mut impatient = crate::harness::wire::Wire::to(server.address).await;
    let cookie = format!("better-auth.session_token={}", ada.jar["better-auth.session_token"]);
    let headers = [("cookie", cookie.as_str()), ("origin", server.origin()), ("content-type", "application/json")];
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let body = json!({"accountId": id}).to_string();
    let request = crate::harness::wire::request("POST", "/api/auth/refresh-token", &headers, Some(body.as_bytes()));
    provider.fault("/token", Some(Fault::Late));
    assert!(impatient.send(&request).await);
    while provider.asked("/token").len() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    drop(impatient);
    tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    provider.fault("/token", None);
    let answer = ada.post("/refresh-token", &json!({"accountId": id})).await;
    assert_eq!(answer.status, 200, "the refresh token that is kept is the new one: {answer:?}");
}
