//! Admins who are somebody else for a while.

use serde_json::json;

use super::{ENABLED, member, refusal};
use crate::harness::browser::Answer;
use crate::harness::{Browser, Server, person};

/// An admin in the place of a user, and the browser's cookies before.
async fn impersonating<'s>(server: &'s Server, role: &str) -> (Browser<'s>, Browser<'s>, String) {
    let (mut ada, _) = member(server, "Ada", "admin").await;
    let (_, bob) = member(server, "Bob", role).await;
    let before = ada.clone();
    let answer = ada.post("/admin/impersonate-user", &json!({"userId": bob})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    (ada, before, bob)
}

#[actix_web::test]
async fn t81_an_impersonation_ends_after_an_hour_however_it_is_used() {
    let server = Server::with(&format!("{ENABLED}\n[session]\nupdate_age = 0")).await;
    let (mut ada, _, _) = impersonating(&server, "user").await;
    let ends = server.now().plus_seconds(3600).to_string();
    // Without the cookie that says so, too.
    ada.jar.retain(|name, _| name.ends_with("session_token"));
    for _ in 0..3 {
        server.wait(1100);
        assert_eq!(ada.get("/get-session").await.json()["session"]["expiresAt"], ends.as_str());
    }
    server.wait(400);
    assert_eq!(ada.get("/get-session").await.text(), "null");
}

#[actix_web::test]
async fn t81_a_session_in_the_place_of_an_impersonation_is_one_and_ends_when_it_was_to_end() {
    let server = Server::with(ENABLED).await;
    let (mut ada, mut before, bob) = impersonating(&server, "user").await;
    let ends = server.now().plus_seconds(3600).to_string();
    let admin = before.get("/get-session").await.json()["user"]["id"].clone();
    before.post("/admin/set-user-password", &json!({"userId": bob, "newPassword": "another horse"})).await;
    server.wait(600);
    let change =
        json!({"currentPassword": "another horse", "newPassword": "one more horse", "revokeOtherSessions": true});
    assert_eq!(ada.post("/change-password", &change).await.status, 200);
    let session = ada.get("/get-session").await.json()["session"].clone();
    assert_eq!((&session["impersonatedBy"], &session["expiresAt"]), (&admin, &json!(ends)));
    // The password, Bob's own session, that of the admin, and the one in its place.
    let told = before.get("/admin/audit?limit=4").await.json()["entries"].clone();
    assert_eq!(told[0]["action"], "impersonation.started");
    for line in told.as_array().expect("lines") {
        assert_eq!((&line["impersonatedBy"], &line["actor"]["id"]), (&admin, &json!(bob)), "{line}");
    }
    assert_eq!(ada.post("/admin/stop-impersonating", &json!({})).await.json()["user"]["name"], "Ada");
}

#[actix_web::test]
async fn t81_an_impersonation_of_an_admin_takes_leave_and_is_none() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let (_, bob) = member(&server, "Bob", "user,admin").await;
    let answer = ada.post("/admin/impersonate-user", &json!({"userId": bob})).await;
    assert_eq!(refusal(&answer), (403, "YOU_CANNOT_IMPERSONATE_ADMINS".into()));

    let server = Server::with(&format!("{ENABLED}\nallow_impersonating_admins = true")).await;
    let (mut ada, _, bob) = impersonating(&server, "admin").await;
    assert_eq!(ada.get("/get-session").await.json()["user"]["role"], "admin");
    for (route, body) in [
        ("create-user", json!({"name": "Eve", "email": "eve@example.com", "role": "admin"})),
        ("set-role", json!({"userId": bob, "role": "admin"})),
        ("impersonate-user", json!({"userId": bob})),
        ("set-user-password", json!({"userId": bob, "newPassword": "another horse"})),
    ] {
        assert_eq!(ada.post(&format!("/admin/{route}"), &body).await.status, 403, "{route}");
    }
    let question = json!({"permissions": {"user": ["list"]}});
    assert_eq!(ada.post("/admin/has-permission", &question).await.json()["success"], false);
}

#[actix_web::test]
async fn t81_an_impersonation_is_marked_and_logged_and_hidden_from_the_user() {
    let server = Server::with(ENABLED).await;
    let (mut ada, mut before, bob) = impersonating(&server, "user").await;
    let shown = ada.get("/get-session").await.json();
    let admin = before.get("/get-session").await.json()["user"]["id"].clone();
    assert_eq!((&shown["session"]["impersonatedBy"], &shown["user"]["id"]), (&admin, &json!(bob)));
    let mut own = server.browser();
    own.post("/sign-in/email", &person("Bob")).await;
    let listed = own.get("/list-sessions").await.json();
    assert!(listed.as_array().unwrap().iter().all(|session| session["impersonatedBy"].is_null()), "{listed}");
    let heard = server.heard();
    let line = heard.lines().find(|line| line.contains("an admin impersonates a user") && line.contains(&bob));
    assert!(line.is_some_and(|line| line.contains(admin.as_str().unwrap())), "{heard}");
}

#[actix_web::test]
async fn who_is_banned_is_impersonated_by_nobody() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let (_, bob) = member(&server, "Bob", "user").await;
    ada.post("/admin/ban-user", &json!({"userId": bob})).await;
    let answer = ada.post("/admin/impersonate-user", &json!({"userId": bob})).await;
    assert_eq!(refusal(&answer), (403, "BANNED_USER".into()));
    assert_eq!(ada.get("/get-session").await.json()["user"]["name"], "Ada");
}

#[actix_web::test]
async fn the_way_back_takes_the_admins_own_session_and_that_alone() {
    const KEPT: &str = "better-auth.admin_session";
    let server = Server::with(ENABLED).await;
    let (ada, mut before, _) = impersonating(&server, "user").await;
    let (mut carol, _) = member(&server, "Carol", "admin").await;
    let (_, dan) = member(&server, "Dan", "user").await;
    carol.post("/admin/impersonate-user", &json!({"userId": dan})).await;
    let missing = "Failed to find admin session";
    // Her own session in the clear, as nobody has signed it.
    let unsigned = before.get("/get-session").await.json()["session"]["token"].as_str().map(|own| format!("{own}:"));
    for kept in [
        None,
        Some("x".to_owned()),
        Some(carol.jar[KEPT].clone()),
        Some(ada.jar["better-auth.session_token"].clone()),
        unsigned,
    ] {
        let mut browser = ada.clone();
        browser.jar.remove(KEPT);
        browser.jar.extend(kept.clone().map(|kept| (KEPT.to_owned(), kept)));
        let answer = browser.post("/admin/stop-impersonating", &json!({})).await;
        assert_eq!((answer.status, answer.json()["message"].as_str()), (400, Some(missing)), "{kept:?}");
    }
    let mut back = ada.clone();
    assert_eq!(back.post("/admin/stop-impersonating", &json!({})).await.json()["user"]["name"], "Ada");
    assert_eq!(back.get("/get-session").await.json()["user"]["name"], "Ada");
    assert!(!back.jar.contains_key(KEPT));
    assert_eq!(ada.clone().get("/get-session").await.text(), "null", "the impersonation has ended");

    let (mut gone, _) = (carol.clone(), before.get("/get-session").await);
    let own =
        "DELETE FROM {session} WHERE {session.userId} IN (SELECT {user.id} FROM {user} WHERE {user.name} = 'Carol')";
    server.sql(own, &[]).await;
    assert_eq!(gone.post("/admin/stop-impersonating", &json!({})).await.status, 400);
}

#[actix_web::test]
async fn t81_a_second_factor_of_the_user_keeps_no_admin_out_and_a_ban_does() {
    let first = Server::with(ENABLED).await;
    first.sql("ALTER TABLE {user} ADD COLUMN \"twoFactorEnabled\" boolean", &[]).await;
    let refuses = "[user]\nunenforced_second_factors = \"refuse\"\n";
    let server = first.replica(&format!("{ENABLED}\n{refuses}")).await;
    let (ada, _) = member(&server, "Ada", "admin").await;
    let (_, bob) = member(&server, "Bob", "user").await;
    server.sql("UPDATE {user} SET \"twoFactorEnabled\" = TRUE WHERE {user.name} = 'Bob'", &[]).await;
    let answer = ada.clone().post("/admin/impersonate-user", &json!({"userId": bob})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    server.sql("UPDATE {user} SET {user:banned} = TRUE WHERE {user.name} = 'Bob'", &[]).await;
    let answer = ada.clone().post("/admin/impersonate-user", &json!({"userId": bob})).await;
    assert_eq!(answer.status, 403, "{answer:?}");
}

/// The cookie of the session that an answer sets.
fn session_cookie(answer: &Answer) -> &str {
    let cookies = answer.cookies();
    cookies.into_iter().find(|line| line.starts_with("better-auth.session_token=")).expect("a session")
}

#[actix_web::test]
async fn an_impersonation_ends_with_the_browser_and_the_way_back_is_remembered_as_it_was() {
    let server = Server::with(ENABLED).await;
    let (_, _) = member(&server, "Ada", "admin").await;
    let (_, bob) = member(&server, "Bob", "user").await;
    for remembers in [true, false] {
        let mut ada = server.browser();
        let mut login = person("Ada");
        login["rememberMe"] = remembers.into();
        assert_eq!(ada.post("/sign-in/email", &login).await.status, 200);
        let answer = ada.post("/admin/impersonate-user", &json!({"userId": bob})).await;
        assert!(!session_cookie(&answer).contains("Max-Age"), "{answer:?}");
        let answer = ada.post("/admin/stop-impersonating", &json!({})).await;
        assert_eq!(session_cookie(&answer).contains("Max-Age"), remembers, "{answer:?}");
    }
}

#[actix_web::test]
async fn t81_the_way_back_is_closed_once_the_admins_own_session_is_over() {
    let server = Server::with(&format!("{ENABLED}\n[session]\nexpires_in = 600")).await;
    let (mut ada, _, _) = impersonating(&server, "user").await;
    server.wait(601);
    let answer = ada.post("/admin/stop-impersonating", &json!({})).await;
    assert_eq!((answer.status, answer.json()["message"].as_str()), (400, Some("Failed to find admin session")));
}

#[actix_web::test]
async fn t81_what_the_browser_keeps_of_the_admins_own_accounts_is_not_taken_along() {
    const ACCOUNT: &str = "better-auth.account_data";
    let server = Server::with(&format!("{ENABLED}\n[account]\nstore_account_cookie = true")).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let (_, bob) = member(&server, "Bob", "user").await;
    ada.jar.insert(ACCOUNT.to_owned(), "of-the-admin".to_owned());
    assert_eq!(ada.post("/admin/impersonate-user", &json!({"userId": bob})).await.status, 200);
    assert!(!ada.jar.contains_key(ACCOUNT), "{:?}", ada.jar.keys());
}
