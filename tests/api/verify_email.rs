use secrecy::SecretString;
use serde_json::{Map, Value, json};
use signet::crypto::Secrets;
use signet::crypto::jose::Hs256;

use crate::get_session::who;
use crate::harness::{Mailbox, SECRET, Server, person};

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

#[actix_web::test]
async fn whoever_follows_the_link_is_signed_in_once_where_that_is_configured() {
    let mailbox = Mailbox::open().await;
    let settings = "[email_verification]\nsend_on_sign_up = true\nauto_sign_in_after_verification = true\n";
    let server = Server::with(&(mailbox.toml() + settings)).await;
    let mut ada = server.member("Ada").await;
    let path = mailbox.one(&server).await.path();
    let mut elsewhere = server.browser();
    assert_eq!(elsewhere.get(&path).await.cookies().len(), 1);
    assert_eq!(who(&mut elsewhere).await.as_deref(), Some("Ada"));
    assert!(server.browser().get(&path).await.cookies().is_empty(), "an address that is verified signs nobody in");
    assert_eq!(who(&mut ada).await.as_deref(), Some("Ada"));
}

#[actix_web::test]
async fn t23_a_mail_scanner_that_follows_links_spends_none() {
    let mailbox = Mailbox::open().await;
    let server = Server::with(&mailbox.toml()).await;
    server.member("Ada").await;
    server.browser().post("/request-password-reset", &json!({ "email": "ada@example.com", "redirectTo": "/r" })).await;
    let reset = mailbox.one(&server).await;
    server.browser().post("/send-verification-email", &json!({ "email": "ada@example.com" })).await;
    let verify = mailbox.one(&server).await;
    for _ in 0..3 {
        for path in [reset.path(), verify.path()] {
            server.browser().send("HEAD", &path, &[], None).await;
            assert_eq!(server.browser().get(&path).await.status, 302);
        }
    }
    assert_eq!(server.browser().post("/sign-in/email", &person("Ada")).await.status, 200, "the password is as it was");
    let body = json!({ "newPassword": "a new password", "token": reset.text_of("token") });
    assert_eq!(server.browser().post("/reset-password", &body).await.status, 200);
}

#[actix_web::test]
async fn a_banned_user_verifies_an_address_and_gets_no_session() {
    let mailbox = Mailbox::open().await;
    let settings = "[email_verification]\nsend_on_sign_up = true\nauto_sign_in_after_verification = true\n[plugins.admin]\nenabled = true\n";
    let server = Server::with(&(mailbox.toml() + settings)).await;
    server.member("Ada").await;
    server.sql("UPDATE {user} SET {user:banned} = $1", &[true.into()]).await;
    let path = mailbox.one(&server).await.path();
    let answer = server.browser().get(&path).await;
    assert_eq!((answer.status, answer.cookies().len()), (403, 0));
}
