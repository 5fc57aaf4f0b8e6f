//! Whose user somebody is: nobody gets into another's account by an address that was not proved.

use serde_json::json;
use signet::store::Value;

use super::{outcome, plain, user};
use crate::harness::provider::{Consent, Provider, begin, but, configured, pages, profile};
use crate::harness::{Server, person};

const NOT_LINKED: (&str, bool) = ("/failed?error=account_not_linked", false);

async fn verify(server: &Server, email: &str, verified: bool) {
    let values: [Value; 2] = [email.into(), verified.into()];
    server.sql("UPDATE {user} SET {user:emailVerified} = $2 WHERE {user.email} = $1", &values).await;
}

#[actix_web::test]
async fn t48_an_account_becomes_a_users_by_its_address_only_if_both_sides_have_verified_it() {
    let (provider, server) = plain().await;
    for (nth, (here, there, linked)) in [
        (false, json!(true), false),
        (true, json!(false), false),
        (true, json!(null), false),
        (true, json!("true"), false),
        (true, json!("false"), false),
        (true, json!(1), false),
        (false, json!(false), false),
        (true, json!(true), true),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("Ada{nth}");
        server.member(&name).await;
        verify(&server, &format!("{}@example.com", name.to_lowercase()), here).await;
        let shouting = json!({"email_verified": there, "email": format!("{}@EXAMPLE.com", name.to_uppercase())});
        let consent = Consent::of(but(profile(&name), shouting));
        let answer = provider.sign_in(&mut server.browser(), consent).await;
        assert_eq!(outcome(&answer), if linked { ("/home", true) } else { NOT_LINKED }, "{here} {there}");
    }
}

#[actix_web::test]
async fn t48_what_is_trusted_or_required_is_the_deployments_choice() {
    let provider = Provider::start().await;
    for (settings, here, there, linked) in [
        ("trusted_providers = [\"acme\"]", true, false, true),
        ("trusted_providers = [\"acme\"]", false, false, false),
        ("trusted_providers = [\"another\"]", true, false, false),
        ("require_local_email_verified = false", false, true, true),
        ("require_local_email_verified = false", false, false, false),
        ("disable_implicit_linking = true", true, true, false),
        ("enabled = false", true, true, false),
    ] {
        let config = configured(&[provider.plain("")], &format!("[account.account_linking]\n{settings}\n"));
        let server = Server::with(&config).await;
        server.member("Ada").await;
        verify(&server, "ada@example.com", here).await;
        let consent = Consent::of(but(profile("Ada"), json!({"email_verified": there})));
        let answer = provider.sign_in(&mut server.browser(), consent).await;
        assert_eq!(outcome(&answer), if linked { ("/home", true) } else { NOT_LINKED }, "{settings} {here} {there}");
    }
}

#[actix_web::test]
async fn t49_whoever_took_an_address_before_its_owner_proved_it_has_nothing_afterwards() {
    let provider = Provider::start().await;
    let more = "[account.account_linking]\nrequire_local_email_verified = false\nallow_different_emails = true\n";
    let server = Server::with(&configured(&[provider.plain("")], more)).await;
    let mut mallory = server.member("Victim").await;
    let body = json!({"provider": "acme", "callbackURL": "/linked", "errorCallbackURL": "/failed"});
    let url = mallory.post("/link-social", &body).await.json()["url"].as_str().unwrap().to_owned();
    let answer = mallory.get(&provider.consent(&url, Consent::of(profile("Mallory")))).await;
    assert_eq!(outcome(&answer).0, "/linked");
    let mut victim = server.browser();
    assert_eq!(outcome(&provider.sign_in(&mut victim, Consent::of(profile("Victim"))).await), ("/home", true));
    assert_eq!(user(&mut victim).await["emailVerified"], true);
    assert!(user(&mut mallory).await.is_null(), "the session is gone");
    assert_eq!(server.browser().post("/sign-in/email", &person("Victim")).await.status, 401, "and the password");
    let again = provider.sign_in(&mut server.browser(), Consent::of(profile("Mallory"))).await;
    assert_eq!(outcome(&again), ("/welcome", true), "and the account: it makes a user of its own");
    let accounts = victim.get("/list-accounts").await.json();
    assert_eq!(accounts.as_array().unwrap().len(), 1);
    assert_eq!(accounts[0]["accountId"], "victim-there");
}

#[actix_web::test]
async fn t49_a_provider_that_verifies_nothing_proves_nothing() {
    let provider = Provider::start().await;
    let more = "[account.account_linking]\nrequire_local_email_verified = false\ntrusted_providers = [\"acme\"]\n";
    let server = Server::with(&configured(&[provider.plain("")], more)).await;
    let mut ada = server.member("Ada").await;
    let consent = Consent::of(but(profile("Ada"), json!({"email_verified": false})));
    assert!(outcome(&provider.sign_in(&mut server.browser(), consent).await).1);
    assert_eq!(user(&mut ada).await["emailVerified"], false);
    assert_eq!(ada.get("/list-accounts").await.json().as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_session_is_for_verified_addresses_alone_where_the_provider_is_configured_so() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("require_email_verification = true")], "")).await;
    let unverified = but(profile("Ada"), json!({"email_verified": false}));
    let answer = provider.sign_in(&mut server.browser(), Consent::of(unverified)).await;
    assert_eq!(outcome(&answer), ("/failed?error=email_not_verified", false));
    let answer = provider.sign_in(&mut server.browser(), Consent::of(profile("Ada"))).await;
    assert_eq!(outcome(&answer), ("/home", true), "which the provider now says it is");
}

#[actix_web::test]
async fn tokens_are_renewed_by_each_sign_in_unless_that_is_off_and_scopes_stay() {
    let provider = Provider::start().await;
    for (setting, renewed) in [("", true), ("account.update_account_on_sign_in = false", false)] {
        let server = Server::with(&configured(&[provider.plain("")], setting)).await;
        let kept = async || {
            let rows = server.rows("SELECT {account.*} FROM {account}", &[]).await;
            (rows[0].text("account.accessToken").unwrap(), rows[0].text("account.scope").unwrap())
        };
        provider.sign_in(&mut server.browser(), Consent::of(profile("Ada"))).await;
        let first = kept().await;
        let narrower = Consent { scope: Some("email"), ..Consent::of(profile("Ada")) };
        provider.sign_in(&mut server.browser(), narrower).await;
        let second = kept().await;
        assert_eq!((first.0 != second.0, second.1.as_str()), (renewed, "openid,profile,email"), "{setting}");
    }
}

#[actix_web::test]
async fn the_profile_of_a_linked_account_is_taken_over_where_that_is_wanted() {
    let provider = Provider::start().await;
    for (wanted, name) in [(true, "Lady Ada"), (false, "Ada")] {
        let more = format!("[account.account_linking]\nupdate_user_info_on_link = {wanted}\n");
        let server = Server::with(&configured(&[provider.plain("")], &more)).await;
        let mut ada = server.member("Ada").await;
        verify(&server, "ada@example.com", true).await;
        let consent = Consent::of(but(profile("Ada"), json!({"name": "Lady Ada"})));
        let url = begin(&mut ada, &pages()).await;
        assert_eq!(outcome(&ada.get(&provider.consent(&url, consent)).await), ("/home", true));
        assert_eq!(user(&mut ada).await["name"], name);
    }
}
