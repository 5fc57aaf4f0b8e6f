//! Codes and ID tokens: bound to the flow, and of this provider for this site.

use serde_json::{Value, json};

use super::{openid, outcome, plain};
use crate::harness::Server;
use crate::harness::provider::{
    CLIENT, Consent, Provider, SECRET, begin, but, configured, in_seconds, pages, parameters, profile,
};

const REFUSED: (&str, bool) = ("/failed?error=unable_to_get_user_info", false);

#[actix_web::test]
async fn t45_a_code_is_exchanged_with_the_verifier_that_only_this_server_knows() {
    let (provider, server) = plain().await;
    let mut browser = server.browser();
    let answer = browser.post("/sign-in/social", &pages()).await;
    let url = answer.json()["url"].as_str().unwrap().to_owned();
    let asked = parameters(&url);
    assert_eq!((asked["code_challenge_method"].as_str(), asked["code_challenge"].len()), ("S256", 43));
    let back = browser.get(&provider.consent(&url, Consent::of(profile("Ada")))).await;
    assert_eq!(outcome(&back), ("/welcome", true));
    let exchange = &provider.asked("/token")[0];
    let verifier = exchange.form["code_verifier"].as_str();
    assert_eq!(verifier.len(), 128);
    for seen in [answer.text(), format!("{answer:?}"), format!("{back:?}"), url] {
        assert!(!seen.contains(verifier));
    }
    assert_eq!((exchange.form["client_id"].as_str(), exchange.form["client_secret"].as_str()), (CLIENT, SECRET));
    assert_eq!(exchange.form["redirect_uri"], "http://localhost:3000/api/auth/callback/acme");
}

#[actix_web::test]
async fn t45_an_id_token_of_another_flow_or_of_none_ends_it() {
    let (provider, server) = openid().await;
    for nonce in [Value::Null, json!("another"), json!(""), json!(7)] {
        let consent = Consent::with_token(profile("Ada"), json!({ "nonce": nonce }));
        assert_eq!(outcome(&provider.sign_in(&mut server.browser(), consent).await), REFUSED, "{nonce}");
    }
    let first = begin(&mut server.browser(), &pages()).await;
    let old = json!({"nonce": parameters(&first)["nonce"]});
    let consent = Consent::with_token(profile("Ada"), old);
    assert_eq!(outcome(&provider.sign_in(&mut server.browser(), consent).await), REFUSED);
    assert_eq!(server.count("user").await, 0);
}

#[actix_web::test]
async fn t46_an_id_token_of_another_issuer_for_another_site_or_of_another_time_is_refused() {
    let (provider, server) = openid().await;
    let other = Provider::start().await;
    let now = server.now();
    for claims in [
        json!({"iss": other.origin}),
        json!({"iss": null}),
        json!({"iss": "https://accounts.google.com"}),
        json!({"aud": "another-site"}),
        json!({"aud": []}),
        json!({"aud": null}),
        json!({"sub": null}),
        json!({"exp": in_seconds(now, -1)}),
        json!({"exp": null}),
        json!({"exp": 1e300}),
        json!({"exp": "9999999999"}),
        json!({"iat": in_seconds(now, 300)}),
        json!({"nbf": in_seconds(now, 300)}),
    ] {
        let consent = Consent::with_token(profile("Ada"), claims.clone());
        assert_eq!(outcome(&provider.sign_in(&mut server.browser(), consent).await), REFUSED, "{claims}");
    }
    let several = Consent::with_token(profile("Ada"), json!({"aud": ["another-site", CLIENT]}));
    assert!(outcome(&provider.sign_in(&mut server.browser(), several).await).1);
}

#[actix_web::test]
async fn t46_the_same_name_at_two_providers_is_two_accounts() {
    let (one, other) = (Provider::start().await, Provider::start().await);
    let second = other.openid("").replace("\"acme\"", "\"other\"");
    let server = Server::with(&configured(&[one.openid(""), second], "")).await;
    let mut ids = Vec::new();
    for (provider, name) in [(&one, "acme"), (&other, "other")] {
        let person = but(profile("Ada"), json!({"email": format!("ada@{name}.com")}));
        let mut browser = server.browser();
        let url = begin(&mut browser, &json!({"provider": name})).await;
        browser.get(&provider.consent(&url, Consent::with_token(person, json!({})))).await;
        ids.push(super::user(&mut browser).await["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
}

#[actix_web::test]
async fn a_profile_is_asked_for_where_the_id_token_names_no_address_and_must_be_the_same_persons() {
    let (provider, server) = openid().await;
    let consent = Consent::with_token(profile("Ada"), json!({"email": null}));
    assert_eq!(outcome(&provider.sign_in(&mut server.browser(), consent.clone()).await), ("/welcome", true));
    provider.say("/userinfo", &profile("Mallory"));
    assert_eq!(outcome(&provider.sign_in(&mut server.browser(), consent).await), REFUSED);
}

#[actix_web::test]
async fn an_id_token_that_cannot_be_verified_is_passed_over() {
    let (provider, server) = plain().await;
    let consent = Consent { forged: Some("e30.e30.e30".to_owned()), ..Consent::of(profile("Ada")) };
    assert_eq!(outcome(&provider.sign_in(&mut server.browser(), consent).await), ("/welcome", true));
    let server = Server::with(&configured(&[provider.openid("require_id_token_verification = true")], "")).await;
    let without = Consent::of(profile("Ada"));
    assert_eq!(outcome(&provider.sign_in(&mut server.browser(), without).await), REFUSED);
}

#[actix_web::test]
async fn t61_a_key_that_is_new_at_the_provider_is_asked_for_once_in_ten_seconds() {
    let (provider, server) = openid().await;
    let sign_in = async |name: &str| {
        let consent = Consent::with_token(profile(name), json!({}));
        outcome(&provider.sign_in(&mut server.browser(), consent).await).1
    };
    assert!(sign_in("Ada").await);
    provider.rotate("a-new-key");
    server.wait(11);
    assert!(sign_in("Bob").await);
    assert_eq!(provider.asked("/jwks").len(), 2);
    provider.rotate("the-next-key");
    assert!(!sign_in("Carol").await && !sign_in("Carol").await);
    assert_eq!(provider.asked("/jwks").len(), 2, "the last question was a moment ago");
    server.wait(11);
    assert!(sign_in("Carol").await);
    assert_eq!((provider.asked("/jwks").len(), provider.asked("/.well-known/openid-configuration").len()), (3, 1));
}
