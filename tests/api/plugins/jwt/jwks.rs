use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::Value;
use signet::crypto::jose::{Algorithm, PrivateJwk};
use signet::store::values;

use super::token;
use crate::harness::TEXT_IDS;
use crate::harness::{Server, wire};

fn kids(server_answer: &Value) -> Vec<String> {
    let keys = server_answer["keys"].as_array().expect("keys").iter();
    keys.map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
}

#[actix_web::test]
async fn a_key_set_is_better_auths_byte_for_byte() {
    let server = Server::with(TEXT_IDS).await;
    let answer = server.browser().get("/jwks").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let key = answer.json()["keys"][0].clone();
    let (x, kid) = (key["x"].as_str().expect("x"), key["kid"].as_str().expect("kid"));
    assert_eq!(
        answer.text(),
        format!(r#"{{"keys":[{{"alg":"EdDSA","crv":"Ed25519","x":"{x}","kty":"OKP","kid":"{kid}"}}]}}"#)
    );
    assert_eq!((x.len(), kid.len()), (43, 32));

    let server = Server::with("[plugins.jwt.jwks.key_pair_config]\nalg = \"ES256\"").await;
    let answer = server.browser().get("/jwks").await;
    let names: Vec<String> = answer.json()["keys"][0].as_object().expect("a key").keys().cloned().collect();
    assert_eq!(names, ["alg", "crv", "kty", "x", "y", "kid"]);
    assert!(answer.text().starts_with(r#"{"keys":[{"alg":"ES256","crv":"P-256","kty":"EC","#));
}

#[actix_web::test]
async fn d3_caches_are_told_how_long_and_holders_of_the_present_set_are_sent_none() {
    let server = Server::with("[plugins.jwt.jwks]\ncache_max_age = 120").await;
    let mut browser = server.browser();
    let answer = browser.get("/jwks").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=120"));
    let etag = answer.header("etag").expect("an entity tag").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 10, "strong: {etag}");
    for tags in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
        let answer = browser.send("GET", "/jwks", &[("if-none-match", &tags)], None).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{tags}");
        assert_eq!(answer.header("etag"), Some(etag.as_str()));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=120"));
    }
    let answer = browser.send("GET", "/jwks", &[("if-none-match", "\"other\"")], None).await;
    assert_eq!(answer.status, 200);
}

#[actix_web::test]
async fn d3_head_has_the_headers_of_get_and_no_body() {
    let server = Server::start().await;
    let get = server.browser().get("/jwks").await;
    let head = server.browser().send("HEAD", "/jwks", &[], None).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["content-type", "cache-control", "etag", "content-length"] {
        assert!(get.header(name).is_some(), "{name}");
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

#[actix_web::test]
async fn other_methods_are_not_there() {
    let server = Server::start().await;
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = server.browser().send(method, "/jwks", &[], None).await;
        assert_eq!((answer.status, answer.body.len()), (404, 0), "{method}");
    }
}

#[actix_web::test]
async fn the_same_set_is_at_the_origins_well_known_address() {
    let server = Server::start().await;
    let (here, there) = (server.browser().get("/jwks").await, server.browser().get("!/.well-known/jwks.json").await);
    assert_eq!((there.status, &there.body), (200, &here.body));
    assert_eq!(there.header("etag"), here.header("etag"));
    assert_eq!(server.browser().send("HEAD", "!/.well-known/jwks.json", &[], None).await.status, 200);
}

#[actix_web::test]
async fn another_path_takes_the_place_of_the_first() {
    let server = Server::with("[plugins.jwt.jwks]\njwks_path = \"/.well-known/jwks.json\"").await;
    let mut browser = server.browser();
    assert_eq!(browser.get("/.well-known/jwks.json").await.status, 200);
    assert_eq!(browser.get("!/.well-known/jwks.json").await.status, 200);
    assert_eq!(browser.get("/jwks").await.status, 404);
}

#[actix_web::test]
async fn a_path_that_is_the_well_known_address_itself_is_served_once() {
    let server = Server::with("base_path = \"/\"\n[plugins.jwt.jwks]\njwks_path = \"/.well-known/jwks.json\"").await;
    assert_eq!(server.browser().get("!/.well-known/jwks.json").await.status, 200);
}

#[test]
fn the_path_of_another_endpoint_is_refused() {
    for path in ["/token", "/ok", "/get-session"] {
        let toml = format!("[plugins.jwt.jwks]\njwks_path = \"{path}\"");
        let faults = crate::harness::load(&toml, "sqlite::memory:").expect_err("it is refused");
        assert!(
            faults.contains("`plugins.jwt.jwks.jwks_path`") && faults.ends_with("is the path of another endpoint"),
            "{faults}"
        );
    }
}

/// Every member that may be published, by kind of key.
fn assert_public(body: &[u8]) {
    let set: Value = serde_json::from_slice(body).expect("JSON");
    assert_eq!(set.as_object().expect("an object").len(), 1);
    let keys = set["keys"].as_array().expect("keys");
    assert_eq!(kids(&set).iter().collect::<HashSet<_>>().len(), keys.len(), "no kid comes twice");
    for key in keys {
        let names: Vec<&str> = key.as_object().expect("a key").keys().map(String::as_str).collect();
        match key["kty"].as_str() {
            Some("OKP") => assert_eq!(names, ["alg", "crv", "x", "kty", "kid"]),
            Some("EC") => assert_eq!(names, ["alg", "crv", "kty", "x", "y", "kid"]),
            other => panic!("a key of the kind {other:?}"),
        }
    }
}

#[actix_web::test]
async fn t65_no_private_member_is_published_at_any_phase_also_where_keys_are_stored_in_clear() {
    for toml in ["", "[plugins.jwt.jwks]\ndisable_private_key_encryption = true"] {
        let server = Server::with(toml).await;
        let keeper = server.parts().keeper.as_ref().expect("the plugin is on");
        let mut sizes = Vec::new();
        for days in [0, 1, 29, 1, 1, 29, 1, 35] {
            server.wait(days * 86_400);
            keeper.tick().await.expect("a round");
            let answer = server.browser().get("/jwks").await;
            assert_public(&answer.body);
            assert_eq!(server.browser().get("/jwks").await.body, answer.body, "byte for byte the same set");
            sizes.push(kids(&answer.json()).len());
        }
        keeper.rotate(None).await.expect("a new key");
        assert_public(&server.browser().get("/jwks").await.body);
        assert_public(
            &server
                .replica("[plugins.jwt.jwks.key_pair_config]\nalg = \"ES256\"")
                .await
                .browser()
                .get("/jwks")
                .await
                .body,
        );
        // On Postgres, whose clock no test moves, nothing changes meanwhile.
        assert!(sizes.iter().all(|size| *size >= 1), "never an empty set: {sizes:?}");
    }
}

#[actix_web::test]
async fn the_key_set_outlives_the_database_and_tokens_are_refused_soon() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    let published = browser.get("/jwks").await.body;
    let signed = token(&mut browser).await;
    server.store().close().await;
    for wait in [0, 60, 3600] {
        server.wait(wait);
        let answer = browser.get("/jwks").await;
        assert_eq!((answer.status, &answer.body), (200, &published));
        let asked = Instant::now();
        for path in ["/token", "/get-session"] {
            assert_eq!(browser.get(path).await.status, 503, "{path}");
        }
        assert!(asked.elapsed() < Duration::from_secs(20), "nobody waits for it");
    }
    assert_eq!(browser.get("/jwks").await.header("cache-control"), Some("public, max-age=0"), "it may not be whole");
    drop(signed);
}

/// Asks until a key is published, and says after how long.
async fn adopted(server: &Server, kid: &str) -> Duration {
    let asked = Instant::now();
    while !kids(&server.browser().get("/jwks").await.json()).contains(&kid.to_owned()) {
        assert!(asked.elapsed() < Duration::from_secs(60), "it is not adopted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    asked.elapsed()
}

#[actix_web::test]
async fn a_row_that_better_auth_writes_is_published_soon_after_the_poll_interval() {
    let server = Server::with("[plugins.jwt.jwks]\npoll_interval = 1").await;
    let jwk = PrivateJwk::generate(Algorithm::EdDSA.into(), &signet::base::Random::system()).expect("a key");
    let kid = server.store().new_id_beforehand("jwks");
    let insert = server.store().renderer().statement("insert", "INSERT INTO {+jwks}").expect("a statement");
    let (public, private) = (jwk.public_json(), jwk.private_json().to_string());
    let nothing: Option<&str> = None;
    let row = values![kid.as_str(), public.as_str(), private.as_str(), server.now(), nothing, nothing, nothing];
    server.store().execute(&insert, &row).await.expect("a row");
    adopted(&server, &kid).await;
}

#[actix_web::test]
async fn another_replicas_key_is_published_as_soon_as_it_is_heard_of() {
    let postgres = std::env::var("SIGNET_TEST_ENGINE").as_deref() == Ok("postgres");
    let poll = if postgres { 600 } else { 1 };
    let toml = format!("[plugins.jwt.jwks]\npoll_interval = {poll}");
    let server = Server::with(&toml).await;
    let replica = server.replica(&toml).await;
    // Until both listen.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let key = server.parts().keeper.as_ref().expect("the plugin is on").rotate(None).await.expect("a new key");
    let took = adopted(&replica, &key.key.kid).await;
    assert!(took <= Duration::from_secs(30), "it was not heard of: {took:?}");
}

#[actix_web::test]
async fn a_request_for_keys_needs_no_headers_at_all() {
    let server = Server::start().await;
    let answer =
        wire::raw(server.address, b"GET /api/auth/jwks HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(wire::parse(&answer).expect("an answer").0, 200);
}
