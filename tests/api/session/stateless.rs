//! `database.url = "none"`: the session is in its cookies, and all else in the memory of the process.

use serde_json::{Value, json};

use super::cookie_cache::{DATA, NO_JWT, TOKEN, attributes, names};
use crate::get_session::who;
use crate::harness::database::Database;
use crate::harness::{Server, person};

async fn stateless(toml: &str) -> Server {
    Server::on(Database::nowhere(), toml).await
}

const DAY: u64 = 86_400;

#[actix_web::test]
async fn the_cookie_is_encrypted_and_lives_as_long_as_the_session() {
    let server = stateless("").await;
    let mut ada = server.browser();
    let answer = ada.post("/sign-up/email", &person("Ada")).await;
    assert_eq!(names(&answer), [TOKEN, DATA]);
    for name in [TOKEN, DATA] {
        assert_eq!(attributes(&answer, name), "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax");
    }
    assert_eq!(ada.jar[DATA].split('.').count(), 5, "a JWE");
    let user = &answer.json()["user"];
    assert_eq!(user.get("image"), None, "what nobody has set is absent");
    let shown = ada.get("/get-session").await.json();
    assert_eq!((shown["user"].get("image"), &shown["user"]["name"]), (None, &json!("Ada")));
}

#[actix_web::test]
async fn another_process_with_the_secret_takes_it_and_one_without_does_not() {
    let (server, other) = (stateless("").await, stateless("").await);
    let stranger = stateless("secret = \"another-secret-for-tests-of-32-characters\"").await;
    let ada = server.member("Ada").await;
    assert_eq!(other.count("user").await, 0, "they share nothing");
    let mut there = ada.at(&other);
    assert_eq!(who(&mut there).await.as_deref(), Some("Ada"));
    assert_eq!(who(&mut ada.at(&stranger)).await, None);
    // There is nothing that would know better than the cookie.
    assert_eq!(there.get("/get-session?disableCookieCache=true").await.json()["user"]["name"], "Ada");
    assert_eq!(there.post("/revoke-other-sessions", &json!({})).await.status, 200);
    assert_eq!(there.post("/verify-password", &json!({ "password": "correct horse Ada" })).await.status, 400);
    assert_eq!(there.get("/list-accounts").await.json(), json!([]));
}

#[actix_web::test]
async fn what_is_changed_in_another_process_is_in_the_cookie() {
    let theme = "[session.additional_fields.theme]\ntype = \"string\"\nrequired = false\n";
    let (server, other) = (stateless(theme).await, stateless(theme).await);
    let mut ada = server.member("Ada").await.at(&other);
    let end = ada.get("/get-session").await.json()["session"]["expiresAt"].clone();
    assert_eq!(ada.post("/update-user", &json!({ "name": "Countess", "image": null })).await.status, 200);
    let answer = ada.post("/update-session", &json!({ "theme": "dark" })).await;
    assert_eq!((answer.status, &answer.json()["session"]["theme"]), (200, &json!("dark")));
    let shown = ada.at(&server).get("/get-session").await.json();
    assert_eq!((&shown["user"]["name"], &shown["session"]["theme"]), (&json!("Countess"), &json!("dark")));
    assert_eq!(shown["session"]["expiresAt"], end, "its end is where it was");
}

#[actix_web::test]
async fn t29_the_session_is_extended_when_a_fifth_is_left_and_ends_where_nobody_asks() {
    let server = stateless(NO_JWT).await;
    let mut ada = server.member("Ada").await;
    server.wait(5 * DAY);
    assert!(ada.get("/get-session").await.cookies().is_empty());
    let kept = ada.clone();
    server.wait(DAY);
    let asked = server.statements().await;
    let answer = ada.get("/get-session").await;
    assert_eq!(names(&answer), [TOKEN, DATA]);
    assert_eq!(server.statements().await, asked, "without a store");
    let end = json!(server.now().plus_seconds(604_800));
    assert_eq!(answer.json()["session"]["expiresAt"], end);
    server.wait(DAY + 1);
    assert_eq!(who(&mut ada).await.as_deref(), Some("Ada"));
    assert_eq!(who(&mut kept.clone()).await, None, "the one before has ended");
}

#[actix_web::test]
async fn t29_a_session_that_is_not_to_be_remembered_or_refreshed_ends_where_it_was_to() {
    for (toml, remember, query) in
        [("", false, ""), ("session.disable_session_refresh = true", true, ""), ("", true, "?disableRefresh=true")]
    {
        let server = stateless(toml).await;
        let mut person = person("Ada");
        person["rememberMe"] = remember.into();
        let mut ada = server.browser();
        ada.post("/sign-up/email", &person).await;
        let days = if remember { 7 } else { 1 };
        for half in 1..=2 * days {
            server.wait(DAY / 2 - u64::from(half == 1));
            let answer = ada.get(&format!("/get-session{query}")).await;
            assert_eq!(answer.json()["user"]["name"], "Ada", "{toml} {query}: half a day {half}");
            assert!(answer.cookies().is_empty(), "{toml} {query}");
        }
        server.wait(2);
        assert_eq!(who(&mut ada).await, None, "{toml} {query}");
    }
}

#[actix_web::test]
async fn where_refreshing_is_deferred_a_post_extends_it() {
    let server = stateless("session.defer_session_refresh = true").await;
    let mut ada = server.member("Ada").await;
    server.wait(6 * DAY);
    let answer = ada.get("/get-session").await;
    assert_eq!((&answer.json()["needsRefresh"], answer.cookies().len()), (&json!(true), 0));
    assert_eq!(names(&ada.post("/get-session", &json!({})).await), [TOKEN, DATA]);
    assert_eq!(ada.get("/get-session").await.json()["needsRefresh"], false);
}

#[actix_web::test]
async fn signing_out_clears_every_cookie_and_a_copy_of_them_outlives_it() {
    let server = stateless("").await;
    let mut ada = server.member("Ada").await;
    let mut copy = ada.clone();
    let answer = ada.post("/sign-out", &json!({})).await;
    let expected = ["session_token", "account_data", "oauth_state", "session_data", "dont_remember"]
        .map(|key| format!("better-auth.{key}"));
    assert_eq!(names(&answer), expected);
    assert!(answer.cookies().iter().all(|line| line.contains("=; Max-Age=0;")));
    assert_eq!(who(&mut ada).await, None);
    assert_eq!(who(&mut copy).await.as_deref(), Some("Ada"));
}

#[actix_web::test]
async fn a_new_version_ends_every_session_that_another_process_opened() {
    let (server, newer) = (stateless("").await, stateless("[session.cookie_cache]\nversion = \"2\"\n").await);
    let mut ada = server.member("Ada").await.at(&newer);
    assert_eq!(who(&mut ada).await, None);
    assert!(ada.jar.is_empty());
}

#[actix_web::test]
async fn a_token_that_was_minted_verifies_with_the_keys_of_its_process() {
    let server = stateless("").await;
    let mut ada = server.member("Ada").await;
    let token = ada.get("/token").await.json()["token"].as_str().expect("a token").to_owned();
    let jwks = ada.get("/jwks").await.json();
    let kid = header(&token)["kid"].clone();
    assert!(jwks["keys"].as_array().expect("keys").iter().any(|key| key["kid"] == kid));
}

fn header(token: &str) -> Value {
    use base64::Engine;
    let part = token.split('.').next().unwrap_or_default();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[actix_web::test]
async fn many_at_once_are_all_served_from_memory() {
    let server = stateless("").await;
    let people: Vec<String> = (0..20).map(|number| format!("Ada{number}")).collect();
    let members = futures_util::future::join_all(people.iter().map(|name| server.member(name))).await;
    let sessions = members.into_iter().map(async |mut browser| {
        browser.jar.remove(DATA);
        who(&mut browser).await
    });
    let seen = futures_util::future::join_all(sessions).await;
    assert!(seen.iter().zip(&people).all(|(seen, name)| seen.as_ref() == Some(name)), "{seen:?}");
    assert_eq!(server.count("user").await, 20);
}
