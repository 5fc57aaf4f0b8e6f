//! GET and POST /callback/:id.

mod hostile;
mod linking;
mod secrets;
mod state;
mod tokens;

use serde_json::{Value, json};

use crate::harness::browser::Answer;
use crate::harness::provider::{Consent, Provider, begin, but, configured, pages, profile};
use crate::harness::{Browser, Mailbox, Server};

/// A server with a plain provider.
async fn plain() -> (Provider, Server) {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("")], "")).await;
    (provider, server)
}

/// A server with an OpenID provider.
async fn openid() -> (Provider, Server) {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.openid("")], "")).await;
    (provider, server)
}

/// Where an answer leads, and whether it opens a session.
fn outcome(answer: &Answer) -> (&str, bool) {
    assert_eq!(answer.status, 302, "{answer:?}");
    let session = answer.cookies().iter().any(|line| line.starts_with("better-auth.session_token="));
    (answer.header("location").expect("a location"), session)
}

async fn user(browser: &mut Browser<'_>) -> Value {
    browser.get("/get-session").await.json()["user"].clone()
}

#[actix_web::test]
async fn somebody_new_becomes_a_user_and_is_found_again() {
    let (provider, server) = plain().await;
    let mut browser = server.browser();
    let answer = provider.sign_in(&mut browser, Consent::of(profile("Ada"))).await;
    assert_eq!(outcome(&answer), ("/welcome", true));
    assert!(answer.cookies()[0].starts_with("better-auth.state=; Max-Age=0"), "{answer:?}");
    let ada = user(&mut browser).await;
    assert_eq!((&ada["email"], &ada["emailVerified"]), (&json!("ada@example.com"), &json!(true)));
    assert_eq!(ada["image"], "https://pictures.example.com/ada.png");
    let mut other = server.browser();
    let renamed = but(profile("Ada"), json!({"name": "Renamed", "email": "new@example.com"}));
    assert_eq!(outcome(&provider.sign_in(&mut other, Consent::of(renamed)).await), ("/home", true));
    assert_eq!(user(&mut other).await, ada);
    assert_eq!((server.count("user").await, server.count("account").await), (1, 1));
}

#[actix_web::test]
async fn each_failure_is_told_on_the_page_that_the_flow_has_for_it() {
    let (provider, server) = plain().await;
    let failures = [
        ("&error=access_denied&error_description=No+way", "/failed?error=access_denied&error_description=No+way"),
        ("&code=", "/failed?error=no_code"),
        ("&code=unknown", "/failed?error=invalid_code"),
    ];
    for (answer, page) in failures {
        let mut browser = server.browser();
        let back = provider.consent(&begin(&mut browser, &pages()).await, Consent::of(profile("Ada")));
        let state = back.split("&state=").nth(1).unwrap();
        let answer = browser.get(&format!("/callback/acme?state={state}{answer}")).await;
        assert_eq!(outcome(&answer), (page, false));
    }
    for (change, page) in [
        (json!({"email": null}), "/failed?error=email_not_found"),
        (json!({"email": "a@x.com,b@y.com"}), "/failed?error=email_not_found"),
        (json!({"id": null}), "/failed?error=unable_to_get_user_info"),
        (json!({"id": "a\0b"}), "/failed?error=unable_to_get_user_info"),
        (json!({"id": ""}), "/failed?error=unable_to_get_user_info"),
    ] {
        let answer = provider.sign_in(&mut server.browser(), Consent::of(but(profile("Ada"), change))).await;
        assert_eq!(outcome(&answer), (page, false));
    }
    assert_eq!(server.count("user").await, 0);
}

#[actix_web::test]
async fn a_form_is_sent_on_to_the_get_with_what_is_known_and_the_query_before_it() {
    let (_provider, server) = plain().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = b"state=s&user=%7B%7D&code=c&id_token=t&iss=i";
    let answer = server.browser().send("POST", "/callback/acme?code=q", &form, Some(body)).await;
    let expected = "http://localhost:3000/api/auth/callback/acme?code=q&state=s&user=%7B%7D&iss=i";
    assert_eq!(outcome(&answer), (expected, false));
    let twice = server.browser().send("POST", "/callback/acme", &form, Some(b"code=a&code=b")).await;
    assert_eq!(twice.status, 400, "{twice:?}");
    let mut member = server.member("Ada").await;
    member.origin = Some("https://acme.example".to_owned());
    assert_eq!(member.send("POST", "/callback/acme", &form, Some(body)).await.status, 403);
}

#[actix_web::test]
async fn nobody_becomes_a_user_where_that_is_off_and_who_asks_where_it_must_be_asked_for() {
    let provider = Provider::start().await;
    for (setting, asked) in [("disable_sign_up = true", false), ("disable_implicit_sign_up = true", true)] {
        let server = Server::with(&configured(&[provider.plain(setting)], "")).await;
        let answer = provider.sign_in(&mut server.browser(), Consent::of(profile("Ada"))).await;
        assert_eq!(outcome(&answer), ("/failed?error=signup_disabled", false));
        let mut browser = server.browser();
        let url = begin(&mut browser, &but(pages(), json!({"requestSignUp": true}))).await;
        let answer = browser.get(&provider.consent(&url, Consent::of(profile("Ada")))).await;
        assert_eq!(outcome(&answer).1, asked, "{setting}");
    }
}

#[actix_web::test]
async fn a_banned_user_is_let_in_by_no_provider() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("")], "plugins.admin.enabled = true")).await;
    provider.sign_in(&mut server.browser(), Consent::of(profile("Ada"))).await;
    server.sql("UPDATE {user} SET {user:banned} = $1", &[true.into()]).await;
    let mut browser = server.browser();
    let answer = provider.sign_in(&mut browser, Consent::of(profile("Ada"))).await;
    let (page, session) = outcome(&answer);
    assert!(page.starts_with("http://localhost:3000/api/auth/error?error=banned&error_description=You+have+been"));
    assert!(!session && user(&mut browser).await.is_null());
    assert_eq!(server.count("session").await, 1);
}

#[actix_web::test]
async fn a_profile_takes_the_place_of_the_users_own_where_each_sign_in_is_to_bring_it() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("override_user_info = true")], "")).await;
    server.member("Bob").await;
    let mut browser = server.browser();
    provider.sign_in(&mut browser, Consent::of(profile("Ada"))).await;
    let changed = but(profile("Ada"), json!({"name": "Lady Ada", "picture": null, "email": "lady@example.com"}));
    provider.sign_in(&mut browser, Consent::of(changed.clone())).await;
    let ada = user(&mut browser).await;
    assert_eq!((&ada["name"], &ada["email"]), (&json!("Lady Ada"), &json!("lady@example.com")));
    let taken = but(changed, json!({"email": "bob@example.com", "name": "Bob?"}));
    assert!(outcome(&provider.sign_in(&mut browser, Consent::of(taken)).await).1);
    assert_eq!(user(&mut browser).await["email"], "lady@example.com");
}

#[actix_web::test]
async fn whoever_signs_up_with_an_address_that_is_not_verified_gets_a_link_where_that_is_configured() {
    for (settings, mails) in [("[email_verification]\nsend_on_sign_up = true\n", 1), ("", 0)] {
        let (provider, mailbox) = (Provider::start().await, Mailbox::open().await);
        let toml = configured(&[provider.plain("")], &format!("{}{settings}", mailbox.toml()));
        let server = Server::with(&toml).await;
        let mut browser = server.browser();
        let stranger = but(profile("Ada"), json!({"email_verified": false}));
        provider.sign_in(&mut browser, Consent::of(stranger.clone())).await;
        let sent = mailbox.all(&server).await;
        assert_eq!(sent.len(), mails, "{settings}");
        for mail in sent {
            browser.get(&mail.path()).await;
            assert_eq!(user(&mut browser).await["emailVerified"], true);
        }
        provider.sign_in(&mut server.browser(), Consent::of(stranger)).await;
        assert!(mailbox.all(&server).await.is_empty(), "at the sign-up alone");
    }
}
