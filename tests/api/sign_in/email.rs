//! POST /sign-in/email.

mod flood;
mod guessing;
mod hashes;
mod timing;

use serde_json::{Value, json};

use crate::harness::browser::Answer;
use crate::harness::{Browser, Server, person};

const PATH: &str = "/sign-in/email";

/// Ada's address and password, with one more field.
fn ada(field: &str, value: impl Into<Value>) -> Value {
    let mut body = json!({ "email": "ada@example.com", "password": "correct horse Ada" });
    body[field] = value.into();
    body
}

async fn sign_in(browser: &mut Browser<'_>, email: &str, password: &str) -> Answer {
    browser.post(PATH, &json!({ "email": email, "password": password })).await
}

#[actix_web::test]
async fn the_right_password_gets_a_session_and_the_keys_in_better_auths_order() {
    let server = Server::start().await;
    server.member("Ada").await;
    let answer = sign_in(&mut server.browser(), "ADA@example.com", "correct horse Ada").await;
    assert_eq!((answer.status, answer.header("location")), (200, None));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let (body, now) = (answer.json(), json!(server.now()));
    let token = body["token"].as_str().unwrap();
    assert_eq!(
        answer.text(),
        format!(
            r#"{{"redirect":false,"token":"{token}","user":{{"name":"Ada","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":{now},"updatedAt":{now},"id":{}}}}}"#,
            body["user"]["id"]
        )
    );
    let cookies = answer.cookies();
    assert_eq!(cookies.len(), 1);
    assert!(cookies[0].starts_with(&format!("better-auth.session_token={token}.")));
    assert!(cookies[0].ends_with("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"));
}

#[actix_web::test]
async fn a_page_to_go_to_is_repeated_as_url_and_location_with_status_200() {
    let server = Server::start().await;
    server.member("Ada").await;
    let answer = server.browser().post(PATH, &ada("callbackURL", "/dashboard?tab=1")).await;
    assert_eq!((answer.status, answer.header("location")), (200, Some("/dashboard?tab=1")));
    let token = answer.json()["token"].clone();
    let start = format!(r#"{{"redirect":true,"token":{token},"url":"/dashboard?tab=1","user":{{"name":"#);
    assert!(answer.text().starts_with(&start), "{answer:?}");
}

#[actix_web::test]
async fn a_session_that_is_not_to_be_remembered_lives_a_day_and_its_cookies_end_with_the_browser() {
    let server = Server::start().await;
    server.member("Ada").await;
    let mut browser = server.browser();
    let cookies = browser.post(PATH, &ada("rememberMe", false)).await;
    let cookies = cookies.cookies();
    assert_eq!(cookies.len(), 2);
    assert!(cookies[0].starts_with("better-auth.session_token="));
    assert!(cookies[1].starts_with("better-auth.dont_remember=true."));
    assert!(cookies.iter().all(|line| line.ends_with("; Path=/; HttpOnly; SameSite=Lax") && !line.contains("Max-Age")));
    let session = browser.get("/get-session").await.json();
    assert_eq!(session["session"]["expiresAt"], json!(server.now().plus_seconds(86_400)));
}

#[actix_web::test]
async fn what_is_wrong_is_told_in_the_contracts_order() {
    let server = Server::start().await;
    server.member("Ada").await;
    let long = "x".repeat(129);
    for (email, password, status, text) in [
        ("not an address", long.as_str(), 400, r#"{"message":"Invalid email","code":"INVALID_EMAIL"}"#),
        (" ada@example.com", "correct horse Ada", 400, r#"{"message":"Invalid email","code":"INVALID_EMAIL"}"#),
        ("nobody@example.com", &long, 400, r#"{"message":"Password too long","code":"PASSWORD_TOO_LONG"}"#),
        ("ada@example.com", "", 401, r#"{"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"}"#),
        (
            "ada@example.com",
            "short",
            401,
            r#"{"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"}"#,
        ),
        (
            "ada@example.com",
            "correct horse Ad",
            401,
            r#"{"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"}"#,
        ),
    ] {
        let answer = sign_in(&mut server.browser(), email, password).await;
        assert_eq!((answer.status, answer.text().as_str()), (status, text), "{email:?} {password:?}");
        assert!(answer.cookies().is_empty());
    }
    assert_eq!(server.count("session").await, 1, "the sign-up's alone");
}

#[actix_web::test]
async fn all_that_is_missing_is_named_at_once() {
    let server = Server::start().await;
    let answer = server.browser().post(PATH, &json!({ "rememberMe": "yes" })).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        r#"{"message":"[body.email] Invalid input: expected string, received undefined; [body.password] Invalid input: expected string, received undefined; [body.rememberMe] Invalid input: expected boolean, received string","code":"VALIDATION_ERROR"}"#
    );
}

#[actix_web::test]
async fn while_passwords_are_disabled_nobody_signs_in() {
    let server = Server::with("[email_and_password]\nenabled = false").await;
    let answer = sign_in(&mut server.browser(), "not an address", "x").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.text(), r#"{"message":"Email and password is not enabled","code":"EMAIL_PASSWORD_DISABLED"}"#);
}

#[actix_web::test]
async fn t14_an_overlong_password_is_refused_for_known_and_unknown_users_without_being_hashed() {
    let server = Server::start().await;
    for email in ["ada@example.com", "nobody@example.com"] {
        let answer = sign_in(&mut server.browser(), email, &"x".repeat(10_000)).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("PASSWORD_TOO_LONG")));
        let answer = sign_in(&mut server.browser(), email, &"x".repeat(1_000_000)).await;
        assert_eq!((answer.status, answer.code().as_deref()), (413, Some("CONTENT_TOO_LARGE")));
    }
    assert_eq!(server.hashes(), 0);
}

#[actix_web::test]
async fn t16_missing_users_users_without_a_password_and_wrong_passwords_are_answered_alike() {
    let server = Server::start().await;
    server.member("Ada").await;
    server.member("Social").await;
    server.sql("UPDATE {account} SET {account:password} = NULL WHERE {account.userId} IN (SELECT {user.id} FROM {user} WHERE {user.email} = 'social@example.com')", &[]).await;
    server.member("Nobody").await;
    server.sql("DELETE FROM {account} WHERE {account.userId} IN (SELECT {user.id} FROM {user} WHERE {user.email} = 'nobody@example.com')", &[]).await;
    let mut seen = Vec::new();
    for email in ["ada@example.com", "social@example.com", "nobody@example.com", "missing@example.com"] {
        let answer = sign_in(&mut server.browser(), email, "correct horse, not").await;
        let own = |name: &str| matches!(name, "date" | "x-request-id");
        let headers: Vec<_> = answer.headers.iter().filter(|(name, _)| !own(name)).cloned().collect();
        seen.push((answer.status, headers, answer.text()));
    }
    assert_eq!(seen[0].0, 401);
    assert!(seen.iter().all(|answer| *answer == seen[0]), "{seen:?}");
    // No password gets a user in who has none, not even an empty one.
    for email in ["social@example.com", "nobody@example.com"] {
        for password in ["", "null", "correct horse Social"] {
            assert_eq!(sign_in(&mut server.browser(), email, password).await.status, 401);
        }
    }
}

#[actix_web::test]
async fn t25_signing_in_never_takes_up_a_token_that_was_planted() {
    let server = Server::start().await;
    server.member("Ada").await;
    let attacker = server.member("Mallory").await;
    let planted = attacker.jar["better-auth.session_token"].clone();
    let chosen = "A".repeat(32);
    for cookie in [planted.clone(), chosen.clone(), format!("{chosen}.{chosen}")] {
        let mut victim = server.browser();
        victim.jar.insert("better-auth.session_token".into(), cookie.clone());
        let answer = sign_in(&mut victim, "ada@example.com", "correct horse Ada").await;
        assert_eq!(answer.status, 200);
        assert_ne!(victim.jar["better-auth.session_token"], cookie);
        assert!(!cookie.contains(answer.json()["token"].as_str().unwrap()));
    }
    let mut planted = attacker.clone();
    assert_eq!(planted.get("/get-session").await.json()["user"]["name"], "Mallory", "his own, and nobody else's");
}

#[actix_web::test]
async fn t25_a_second_sign_in_gets_another_session_and_leaves_the_first_alone() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    let mut first = browser.clone();
    sign_in(&mut browser, "ada@example.com", "correct horse Ada").await;
    let tokens: Vec<_> = [first.get("/get-session").await, browser.get("/get-session").await]
        .map(|answer| answer.json()["session"]["token"].clone())
        .into();
    assert!(tokens.iter().all(Value::is_string) && tokens[0] != tokens[1], "{tokens:?}");
}

#[actix_web::test]
async fn an_html_form_signs_in_too() {
    let server = Server::start().await;
    server.member("Ada").await;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let form = "email=ada%40example.com&password=correct+horse+Ada";
    assert_eq!(server.browser().send("POST", PATH, &headers, Some(form.as_bytes())).await.status, 200);
    let form = format!("{form}&rememberMe=false");
    let answer = server.browser().send("POST", PATH, &headers, Some(form.as_bytes())).await;
    assert_eq!(
        answer.text(),
        r#"{"message":"[body.rememberMe] Invalid input: expected boolean, received string","code":"VALIDATION_ERROR"}"#
    );
}

#[actix_web::test]
async fn what_a_session_notes_of_its_browser_is_what_the_browser_said() {
    let server = Server::start().await;
    server.member("Ada").await;
    let mut browser = server.browser().header("user-agent", "reference/1.0");
    browser.post(PATH, &person("Ada")).await;
    let session = browser.get("/get-session").await.json();
    assert_eq!(
        (&session["session"]["userAgent"], &session["session"]["ipAddress"]),
        (&json!("reference/1.0"), &json!(""))
    );
}
