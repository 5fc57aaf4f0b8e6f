//! Each act and its line.

use std::collections::BTreeMap;

use serde_json::json;

use super::{ADMINS, TOKENS, admin, id, member, operator, sign_in, told, trail};
use crate::harness::provider::{Consent, Provider, begin, but, configured, parameters, profile};
use crate::harness::{Mailbox, Server, person};

#[actix_web::test]
async fn what_people_do_with_their_accounts() {
    let mail = Mailbox::open().await;
    let more = "[user.delete_user]\nenabled = true\n[user.change_email]\nenabled = true\n";
    let server = Server::with(&format!("{}{more}", mail.toml())).await;
    let (mut ada, ada_id) = member(&server, "Ada").await;
    server.browser().post("/send-verification-email", &json!({ "email": "ada@example.com" })).await;
    let link = mail.one(&server).await.path();
    server.browser().get(&link).await;
    ada.post("/change-email", &json!({ "newEmail": "countess@example.com" })).await;
    let link = mail.one(&server).await.path();
    ada.get(&link).await;
    let link = mail.one(&server).await.path();
    ada.get(&link).await;
    ada.post("/update-user", &json!({ "name": "Countess", "image": "https://example.com/a.png" })).await;
    sign_in(&server, "Nobody", "correct horse Ada").await;
    ada.post("/revoke-other-sessions", &json!({})).await;
    server.browser().post("/request-password-reset", &json!({ "email": "countess@example.com" })).await;
    let token = mail.one(&server).await.text_of("token").to_owned();
    server.browser().post("/reset-password", &json!({"token": token, "newPassword": "another horse"})).await;
    let change =
        json!({"currentPassword": "another horse", "newPassword": "one more horse", "revokeOtherSessions": true});
    ada.post("/change-password", &change).await;
    ada.post("/sign-out", &json!({})).await;
    let mut ada = server.browser();
    ada.post("/sign-in/email", &json!({"email": "countess@example.com", "password": "one more horse"})).await;
    ada.post("/delete-user", &json!({ "password": "one more horse" })).await;
    let lines = told(&server, &BTreeMap::from([(ada_id, "Ada")])).await;
    assert_eq!(
        lines,
        [
            "user.created anonymous -> Ada",
            "session.created Ada -> Ada",
            "email.verified anonymous -> Ada",
            "email-change.requested Ada -> Ada",
            r#"email.changed Ada -> Ada {"verified":true}"#,
            "email.verified Ada -> Ada",
            r#"user.updated Ada -> Ada {"fields":["name","image"]}"#,
            "sign-in.failed anonymous -> nobody INVALID_EMAIL_OR_PASSWORD",
            "password-reset.requested anonymous -> Ada",
            "password.changed anonymous -> Ada",
            "password.changed Ada -> Ada",
            "session.revoked Ada -> Ada",
            "session.created Ada -> Ada",
            "session.revoked Ada -> Ada",
            "session.created Ada -> Ada",
            "session.revoked Ada -> Ada",
            "user.deleted Ada -> Ada",
        ]
    );
}

#[actix_web::test]
async fn what_admins_do_to_people() {
    let server = Server::with(ADMINS).await;
    let (mut ada, ada_id) = admin(&server, "Ada").await;
    let (bob, bob_id) = member(&server, "Bob").await;
    let token = bob.clone().get("/get-session").await.json()["session"]["token"].clone();
    let before = told(&server, &BTreeMap::new()).await.len();
    let eve = json!({"name": "Eve", "email": "eve@example.com", "password": "correct horse Eve", "role": "user"});
    let eve_id = ada.post("/admin/create-user", &eve).await.json()["user"]["id"].as_str().expect("an id").to_owned();
    ada.post("/admin/set-user-password", &json!({"userId": bob_id, "newPassword": "another horse"})).await;
    ada.post("/admin/revoke-user-session", &json!({ "sessionToken": token })).await;
    ada.post("/admin/update-user", &json!({"userId": bob_id, "data": {"name": "Robert", "email": "r@example.com"}}))
        .await;
    ada.post("/admin/ban-user", &json!({ "userId": bob_id })).await;
    ada.post("/admin/unban-user", &json!({ "userId": bob_id })).await;
    ada.post("/admin/set-role", &json!({ "userId": bob_id, "role": ["user", "support"] })).await;
    ada.post("/admin/remove-user", &json!({ "userId": eve_id })).await;
    // Without a password.
    let dan = json!({"name": "Dan", "email": "dan@example.com"});
    let dan_id = ada.post("/admin/create-user", &dan).await.json()["user"]["id"].as_str().expect("an id").to_owned();
    let names = BTreeMap::from([(ada_id, "Ada"), (bob_id, "Bob"), (eve_id, "Eve"), (dan_id, "Dan")]);
    let lines = told(&server, &names).await;
    assert_eq!(
        lines[before..],
        [
            r#"user.created Ada -> Eve {"role":"user"}"#,
            "password.changed Ada -> Bob",
            "session.revoked Ada -> Bob",
            r#"email.changed Ada -> Bob {"verified":false}"#,
            r#"user.updated Ada -> Bob {"fields":["name"]}"#,
            r#"user.banned Ada -> Bob {"banReason":"No reason","banExpires":null}"#,
            "user.unbanned Ada -> Bob",
            r#"role.changed Ada -> Bob {"before":"user","after":"user,support"}"#,
            "user.deleted Ada -> Eve",
            r#"user.created Ada -> Dan {"role":"user"}"#,
        ]
    );
}

#[actix_web::test]
async fn what_changes_nothing_leaves_no_line() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.openid("override_user_info = true")], ADMINS)).await;
    let (mut ada, _) = admin(&server, "Ada").await;
    let (mut bob, bob_id) = member(&server, "Bob").await;
    let before = trail(&server).await.len();
    bob.post("/update-user", &json!({ "name": "Bob" })).await;
    for path in ["ban", "ban", "unban", "unban"] {
        let answer = ada.post(&format!("/admin/{path}-user"), &json!({ "userId": bob_id })).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    ada.post("/admin/set-role", &json!({ "userId": bob_id, "role": "user" })).await;
    let token = json!({"token": provider.id_token(&but(profile("Eve"), json!({"email": "eve@example.com"})))});
    for _ in 0..2 {
        let body = json!({"provider": "acme", "idToken": token});
        assert_eq!(server.browser().post("/sign-in/social", &body).await.status, 200);
    }
    let told: Vec<_> = trail(&server).await.split_off(before).into_iter().map(|line| line.action).collect();
    assert_eq!(
        told,
        [
            "user.banned",
            "session.revoked",
            "user.unbanned",
            "user.created",
            "account.linked",
            "session.created",
            "session.created",
        ]
    );
}

#[actix_web::test]
async fn what_becomes_other_of_a_session_or_an_account_is_told_once() {
    let provider = Provider::start().await;
    let device = "[session.additional_fields.device]\ntype = \"string\"\nrequired = false\n";
    let server = Server::with(&configured(&[provider.openid("")], device)).await;
    let (mut ada, ada_id) = member(&server, "Ada").await;
    let before = told(&server, &BTreeMap::new()).await.len();
    for _ in 0..2 {
        assert_eq!(ada.post("/update-session", &json!({ "device": "an engine" })).await.status, 200);
        let token = json!({"token": provider.id_token(&profile("Ada"))});
        let answer = ada.post("/link-social", &json!({"provider": "acme", "idToken": token})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let account = server.rows("SELECT {account.*} FROM {account} WHERE {account.providerId} = 'acme'", &[]).await;
    let account = account[0].text("account.id").expect("an id");
    let details = format!(r#"{{"providerId":"acme","account":"{account}"}}"#);
    assert_eq!(
        told(&server, &BTreeMap::from([(ada_id, "Ada")])).await[before..],
        [
            r#"session.updated Ada -> Ada {"fields":["device"]}"#.to_owned(),
            format!("account.linked Ada -> Ada {details}"),
            format!("account.updated Ada -> Ada {details}"),
        ]
    );
}

#[actix_web::test]
async fn who_comes_from_a_provider_and_who_is_turned_away_there() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.openid("")], TOKENS)).await;
    let mut ada = server.browser();
    let token = json!({"token": provider.id_token(&profile("Ada"))});
    let answer = ada.post("/sign-in/social", &json!({"provider": "acme", "idToken": token})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let ada_id = id(&ada).await;
    let forged = json!({"provider": "acme", "idToken": {"token": "x.y.z"}});
    assert_eq!(server.browser().post("/sign-in/social", &forged).await.status, 401);
    // What no standard has could be written by whoever began the flow.
    for error in ["access_denied", "login_required", "BANNED_USER"] {
        let mut bob = server.browser();
        let url = begin(&mut bob, &json!({"provider": "acme", "callbackURL": "/home"})).await;
        bob.get(&format!("/callback/acme?state={}&error={error}", parameters(&url)["state"])).await;
    }
    let lines = told(&server, &BTreeMap::from([(ada_id, "Ada")])).await;
    let account = server.rows("SELECT {account.*} FROM {account}", &[]).await[0].text("account.id").expect("an id");
    assert_eq!(
        lines,
        [
            "user.created anonymous -> Ada".to_owned(),
            format!(r#"account.linked anonymous -> Ada {{"providerId":"acme","account":"{account}"}}"#),
            "session.created Ada -> Ada".to_owned(),
            "sign-in.failed anonymous -> nobody INVALID_TOKEN".to_owned(),
            "sign-in.failed anonymous -> nobody access_denied".to_owned(),
            "sign-in.failed anonymous -> nobody login_required".to_owned(),
            "sign-in.failed anonymous -> nobody other".to_owned(),
        ]
    );
}

#[actix_web::test]
async fn whoever_links_an_account_or_may_not_is_named() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.openid("")], "")).await;
    let (mut ada, ada_id) = member(&server, "Ada").await;
    let (mut bob, bob_id) = member(&server, "Bob").await;
    let before = trail(&server).await.len();
    let begun = ada.post("/link-social", &json!({"provider": "acme", "callbackURL": "/linked"})).await.json();
    let url = begun["url"].as_str().expect("a URL").to_owned();
    let answer = ada.get(&provider.consent(&url, Consent::of(profile("Ada")))).await;
    assert_eq!(answer.header("location"), Some("/linked"));
    let shown = |token: &str| json!({"provider": "acme", "idToken": {"token": token}});
    let ada_there = provider.id_token(&but(profile("Ada"), json!({"email": "bob@example.com"})));
    for (token, status) in [
        ("x.y.z", 401),
        (&*provider.id_token(&but(profile("Bob"), json!({"email": "else@example.com"}))), 401),
        (&*ada_there, 409),
    ] {
        assert_eq!(bob.post("/link-social", &shown(token)).await.status, status);
    }
    assert_eq!(server.browser().post("/link-social", &shown("x.y.z")).await.status, 401);
    let told = told(&server, &BTreeMap::from([(ada_id, "Ada"), (bob_id, "Bob")])).await;
    let told: Vec<_> = told.iter().map(|line| line.split(" {").next().unwrap_or_default()).collect();
    assert_eq!(
        told[before - 1..],
        [
            "account.linked Ada -> Ada",
            "account.linked Bob -> Bob INVALID_TOKEN",
            "account.linked Bob -> Bob LINKING_DIFFERENT_EMAILS_NOT_ALLOWED",
            "account.linked Bob -> Bob SOCIAL_ACCOUNT_ALREADY_LINKED",
        ]
    );
}

#[actix_web::test]
async fn a_key_in_the_place_of_the_only_one_signs_immediately() {
    let server = Server::with(TOKENS).await;
    let jwks = server.browser().get("/jwks").await.json();
    let kid = jwks["keys"][0]["kid"].as_str().expect("a kid").to_owned();
    let answer = operator(&server).post("/admin/jwks/revoke", &json!({ "kid": kid })).await.json();
    let made = trail(&server).await.pop().expect("a line");
    assert_eq!((made.action.as_str(), &made.details["kid"]), ("key.created", &answer["successor"]));
    assert_eq!(made.details["immediately"], true);
}

#[actix_web::test]
async fn what_is_done_to_keys() {
    let server = Server::with(TOKENS).await;
    let first = trail(&server).await;
    assert_eq!((first[0].action.as_str(), first[0].actor_type.as_str()), ("key.created", "system"));
    let mut operator = operator(&server);
    let rotated = operator.post("/admin/jwks/rotate", &json!({"immediately": true})).await.json();
    let new = rotated["key"]["kid"].as_str().expect("a kid").to_owned();
    let revoked = operator.post("/admin/jwks/revoke", &json!({ "kid": new })).await.json();
    operator.post("/admin/jwks/revoke", &json!({ "kid": new })).await;
    let told = told(&server, &BTreeMap::from([("41184f62".to_owned(), "the operator")])).await;
    let told: Vec<_> = told.iter().map(|line| line.replace(&new, "NEW")).collect();
    assert_eq!(
        told[..2],
        [
            r#"key.rotated the operator -> nobody {"kid":"NEW","alg":"EdDSA","immediately":true}"#,
            &format!(r#"key.revoked the operator -> nobody {{"kid":"NEW","safeAt":{}}}"#, revoked["safeAt"]),
        ]
    );
    assert!(told[2].starts_with("key.created the operator -> nobody"), "somebody has to sign: {told:?}");
    assert_eq!(told.len(), 3, "and nothing for what was revoked before: {told:?}");
}

#[actix_web::test]
async fn a_ban_that_ends_many_sessions_has_a_line_for_each() {
    let server = Server::with(ADMINS).await;
    let (mut ada, _) = admin(&server, "Ada").await;
    let (_, bob_id) = member(&server, "Bob").await;
    for _ in 0..99 {
        let draft = server.parts().house.sessions.draft(
            &bob_id,
            true,
            signet::session::Origin { ip_address: String::new(), user_agent: String::new() },
        );
        server.store().create_session(draft).await.expect("a session");
    }
    let before = server.statements().await;
    assert_eq!(ada.post("/admin/ban-user", &json!({ "userId": bob_id })).await.status, 200);
    assert!(server.statements().await - before < 25, "{} statements", server.statements().await - before);
    let lines = trail(&server).await;
    let ended: std::collections::HashSet<_> =
        lines.iter().filter(|line| line.action == "session.revoked").map(|line| &line.session_id).collect();
    assert_eq!(ended.len(), 100);
}

#[actix_web::test]
async fn nothing_is_written_of_what_only_reads_or_goes_on() {
    let server = Server::with("[session]\nupdate_age = 0\n").await;
    let mut ada = server.member("Ada").await;
    let before = (trail(&server).await.len(), server.count("session").await);
    server.wait(10);
    for path in ["/get-session", "/token", "/list-sessions", "/list-accounts", "/list-activity"] {
        assert_eq!(ada.get(path).await.status, 200, "{path}");
    }
    assert_eq!((trail(&server).await.len(), server.count("session").await), before);
    let statements = server.statements().await;
    server.browser().post("/sign-in/email", &person("Ada")).await;
    assert_eq!(server.statements().await - statements, 3 + 2, "a sign-in costs one more, and its transaction");
}
