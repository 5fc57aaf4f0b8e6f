//! `jwt-plugin.json`: a server that finds a key of Better Auth's publishes it as that did, takes its tokens, and signs with it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use signet::base::Timestamp;
use signet::store::values;

use super::{SECRET, server, session, text, zoe};
use crate::harness::Server;
use crate::harness::database::is_postgres;

/// After all of the keys were made, in milliseconds.
const MADE: i64 = 1_795_174_600_000;
const API: &str = "what-the-api-shows-itself-by-to-signet";

/// The header of a token.
fn header(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    String::from_utf8(header).unwrap()
}

async fn is_active(server: &Server, token: &str) -> bool {
    let basic = format!("Basic {}", STANDARD.encode(format!("api:{API}")));
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("authorization", basic.as_str())];
    let body = format!("token={token}");
    let mut program = server.browser().without_origin();
    program.send("POST", "/oauth2/introspect", &headers, Some(body.as_bytes())).await.json()["active"] == true
}

#[actix_web::test]
async fn the_key_of_a_better_auth_is_published_verifies_and_signs_whatever_its_algorithm() {
    let vectors: Value = serde_json::from_str(include_str!("../../vectors/jwt-plugin.json")).unwrap();
    assert_eq!(vectors["secret"], SECRET);
    for (name, case) in vectors["algs"].as_object().unwrap() {
        let row = &case["row"];
        // Without the plugin there are no keys of Signet's own.
        let first = server(MADE, "plugins.jwt.enabled = false").await;
        let moment = if is_postgres() { "timestamptz" } else { "date" };
        let table = format!(
            "CREATE TABLE jwks (id text PRIMARY KEY, \"publicKey\" text NOT NULL, \"privateKey\" text NOT NULL, \
             \"createdAt\" {moment} NOT NULL, \"expiresAt\" {moment}, alg text, crv text)"
        );
        first.sql(&table, &[]).await;
        let insert = "INSERT INTO jwks (id, \"publicKey\", \"privateKey\", \"createdAt\", alg, crv) \
                      VALUES ($1, $2, $3, $4, $5, $6)";
        let created = Timestamp::parse(text(row, "/createdAt")).unwrap();
        let (public, private) = (text(row, "/publicKey"), text(row, "/privateKey"));
        let (algorithm, curve) = (text(row, "/alg"), row["crv"].as_str());
        first.sql(insert, &values![text(row, "/id"), public, private, created, algorithm, curve]).await;

        let jwks = format!("[plugins.jwt.jwks]\nrotation_interval = false\nkey_pair_config.alg = \"{algorithm}\"\n");
        let asking = format!("[resource_servers.api]\nsecret = \"{API}\"\n");
        let server = first.replica(&format!("secret = \"{SECRET}\"\n{jwks}{asking}")).await;
        assert_eq!(server.browser().get("/jwks").await.text(), text(case, "/jwks_body"), "{name}");

        zoe(&server, "user-1").await;
        let long_lived = text(case, "/long_lived_token");
        assert!(is_active(&server, long_lived).await, "{name}");
        let altered = long_lived.replacen(".e", ".f", 1);
        assert!(!is_active(&server, &altered).await, "{name}: with another payload");

        let mut browser = server.browser();
        browser.jar.insert("better-auth.session_token".into(), session(&server, "user-1", "a-token").await);
        let token = browser.get("/token").await.json()["token"].as_str().unwrap().to_owned();
        assert_eq!(header(&token), text(case, "/header_text"), "{name}");
        assert!(is_active(&server, &token).await, "{name}");
    }
}
