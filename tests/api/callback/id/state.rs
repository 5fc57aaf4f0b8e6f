//! The state of a flow: whose it is, how long it is good, and that it is good once.

use futures_util::future::join_all;
use serde_json::json;

use super::{openid, outcome, plain, user};
use crate::harness::Server;
use crate::harness::provider::{Consent, Provider, begin, but, configured, pages, profile};

const MISMATCH: (&str, bool) = ("/failed?error=state_mismatch", false);
const UNKNOWN: (&str, bool) = ("http://localhost:3000/api/auth/error?error=state_mismatch", false);

#[actix_web::test]
async fn t43_a_flow_ends_in_the_browser_that_began_it_alone() {
    let (provider, server) = plain().await;
    let mut browser = server.browser();
    let back = provider.consent(&begin(&mut browser, &pages()).await, Consent::of(profile("Mallory")));
    let mut stranger = server.browser();
    assert_eq!(outcome(&stranger.get(&back).await), MISMATCH, "without a cookie");
    begin(&mut stranger, &pages()).await;
    assert_eq!(outcome(&stranger.get(&back).await), MISMATCH, "with the cookie of a flow of its own");
    let state = browser.jar["better-auth.state"].clone();
    let unsigned = state.split('.').next().unwrap().to_owned();
    for forged in [unsigned.clone(), format!("{unsigned}.{}", "A".repeat(43) + "%3D"), state.replace(&unsigned, "x")] {
        stranger.jar.insert("better-auth.state".to_owned(), forged);
        assert_eq!(outcome(&stranger.get(&back).await), MISMATCH, "with a cookie that was tampered with");
    }
    assert_eq!(server.count("user").await, 0);
    assert_eq!(outcome(&browser.get(&back).await), ("/welcome", true), "the state is still good");
}

#[actix_web::test]
async fn t43_a_flow_that_was_begun_at_one_provider_ends_at_no_other() {
    let (one, other) = (Provider::start().await, Provider::start().await);
    let second = other.plain("").replace("\"acme\"", "\"other\"");
    let server = Server::with(&configured(&[one.plain(""), second], "")).await;
    let mut browser = server.browser();
    let back = one.consent(&begin(&mut browser, &pages()).await, Consent::of(profile("Ada")));
    let swapped = back.replace("/callback/acme", "/callback/other");
    assert_eq!(outcome(&browser.get(&swapped).await), MISMATCH);
    assert_eq!(other.asked("/token").len(), 0, "the code goes to no other provider");
    assert_eq!(outcome(&browser.get(&back).await), UNKNOWN, "it is spent");
}

#[actix_web::test]
async fn t43_a_flow_is_over_after_ten_minutes() {
    let (provider, server) = plain().await;
    for (seconds, expected) in [(599, ("/welcome", true)), (601, MISMATCH), (10_000, UNKNOWN)] {
        let mut browser = server.browser();
        let person = profile(&format!("Ada{seconds}"));
        let back = provider.consent(&begin(&mut browser, &pages()).await, Consent::of(person));
        server.wait(seconds);
        assert_eq!(outcome(&browser.get(&back).await), expected, "after {seconds} s");
        assert_eq!(outcome(&browser.get(&back).await), UNKNOWN, "it is spent");
    }
}

#[actix_web::test]
async fn t43_an_application_cannot_set_what_a_flow_remembers_for_this_server() {
    let (provider, server) = plain().await;
    let mut victim = server.member("Victim").await;
    let id = user(&mut victim).await["id"].clone();
    let mut browser = server.browser();
    let data = json!({
        "link": {"userId": id, "email": "victim@example.com"}, "callbackURL": "https://evil.example",
        "codeVerifier": "x", "expiresAt": 9e15, "oauthState": "x", "idTokenNonce": "x", "requestSignUp": true,
        "errorURL": "https://evil.example", "newUserURL": "https://evil.example", "signetProvider": "x",
        "serverContext": {"a": 1}, "theirs": true,
    });
    let url = begin(&mut browser, &json!({"provider": "acme", "additionalData": data})).await;
    let rows = server.rows("SELECT {verification.*} FROM {verification}", &[]).await;
    let kept = rows[0].text("verification.value").unwrap();
    assert!(kept.contains("\"theirs\":true") && !kept.contains("evil") && !kept.contains("serverContext"), "{kept}");
    let answer = browser.get(&provider.consent(&url, Consent::of(profile("Ada")))).await;
    assert_eq!(outcome(&answer), ("http://localhost:3000", true));
    assert_eq!(victim.get("/list-accounts").await.json().as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn t44_of_twenty_that_come_back_at_once_on_two_replicas_one_has_a_session() {
    let (provider, server) = plain().await;
    let replica = server.replica(&configured(&[provider.plain("")], "")).await;
    for round in 0..3 {
        let mut browser = server.browser();
        let person = Consent::of(profile(&format!("Ada{round}")));
        let back = provider.consent(&begin(&mut browser, &pages()).await, person);
        let browsers = (0..20).map(|n| if n % 2 == 0 { browser.clone() } else { browser.at(&replica) });
        let answers = join_all(browsers.map(async |mut browser| browser.get(&back).await)).await;
        let opened = answers.iter().filter(|answer| outcome(answer).1).count();
        assert_eq!(opened, 1, "in round {round}");
        assert_eq!(server.count("session").await, round + 1);
        assert_eq!(provider.asked("/token").len() as i64, round + 1, "a code is shown to the provider once");
    }
}

#[actix_web::test]
async fn t44_of_those_who_sign_in_for_the_first_time_in_several_browsers_at_once_one_user_is_made() {
    let (provider, server) = plain().await;
    let replica = server.replica(&configured(&[provider.plain("")], "")).await;
    for round in 0..5 {
        let person = profile(&format!("Ada{round}"));
        let flows = (0..6).map(async |n| {
            let mut browser = if n % 2 == 0 { server.browser() } else { replica.browser() };
            outcome(&provider.sign_in(&mut browser, Consent::of(person.clone())).await).1
        });
        assert_eq!(join_all(flows).await, [true; 6]);
        assert_eq!((server.count("user").await, server.count("account").await), (round + 1, round + 1));
    }
}

#[actix_web::test]
async fn t44_of_two_people_with_one_account_at_once_one_user_has_it() {
    let (provider, server) = plain().await;
    let flows = (0..6).map(async |n| {
        let person = but(profile("Ada"), json!({"email": format!("ada{n}@example.com")}));
        outcome(&provider.sign_in(&mut server.browser(), Consent::of(person)).await).1
    });
    assert_eq!(join_all(flows).await, [true; 6]);
    assert_eq!((server.count("user").await, server.count("account").await), (1, 1));
}

#[actix_web::test]
async fn a_flow_in_a_cookie_leaves_no_row_and_is_as_much_its_browsers() {
    let provider = Provider::start().await;
    let config = configured(&[provider.plain("")], "account.store_state_strategy = \"cookie\"");
    let server = Server::with(&config).await;
    let mut browser = server.browser();
    let answer = browser.post("/sign-in/social", &pages()).await;
    assert!(answer.cookies()[0].starts_with("better-auth.oauth_state="), "{answer:?}");
    assert!(answer.cookies()[0].contains("; Max-Age=600; Path=/; HttpOnly"), "{answer:?}");
    assert_eq!(server.count("verification").await, 0);
    let back = provider.consent(answer.json()["url"].as_str().unwrap(), Consent::of(profile("Ada")));
    let mut stranger = server.browser();
    assert_eq!(outcome(&stranger.get(&back).await), UNKNOWN);
    begin(&mut stranger, &pages()).await;
    assert_eq!(outcome(&stranger.get(&back).await), MISMATCH);
    stranger.jar.insert("better-auth.oauth_state".to_owned(), "00ff".to_owned());
    let unreadable = ("http://localhost:3000/api/auth/error?error=state_invalid", false);
    assert_eq!(outcome(&stranger.get(&back).await), unreadable);
    assert_eq!(outcome(&browser.get(&back).await), ("/welcome", true));
    assert!(!browser.jar.contains_key("better-auth.oauth_state"));
}

#[actix_web::test]
async fn whoever_switches_the_cookies_check_off_gets_what_they_asked_for() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("")], "account.skip_state_cookie_check = true")).await;
    let back = provider.consent(&begin(&mut server.browser(), &pages()).await, Consent::of(profile("Ada")));
    assert_eq!(outcome(&server.browser().get(&back).await), ("/welcome", true));
}

#[actix_web::test]
async fn t46_an_answer_that_names_another_issuer_is_none_of_this_provider() {
    let (provider, server) = openid().await;
    for (iss, expected) in
        [("http://evil", ("/failed?error=issuer_mismatch", false)), (&provider.origin, ("/welcome", true))]
    {
        let mut browser = server.browser();
        let consent = Consent::with_token(profile("Ada"), json!({}));
        let back = provider.consent(&begin(&mut browser, &pages()).await, consent);
        assert_eq!(outcome(&browser.get(&format!("{back}&iss={iss}")).await), expected);
    }
}

#[actix_web::test]
async fn flows_whose_users_never_come_back_are_swept_away() {
    let (_provider, server) = plain().await;
    for _ in 0..5 {
        begin(&mut server.browser(), &pages()).await;
    }
    assert_eq!(server.count("verification").await, 5);
    server.wait(901);
    begin(&mut server.browser(), &pages()).await;
    assert_eq!(server.count("verification").await, 1);
}
