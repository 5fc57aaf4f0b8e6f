//! Which tokens `/user/me` takes, and which it does not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{log_in, me, payload, server};
use crate::harness::Server;
use signet::crypto::jose::SharedKeys;

const SHARED: &str = "a-secret-of-the-backends-of-32-bytes!!";

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(payload: &Value, secret: &str, typ: Option<&str>) -> String {
    let keys = SharedKeys::new(&secret.into(), None);
    keys.sign(payload.as_object().expect("an object"), typ).expect("it signs")
}

/// With access tokens of a template whose secret the test knows.
async fn with_shared() -> Server {
    let template = format!(
        "token_api.template = \"py\"\n[plugins.jwt.templates.py]\nalgorithm = \"HS256\"\nsecret = \"{SHARED}\"\n\
         claims = {{ jti = \"{{jti}}\", sid = \"{{session.id}}\" }}\n"
    );
    server(&template).await
}

async fn refused(server: &Server, token: &str, why: &str) {
    let answer = me(server, token).await;
    assert_eq!((answer.status, &answer.json()["detail"]), (401, &json!("Could not validate credentials")), "{why}");
}

#[actix_web::test]
async fn t54_a_token_without_a_signature_or_signed_with_what_is_public_is_refused() {
    let server = server("").await;
    let (_, token) = log_in(&server, "ada").await;
    let said = payload(&token);
    let keys = server.browser().get("/jwks").await.json();
    let key = &keys["keys"][0];
    for alg in ["none", "None", "nOnE", "NONE", "HS256", "EdDSA", "ES256", ""] {
        let header = encoded(&json!({ "alg": alg, "typ": "at+jwt", "kid": key["kid"] }));
        for signature in ["", "AAAA", token.rsplit('.').next().expect("a signature")] {
            refused(&server, &format!("{header}.{}.{signature}", encoded(&said)), alg).await;
        }
    }
    let x = key["x"].as_str().expect("a public key");
    let raw = URL_SAFE_NO_PAD.decode(x).expect("bytes");
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &raw].concat();
    let pem = base64::engine::general_purpose::STANDARD.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n");
    for secret in [x, &pem, pem.trim(), &key.to_string(), &keys.to_string()] {
        refused(&server, &signed(&said, secret, Some("at+jwt")), "a public key is no secret").await;
    }
    assert_eq!(me(&server, &token).await.status, 200);
}

#[actix_web::test]
async fn t55_a_template_of_a_shared_secret_takes_no_token_of_the_ring_and_the_reverse() {
    let (server, shared) = (server("").await, with_shared().await);
    let (_, of_ring) = log_in(&server, "ada").await;
    let (_, of_secret) = log_in(&shared, "ada").await;
    refused(&shared, &of_ring, "of the ring").await;
    refused(&server, &of_secret, "of the secret").await;
    refused(&shared, &signed(&payload(&of_secret), crate::harness::SECRET, None), "of the sessions' secret").await;
}

#[actix_web::test]
async fn t56_a_token_that_lacks_a_claim_is_refused() {
    let server = with_shared().await;
    let (_, token) = log_in(&server, "ada").await;
    assert_eq!(me(&server, &signed(&payload(&token), SHARED, None)).await.status, 200, "whole it is good");
    for claim in ["exp", "iat", "iss", "aud", "sub", "sid", "jti"] {
        let mut said = payload(&token);
        said.as_object_mut().expect("an object").remove(claim);
        refused(&server, &signed(&said, SHARED, None), claim).await;
    }
}

#[actix_web::test]
async fn t57_a_claim_of_another_type_or_an_extreme_value_is_refused() {
    let server = with_shared().await;
    let (_, token) = log_in(&server, "ada").await;
    let extreme = |claim: &str| match claim {
        "exp" => {
            vec![json!("1"), json!(-1), json!(1.5), json!(1e300), json!(u64::MAX), Value::Null, json!([]), json!(0)]
        }
        "iat" => vec![json!("1"), json!(-1), json!(1e300), json!(u64::MAX), Value::Null, json!(4_102_444_800_i64)],
        "aud" => {
            vec![json!(5), json!([]), json!([[]]), json!({}), Value::Null, json!("https://other.example"), json!("")]
        }
        "iss" => vec![json!("https://other.example"), json!(["http://localhost:3000"]), Value::Null, json!(1)],
        "sub" => vec![json!("somebody else"), json!(1), Value::Null, json!(""), json!([])],
        _ => vec![json!("x"), json!(1), Value::Null, json!(""), json!([]), json!("a\u{0}b"), json!({})],
    };
    for claim in ["exp", "iat", "aud", "iss", "sub", "sid"] {
        for value in extreme(claim) {
            let mut said = payload(&token);
            said[claim] = value.clone();
            refused(&server, &signed(&said, SHARED, None), &format!("{claim} {value}")).await;
        }
    }
    for value in [json!(1), Value::Null, json!(""), json!([])] {
        let mut said = payload(&token);
        said["jti"] = value.clone();
        refused(&server, &signed(&said, SHARED, None), &format!("jti {value}")).await;
    }
}

#[actix_web::test]
async fn t64_no_other_token_of_ours_is_an_access_token_and_no_access_token_is_a_session() {
    let server =
        server("[plugins.bearer]\nenabled = true\n[session.cookie_cache]\nenabled = true\nstrategy = \"jwt\"\n").await;
    let mut browser = server.browser();
    let signed_in =
        browser.post("/sign-in/username", &json!({ "username": "ada", "password": "correct horse Ada" })).await;
    let session = signed_in.json()["token"].as_str().expect("a token").to_owned();
    let default = browser.get("/token").await.json()["token"].as_str().expect("a token").to_owned();
    refused(&server, &session, "a session's token").await;
    refused(&server, &default, "the default JWT").await;
    for (name, value) in browser.jar.clone() {
        let value = percent_encoding::percent_decode_str(&value).decode_utf8_lossy().into_owned();
        refused(&server, &value, &name).await;
    }
    let (program, access) = log_in(&server, "ada").await;
    refused(&server, &program.jar["refresh_token"], "a refresh token").await;
    let bearer = format!("Bearer {access}");
    let answer = server.browser().send("GET", "/get-session", &[("authorization", &bearer)], None).await;
    assert_eq!(answer.text(), "null");
    assert_eq!(server.browser().send("GET", "/token", &[("authorization", &bearer)], None).await.status, 401);
}

/// A template without a type of its own: what is made of it for a session cookie says the same, but for the session.
#[actix_web::test]
async fn t64_a_token_of_the_same_template_for_a_session_cookie_is_refused() {
    let server = with_shared().await;
    let mut browser = server.browser();
    browser.post("/sign-in/username", &json!({ "username": "ada", "password": "correct horse Ada" })).await;
    let token = browser.get("/token?template=py").await.json()["token"].as_str().expect("a token").to_owned();
    assert!(payload(&token)["sid"].is_string());
    refused(&server, &token, "of a cookie's session").await;
}

#[actix_web::test]
async fn t66_nothing_that_a_user_says_of_themselves_becomes_a_claim() {
    let server = server("").await;
    let (_, token) = log_in(&server, "ada").await;
    let bearer = format!("Bearer {token}");
    let body = json!({ "name": "x", "sub": "x", "sid": "x", "aud": "x", "exp": 9_999_999_999_i64, "jti": "x" });
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let mut program = server.browser().without_origin();
    let answer = program.send("PATCH", "!/api/v1/user/ada", &headers, Some(body.to_string().as_bytes())).await;
    assert_eq!(answer.status, 200);
    let (_, after) = log_in(&server, "ada").await;
    let (before, after) = (payload(&token), payload(&after));
    assert_eq!((&before["sub"], &before["aud"], &before["exp"]), (&after["sub"], &after["aud"], &after["exp"]));
}

#[actix_web::test]
async fn t62_other_spellings_of_a_good_token_are_refused() {
    let server = server("").await;
    let (_, token) = log_in(&server, "ada").await;
    for spelling in [
        format!("{token}="),
        format!("{token}."),
        format!(".{token}"),
        token.replacen('.', "..", 1),
        token[..token.len() - 2].to_owned(),
        format!("{token}{}", "A".repeat(20_000)),
    ] {
        refused(&server, &spelling, &spelling[..20]).await;
    }
}

/// What a route of the API asks for. A new one needs its line here.
fn asks_for_a_token(route: &str) -> bool {
    match route {
        "/api/v1/login" | "/api/v1/refresh" | "/api/v1/logout" | "/api/v1/user" => false,
        "/api/v1/user/me" | "/api/v1/auth/me" | "/api/v1/user/:username" => true,
        path => panic!("{path} is new: say here what it asks for"),
    }
}

#[actix_web::test]
async fn t80_every_route_that_asks_for_an_access_token_takes_nothing_else_for_one() {
    let server = server("bearer.enabled = true\n").await;
    let (program, access) = log_in(&server, "ada").await;
    let mut browser = server.browser();
    browser.post("/sign-in/username", &json!({ "username": "ada", "password": "correct horse Ada" })).await;
    let session = browser.jar.values().next().expect("a cookie").clone();
    let endpoints = server.endpoints();
    let routes: Vec<_> = endpoints.iter().filter(|route| route.path.starts_with("/api/v1")).collect();
    assert_eq!(routes.len(), 9);
    for route in routes {
        assert!(route.at_origin);
        if !asks_for_a_token(&route.path) {
            continue;
        }
        let path = format!("!{}", route.path.replace(":username", "ada"));
        let json = ("content-type", "application/json");
        let bearer = format!("Bearer {session}");
        let basic = format!("Basic {access}");
        let query = format!("{path}?access_token={access}&token={access}");
        for (who, mut asking, path, header) in [
            ("nobody", server.browser(), &path, json),
            ("a session's cookie", browser.clone(), &path, json),
            ("a session's token", server.browser(), &path, ("authorization", bearer.as_str())),
            ("a refresh token", program.clone(), &path, json),
            ("another scheme", server.browser(), &path, ("authorization", basic.as_str())),
            ("a token in the query", server.browser(), &query, json),
        ] {
            let headers = [json, header];
            let headers = if header == json { &headers[..1] } else { &headers[..] };
            let body = br#"{"name":"Mallory"}"#;
            let answer = asking.send(route.method.as_str(), path, headers, Some(body)).await;
            assert_eq!(answer.status, 401, "{} {} for {who}: {answer:?}", route.method, route.path);
        }
    }
    assert_eq!(me(&server, &access).await.json()["name"], "Ada");
}
