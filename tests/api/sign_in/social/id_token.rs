//! ID tokens that a client has got by itself.

use serde_json::{Value, json};
use signet::base::Random;
use signet::crypto::jose::{Algorithm, PrivateJwk, Signer};

use crate::harness::Server;
use crate::harness::browser::Answer;
use crate::harness::provider::{CLIENT, Provider, but, configured, in_seconds, profile};

async fn site(more: &str) -> (Provider, Server) {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.openid("")], more)).await;
    (provider, server)
}

async fn present(server: &Server, token: impl Into<Value>, more: Value) -> Answer {
    let id_token = but(json!({"token": token.into()}), more);
    server.browser().post("/sign-in/social", &json!({"provider": "acme", "idToken": id_token})).await
}

fn refusal(answer: &Answer) -> (u16, String) {
    assert!(answer.cookies().is_empty(), "{answer:?}");
    (answer.status, answer.code().unwrap_or_default())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[actix_web::test]
async fn a_good_one_opens_a_session_at_once() {
    let (provider, server) = site("").await;
    let answer = present(&server, provider.id_token(&profile("Ada")), json!({"accessToken": "theirs"})).await;
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["redirect"], &body["user"]["email"]),
        (200, &json!(false), &json!("ada@example.com"))
    );
    assert!(
        answer.cookies()[0].starts_with(&format!("better-auth.session_token={}.", body["token"].as_str().unwrap()))
    );
    assert!(body.get("url").is_none());
    let rows = server.rows("SELECT {account.*} FROM {account}", &[]).await;
    assert_eq!(rows[0].text("account.accessToken").unwrap(), "theirs");
    let nonce = provider.id_token(&but(profile("Ada"), json!({"nonce": "n-1"})));
    assert_eq!(present(&server, nonce.as_str(), json!({"nonce": "n-1"})).await.status, 200);
    assert_eq!(refusal(&present(&server, nonce, json!({"nonce": "n-2"})).await), refused(401, "INVALID_TOKEN"));
}

#[actix_web::test]
async fn t47_a_token_is_believed_under_the_configured_providers_keys_alone() {
    let (provider, server) = site("").await;
    let mallory = Provider::start().await;
    let now = server.now();
    // A null takes a claim out that every token has.
    let claims = |changes: Value| {
        let mut claims = profile("Victim");
        changes.as_object().unwrap().iter().for_each(|(name, value)| claims[name] = value.clone());
        claims
    };
    let mut forged = vec![
        ("of another issuer", mallory.id_token(&profile("Victim"))),
        ("of another issuer's key", mallory.id_token(&claims(json!({"iss": provider.origin})))),
        ("for another site", provider.id_token(&claims(json!({"aud": "another"})))),
        ("for nobody", provider.id_token(&claims(json!({"aud": null})))),
        ("of an issuer that is like ours", provider.id_token(&claims(json!({"iss": format!("{}/", provider.origin)})))),
        ("expired", provider.id_token(&claims(json!({"exp": in_seconds(now, 0)})))),
        ("without an end", provider.id_token(&claims(json!({"exp": null})))),
        ("no token", "x.y.z".to_owned()),
        ("nothing", String::new()),
    ];
    let good = provider.id_token(&profile("Victim"));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let payload = message.split_once('.').unwrap().1;
    // {"alg":"none"}, {"alg":"HS256","kid":"provider-key"}
    for header in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiIsImtpZCI6InByb3ZpZGVyLWtleSJ9"] {
        forged.push(("of another algorithm", format!("{header}.{payload}.{signature}")));
        forged.push(("without a signature", format!("{header}.{payload}.")));
    }
    let key = PrivateJwk::generate(Algorithm::EdDSA.into(), &Random::system()).unwrap();
    provider.publish(vec![Value::Object(key.public().entry("eddsa"))]);
    let all = json!({"iss": provider.origin, "aud": CLIENT, "sub": "x", "email": "victim@example.com",
        "iat": in_seconds(now, 0), "exp": in_seconds(now, 600)});
    let unlisted = Signer::new(&key, "eddsa").unwrap().sign(all.as_object().unwrap(), None).unwrap();
    forged.push(("of an algorithm that the provider does not list", unlisted));
    for (what, token) in forged {
        assert_eq!(refusal(&present(&server, token, json!({})).await), refused(401, "INVALID_TOKEN"), "{what}");
    }
    assert_eq!((server.count("user").await, server.count("session").await), (0, 0));
}

#[actix_web::test]
async fn t47_a_flag_that_is_no_boolean_verifies_nothing() {
    let (provider, server) = site("").await;
    server.member("Ada").await;
    server.sql("UPDATE {user} SET {user:emailVerified} = $1", &[true.into()]).await;
    for flag in [json!(null), json!("true"), json!("false"), json!(1)] {
        let token = provider.id_token(&but(profile("Ada"), json!({"email_verified": flag})));
        assert_eq!(refusal(&present(&server, token, json!({})).await), refused(401, "OAUTH_LINK_ERROR"), "{flag}");
    }
    let answer = present(&server, provider.id_token(&profile("Ada")), json!({})).await;
    assert_eq!(answer.status, 200);
}

#[actix_web::test]
async fn t47_a_provider_without_keys_takes_none() {
    let provider = Provider::start().await;
    for entry in [provider.plain(""), provider.openid("disable_id_token_sign_in = true")] {
        let server = Server::with(&configured(&[entry], "")).await;
        let answer = present(&server, provider.id_token(&profile("Ada")), json!({})).await;
        assert_eq!(refusal(&answer), refused(404, "ID_TOKEN_NOT_SUPPORTED"));
    }
}

#[actix_web::test]
async fn t61_a_storm_of_tokens_with_unknown_keys_asks_the_provider_once() {
    let (provider, server) = site("").await;
    assert_eq!(present(&server, provider.id_token(&profile("Ada")), json!({})).await.status, 200);
    server.wait(11);
    let key = PrivateJwk::generate(Algorithm::ES256.into(), &Random::system()).unwrap();
    let tokens = (0..100)
        .map(|n| Signer::new(&key, format!("random-{n}")).unwrap().sign(&serde_json::Map::new(), None).unwrap());
    let server = &server;
    let answers =
        futures_util::future::join_all(tokens.map(async |token| present(server, token, json!({})).await.status)).await;
    assert!(answers.iter().all(|status| *status == 401));
    assert_eq!(provider.asked("/jwks").len(), 2, "one at first, one in the storm");
    assert_eq!(present(server, provider.id_token(&profile("Ada")), json!({})).await.status, 200);
}

#[actix_web::test]
async fn refusals_are_in_better_auths_words() {
    let (provider, server) = site("plugins.admin.enabled = true").await;
    let answer = server.browser().post("/sign-in/social", &json!({"provider": "nope"})).await;
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (404, r#"{"message":"Provider not found","code":"PROVIDER_NOT_FOUND"}"#)
    );
    let nameless = provider.id_token(&but(profile("Ada"), json!({"email": null})));
    assert_eq!(refusal(&present(&server, nameless, json!({})).await), refused(401, "FAILED_TO_GET_USER_INFO"));
    server.member("Ada").await;
    let answer = present(&server, provider.id_token(&profile("Ada")), json!({})).await;
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (401, r#"{"message":"account not linked","code":"OAUTH_LINK_ERROR"}"#)
    );
    server.sql("UPDATE {user} SET {user:emailVerified} = $1, {user:banned} = $1", &[true.into()]).await;
    assert_eq!(
        refusal(&present(&server, provider.id_token(&profile("Ada")), json!({})).await),
        refused(403, "BANNED_USER")
    );
    assert_eq!(server.count("session").await, 1);
}
