//! T34: what a thief of the database gets.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::get_session::who;
use crate::harness::{SECRET, Server, person};

#[actix_web::test]
async fn t34_a_dump_of_the_database_holds_no_usable_secret_but_the_documented_session_tokens() {
    let server = Server::with("[plugins.jwt]\nenabled = true").await;
    let mut ada = server.member("Ada").await;
    let change = json!({ "currentPassword": "correct horse Ada", "newPassword": "canary password" });
    assert_eq!(ada.post("/change-password", &change).await.status, 200);
    let jwt = ada.get("/token").await.json()["token"].as_str().unwrap().to_owned();
    let cookie = percent_decode_str(&ada.jar["better-auth.session_token"]).decode_utf8().unwrap().into_owned();
    let (token, signature) = cookie.rsplit_once('.').unwrap();
    let dump = server.dump();
    assert!(dump.contains("ada@example.com") && dump.contains(token), "it is the database, and tokens are in it");
    let private = format!("{}d{}", r#"""#, r#"":"""#);
    for (what, secret) in [
        ("a password", "canary password"),
        ("a password of before", "correct horse Ada"),
        ("a cookie's signature", signature),
        ("the secret", SECRET),
        ("a token", &jwt),
        ("a token's signature", jwt.rsplit_once('.').unwrap().1),
        ("a private key", &private[..private.len() - 1]),
        ("a private key in PEM", "PRIVATE KEY"),
    ] {
        assert!(!dump.contains(secret), "{what} is in the dump");
    }
    assert!(dump.contains("$argon2id$"));
    // The stored token is worth a session only with the plugin that takes it, or with the secret.
    assert_eq!(who(&mut server.browser().header("cookie", &format!("better-auth.session_token={token}"))).await, None);
}

#[actix_web::test]
async fn t34_session_tokens_are_thirty_two_letters_and_digits_and_never_repeat() {
    let server = Server::start().await;
    server.member("Ada").await;
    let mut seen = HashSet::new();
    let mut letters = HashSet::new();
    for _ in 0..100 {
        let token =
            server.browser().post("/sign-in/email", &person("Ada")).await.json()["token"].as_str().unwrap().to_owned();
        assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        letters.extend(token.bytes());
        assert!(seen.insert(token));
    }
    assert_eq!(letters.len(), 62, "of 3200 letters, each of 62 comes up");
}
