//! POST /get-access-token.

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::database::Database;
use crate::harness::provider::{Consent, Fault, Provider, configured, profile};
use crate::harness::{Browser, Server};

async fn site(more: &str) -> (Provider, Server) {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain(more)], "")).await;
    (provider, server)
}

/// Somebody who has signed in with an access token that lives so long, and the account's id.
async fn member<'s>(provider: &Provider, server: &'s Server, seconds: i64) -> (Browser<'s>, String) {
    let mut browser = server.browser();
    provider.sign_in(&mut browser, Consent { expires_in: Some(seconds), ..Consent::of(profile("Ada")) }).await;
    let id = browser.get("/list-accounts").await.json()[0]["id"].as_str().unwrap().to_owned();
    (browser, id)
}

#[actix_web::test]
async fn a_token_that_is_good_for_a_while_is_given_as_it_is() {
    let (provider, server) = site("").await;
    let (mut ada, id) = member(&provider, &server, 3600).await;
    let answer = ada.post("/get-access-token", &json!({"accountId": id})).await;
    let token = provider.asked("/userinfo")[0].authorization.clone().unwrap().replace("Bearer ", "");
    let until = server.now().plus_seconds(3600);
    let expected = format!(
        r#"{{"accessToken":"{token}","accessTokenExpiresAt":"{until}","scopes":["openid","profile","email"]}}"#
    );
    assert_eq!((answer.status, answer.text()), (200, expected));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(provider.asked("/token").len(), 1);
}

#[actix_web::test]
async fn a_token_that_is_about_to_expire_is_refreshed_once_by_any_number_of_requests_and_replicas() {
    let (provider, server) = site("").await;
    let replica = server.replica(&configured(&[provider.plain("")], "")).await;
    let (ada, id) = member(&provider, &server, 4).await;
    let requests = (0..12).map(async |n| {
        let mut browser = if n % 2 == 0 { ada.clone() } else { ada.at(&replica) };
        let answer = browser.post("/get-access-token", &json!({"accountId": id})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["accessToken"].as_str().unwrap().to_owned()
    });
    let tokens = join_all(requests).await;
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    assert_eq!(provider.asked("/token").len(), 2, "a refresh token that is used twice is a theft to many providers");
    assert_eq!(server.count("verification").await, 0);
}

#[actix_web::test]
async fn without_a_way_to_refresh_it_an_expired_token_is_given_as_it_is() {
    let (provider, server) = site("").await;
    let (mut ada, id) = member(&provider, &server, 4).await;
    server.sql("UPDATE {account} SET {account:refreshToken} = NULL", &[]).await;
    assert_eq!(ada.post("/get-access-token", &json!({"accountId": id})).await.status, 200);
    assert_eq!(provider.asked("/token").len(), 1);
}

#[actix_web::test]
async fn t51_a_provider_that_refreshes_nothing_is_told_and_tried_again_the_next_time() {
    let (provider, server) = site("").await;
    let (mut ada, id) = member(&provider, &server, 4).await;
    provider.fault("/token", Some(Fault::Answer(500, "x: y", Vec::new())));
    let answer = ada.post("/get-access-token", &json!({"accountId": id})).await;
    let expected = r#"{"message":"Failed to get a valid access token","code":"FAILED_TO_GET_ACCESS_TOKEN"}"#;
    assert_eq!((answer.status, answer.text().as_str()), (400, expected));
    provider.fault("/token", None);
    assert_eq!(ada.post("/get-access-token", &json!({"accountId": id})).await.status, 200);
}

#[actix_web::test]
async fn an_expiry_that_the_provider_does_not_tell_is_the_configured_one() {
    let (provider, server) = site("access_token_expires_in = 60").await;
    provider.say("/token", &json!({"access_token": "opaque-access-token"}));
    provider.say("/userinfo", &profile("Ada"));
    let (mut ada, id) = member(&provider, &server, 1).await;
    let shown = ada.post("/get-access-token", &json!({"accountId": id})).await.json();
    assert_eq!(shown["accessTokenExpiresAt"], json!(server.now().plus_seconds(60)));
    assert_eq!(shown["scopes"], json!([]));
}

#[actix_web::test]
async fn t31_the_tokens_of_another_user_are_nobody_elses() {
    let (provider, server) = site("").await;
    let (ada, id) = member(&provider, &server, 3600).await;
    let mut mallory = server.member("Mallory").await;
    let ada_id = ada.clone().get("/get-session").await.json()["user"]["id"].clone();
    for body in [json!({"accountId": id}), json!({"accountId": id, "userId": ada_id})] {
        let answer = mallory.post("/get-access-token", &body).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("ACCOUNT_NOT_FOUND")));
    }
    let answer = server.browser().post("/get-access-token", &json!({"accountId": id, "userId": ada_id})).await;
    assert_eq!((answer.status, answer.text().as_str()), (401, ""));
}

#[actix_web::test]
async fn one_account_is_chosen_in_one_of_two_ways() {
    let (_provider, server) = site("").await;
    let mut ada = server.member("Ada").await;
    for body in [
        json!({}),
        json!([]),
        json!({"providerId": "acme"}),
        json!({"accountId": 1}),
        json!({"accountId": "x", "more": 1}),
        json!({"accountId": "x", "useAccountCookie": true}),
        json!({"useAccountCookie": false}),
        json!({"accountId": "x", "userId": 1}),
    ] {
        let answer = ada.post("/get-access-token", &body).await;
        let expected = r#"{"message":"[body] Invalid input","code":"VALIDATION_ERROR"}"#;
        assert_eq!((answer.status, answer.text().as_str()), (400, expected), "{body}");
    }
    let answer = ada.post("/get-access-token", &json!({"useAccountCookie": true})).await;
    assert_eq!(answer.code().as_deref(), Some("ACCOUNT_NOT_FOUND"));
    let own = ada.get("/list-accounts").await.json()[0]["id"].clone();
    let answer = ada.post("/get-access-token", &json!({"accountId": own})).await;
    let expected = r#"{"message":"Provider credential is not supported.","code":"PROVIDER_NOT_SUPPORTED"}"#;
    assert_eq!((answer.status, answer.text().as_str()), (400, expected));
}

#[actix_web::test]
async fn the_account_cookie_names_the_account_for_its_own_user_while_the_row_is_there() {
    let provider = Provider::start().await;
    let toml = configured(&[provider.plain("")], "[account]\nstore_account_cookie = true\n");
    let server = Server::with(&toml).await;
    let (mut ada, id) = member(&provider, &server, 3600).await;
    let cookie = ada.jar["better-auth.account_data"].clone();
    assert_eq!(cookie.split('.').count(), 5, "it is encrypted");
    let by_id = ada.post("/get-access-token", &json!({"accountId": id})).await;
    let by_cookie = ada.post("/get-access-token", &json!({"useAccountCookie": true})).await;
    assert_eq!((by_cookie.status, by_cookie.text()), (200, by_id.text()));
    let mut bob = server.member("Bob").await;
    bob.jar.insert("better-auth.account_data".into(), cookie.clone());
    let answer = bob.post("/get-access-token", &json!({"useAccountCookie": true})).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("ACCOUNT_NOT_FOUND")), "another's");
    let mut elsewhere = ada.clone();
    server.wait(301);
    elsewhere.jar.insert("better-auth.account_data".into(), cookie);
    assert_eq!(elsewhere.post("/get-access-token", &json!({"useAccountCookie": true})).await.status, 400, "too old");
    ada.post("/get-access-token", &json!({"accountId": id})).await;
    server.sql("DELETE FROM {account}", &[]).await;
    assert_eq!(ada.post("/get-access-token", &json!({"useAccountCookie": true})).await.status, 400, "no row");
    assert!(ada.post("/sign-out", &json!({})).await.cookies().iter().any(|line| line.contains("account_data=; Max")));
}

#[actix_web::test]
async fn without_a_database_the_account_cookie_is_the_account() {
    let provider = Provider::start().await;
    let toml = configured(&[provider.plain("")], "");
    let (first, second) = (Server::on(Database::nowhere(), &toml).await, Server::on(Database::nowhere(), &toml).await);
    let mut ada = first.browser();
    provider.sign_in(&mut ada, Consent { expires_in: Some(3600), ..Consent::of(profile("Ada")) }).await;
    // Another process has never heard of Ada.
    let answer = ada.at(&second).post("/get-access-token", &json!({"useAccountCookie": true})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let token = provider.asked("/userinfo")[0].authorization.clone().unwrap().replace("Bearer ", "");
    assert_eq!(answer.json()["accessToken"], token.as_str());
    // What is refreshed there is in the cookie, and nowhere else.
    second.wait(3600);
    let mut there = ada.at(&second);
    let fresh = provider.sign_in(&mut there, Consent { expires_in: Some(4), ..Consent::of(profile("Bob")) }).await;
    assert_eq!(fresh.status, 302);
    let third = Server::on(Database::nowhere(), &toml).await;
    let mut elsewhere = there.at(&third);
    let first = elsewhere.post("/refresh-token", &json!({"useAccountCookie": true})).await;
    assert_eq!(first.status, 200, "{first:?}");
    let again = elsewhere.post("/refresh-token", &json!({"useAccountCookie": true})).await;
    assert_eq!(again.status, 200, "{again:?}");
    assert_ne!(first.json()["accessToken"], again.json()["accessToken"]);
}
