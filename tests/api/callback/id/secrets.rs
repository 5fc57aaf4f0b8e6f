//! What a flow leaves behind: no code, state, verifier or token where somebody may read it.

use serde_json::json;

use super::{outcome, plain};
use crate::harness::Server;
use crate::harness::provider::{Consent, Provider, SECRET, begin, configured, pages, profile};

/// The tokens that the provider gave out are in its memory; those of the first sign-in, by what it was asked.
fn bearer(provider: &Provider) -> String {
    provider.asked("/userinfo")[0].authorization.clone().unwrap().replace("Bearer ", "")
}

#[actix_web::test]
async fn t52_the_log_holds_nothing_that_a_flow_is_made_of() {
    let (provider, server) = plain().await;
    let mut browser = server.browser();
    let back = provider.consent(&begin(&mut browser, &pages()).await, Consent::of(profile("Ada")));
    assert!(outcome(&browser.get(&back).await).1);
    // The server's log is read when the test ends, and what went over its wire is looked for; this is what did not.
    let exchange = &provider.asked("/token")[0];
    server.secrets.add("the verifier", &exchange.form["code_verifier"]);
    server.secrets.add("the client's secret", SECRET);
    server.secrets.add("an access token", &bearer(&provider));
    browser.get(&back).await;
    provider.fault("/token", Some(crate::harness::provider::Fault::Answer(400, "x: y", back.clone().into_bytes())));
    provider.sign_in(&mut server.browser(), Consent::of(profile("Bob"))).await;
}

#[actix_web::test]
async fn t52_a_page_that_follows_learns_nothing_of_the_callbacks_url() {
    let (provider, server) = plain().await;
    for answer in [
        provider.sign_in(&mut server.browser(), Consent::of(profile("Ada"))).await,
        provider.sign_in(&mut server.browser(), Consent::of(json!(null))).await,
        server.browser().get("/callback/acme?code=c&state=s").await,
    ] {
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
        let page = outcome(&answer).0;
        assert!(!page.contains("code=") && !page.contains("state="), "{page}");
    }
}

#[actix_web::test]
async fn t52_tokens_are_encrypted_at_rest_where_that_is_configured() {
    let provider = Provider::start().await;
    for (setting, is_sealed) in [("account.encrypt_oauth_tokens = true", true), ("", false)] {
        let server = Server::with(&configured(&[provider.openid("")], setting)).await;
        let mut browser = server.browser();
        let consent = Consent::with_token(profile("Ada"), json!({}));
        provider.sign_in(&mut browser, consent).await;
        let id = browser.get("/list-accounts").await.json()[0]["id"].clone();
        let shown = browser.post("/refresh-token", &json!({"accountId": id})).await.json();
        let dump = server.dump();
        for name in ["accessToken", "refreshToken", "idToken"] {
            let token = shown[name].as_str().unwrap_or_else(|| panic!("{name} in {shown}"));
            assert_eq!(!dump.contains(token), is_sealed, "{name}");
        }
        let again = browser.post("/get-access-token", &json!({"accountId": id})).await.json();
        assert_eq!((&again["accessToken"], &again["idToken"]), (&shown["accessToken"], &shown["idToken"]));
    }
}

#[actix_web::test]
async fn t52_a_deployment_can_seal_tokens_from_now_on() {
    let provider = Provider::start().await;
    let plainly = configured(&[provider.plain("")], "");
    let server = Server::with(&plainly).await;
    let mut browser = server.browser();
    provider.sign_in(&mut browser, Consent::of(profile("Ada"))).await;
    let id = browser.get("/list-accounts").await.json()[0]["id"].clone();
    let sealing = server.replica(&configured(&[provider.plain("")], "account.encrypt_oauth_tokens = true")).await;
    for replica in [&sealing, &server] {
        let mut there = browser.at(replica);
        let shown = there.post("/get-access-token", &json!({"accountId": id})).await.json();
        assert_eq!(shown["accessToken"], bearer(&provider));
    }
    let mut there = browser.at(&sealing);
    let renewed = there.post("/refresh-token", &json!({"accountId": id})).await.json();
    assert!(!server.dump().contains(renewed["accessToken"].as_str().unwrap()));
    let shown = browser.post("/get-access-token", &json!({"accountId": id})).await.json();
    assert_eq!(shown["accessToken"], renewed["accessToken"]);
}
