//! POST /sign-in/username.

use serde_json::{Value, json};

use super::{ENABLED, named, refused, told};
use crate::harness::Server;
use crate::harness::browser::Answer;

async fn sign_in(server: &Server, username: &str, password: &str) -> Answer {
    server.browser().post("/sign-in/username", &json!({ "username": username, "password": password })).await
}

async fn with_ada(toml: &str) -> Server {
    let server = Server::with(&format!("{ENABLED}{toml}")).await;
    assert_eq!(server.browser().post("/sign-up/email", &named("Ada", "Ada")).await.status, 200);
    server
}

const PASSWORD: &str = "correct horse Ada";

#[actix_web::test]
async fn the_right_password_gets_a_session_whatever_the_case_of_the_name() {
    let server = with_ada("").await;
    for name in ["ada", "ADA"] {
        let answer = sign_in(&server, name, PASSWORD).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        assert_eq!(answer.cookies().len(), 1);
        assert_eq!(answer.json()["user"]["username"], "ada");
    }
}

#[actix_web::test]
async fn t16_unknown_names_wrong_passwords_and_users_without_one_are_answered_alike_and_cost_one_hash() {
    let server = with_ada("").await;
    server.browser().post("/sign-up/email", &named("Social", "social")).await;
    let of = "SELECT {user.id} FROM {user} WHERE {user.username} = 'social'";
    server.sql(&format!("DELETE FROM {{account}} WHERE {{account.userId}} IN ({of})"), &[]).await;
    for name in ["ada", "social", "nobody"] {
        let mut costs = Vec::new();
        for _ in 0..4 {
            let (hashes, statements) = (server.hashes(), server.statements().await);
            let answer = sign_in(&server, name, "wrong horse").await;
            assert_eq!(told(&answer), refused(401, "INVALID_USERNAME_OR_PASSWORD"), "{name}");
            assert!(answer.cookies().is_empty());
            costs.push((server.hashes() - hashes, server.statements().await - statements));
        }
        // What runs in the background asks the database, too, now and then.
        // One finds the user, one writes the refusal down.
        assert_eq!(costs.iter().min(), Some(&(1, 2)), "{name}");
    }
}

#[actix_web::test]
async fn what_could_be_nobodys_name_is_422_and_hashes_nothing() {
    let server = with_ada("").await;
    let hashes = server.hashes();
    for (name, code) in [
        ("ab", "USERNAME_TOO_SHORT"),
        (&"a".repeat(31), "USERNAME_TOO_LONG"),
        ("ada@example.com", "INVALID_USERNAME"),
        ("ada' OR 1=1", "INVALID_USERNAME"),
    ] {
        assert_eq!(told(&sign_in(&server, name, PASSWORD).await), refused(422, code), "{name}");
    }
    for (name, password) in [("", PASSWORD), ("ada", ""), ("", "")] {
        assert_eq!(told(&sign_in(&server, name, password).await), refused(401, "INVALID_USERNAME_OR_PASSWORD"));
    }
    assert_eq!(told(&sign_in(&server, "ada", &"x".repeat(129)).await), refused(400, "PASSWORD_TOO_LONG"));
    assert_eq!(server.hashes(), hashes);
}

#[actix_web::test]
async fn who_is_banned_or_has_not_verified_is_told_so_after_the_password_alone() {
    let more = "[plugins.admin]\nenabled = true\n[mail]\ntransport = \"log\"\n";
    let server = with_ada(more).await;
    server.sql("UPDATE {user} SET {user:banned} = $1", &[true.into()]).await;
    assert_eq!(told(&sign_in(&server, "ada", PASSWORD).await), refused(403, "BANNED_USER"));
    assert_eq!(told(&sign_in(&server, "ada", "wrong horse").await), refused(401, "INVALID_USERNAME_OR_PASSWORD"));
    let strict =
        server.replica(&format!("{ENABLED}{more}[email_and_password]\nrequire_email_verification = true")).await;
    assert_eq!(told(&sign_in(&strict, "ada", PASSWORD).await), refused(403, "EMAIL_NOT_VERIFIED"));
    assert_eq!(told(&sign_in(&strict, "ada", "wrong horse").await), refused(401, "INVALID_USERNAME_OR_PASSWORD"));
    assert_eq!(server.count("session").await, 1, "the sign-up's alone");
}

#[actix_web::test]
async fn t19_a_password_is_guessed_at_a_hundred_times_by_name_from_wherever_it_comes() {
    let more = "[rate_limit]\nenabled = true\n[advanced.ip_address]\ntrusted_proxies = [\"127.0.0.1\"]\n";
    let server = with_ada(more).await;
    for name in ["ada", "nobody"] {
        let mut seen = Vec::new();
        for number in 0..101 {
            let from = format!("10.0.{}.{}", number / 200, number % 200 + 1);
            let mut browser = server.browser().header("x-forwarded-for", &from);
            let cased = if number % 2 == 0 { name.to_uppercase() } else { name.to_owned() };
            let body = json!({ "username": cased, "password": "wrong horse" });
            seen.push(browser.post("/sign-in/username", &body).await.status);
        }
        assert!(seen[..100].iter().all(|status| *status == 401), "{name}: {seen:?}");
        assert_eq!(seen[100], 429, "{name}");
    }
}

#[actix_web::test]
async fn where_passwords_are_off_nobody_signs_in() {
    let server = Server::with(&format!("{ENABLED}[email_and_password]\nenabled = false")).await;
    assert_eq!(told(&sign_in(&server, "ada", PASSWORD).await), refused(400, "EMAIL_PASSWORD_DISABLED"));
}

#[actix_web::test]
async fn a_page_elsewhere_signs_nobody_in() {
    let server = with_ada("").await;
    let mut page = server.browser();
    page.origin = Some("https://evil.example".to_owned());
    let answer = page.post("/sign-in/username", &json!({ "username": "ada", "password": PASSWORD })).await;
    assert_eq!(told(&answer), refused(403, "INVALID_ORIGIN"));
    for body in [json!({}), json!({ "username": 1, "password": Value::Null })] {
        assert_eq!(told(&server.browser().post("/sign-in/username", &body).await), refused(400, "VALIDATION_ERROR"));
    }
}
