//! POST /link-social.

use serde_json::{Value, json};

use crate::harness::browser::Answer;
use crate::harness::provider::{Consent, Provider, but, configured, profile};
use crate::harness::{Browser, Server, person};

async fn site(more: &str) -> (Provider, Server) {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.openid("")], more)).await;
    (provider, server)
}

/// Begins to link; the URL of the provider.
async fn begin(browser: &mut Browser<'_>) -> String {
    let body = json!({"provider": "acme", "callbackURL": "/linked", "errorCallbackURL": "/failed"});
    let answer = browser.post("/link-social", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["url"].as_str().unwrap().to_owned()
}

async fn link(provider: &Provider, browser: &mut Browser<'_>, consent: Consent) -> String {
    let url = begin(browser).await;
    let answer = browser.get(&provider.consent(&url, consent)).await;
    assert!(!answer.cookies().iter().any(|line| line.contains("session_token=")), "{answer:?}");
    answer.header("location").unwrap().to_owned()
}

async fn present(provider: &Provider, browser: &mut Browser<'_>, person: Value) -> Answer {
    let body = json!({"provider": "acme", "idToken": {"token": provider.id_token(&person)}});
    browser.post("/link-social", &body).await
}

async fn accounts(browser: &mut Browser<'_>) -> usize {
    browser.get("/list-accounts").await.json().as_array().map_or(0, Vec::len)
}

#[actix_web::test]
async fn an_account_that_the_user_shows_is_linked_and_can_be_linked_again_with_more_scopes() {
    let (provider, server) = site("").await;
    let mut ada = server.member("Ada").await;
    server.wait(1);
    assert_eq!(link(&provider, &mut ada, Consent::of(profile("Ada"))).await, "/linked");
    let more = Consent { scope: Some("email repo"), ..Consent::of(profile("Ada")) };
    assert_eq!(link(&provider, &mut ada, more).await, "/linked");
    let listed = ada.get("/list-accounts").await.json();
    assert_eq!(listed[1]["scopes"], json!(["openid", "profile", "email", "repo"]));
    let answer = present(&provider, &mut ada, profile("Ada")).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"url":"","status":true,"redirect":false}"#));
    assert_eq!(accounts(&mut ada).await, 2);
}

#[actix_web::test]
async fn an_account_of_another_address_or_an_unverified_one_is_linked_where_that_is_allowed() {
    let other = || but(profile("Ada"), json!({"email": "else@example.com"}));
    let unverified = || but(profile("Ada"), json!({"email_verified": false}));
    for (more, person, page, code) in [
        ("", other(), "/failed?error=email_does_not_match", Some("LINKING_DIFFERENT_EMAILS_NOT_ALLOWED")),
        ("", unverified(), "/failed?error=unable_to_link_account", Some("LINKING_NOT_ALLOWED")),
        ("allow_different_emails = true", other(), "/linked", None),
        ("trusted_providers = [\"acme\"]", unverified(), "/linked", None),
        ("enabled = false", profile("Ada"), "/failed?error=unable_to_link_account", Some("LINKING_NOT_ALLOWED")),
        ("disable_implicit_linking = true", profile("Ada"), "/linked", None),
    ] {
        let (provider, server) = site(&format!("[account.account_linking]\n{more}\n")).await;
        let mut ada = server.member("Ada").await;
        let answer = present(&provider, &mut ada, person.clone()).await;
        assert_eq!((answer.status, answer.code().as_deref()), (if code.is_some() { 401 } else { 200 }, code), "{more}");
        let mut bob = server.member("Bob").await;
        let theirs = but(person, json!({"id": "bob-there", "sub": "bob-there"}));
        let theirs = if theirs["email"] == "ada@example.com" {
            but(theirs, json!({"email": "bob@example.com"}))
        } else {
            theirs
        };
        assert_eq!(link(&provider, &mut bob, Consent::of(theirs)).await, page, "{more}");
    }
}

#[actix_web::test]
async fn t50_the_account_of_another_user_stays_theirs() {
    let (provider, server) = site("account.account_linking.allow_different_emails = true").await;
    let mut ada = server.browser();
    provider.sign_in(&mut ada, Consent::of(profile("Ada"))).await;
    let mut mallory = server.member("Mallory").await;
    let page = link(&provider, &mut mallory, Consent::of(profile("Ada"))).await;
    assert_eq!(page, "/failed?error=account_already_linked_to_different_user");
    let answer = present(&provider, &mut mallory, profile("Ada")).await;
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (409, r#"{"message":"Social account already linked","code":"SOCIAL_ACCOUNT_ALREADY_LINKED"}"#)
    );
    assert_eq!((accounts(&mut ada).await, accounts(&mut mallory).await), (1, 1));
}

#[actix_web::test]
async fn t50_an_account_is_linked_to_whoever_asked_for_it_whoever_comes_back() {
    let (provider, server) = site("").await;
    let (mut ada, mut bob) = (server.member("Ada").await, server.member("Bob").await);
    let back = provider.consent(&begin(&mut ada).await, Consent::of(profile("Ada")));
    assert_eq!(bob.get(&back).await.header("location"), Some("/failed?error=state_mismatch"));
    begin(&mut bob).await;
    assert_eq!(bob.get(&back).await.header("location"), Some("/failed?error=state_mismatch"));
    // Bob signs in in the browser in which Ada began: the flow is still hers, and so is the account.
    let session = bob.jar["better-auth.session_token"].clone();
    ada.jar.insert("better-auth.session_token".to_owned(), session);
    assert_eq!(ada.get(&back).await.header("location"), Some("/linked"));
    assert_eq!(accounts(&mut bob).await, 1);
    let rows = server.rows("SELECT {user.*} FROM {user} JOIN {account} ON {account.userId} = {user.id} WHERE {account.providerId} = 'acme'", &[]).await;
    assert_eq!(rows[0].text("user.email").unwrap(), "ada@example.com");
}

#[actix_web::test]
async fn t50_nothing_is_linked_once_the_session_is_gone_in_which_it_was_asked_for() {
    let (provider, server) = site("").await;
    let mut ada = server.member("Ada").await;
    let back = provider.consent(&begin(&mut ada).await, Consent::of(profile("Ada")));
    let mut elsewhere = server.browser();
    elsewhere.post("/sign-in/email", &person("Ada")).await;
    elsewhere.post("/revoke-other-sessions", &json!({})).await;
    assert_eq!(ada.get(&back).await.header("location"), Some("/failed?error=unable_to_link_account"));
    assert_eq!(accounts(&mut elsewhere).await, 1);
    let dump = server.dump();
    let token = elsewhere.jar["better-auth.session_token"].split('.').next().unwrap().to_owned();
    begin(&mut elsewhere).await;
    assert_eq!(
        server.dump().matches(&token).count(),
        dump.matches(&token).count(),
        "a session's token is encrypted in a flow"
    );
}

#[actix_web::test]
async fn t50_of_two_users_who_link_one_account_at_once_one_has_it() {
    let (provider, server) = site("account.account_linking.allow_different_emails = true").await;
    for round in 0..5 {
        let (mut ada, mut bob) =
            (server.member(&format!("Ada{round}")).await, server.member(&format!("Bob{round}")).await);
        let shared = profile(&format!("Shared{round}"));
        let (one, other) = futures_util::future::join(
            present(&provider, &mut ada, shared.clone()),
            present(&provider, &mut bob, shared),
        )
        .await;
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "in round {round}");
    }
}

#[actix_web::test]
async fn nobody_links_anything_and_no_provider_that_is_not_there() {
    let (_provider, server) = site("").await;
    let answer = server.browser().post("/link-social", &json!({"provider": "acme"})).await;
    assert_eq!((answer.status, answer.code().as_deref()), (401, Some("UNAUTHORIZED")));
    let mut ada = server.member("Ada").await;
    let answer = ada.post("/link-social", &json!({"provider": "nobody"})).await;
    assert_eq!((answer.status, answer.code().as_deref()), (404, Some("PROVIDER_NOT_FOUND")));
}

#[actix_web::test]
async fn t50_the_last_account_can_be_taken_away_only_where_that_is_configured() {
    for (more, status) in [("", 400), ("account.account_linking.allow_unlinking_all = true", 200)] {
        let (provider, server) = site(more).await;
        let mut ada = server.browser();
        provider.sign_in(&mut ada, Consent::of(profile("Ada"))).await;
        let id = ada.get("/list-accounts").await.json()[0]["id"].clone();
        assert_eq!(ada.post("/unlink-account", &json!({"accountId": id})).await.status, status);
    }
}
