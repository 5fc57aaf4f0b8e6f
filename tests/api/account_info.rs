//! GET /account-info.

use serde_json::json;

use crate::harness::Server;
use crate::harness::provider::{Consent, Fault, Provider, configured, profile};

#[actix_web::test]
async fn a_profile_is_asked_for_anew_and_shown_as_it_is_understood_and_as_it_came() {
    let provider = Provider::start().await;
    for (entry, consent) in [
        (provider.plain(""), Consent::of(profile("Ada"))),
        (provider.openid(""), Consent::with_token(profile("Ada"), json!({}))),
    ] {
        let server = Server::with(&configured(&[entry], "")).await;
        let mut ada = server.browser();
        provider.sign_in(&mut ada, consent).await;
        let id = ada.get("/list-accounts").await.json()[0]["id"].as_str().unwrap().to_owned();
        // An ID token that was verified when it was kept has not to be young now.
        server.wait(86_400 * 3);
        let body = ada.get(&format!("/account-info?accountId={id}")).await.json();
        let picture = "https://pictures.example.com/ada.png";
        assert_eq!(
            body["user"],
            json!({"name": "Ada", "email": "ada@example.com", "image": picture, "emailVerified": true})
        );
        assert_eq!((&body["data"]["sub"], &body["data"]["emailVerified"]), (&json!("ada-there"), &json!(true)));
        assert_eq!(body["account"], json!({"id": id, "providerId": "acme", "accountId": "ada-there"}));
    }
}

#[actix_web::test]
async fn what_is_wrong_is_told_in_better_auths_words() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("")], "")).await;
    let mut ada = server.browser();
    provider.sign_in(&mut ada, Consent::of(profile("Ada"))).await;
    let id = ada.get("/list-accounts").await.json()[0]["id"].as_str().unwrap().to_owned();
    let mut bob = server.member("Bob").await;
    let own = bob.get("/list-accounts").await.json()[0]["id"].as_str().unwrap().to_owned();
    let asked = async |browser: &mut crate::harness::Browser<'_>, query: String| {
        let answer = browser.get(&format!("/account-info{query}")).await;
        (answer.status, answer.code().unwrap_or_default())
    };
    for query in ["", "?accountId=a&accountId=b", "?useAccountCookie=true", "?accountId=x&more=1"] {
        assert_eq!(asked(&mut ada, query.to_owned()).await, (400, "VALIDATION_ERROR".to_owned()), "{query}");
    }
    assert_eq!(asked(&mut bob, format!("?accountId={id}")).await, (400, "ACCOUNT_NOT_FOUND".to_owned()));
    assert_eq!(asked(&mut bob, format!("?accountId={own}")).await, (400, "PROVIDER_NOT_CONFIGURED".to_owned()));
    provider.fault("/userinfo", Some(Fault::Answer(500, "x: y", Vec::new())));
    assert_eq!(asked(&mut ada, format!("?accountId={id}")).await, (401, "FAILED_TO_GET_USER_INFO".to_owned()));
    server.sql("UPDATE {account} SET {account:accessToken} = NULL", &[]).await;
    assert_eq!(asked(&mut ada, format!("?accountId={id}")).await, (400, "ACCESS_TOKEN_NOT_FOUND".to_owned()));
    assert_eq!(server.browser().get("/account-info?accountId=x").await.status, 401);
}
