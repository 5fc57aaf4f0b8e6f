//! Tokens and published keys of every algorithm, and the change from one to another.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use signet::crypto::jose::{Algorithm, PublicJwk, Verifier};
use signet::store::Dialect;

use crate::harness::{Browser, Server};

fn signing_with(algorithm: Algorithm) -> String {
    format!("[plugins.jwt.jwks.key_pair_config]\nalg = \"{algorithm}\"")
}

async fn token(browser: &mut Browser<'_>) -> String {
    let answer = browser.get("/token").await;
    answer.json()["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

fn header(token: &str) -> Value {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().expect("a header")).expect("base64url");
    serde_json::from_slice(&header).expect("JSON")
}

/// The published keys.
async fn keys(server: &Server) -> Vec<Value> {
    server.browser().get("/jwks").await.json()["keys"].as_array().expect("keys").clone()
}

/// Whether a token verifies with the published key that its header names.
async fn verifies(server: &Server, token: &str) -> bool {
    let header = header(token);
    let keys = keys(server).await;
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).expect("the key is published");
    assert_eq!(key["alg"], header["alg"]);
    let algorithm = header["alg"].as_str().and_then(|name| name.parse().ok()).expect("an algorithm");
    let key = PublicJwk::parse(&key.to_string(), algorithm).expect("a public key");
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    Verifier::new(&key).expect("a verifier").verifies(message.as_bytes(), &signature)
}

/// Runs a statement of the test's own.
async fn sql(server: &Server, text: &str) -> Vec<signet::store::Row> {
    let statement = server.store().renderer().statement("of a test", text).expect("a statement");
    server.store().fetch_all(&statement, &[]).await.expect("the database is there")
}

/// Lets time pass for the keys: SQLite goes by the replicas' clocks; on Postgres the rows grow older, for its clock is
/// its own.
async fn pass(replicas: &[&Server], seconds: u64) {
    match replicas[0].store().renderer().dialect {
        Dialect::Sqlite => replicas.iter().for_each(|replica| replica.wait(seconds)),
        Dialect::Postgres => {
            for table in ["jwks", "signet_key"] {
                let age = format!("interval '{seconds} seconds'");
                let text = format!(
                    "UPDATE {table} SET \"createdAt\" = \"createdAt\" - {age}, \"expiresAt\" = \"expiresAt\" - {age}"
                );
                sql(replicas[0], &text).await;
            }
        }
    }
    for replica in replicas {
        replica.parts().keeper.as_ref().expect("a keeper").tick().await.expect("the database is there");
    }
}

#[actix_web::test]
async fn a_token_of_every_algorithm_verifies_with_its_published_key() {
    for (algorithm, members) in [
        (Algorithm::EdDSA, &["alg", "crv", "x", "kty", "kid"][..]),
        (Algorithm::ES256, &["alg", "crv", "kty", "x", "y", "kid"]),
        (Algorithm::ES512, &["alg", "crv", "kty", "x", "y", "kid"]),
        (Algorithm::RS256, &["alg", "kty", "n", "e", "kid"]),
        (Algorithm::PS256, &["alg", "kty", "n", "e", "kid"]),
    ] {
        let server = Server::with(&signing_with(algorithm)).await;
        let token = token(&mut server.member("Ada").await).await;
        let [key] = &keys(&server).await[..] else { panic!("one key is published") };
        assert_eq!(key.as_object().expect("an object").keys().collect::<Vec<_>>(), members);
        assert_eq!(header(&token), json!({ "alg": algorithm.as_str(), "kid": key["kid"] }));
        assert!(verifies(&server, &token).await);
        let altered = token.replacen('.', ".e", 1);
        assert!(!verifies(&server, &altered).await);

        let row = sql(&server, "SELECT {jwks.*} FROM {jwks}").await.remove(0);
        let column = |name: &str| row.optional_text(&format!("jwks.{name}")).expect("a text");
        assert_eq!(column("alg").as_deref(), Some(algorithm.as_str()));
        assert_eq!(column("crv").as_deref(), key["crv"].as_str(), "NULL for RSA, as Better Auth writes it");
    }
}

#[actix_web::test]
async fn a_key_is_as_long_as_configured() {
    let server = Server::with("[plugins.jwt.jwks]\nkey_pair_config = { alg = \"PS256\", modulus_length = 3072 }").await;
    let modulus = URL_SAFE_NO_PAD.decode(keys(&server).await[0]["n"].as_str().expect("a modulus")).expect("base64url");
    assert_eq!(modulus.len(), 384);
}

#[actix_web::test]
async fn t70_a_change_of_algorithm_signs_with_the_old_key_until_the_new_one_is_ripe() {
    for algorithm in [Algorithm::ES512, Algorithm::RS256, Algorithm::PS256] {
        let before = Server::start().await;
        pass(&[&before], 86_400).await;
        let mut ada = before.member("Ada").await;
        let old = token(&mut ada).await;

        let after = before.replica(&signing_with(algorithm)).await;
        let (cookies, mut ada) = (ada.jar.clone(), after.browser());
        ada.jar = cookies;
        let published: Vec<_> = keys(&after).await.iter().map(|key| key["alg"].clone()).collect();
        assert_eq!(published, [algorithm.as_str(), "EdDSA"], "the new key is published at once");
        assert_eq!(header(&token(&mut ada).await), header(&old), "and signs nothing yet");

        pass(&[&before, &after], 3590).await;
        assert_eq!(header(&token(&mut ada).await), header(&old), "nor before its lead is over");

        pass(&[&before, &after], 15).await;
        let new = token(&mut ada).await;
        assert_eq!(header(&new)["alg"], algorithm.as_str());
        for server in [&before, &after] {
            assert!(verifies(server, &new).await && verifies(server, &old).await, "both keys are published");
        }
    }
}
