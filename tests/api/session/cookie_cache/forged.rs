//! T24, T64: what is no cache of this server's is no cache.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{DATA, STRATEGIES, TOKEN, caching, caching_with_tokens, content};
use crate::harness::Server;

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[actix_web::test]
async fn t24_a_forged_cache_is_passed_over_and_the_database_is_read() {
    for strategy in STRATEGIES {
        let server = Server::with(&caching(&format!("strategy = \"{strategy}\""))).await;
        let (ada, bob) = (server.member("Ada").await, server.member("Bob").await);
        let good = &ada.jar[DATA];
        let mut last = good.clone();
        let letter = last.pop().expect("a letter");
        last.push(if letter == 'A' { 'B' } else { 'A' });
        let mut own =
            json!({ "session": { "session": {}, "user": { "name": "Mallory" }, "updatedAt": 1, "version": "1" } });
        own["expiresAt"] = server.now().plus_seconds(300).millis().into();
        own["signature"] = "x".into();
        let claims = json!({ "session": {}, "user": { "name": "Mallory" }, "exp": 99_999_999_999_i64 });
        let forged = [
            last,
            format!("{good}A"),
            good[1..].to_owned(),
            good.to_uppercase(),
            format!("\"{good}\""),
            encoded(&own),
            format!("{}.{}.", encoded(&json!({ "alg": "none" })), encoded(&claims)),
            format!("{}.{}.AAAA", encoded(&json!({ "alg": "HS256" })), encoded(&claims)),
            "nonsense".to_owned(),
            "....".to_owned(),
            "%".to_owned(),
            bob.jar[DATA].clone(),
            ada.jar[TOKEN].clone(),
        ];
        for forged in forged {
            let mut browser = ada.clone();
            browser.jar.insert(DATA.to_owned(), forged.clone());
            let asked = server.statements().await;
            let answer = browser.get("/get-session").await;
            assert_eq!((answer.status, &answer.json()["user"]["name"]), (200, &json!("Ada")), "{strategy}: {forged}");
            assert_eq!(server.statements().await, asked + 1, "{strategy}: {forged}");
            assert!(browser.jar[DATA] != forged, "{strategy}: {forged} is replaced");
        }
    }
}

#[actix_web::test]
async fn t24_a_cache_without_the_sessions_own_cookie_is_nothing() {
    for strategy in STRATEGIES {
        let server = Server::with(&caching(&format!("strategy = \"{strategy}\""))).await;
        let ada = server.member("Ada").await;
        let mut thief = server.browser();
        thief.jar.insert(DATA.to_owned(), ada.jar[DATA].clone());
        let answer = thief.get("/get-session").await;
        assert_eq!((answer.text().as_str(), answer.cookies().len()), ("null", 0), "{strategy}");
        let (token, _) = ada.jar[TOKEN].split_once('.').expect("it is signed");
        thief.jar.insert(TOKEN.to_owned(), token.to_owned());
        assert_eq!(thief.get("/list-accounts").await.status, 401, "{strategy}");
    }
}

#[actix_web::test]
async fn t64_a_cache_is_no_token_and_a_token_is_no_cache() {
    let server =
        Server::with(&format!("{}[plugins.bearer]\nenabled = true\n", caching_with_tokens("strategy = \"jwt\""))).await;
    let mut ada = server.member("Ada").await;
    let cache = ada.jar[DATA].clone();
    let answer = server.browser().get(&format!("/verify-email?token={cache}")).await;
    assert_eq!((answer.status, answer.code().as_deref()), (401, Some("INVALID_TOKEN")));
    let mut bearer = server.browser().header("authorization", &format!("Bearer {cache}"));
    assert_eq!(bearer.get("/get-session").await.text(), "null");
    let token = ada.get("/token").await.json()["token"].as_str().expect("a token").to_owned();
    ada.jar.insert(DATA.to_owned(), token.clone());
    assert_eq!(ada.get("/get-session").await.json()["user"]["name"], "Ada");
    assert_ne!(ada.jar[DATA], token, "it was no cache, and is replaced");
}

#[actix_web::test]
async fn t30_what_a_cache_holds_of_a_user_is_what_answers_show_and_nothing_that_decides() {
    let server = Server::with(&format!("{}[plugins.admin]\nenabled = true\n", caching(""))).await;
    let ada = server.member("Ada").await;
    let user = content(&ada)["session"]["user"].clone();
    assert_eq!((&user["role"], &user["banned"]), (&json!("user"), &json!(false)));
}
