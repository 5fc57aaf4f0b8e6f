//! Notices to an application of what happens to users and sessions.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use secrecy::SecretString;
use serde_json::{Value, json};
use signet::crypto::WebhookSigner;
use signet::store::UserChanges;

use crate::harness::browser::Answer;
use crate::harness::mailbox::Mail;
use crate::harness::provider::{Consent, Provider, configured, profile};
use crate::harness::{Browser, Mailbox, Server, load, person};

/// A server with all that has something to tell, and where it tells it.
struct Site {
    notices: Mailbox,
    mails: Mailbox,
    provider: Provider,
    server: Server,
}

const MORE: &str = "
    [user.delete_user]
    enabled = true
    [user.change_email]
    enabled = true
    [email_and_password]
    revoke_sessions_on_password_reset = true
    [account.account_linking]
    require_local_email_verified = false
    [user.additional_fields.plan]
    type = \"string\"
    required = false
    [user.additional_fields.remark]
    type = \"string\"
    required = false
    returned = false
";

impl Site {
    async fn new() -> Self {
        let (notices, mails, provider) = (Mailbox::open().await, Mailbox::open().await, Provider::start().await);
        let toml = format!("{}{}{MORE}", notices.notices(""), mails.toml());
        let server = Server::with(&configured(&[provider.openid("")], &toml)).await;
        Self { notices, mails, provider, server }
    }

    async fn told(&self) -> Vec<Mail> {
        self.notices.all(&self.server).await
    }

    async fn told_types(&self) -> Vec<String> {
        types(&self.told().await)
    }

    /// All that must be in no notice.
    async fn secrets(&self) -> Vec<String> {
        let mut secrets = vec!["$argon2".to_owned(), "a hidden remark".to_owned(), "correct horse".to_owned()];
        for row in self.server.rows("SELECT {session.*} FROM {session}", &[]).await {
            secrets.push(row.text("session.token").expect("a token"));
        }
        for row in self.server.rows("SELECT {account.*} FROM {account}", &[]).await {
            for column in ["account.accessToken", "account.refreshToken", "account.idToken", "account.password"] {
                secrets.extend(row.optional_text(column).expect("a text"));
            }
        }
        secrets
    }
}

fn types(told: &[Mail]) -> Vec<String> {
    told.iter().map(|notice| notice.text_of("type").to_owned()).collect()
}

async fn sign_up(server: &Server) -> (Browser<'_>, Answer) {
    let mut body = person("Ada");
    body["plan"] = "gold".into();
    body["remark"] = "a hidden remark".into();
    let mut browser = server.browser();
    let answer = browser.post("/sign-up/email", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    (browser, answer)
}

async fn sign_in(server: &Server, password: &str) -> u16 {
    server.browser().post("/sign-in/email", &json!({ "email": "ada@example.com", "password": password })).await.status
}

#[actix_web::test]
async fn each_event_is_told_once_with_its_body_and_nothing_secret() {
    let site = Site::new().await;
    let (server, mut seen, mut secrets) = (&site.server, Vec::new(), Vec::new());
    let (mut ada, signed_up) = sign_up(server).await;
    let session = ada.get("/get-session").await.json()["session"].clone();
    secrets.extend(site.secrets().await);
    let told = site.told().await;
    assert_eq!(types(&told), ["user.created", "session.created"]);
    let now = json!(server.now());
    let created = json!({ "type": "user.created", "timestamp": now, "data": signed_up.json()["user"] });
    assert_eq!((told[0].body.to_string(), &told[0].body["data"]["plan"]), (created.to_string(), &json!("gold")));
    let data = json!({
        "id": session["id"], "userId": signed_up.json()["user"]["id"], "createdAt": now,
        "expiresAt": session["expiresAt"], "ipAddress": session["ipAddress"], "userAgent": session["userAgent"],
    });
    let created = json!({ "type": "session.created", "timestamp": now, "data": data });
    assert_eq!(told[1].body.to_string(), created.to_string());
    seen.extend(told);

    server.wait(1);
    ada.post("/update-user", &json!({ "name": "Countess" })).await;
    let told = site.told().await;
    assert_eq!(types(&told), ["user.updated"]);
    assert_eq!(told[0].body["data"], ada.get("/get-session").await.json()["user"]);
    seen.extend(told);

    server.browser().post("/send-verification-email", &json!({ "email": "ada@example.com" })).await;
    let link = site.mails.one(server).await.path();
    for times in [1, 0] {
        assert!(server.browser().get(&link).await.status < 400);
        let told = site.told().await;
        assert_eq!(types(&told), [vec!["user.updated", "email.verified"], vec![]][1 - times], "the link is used again");
        assert!(told.iter().all(|notice| notice.body["data"]["emailVerified"] == true));
        seen.extend(told);
    }

    ada.post("/update-user", &json!({ "plan": "silver" })).await;
    let told = site.told().await;
    assert_eq!((types(&told), &told[0].body["data"]["plan"]), (vec!["user.updated".to_owned()], &json!("silver")));
    seen.extend(told);

    let begun = ada.post("/link-social", &json!({ "provider": "acme", "callbackURL": "/linked" })).await;
    let url = begun.json()["url"].as_str().expect("a URL").to_owned();
    let consent = Consent::with_token(profile("Ada"), json!({}));
    assert_eq!(ada.get(&site.provider.consent(&url, consent)).await.header("location"), Some("/linked"));
    secrets.extend(site.secrets().await);
    let told = site.told().await;
    assert_eq!(types(&told), ["account.linked"]);
    let account = ada.get("/list-accounts").await.json()[1].clone();
    let data = json!({
        "id": account["id"], "userId": account["userId"], "providerId": "acme", "accountId": "ada-there",
    });
    assert_eq!(told[0].body["data"].to_string(), data.to_string());
    seen.extend(told);

    let body = json!({ "newPassword": "a new password", "currentPassword": "correct horse Ada",
        "revokeOtherSessions": true });
    assert_eq!(ada.post("/change-password", &body).await.status, 200);
    secrets.extend(site.secrets().await);
    let told = site.told().await;
    assert_eq!(types(&told), ["password.changed", "session.revoked", "session.created"]);
    assert_eq!(told[0].body["data"]["name"], "Countess");
    assert_eq!(told[1].body["data"]["id"], session["id"]);
    seen.extend(told);

    server.browser().post("/request-password-reset", &json!({ "email": "ada@example.com" })).await;
    let token = site.mails.one(server).await.text_of("token").to_owned();
    let body = json!({ "newPassword": "a newer password", "token": token });
    assert_eq!(server.browser().post("/reset-password", &body).await.status, 200);
    let told = site.told().await;
    assert_eq!(types(&told), ["password.changed", "session.revoked"]);
    seen.extend(told);

    let mut ada = server.browser();
    ada.post("/sign-in/email", &json!({ "email": "ada@example.com", "password": "a newer password" })).await;
    secrets.extend(site.secrets().await);
    assert_eq!(ada.post("/delete-user", &json!({})).await.status, 200);
    let told = site.told().await;
    assert_eq!(types(&told), ["session.created", "session.revoked", "user.deleted"]);
    assert_eq!(told[2].body["data"]["name"], "Countess");
    seen.extend(told);

    let ids: std::collections::BTreeSet<_> = seen.iter().map(|notice| notice.header("webhook-id")).collect();
    assert_eq!(ids.len(), seen.len(), "each has an id of its own");
    for (notice, secret) in seen.iter().flat_map(|notice| secrets.iter().map(move |secret| (notice, secret))) {
        assert!(!notice.text.contains(secret), "{secret} in {}", notice.text);
    }
}

#[actix_web::test]
async fn every_way_to_end_a_session_is_told_and_expiry_is_not() {
    let site = Site::new().await;
    let server = &site.server;
    let (mut ada, _) = sign_up(server).await;
    for _ in 0..4 {
        assert_eq!(sign_in(server, "correct horse Ada").await, 200);
    }
    let mut other = server.browser();
    other.post("/sign-in/email", &json!({ "email": "ada@example.com", "password": "correct horse Ada" })).await;
    site.told().await;
    let own = ada.get("/get-session").await.json()["session"]["id"].clone();
    other.post("/sign-out", &json!({})).await;
    assert_eq!(site.told_types().await, ["session.revoked"]);
    let listed = ada.get("/list-sessions").await.json();
    let listed = listed.as_array().expect("a list");
    let some = listed.iter().find(|session| session["id"] != own).expect("another").clone();
    ada.post("/revoke-session", &json!({ "token": some["token"] })).await;
    let told = site.told().await;
    assert_eq!((types(&told), &told[0].body["data"]["id"]), (vec!["session.revoked".to_owned()], &some["id"]));
    ada.post("/revoke-session", &json!({ "token": some["token"] })).await;
    assert_eq!(site.told_types().await.len(), 0, "it had ended");
    ada.post("/revoke-other-sessions", &json!({})).await;
    assert_eq!(site.told_types().await, ["session.revoked"; 3]);
    ada.post("/revoke-sessions", &json!({})).await;
    assert_eq!(site.told_types().await, ["session.revoked"]);
    assert_eq!(sign_in(server, "correct horse Ada").await, 200);
    server.wait(60 * 86_400);
    let mut late = server.browser();
    late.post("/sign-in/email", &json!({ "email": "ada@example.com", "password": "correct horse Ada" })).await;
    assert_eq!(site.told_types().await, ["session.created"; 2]);
    late.post("/revoke-sessions", &json!({})).await;
    assert_eq!(site.told_types().await, ["session.revoked"], "the other one had expired");
}

#[actix_web::test]
async fn who_comes_from_a_provider_is_created_linked_and_signed_in() {
    let site = Site::new().await;
    let mut ada = site.server.browser();
    site.provider.sign_in(&mut ada, Consent::of(profile("Ada"))).await;
    assert_eq!(site.told_types().await, ["user.created", "account.linked", "session.created"]);
    // It was somebody else, perhaps, who signed up with Bob's address.
    site.server.member("Bob").await;
    site.told().await;
    let mut bob = site.server.browser();
    site.provider.sign_in(&mut bob, Consent::of(profile("Bob"))).await;
    let told = site.told().await;
    let kinds = ["user.updated", "email.verified", "session.revoked", "account.linked", "session.created"];
    assert_eq!(types(&told), kinds);
    assert_eq!(told[2].body["data"]["userId"], told[3].body["data"]["userId"]);
}

#[actix_web::test]
async fn a_verified_address_that_changes_is_told_when_the_new_one_has_proved_itself() {
    let site = Site::new().await;
    let server = &site.server;
    let (mut ada, _) = sign_up(server).await;
    ada.post("/send-verification-email", &json!({ "email": "ada@example.com" })).await;
    ada.get(&site.mails.one(server).await.path()).await;
    site.told().await;
    assert_eq!(ada.post("/change-email", &json!({ "newEmail": "new@example.com" })).await.status, 200);
    assert!(site.told().await.is_empty(), "nothing has changed yet");
    ada.get(&site.mails.one(server).await.path()).await;
    ada.get(&site.mails.one(server).await.path()).await;
    let told = site.told().await;
    assert_eq!(types(&told), ["user.updated", "email.verified"]);
    assert_eq!(told[1].body["data"]["email"], "new@example.com");
}

#[actix_web::test]
async fn what_is_refused_or_undone_tells_nothing_and_what_cannot_be_told_is_not_done() {
    let site = Site::new().await;
    let server = &site.server;
    let (mut ada, _) = sign_up(server).await;
    let bob = server.member("Bob").await.get("/get-session").await.json()["session"]["token"].clone();
    site.told().await;
    server.browser().post("/sign-up/email", &person("Ada")).await;
    ada.post("/revoke-session", &json!({ "token": bob })).await;
    ada.post("/change-password", &json!({ "newPassword": "a new password", "currentPassword": "wrong" })).await;
    assert_eq!(sign_in(server, "wrong").await, 401);
    assert!(site.told().await.is_empty());
    // The user's row is written before the account's.
    server.sql("ALTER TABLE {account} RENAME TO away", &[]).await;
    assert!(server.browser().post("/sign-up/email", &person("Eve")).await.status >= 500);
    server.sql("ALTER TABLE away RENAME TO {account}", &[]).await;
    assert!(site.told().await.is_empty() && server.count("user").await == 2);
    server.sql("ALTER TABLE {signet_outbox} RENAME TO away", &[]).await;
    let answers = [
        ada.post("/update-user", &json!({ "name": "Countess" })).await.status,
        server.browser().post("/sign-up/email", &person("Eve")).await.status,
        sign_in(server, "correct horse Ada").await,
        ada.post("/delete-user", &json!({})).await.status,
        ada.post("/sign-out", &json!({})).await.status,
    ];
    server.sql("ALTER TABLE away RENAME TO {signet_outbox}", &[]).await;
    assert!(answers[..4].iter().all(|status| *status >= 500), "{answers:?}");
    assert_eq!((server.count("user").await, server.count("session").await), (2, 2));
    let names = server.rows("SELECT {user.*} FROM {user} WHERE {user.email} = 'ada@example.com'", &[]).await;
    assert_eq!(names[0].text("user.name").expect("a text"), "Ada");
    assert!(site.told().await.is_empty());
}

#[actix_web::test]
async fn one_users_notices_have_the_order_of_what_happened_whichever_replica_did_it() {
    let notices = Mailbox::open().await;
    let toml = notices.notices("");
    let server = Server::with(&toml).await;
    let replica = server.replica(&toml).await;
    let ada = server.member("Ada").await;
    notices.all(&server).await;
    for round in 0..5 {
        let change = |number: usize| {
            let mut browser = ada.at(if number.is_multiple_of(2) { &server } else { &replica });
            async move { browser.post("/update-user", &json!({ "name": format!("{round} {number}") })).await.status }
        };
        let statuses = join_all((0..12).map(change)).await;
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
        let told = notices.all(&server).await;
        assert_eq!(told.len(), 12);
        let last = ada.clone().get("/get-session").await.json()["user"]["name"].clone();
        assert_eq!(told[11].body["data"]["name"], last, "the last that was told is what is true");
    }
}

#[actix_web::test]
async fn what_is_refused_comes_again_in_its_order_under_its_id_and_holds_up_nobody_else() {
    let notices = Mailbox::open().await;
    let server = Server::with(&notices.notices("")).await;
    notices.answer(503);
    let mut ada = server.member("Ada").await;
    for name in ["A", "B", "C"] {
        ada.post("/update-user", &json!({ "name": name })).await;
    }
    while notices.refused().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    notices.answer(200);
    let mut bob = server.member("Bob").await;
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    while server.parts().outbox.waiting().await.expect("a number") > 0 {
        assert!(tokio::time::Instant::now() < until, "they never leave");
        server.wait(1);
        bob.post("/update-user", &json!({ "name": "Bobby" })).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut by_user: BTreeMap<String, Vec<Mail>> = BTreeMap::new();
    for notice in notices.all(&server).await {
        let data = &notice.body["data"];
        let user = data.get("userId").unwrap_or(&data["id"]).to_string();
        by_user.entry(user).or_default().push(notice);
    }
    let adas = by_user.values().find(|told| told[0].body["data"]["email"] == "ada@example.com").expect("Ada's");
    assert_eq!(types(adas), ["user.created", "session.created", "user.updated", "user.updated", "user.updated"]);
    let names: Vec<_> = adas[2..].iter().map(|notice| notice.body["data"]["name"].clone()).collect();
    assert_eq!(names, ["A", "B", "C"]);
    for attempt in notices.refused() {
        assert_eq!((attempt.header("webhook-id"), &attempt.text), (adas[0].header("webhook-id"), &adas[0].text));
    }
}

#[actix_web::test]
async fn a_crash_loses_none() {
    let notices = Mailbox::open().await;
    let toml = notices.notices("");
    let first = Server::with(&toml).await;
    // Nothing leaves before it dies.
    notices.answer(503);
    let mut ada = first.member("Ada").await;
    ada.post("/update-user", &json!({ "name": "Countess" })).await;
    assert_eq!(first.count("signet_outbox").await, 3, "they are there when the answer is");
    while notices.refused().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let second = first.replica(&toml).await;
    drop(first);
    notices.answer(200);
    second.wait(60);
    second.member("Bob").await;
    let told = notices.all(&second).await;
    let is_adas = |notice: &&Mail| !notice.text.contains("Bob") && !notice.text.contains("bob");
    let adas: Vec<_> = told.iter().filter(is_adas).cloned().collect();
    let adas: Vec<_> = types(&adas).into_iter().filter(|kind| kind.starts_with("user")).collect();
    assert_eq!((told.len(), adas), (5, vec!["user.created".to_owned(), "user.updated".to_owned()]));
}

#[actix_web::test]
async fn it_is_off_by_default() {
    let server = Server::start().await;
    let mut ada = server.member("Ada").await;
    ada.post("/update-user", &json!({ "name": "Countess" })).await;
    ada.post("/sign-out", &json!({})).await;
    assert_eq!(server.count("signet_outbox").await, 0);
}

#[actix_web::test]
async fn while_it_is_off_and_nothing_is_written_down_an_act_is_one_statement() {
    let server = Server::with("audit.enabled = false").await;
    let mut ada = server.member("Ada").await;
    let session = ada.get("/get-session").await.json();
    let (user, token) = (session["user"]["id"].as_str().expect("an id"), session["session"]["token"].as_str());
    let (store, token) = (server.store(), token.expect("a token"));
    let before = server.statements().await;
    let changes = UserChanges { name: Some("Countess".to_owned()), ..UserChanges::default() };
    assert!(store.update_user(user, changes).await.expect("an answer").is_some());
    assert!(store.prove_email(user, "ada@example.com").await.expect("an answer").is_some());
    assert_eq!(store.delete_sessions_of(user, Some(token)).await.expect("an answer"), 0);
    assert!(store.delete_session_of(token, user).await.expect("an answer"));
    assert!(!store.delete_session(token).await.expect("an answer"));
    assert_eq!(server.statements().await - before, 5);
}

#[actix_web::test]
async fn where_ended_sessions_stay_as_rows_each_end_is_told_once() {
    let notices = Mailbox::open().await;
    let server = Server::with(&format!(
        "{}[session]\npreserve_session_in_database = true\n[user.delete_user]\nenabled = true",
        notices.notices("")
    ))
    .await;
    let mut ada = server.member("Ada").await;
    assert_eq!(sign_in(&server, "correct horse Ada").await, 200);
    notices.all(&server).await;
    ada.post("/revoke-other-sessions", &json!({})).await;
    assert_eq!(types(&notices.all(&server).await), ["session.revoked"]);
    assert_eq!(ada.post("/delete-user", &json!({})).await.status, 200);
    assert_eq!(types(&notices.all(&server).await), ["session.revoked", "user.deleted"]);
}

#[actix_web::test]
async fn only_what_the_application_wants_to_know_is_told() {
    let notices = Mailbox::open().await;
    let server = Server::with(&notices.notices(", events = [\"session.created\"]")).await;
    let mut ada = server.member("Ada").await;
    ada.post("/update-user", &json!({ "name": "Countess" })).await;
    ada.post("/sign-out", &json!({})).await;
    assert_eq!(types(&notices.all(&server).await), ["session.created"]);
}

#[actix_web::test]
async fn with_a_secret_notices_are_signed_by_the_standard_webhooks_scheme() {
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let notices = Mailbox::open().await;
    let server = Server::with(&notices.notices(&format!(", secret = \"{SECRET}\""))).await;
    server.secrets.add("the webhook's secret", SECRET);
    server.member("Ada").await;
    let signer = WebhookSigner::new(&SecretString::from(SECRET)).expect("a secret");
    let (told, now) = (notices.all(&server).await, server.now());
    assert_eq!(told.len(), 2);
    for notice in told {
        let id = notice.header("webhook-id").expect("an id");
        assert_eq!(notice.header("webhook-timestamp"), Some(now.seconds().to_string().as_str()));
        assert_eq!(notice.header("webhook-signature"), Some(signer.sign(id, now, &notice.text).as_str()));
    }
}

#[actix_web::test]
async fn what_waits_is_sealed() {
    let notices = Mailbox::open().await;
    let server = Server::with(&notices.notices("")).await;
    notices.answer(503);
    server.member("Ada").await;
    for row in server.rows("SELECT {signet_outbox.*} FROM {signet_outbox}", &[]).await {
        let content = row.text("signet_outbox.content").expect("a text");
        assert!(!content.contains("@example") && serde_json::from_str::<Value>(&content).is_err(), "{content}");
    }
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    for (text, fault) in [
        ("enabled = true", "webhooks.url"),
        ("enabled = true\nurl = \"ftp://127.0.0.1/\"", "webhooks.url"),
        ("enabled = true\nurl = \"https://app.example.com/hook\"", "webhooks.secret"),
        ("enabled = true\nurl = \"http://127.0.0.1/\"\nevents = [\"user.born\"]", "webhooks.events"),
    ] {
        let faults = load(&format!("[webhooks]\n{text}"), "sqlite:signet.db").map(drop).expect_err(text);
        assert!(faults.contains(fault), "{text}: {faults}");
    }
    assert!(load("[webhooks]\nurl = \"https://app.example.com/hook\"", "sqlite:signet.db").is_ok(), "it is off");
}
