//! The admin plugin as a client sees it: roles and bans.

mod impersonation;
mod list_users;
mod permissions;
mod roles;
mod sessions;
mod setup;
mod told;
mod users;

use serde_json::{Value, json};

use crate::harness::browser::Answer;
use crate::harness::provider::{Provider, but, configured, profile};
use crate::harness::{Browser, Server, load, person};

const ENABLED: &str = "[plugins.admin]\nenabled = true";

/// Somebody of a role who is signed in, and the id.
async fn member<'s>(server: &'s Server, name: &str, role: &str) -> (Browser<'s>, String) {
    let mut browser = server.member(name).await;
    let template = "UPDATE {user} SET {user:role} = $1 WHERE {user.name} = $2";
    server.sql(template, &[role.into(), name.into()]).await;
    let id = browser.get("/get-session").await.json()["user"]["id"].as_str().expect("an id").to_owned();
    (browser, id)
}

/// Status and code of a refusal.
fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code().unwrap_or_default())
}

/// Every act upon a user, but for whose id it names; `token` is that of one of their sessions.
fn acts_upon_somebody(token: &Value) -> [(&'static str, Value); 10] {
    [
        ("set-role", json!({"role": "user"})),
        ("update-user", json!({"data": {"email": "mallory@example.com"}})),
        ("set-user-password", json!({"newPassword": "chosen by somebody else"})),
        ("ban-user", json!({})),
        ("unban-user", json!({})),
        ("remove-user", json!({})),
        ("impersonate-user", json!({})),
        ("list-user-sessions", json!({})),
        ("revoke-user-sessions", json!({})),
        ("revoke-user-session", json!({"sessionToken": token})),
    ]
}

async fn ban(server: &Server, until: Option<signet::base::Timestamp>) {
    server.sql("UPDATE {user} SET {user:banned} = $1, {user:banExpires} = $2", &[true.into(), until.into()]).await;
}

async fn sign_in(server: &Server) -> crate::harness::browser::Answer {
    server.browser().post("/sign-in/email", &person("Ada")).await
}

#[actix_web::test]
async fn users_have_a_role_and_a_ban_and_sessions_an_impersonator_in_better_auths_order_of_keys() {
    let server = Server::with(ENABLED).await;
    let mut ada = server.member("Ada").await;
    let shown = ada.get("/get-session").await.json();
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&shown["user"])[6..], ["role", "banned", "banReason", "banExpires", "id"]);
    assert_eq!(keys(&shown["session"])[7..], ["impersonatedBy", "id"]);
    let user = &shown["user"];
    assert_eq!([&user["role"], &user["banned"], &user["banReason"]], [&json!("user"), &json!(false), &Value::Null]);
}

#[actix_web::test]
async fn without_the_plugin_neither_is_there() {
    let server = Server::start().await;
    let shown = server.member("Ada").await.get("/get-session").await.json();
    assert_eq!((shown["user"].get("role"), shown["user"].get("banned")), (None, None));
    assert_eq!(shown["session"].get("impersonatedBy"), None);
}

#[actix_web::test]
async fn t66_nobody_gives_themselves_a_role() {
    let server = Server::with(ENABLED).await;
    let mut mallory = person("Mallory");
    for (name, value) in [("role", json!("admin")), ("banReason", json!("x")), ("banExpires", json!("2030-01-01"))] {
        mallory[name] = value;
        let answer = server.browser().post("/sign-up/email", &mallory).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("FIELD_NOT_ALLOWED")), "{name}");
        mallory[name].take();
    }
    let mut ada = server.member("Ada").await;
    for body in [json!({ "role": "admin" }), json!({ "banned": true }), json!({ "role": ["admin"] })] {
        let answer = ada.post("/update-user", &body).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("FIELD_NOT_ALLOWED")), "{body}");
    }
    let answer = ada.post("/update-session", &json!({ "impersonatedBy": "x" })).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("FIELD_NOT_ALLOWED")));
}

#[actix_web::test]
async fn t12_a_profile_of_a_provider_gives_no_role_and_lifts_no_ban() {
    let provider = Provider::start().await;
    let entry = provider.openid("override_user_info = true");
    let server = Server::with(&configured(&[entry], ENABLED)).await;
    let claims = json!({"role": "admin", "roles": ["admin"], "banned": false, "banExpires": "2001-01-01T00:00:00.000Z",
        "id": "chosen", "createdAt": "2001-01-01T00:00:00.000Z"});
    let mut ada = server.browser();
    for _ in 0..2 {
        let token = provider.id_token(&but(profile("Ada"), claims.clone()));
        let shown = json!({"provider": "acme", "idToken": {"token": token}});
        assert_eq!(ada.post("/sign-in/social", &shown).await.status, 200);
        let user = ada.get("/get-session").await.json()["user"].clone();
        assert_eq!([&user["role"], &user["createdAt"]], [&json!("user"), &json!(server.now().to_string())]);
        assert_ne!(user["id"], "chosen");
    }
    ban(&server, None).await;
    let token = provider.id_token(&but(profile("Ada"), claims));
    let shown = json!({"provider": "acme", "idToken": {"token": token}});
    assert_eq!(refusal(&server.browser().post("/sign-in/social", &shown).await), (403, "BANNED_USER".into()));
}

#[actix_web::test]
async fn t66_a_field_that_would_take_the_place_of_a_role_is_refused_beside_the_plugin() {
    for (owner, field) in [("user", "role"), ("user", "banned"), ("session", "impersonatedBy")] {
        let toml = format!("{ENABLED}\n[{owner}.additional_fields.{field}]\ntype = \"string\"\nrequired = false\n");
        let faults = load(&toml, "sqlite:x.db").expect_err("it is refused");
        assert!(faults.contains(&format!("{owner}.additional_fields.{field}")), "{faults}");
        assert!(faults.contains("is a field of the admin plugin"), "{faults}");
        load(&toml.replace(ENABLED, ""), "sqlite:x.db").expect("without the plugin the name is free");
    }
}

#[actix_web::test]
async fn who_is_banned_opens_no_session_and_is_told_so_after_the_password_alone() {
    let server = Server::with(&format!("{ENABLED}\nbanned_user_message = \"Begone.\"")).await;
    let mut ada = server.member("Ada").await;
    ban(&server, None).await;
    let answer = sign_in(&server).await;
    assert_eq!((answer.status, answer.json()), (403, json!({ "message": "Begone.", "code": "BANNED_USER" })));
    assert_eq!(answer.cookies(), Vec::<&str>::new());
    let mut wrong = person("Ada");
    wrong["password"] = "not hers at all".into();
    assert_eq!(server.browser().post("/sign-in/email", &wrong).await.status, 401);
    let change =
        json!({ "currentPassword": "correct horse Ada", "newPassword": "another horse", "revokeOtherSessions": true });
    assert_eq!(ada.post("/change-password", &change).await.code().as_deref(), Some("BANNED_USER"));
    assert_eq!(server.count("session").await, 1);
}

#[actix_web::test]
async fn a_ban_that_has_run_out_is_cleared_at_the_next_sign_in() {
    let server = Server::with(ENABLED).await;
    server.member("Ada").await;
    ban(&server, Some(server.now().plus_seconds(60))).await;
    assert_eq!(sign_in(&server).await.status, 403);
    server.wait(61);
    let answer = sign_in(&server).await;
    assert_eq!((answer.status, &answer.json()["user"]["banned"]), (200, &json!(true)), "as it was, in Better Auth too");
    let user = &sign_in(&server).await.json()["user"];
    assert_eq!([&user["banned"], &user["banExpires"], &user["banReason"]], [&json!(false), &Value::Null, &Value::Null]);
}
