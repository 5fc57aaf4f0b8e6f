//! `verification-flows.json`: users who are at a provider while Signet takes Better Auth's place.

use serde_json::{Value, json};
use signet::base::Random;
use signet::crypto::Sealer;

use super::flows::{BEGUN, KEPT, flows, owner, taken_over};
use super::{secrets, server, session, text, zoe};
use crate::harness::Browser;
use crate::harness::browser::Answer;
use crate::harness::provider::{Consent, Provider, but, parameters, profile};

/// Google and GitHub, as the provider of a test.
fn configured(provider: &Provider, more: &str) -> String {
    let o = &provider.origin;
    let endpoints = format!("authorization_endpoint = \"{o}/authorize\"\ntoken_endpoint = \"{o}/token\"\n");
    let client = "client_id = \"acme-client\"\nclient_secret = \"a-client-secret\"\n";
    format!(
        "{more}\n[social_providers.google]\n{client}{endpoints}jwks_uri = \"{o}/jwks\"\nissuer = \"{o}\"\n\
         [social_providers.github]\n{client}{endpoints}user_info_endpoint = \"{o}/userinfo\"\n"
    )
}

/// Comes back from the provider to which Better Auth has sent a browser.
async fn come_back(provider: &Provider, browser: &mut Browser<'_>, flow: &Value, consent: Consent) -> Answer {
    let answer: Value = serde_json::from_str(text(flow, "/response")).unwrap();
    let url = answer["url"].as_str().unwrap();
    // The provider checks the verifier against the challenge of that URL.
    assert!(parameters(url).contains_key("code_challenge"));
    let query = url.split_once('?').unwrap().1;
    browser.get(&provider.consent(&format!("{}/authorize?{query}", provider.origin), consent)).await
}

/// Keeps the cookies that Better Auth has set.
fn keep(browser: &mut Browser<'_>, flow: &Value) {
    for line in flow["setCookie"].as_array().unwrap() {
        let (name, rest) = line.as_str().unwrap().split_once('=').unwrap();
        browser.jar.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
    }
}

/// Somebody whom Google vouches for, at the moment of the flows.
fn google() -> Consent {
    let (issued, ends) = (BEGUN / 1000, BEGUN / 1000 + 3600);
    Consent::with_token(profile("Ada"), json!({ "iat": issued, "exp": ends }))
}

/// The same person with an account at GitHub.
fn github(provider: &Provider) -> Consent {
    provider.say("/userinfo/emails", &json!([{ "email": "zoe@example.com", "primary": true, "verified": true }]));
    Consent::of(but(profile("Zoe"), json!({ "id": 7, "login": "zoe" })))
}

async fn assert_signed_in(answer: &Answer, page: &str, browser: &mut Browser<'_>) {
    assert_eq!((answer.status, answer.header("location")), (302, Some(page)), "{answer:?}");
    assert_eq!(browser.get("/get-session").await.json()["user"]["email"], "ada@example.com");
}

async fn assert_linked(answer: &Answer, browser: &mut Browser<'_>) {
    assert_eq!((answer.status, answer.header("location")), (302, Some("/cb")), "{answer:?}");
    let accounts = browser.get("/list-accounts").await.json();
    assert_eq!((&accounts[0]["providerId"], &accounts[0]["accountId"]), (&json!("github"), &json!("7")));
}

#[actix_web::test]
async fn somebody_comes_back_with_a_state_of_the_database_and_is_signed_in() {
    for kept in KEPT {
        let provider = Provider::start().await;
        let (server, flows) = taken_over(kept, &configured(&provider, "")).await;
        let flow = &flows["oauth google (database state)"];
        let mut browser = server.browser();
        let answer = come_back(&provider, &mut browser, flow, google()).await;
        assert_eq!(answer.header("location"), Some("/err?error=state_mismatch"), "{kept}: without the cookie");
        keep(&mut browser, flow);
        let answer = come_back(&provider, &mut browser, flow, google()).await;
        assert_signed_in(&answer, "/new", &mut browser).await;
    }
}

#[actix_web::test]
async fn somebody_comes_back_with_a_state_of_the_database_and_has_linked_an_account() {
    for kept in KEPT {
        let provider = Provider::start().await;
        let (server, flows) = taken_over(kept, &configured(&provider, "")).await;
        let flow = &flows["oauth link github"];
        let value: Value = serde_json::from_str(text(flow, "/rows/0/value")).unwrap();
        let token = Sealer::for_purpose(&secrets(), "oauth-link-session-token")
            .open(text(&value, "/link/encryptedSessionToken"))
            .expect("the session in which it was asked for");
        let mut browser = server.browser();
        keep(&mut browser, flow);
        browser.jar.insert("better-auth.session_token".into(), session(&server, &owner(&flows), &token).await);
        let answer = come_back(&provider, &mut browser, flow, github(&provider)).await;
        assert_linked(&answer, &mut browser).await;
    }
}

const IN_COOKIE: &str = "account.store_state_strategy = \"cookie\"";

#[actix_web::test]
async fn somebody_comes_back_with_a_state_in_an_encrypted_cookie_and_is_signed_in() {
    let (provider, flow) = (Provider::start().await, flows()["oauth cookie state"].take());
    let server = server(BEGUN, &configured(&provider, IN_COOKIE)).await;
    let mut browser = server.browser();
    keep(&mut browser, &flow);
    let sealed = browser.jar["better-auth.oauth_state"].clone();
    let opened = Sealer::for_purpose(&secrets(), "oauth-state-cookie").open(&sealed).unwrap();
    assert_eq!(opened.as_str(), text(&flow, "/decrypted"));
    let answer = come_back(&provider, &mut browser, &flow, google()).await;
    assert_signed_in(&answer, "/cb", &mut browser).await;
}

#[actix_web::test]
async fn somebody_comes_back_with_a_state_in_an_encrypted_cookie_and_has_linked_an_account() {
    let (provider, flow) = (Provider::start().await, flows()["oauth cookie state link"].take());
    let server = server(BEGUN, &configured(&provider, IN_COOKIE)).await;
    let (id, token) = (text(&flow, "/decrypted/link/userId"), text(&flow, "/encryptedSessionToken_decrypted"));
    zoe(&server, id).await;
    let mut browser = server.browser();
    browser.jar.insert("better-auth.session_token".into(), session(&server, id, token).await);
    let sealer = Sealer::for_purpose(&secrets(), "oauth-state-cookie");
    let sealed = sealer.seal(&Random::system(), &flow["decrypted"].to_string());
    browser.jar.insert("better-auth.oauth_state".into(), sealed);
    let answer = come_back(&provider, &mut browser, &flow, github(&provider)).await;
    assert_linked(&answer, &mut browser).await;
}
