//! POST /sign-up/email.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::TEXT_IDS;
use crate::harness::{Server, person};

const PATH: &str = "/sign-up/email";

fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut body = person("Ada");
    body[field] = value.into();
    body
}

#[actix_web::test]
async fn a_new_user_gets_a_session_and_the_keys_in_better_auths_order() {
    let server = Server::with(TEXT_IDS).await;
    let answer = server.browser().post(PATH, &person("Ada")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    let (token, id) = (body["token"].as_str().unwrap(), body["user"]["id"].as_str().unwrap());
    assert!([token, id].iter().all(|text| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    let now = json!(server.now());
    assert_eq!(
        answer.text(),
        format!(
            r#"{{"token":"{token}","user":{{"name":"Ada","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":{now},"updatedAt":{now},"id":"{id}"}}}}"#
        )
    );
    let cookies = answer.cookies();
    assert_eq!(cookies.len(), 1);
    assert!(cookies[0].starts_with(&format!("better-auth.session_token={token}.")));
    assert!(cookies[0].ends_with("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"));
}

#[actix_web::test]
async fn a_user_who_is_not_to_be_remembered_gets_cookies_that_end_with_the_browser() {
    let server = Server::start().await;
    let answer = server.browser().post(PATH, &with("rememberMe", false)).await;
    let cookies = answer.cookies();
    assert_eq!(cookies.len(), 2);
    assert!(cookies[0].starts_with("better-auth.session_token="));
    assert!(cookies[1].starts_with("better-auth.dont_remember=true."));
    assert!(cookies.iter().all(|line| line.ends_with("; Path=/; HttpOnly; SameSite=Lax") && !line.contains("Max-Age")));
}

#[actix_web::test]
async fn the_address_is_kept_in_lower_case_and_a_picture_as_it_is() {
    let server = Server::start().await;
    let mut body = with("email", "ADA@Example.COM");
    body["image"] = "https://x.test/a.png".into();
    let user = server.browser().post(PATH, &body).await.json()["user"].clone();
    assert_eq!((&user["email"], &user["image"]), (&json!("ada@example.com"), &json!("https://x.test/a.png")));
}

#[actix_web::test]
async fn an_address_that_is_taken_is_refused_in_any_spelling() {
    let server = Server::start().await;
    server.member("Ada").await;
    for email in ["ada@example.com", "ADA@EXAMPLE.COM"] {
        let answer = server.browser().post(PATH, &with("email", email)).await;
        assert_eq!(answer.status, 422);
        assert_eq!(
            answer.text(),
            r#"{"message":"User already exists. Use another email.","code":"USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"}"#
        );
        assert!(answer.cookies().is_empty());
    }
    assert_eq!(server.count("user").await, 1);
}

#[actix_web::test]
async fn without_automatic_sign_in_a_taken_address_looks_like_a_new_one_and_nothing_is_stored() {
    let server = Server::with("[email_and_password]\nauto_sign_in = false").await;
    let first = server.browser().post(PATH, &person("Ada")).await;
    let second = server.browser().post(PATH, &with("name", "Mallory")).await;
    for (answer, name) in [(&first, "Ada"), (&second, "Mallory")] {
        assert_eq!(answer.status, 200);
        assert!(answer.cookies().is_empty());
        let (now, id) = (json!(server.now()), answer.json()["user"]["id"].clone());
        assert_eq!(
            answer.text(),
            format!(
                r#"{{"token":null,"user":{{"name":"{name}","email":"ada@example.com","emailVerified":false,"image":null,"createdAt":{now},"updatedAt":{now},"id":{id}}}}}"#
            )
        );
    }
    assert_ne!(first.json()["user"]["id"], second.json()["user"]["id"]);
    assert_eq!((server.count("user").await, server.count("session").await), (1, 0));
}

#[actix_web::test]
async fn while_sign_up_is_disabled_nobody_is_made() {
    for setting in ["enabled = false", "disable_sign_up = true"] {
        let server = Server::with(&format!("[email_and_password]\n{setting}")).await;
        let answer = server.browser().post(PATH, &with("password", "short")).await;
        assert_eq!(answer.status, 400);
        assert_eq!(
            answer.text(),
            r#"{"message":"Email and password sign up is not enabled","code":"EMAIL_PASSWORD_SIGN_UP_DISABLED"}"#
        );
        assert_eq!(server.count("user").await, 0);
    }
}

#[actix_web::test]
async fn all_that_is_missing_is_named_at_once() {
    let server = Server::start().await;
    let answer = server.browser().post(PATH, &json!({})).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.text(),
        r#"{"message":"[body.name] Invalid input: expected string, received undefined; [body.email] Invalid input: expected string, received undefined; [body.password] Invalid input: expected string, received undefined","code":"VALIDATION_ERROR"}"#
    );
}

#[actix_web::test]
async fn the_password_is_judged_before_the_address_is_looked_up() {
    let server = Server::start().await;
    server.member("Ada").await;
    for (password, text) in [
        ("1234567".to_owned(), r#"{"message":"Password too short","code":"PASSWORD_TOO_SHORT"}"#),
        ("x".repeat(129), r#"{"message":"Password too long","code":"PASSWORD_TOO_LONG"}"#),
    ] {
        let answer = server.browser().post(PATH, &with("password", password)).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, text));
    }
}

#[actix_web::test]
async fn t12_core_columns_cannot_be_injected() {
    let server = Server::start().await;
    let mut body = person("Ada");
    for (field, value) in [
        ("id", json!("chosen")),
        ("emailVerified", json!(true)),
        ("createdAt", json!("2001-01-01T00:00:00.000Z")),
        ("updatedAt", json!("2001-01-01T00:00:00.000Z")),
        ("role", json!("admin")),
        ("token", json!("chosen")),
        ("userId", json!("chosen")),
    ] {
        body[field] = value;
    }
    let answer = server.browser().post(PATH, &body).await;
    assert_eq!(answer.status, 200);
    let user = server.store().user_by_email("ada@example.com").await.unwrap().unwrap();
    assert!(user.id != "chosen" && !user.email_verified && user.created_at == server.now() && user.more.is_empty());
    assert_ne!(answer.json()["token"], "chosen");
}

#[actix_web::test]
async fn t13_lengths_count_utf16_units_as_javascript_does() {
    let server = Server::start().await;
    // Each letter, and how many units it has: ASCII, two bytes in UTF-8, four bytes and two units.
    for (letter, units) in [("a", 1), ("é", 1), ("😀", 2)] {
        let of = |length: usize| letter.repeat(length / units) + &"x".repeat(length % units);
        for (length, status, code) in [
            (7, 400, Some("PASSWORD_TOO_SHORT")),
            (8, 200, None),
            (128, 200, None),
            (129, 400, Some("PASSWORD_TOO_LONG")),
        ] {
            let email = format!("u{}x{length}@example.com", letter.len());
            let body = json!({ "name": "U", "email": email, "password": of(length) });
            let answer = server.browser().post(PATH, &body).await;
            assert_eq!((answer.status, answer.code().as_deref()), (status, code), "{length} units of {letter}");
        }
    }
}

#[actix_web::test]
async fn t13_a_password_counts_exactly_as_it_was_typed() {
    let server = Server::start().await;
    let typed = "  Pässwörd Ünd Mehr ";
    server.browser().post(PATH, &with("password", typed)).await;
    let decomposed: String = typed.replace('ä', "a\u{308}").replace('ö', "o\u{308}").replace('Ü', "U\u{308}");
    for (password, status) in [
        (typed, 200),
        (typed.trim(), 401),
        (typed.trim_end(), 401),
        (&typed.to_lowercase(), 401),
        (&decomposed, 401),
        (&format!("{typed}x"), 401),
        (&typed[..typed.len() - 1], 401),
    ] {
        let body = json!({ "email": "ada@example.com", "password": password });
        assert_eq!(server.browser().post("/sign-in/email", &body).await.status, status, "{password:?}");
    }
}

#[actix_web::test]
async fn t14_a_password_of_nearly_a_megabyte_is_refused_without_being_hashed() {
    let server = Server::start().await;
    let answer = server.browser().post(PATH, &with("password", "x".repeat(1_000_000))).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("PASSWORD_TOO_LONG")));
    assert_eq!(server.hashes(), 0);
}

#[actix_web::test]
async fn t83_a_sign_up_that_fails_halfway_leaves_no_half_user_and_can_be_tried_again() {
    let server = Server::start().await;
    server.sql("ALTER TABLE {account} RENAME TO elsewhere", &[]).await;
    let answer = server.browser().post(PATH, &person("Ada")).await;
    assert!(answer.status >= 500 && answer.cookies().is_empty(), "{answer:?}");
    assert!(!answer.text().contains("account"), "{answer:?}");
    assert_eq!(server.count("user").await, 0);
    server.sql("ALTER TABLE elsewhere RENAME TO {account}", &[]).await;
    assert_eq!(server.browser().post(PATH, &person("Ada")).await.status, 200);
    assert_eq!((server.count("user").await, server.count("account").await), (1, 1));
}

#[actix_web::test]
async fn t83_of_twenty_sign_ups_at_once_with_one_address_one_makes_the_user() {
    let server = Server::start().await;
    let answers = join_all((0..20).map(|_| async { server.browser().post(PATH, &person("Ada")).await })).await;
    let good = answers.iter().filter(|answer| answer.status == 200).count();
    let taken = answers.iter().filter(|answer| answer.status == 422).count();
    assert_eq!((good, taken), (1, 19));
    assert_eq!((server.count("user").await, server.count("account").await, server.count("session").await), (1, 1, 1));
}

#[actix_web::test]
async fn an_html_form_signs_up_too() {
    let server = Server::start().await;
    let form = "name=Ada&email=ada%40example.com&password=correct+horse+Ada";
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = server.browser().send("POST", PATH, &headers, Some(form.as_bytes())).await;
    assert_eq!(answer.status, 200);
    assert_eq!(server.browser().post("/sign-in/email", &person("Ada")).await.status, 200);
}
