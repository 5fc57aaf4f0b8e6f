//! Guessing at one account, from wherever.

use serde_json::{Value, json};

use crate::get_session::who;
use crate::harness::browser::Answer;
use crate::harness::{Server, person};

const ON: &str = "[rate_limit]\nenabled = true\n";

/// An attempt from an address that nobody else has.
async fn attempt(server: &Server, number: u32, body: &Value) -> Answer {
    let address = format!("10.{}.{}.{}", number >> 16, (number >> 8) & 255, number & 255);
    server.browser().header("x-forwarded-for", &address).post("/sign-in/email", body).await
}

fn guess(email: &str) -> Value {
    json!({ "email": email, "password": "a wrong guess" })
}

#[actix_web::test]
async fn t19_after_a_hundred_wrong_guesses_an_account_is_heard_no_more_for_a_while_wherever_they_come_from() {
    for email in ["ada@example.com", "nobody@example.com"] {
        let server = Server::with(ON).await;
        let mut ada = server.member("Ada").await;
        for number in 0..100 {
            assert_eq!(attempt(&server, number, &guess(email)).await.status, 401);
        }
        let hashes = server.hashes();
        for body in [guess(email), guess(&email.to_uppercase())] {
            let answer = attempt(&server, 1000, &body).await;
            assert_eq!((answer.status, answer.header("x-retry-after")), (429, Some("900")), "{email}");
            assert_eq!(answer.text(), r#"{"message":"Too many requests. Please try again later."}"#);
        }
        assert_eq!(server.hashes(), hashes, "what is not heard is not hashed");
        // Who is signed in stays so, and others sign in.
        assert_eq!(who(&mut ada).await.as_deref(), Some("Ada"));
        server.browser().header("x-forwarded-for", "10.9.9.9").post("/sign-up/email", &person("Bob")).await;
        assert_eq!(attempt(&server, 2000, &person("Bob")).await.status, 200);
        server.wait(900);
        assert_eq!(attempt(&server, 3000, &person("Ada")).await.status, 200);
    }
}

#[actix_web::test]
async fn t19_guesses_at_the_same_time_count_exactly() {
    let server = Server::with(ON).await;
    server.member("Ada").await;
    let body = guess("ada@example.com");
    let attempts = (0..120).map(|number| attempt(&server, number, &body));
    let answers = futures_util::future::join_all(attempts).await;
    let heard = answers.iter().filter(|answer| answer.status == 401).count();
    let unheard = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((heard, unheard), (100, 20));
}

#[actix_web::test]
async fn t19_who_knows_the_password_begins_anew() {
    for storage in ["memory", "database"] {
        let server = Server::with(&format!("{ON}storage = \"{storage}\"\n")).await;
        server.member("Ada").await;
        for round in 0..3 {
            for number in 0..60 {
                let answer = attempt(&server, round * 100 + number, &guess("ada@example.com")).await;
                assert_eq!(answer.status, 401, "{storage}, round {round}");
            }
            assert_eq!(attempt(&server, 1000 + round, &person("Ada")).await.status, 200, "{storage}");
        }
    }
}

#[actix_web::test]
async fn t19_who_has_stolen_a_session_may_not_guess_at_its_password_for_ever() {
    let server =
        Server::with(&format!("{ON}[rate_limit.custom_rules]\n\"/*\" = false\n[user.delete_user]\nenabled = true\n"))
            .await;
    let mut thief = server.member("Ada").await;
    let (password, new) = ("a wrong guess", "correct horse Eve");
    for number in 0..100 {
        let (path, body) = match number % 3 {
            0 => ("/verify-password", json!({ "password": password })),
            1 => ("/change-password", json!({ "currentPassword": password, "newPassword": new })),
            _ => ("/delete-user", json!({ "password": password })),
        };
        assert_eq!(thief.post(path, &body).await.status, 400, "{path} {number}");
    }
    let right = json!({ "password": "correct horse Ada", "currentPassword": "correct horse Ada", "newPassword": new });
    for path in ["/verify-password", "/change-password", "/delete-user"] {
        assert_eq!(thief.post(path, &right).await.status, 429, "{path}");
    }
}
