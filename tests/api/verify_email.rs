use secrecy::SecretString;
use serde_json::{Map, Value, json};
use signet::crypto::Secrets;
use signet::crypto::jose::Hs256;

use crate::harness::{SECRET, Server};

/// A token as Better Auth mails it.
fn token(claims: Value) -> String {
    let secrets = Secrets::new(vec![], Some(SecretString::from(SECRET))).expect("a secret");
    let claims: Map<String, Value> = serde_json::from_value(claims).expect("an object");
    Hs256::new(&secrets).sign(&claims).expect("it signs")
}

fn good(server: &Server) -> String {
    let now = server.now().seconds();
    token(json!({ "email": "ada@example.com", "iat": now, "exp": now + 3600 }))
}

#[actix_web::test]
async fn the_address_is_verified_and_following_the_link_again_is_harmless() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    let token = good(&server);
    for _ in 0..2 {
        let answer = server.browser().get(&format!("/verify-email?token={token}")).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"status":true,"user":null}"#));
    }
    assert_eq!(browser.get("/get-session").await.json()["user"]["emailVerified"], true);
}

#[actix_web::test]
async fn a_page_gets_the_outcome() {
    let server = Server::start().await;
    server.member("Ada").await;
    let good = good(&server);
    for (token, page) in [(good.as_str(), "/welcome?x=1"), ("nonsense", "/welcome?x=1&error=INVALID_TOKEN")] {
        let answer = server.browser().get(&format!("/verify-email?token={token}&callbackURL=%2Fwelcome%3Fx%3D1")).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some(page)));
    }
}

#[actix_web::test]
async fn t64_only_a_token_that_verifies_an_address_does() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    let now = server.now().seconds();
    let session = browser.get("/get-session").await;
    let cases = [
        (session.header("set-auth-jwt").expect("a JWT").to_owned(), "INVALID_TOKEN"),
        (token(json!({ "email": "ada@example.com", "iat": now - 7200, "exp": now - 3600 })), "TOKEN_EXPIRED"),
        (token(json!({ "email": "nobody@example.com", "iat": now, "exp": now + 60 })), "USER_NOT_FOUND"),
        (
            token(json!({ "email": "ada@example.com", "userId": "another", "iat": now, "exp": now + 60 })),
            "INVALID_TOKEN",
        ),
        (
            token(json!({ "email": "ada@example.com", "updateTo": "eve@example.com", "iat": now, "exp": now + 60 })),
            "INVALID_TOKEN",
        ),
        (token(json!({ "iat": now, "exp": now + 60 })), "INVALID_TOKEN"),
    ];
    for (token, code) in cases {
        let answer = server.browser().get(&format!("/verify-email?token={token}")).await;
        assert_eq!((answer.status, answer.code().as_deref()), (401, Some(code)));
    }
    assert_eq!(browser.get("/get-session").await.json()["user"]["emailVerified"], false);
}
