//! Whether a token is good: `/oauth2/introspect` (RFC 7662).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{OTHER, claims_of, header_of, introspected, is_active, start, token};
use crate::harness::{Browser, SECRET, Server};

/// A server, somebody who is signed in, and a token of a template for them.
macro_rules! scene {
    ($template:literal => $server:ident, $ada:ident, $token:ident) => {
        let $server = start().await;
        #[allow(unused_mut, reason = "not every scene goes on")]
        let mut $ada = $server.member("Ada").await;
        let $token = token(&mut $ada, $template).await;
    };
}

#[actix_web::test]
async fn a_good_token_of_any_template_is_active_with_its_claims() {
    let server = start().await;
    let mut ada = server.member("Ada").await;
    let default = ada.get("/token").await.json()["token"].as_str().expect("a token").to_owned();
    let mut tokens = vec![default];
    for template in ["api", "bare", "shared"] {
        tokens.push(token(&mut ada, template).await);
    }
    for token in &tokens {
        let mut expected = claims_of(token);
        expected.insert("active".to_owned(), json!(true));
        expected.insert("token_type".to_owned(), json!("Bearer"));
        assert_eq!(introspected(&server, token).await, Value::Object(expected), "what a claim says cannot change it");
    }
}

#[actix_web::test]
async fn a_token_is_active_until_it_expires() {
    scene!("api" => server, ada, token);
    server.wait(899);
    assert!(is_active(&server, &token).await);
    server.wait(1);
    assert!(!is_active(&server, &token).await);
}

#[actix_web::test]
async fn a_token_dies_with_its_session_however_that_ends() {
    let server = start().await;
    let password = json!({ "currentPassword": "correct horse Ada", "newPassword": "another horse",
        "revokeOtherSessions": true });
    for (path, body) in [("/sign-out", json!({})), ("/revoke-sessions", json!({})), ("/change-password", password)] {
        let mut ada = server.browser();
        let person = crate::harness::person("Ada");
        if ada.post("/sign-up/email", &person).await.status != 200 {
            assert_eq!(ada.post("/sign-in/email", &person).await.status, 200);
        }
        let (with_sid, without) = (token(&mut ada, "api").await, token(&mut ada, "bare").await);
        assert!(is_active(&server, &with_sid).await);
        assert_eq!(ada.post(path, &body).await.status, 200, "{path}");
        assert!(!is_active(&server, &with_sid).await, "{path}");
        assert!(is_active(&server, &without).await, "it names no session, so nobody knows: {path}");
    }
}

#[actix_web::test]
async fn a_token_of_a_session_that_has_expired_is_not_active() {
    scene!("api" => server, ada, token);
    let soon = server.now().plus_seconds(60);
    server.sql("UPDATE {session} SET {session:expiresAt} = $1", &[soon.into()]).await;
    assert!(is_active(&server, &token).await);
    server.wait(60);
    assert!(!is_active(&server, &token).await);
}

#[actix_web::test]
async fn a_token_dies_with_its_user_and_rests_while_that_is_banned() {
    for template in ["api", "bare", "shared"] {
        let server = start().await;
        let token = token(&mut server.member("Ada").await, template).await;
        server.sql("UPDATE {user} SET {user:banned} = $1", &[true.into()]).await;
        assert!(!is_active(&server, &token).await, "{template}");
        let over = server.now().plus_seconds(60);
        server.sql("UPDATE {user} SET {user:banExpires} = $1", &[over.into()]).await;
        assert!(!is_active(&server, &token).await, "{template}");
        server.wait(61);
        assert!(is_active(&server, &token).await, "the ban is over: {template}");
        server.sql("DELETE FROM {session}", &[]).await;
        server.sql("DELETE FROM {account}", &[]).await;
        server.sql("DELETE FROM {user}", &[]).await;
        assert!(!is_active(&server, &token).await, "{template}");
    }
}

#[actix_web::test]
async fn a_token_whose_session_is_another_users_is_not_active() {
    scene!("api" => server, ada, token);
    let bob = server.member("Bob").await;
    drop(bob);
    let mut claims = claims_of(&token);
    let bobs = server.rows("SELECT {user.*} FROM {user} WHERE {user.name} = $1", &["Bob".into()]).await;
    claims.insert("sub".to_owned(), json!(bobs[0].text("user.id").expect("an id")));
    assert!(!is_active(&server, &signed(&server, &claims).await).await);
    claims.insert("sid".to_owned(), json!(7));
    assert!(!is_active(&server, &signed(&server, &claims).await).await);
}

/// A payload signed by the server's own key.
async fn signed(server: &Server, claims: &Map<String, Value>) -> String {
    let ring = server.parts().keeper.as_ref().expect("the plugin is on").ring();
    ring.sign(claims, None).await.expect("a key signs")
}

/// A token of this header and payload, with an HMAC by these bytes.
fn by_hmac(header: &Map<String, Value>, claims: &Map<String, Value>, key: &[u8]) -> String {
    let part = |value: &Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(value.clone()).to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[actix_web::test]
async fn t54_no_header_talks_it_into_another_algorithm() {
    scene!("api" => server, ada, token);
    let keys = ada.get("/jwks").await.json();
    let (mut header, claims, jwk) = (header_of(&token), claims_of(&token), &keys["keys"][0]);
    let raw = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().expect("x")).expect("base64url");
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &raw].concat();
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        base64::engine::general_purpose::STANDARD.encode(&der)
    );
    header.insert("alg".to_owned(), json!("HS256"));
    for key in [&raw[..], &der, pem.as_bytes(), pem.trim().as_bytes(), jwk.to_string().as_bytes(), b""] {
        assert!(!is_active(&server, &by_hmac(&header, &claims, key)).await);
    }
    let [_, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    for algorithm in ["none", "None", "nOnE", "ES256", "RS256", "HS256", "eddsa", ""] {
        header.insert("alg".to_owned(), json!(algorithm));
        let header = URL_SAFE_NO_PAD.encode(Value::Object(header.clone()).to_string());
        for signature in [signature, "", "AA"] {
            assert!(!is_active(&server, &format!("{header}.{payload}.{signature}")).await, "{algorithm}");
        }
    }
}

#[actix_web::test]
async fn t55_a_shared_secret_signs_for_its_own_template_alone() {
    scene!("shared" => server, ada, shared);
    let other = token(&mut ada, "api").await;
    let secret = b"a-secret-that-backends-share-with-signet";
    let (header, claims) = (header_of(&shared), claims_of(&other));
    assert!(
        is_active(&server, &by_hmac(&header, &claims_of(&shared), secret)).await,
        "whoever has the secret can sign"
    );
    let mut plain = header.clone();
    plain.remove("typ");
    let mut eddsa = header_of(&other);
    eddsa.insert("alg".to_owned(), json!("HS256"));
    for header in [&plain, &eddsa, &header_of(&other)] {
        assert!(!is_active(&server, &by_hmac(header, &claims, secret)).await);
    }
    let mut elsewhere = claims.clone();
    elsewhere.insert("aud".to_owned(), json!("https://bare.example.com"));
    assert!(!is_active(&server, &by_hmac(&header, &elsewhere, secret)).await, "for an audience of another template");
    for key in [&secret[..5], &secret[..31], SECRET.as_bytes(), b""] {
        assert!(!is_active(&server, &by_hmac(&header, &claims_of(&shared), key)).await);
    }
}

#[actix_web::test]
async fn t56_a_token_that_lacks_a_claim_is_not_active() {
    scene!("api" => server, ada, token);
    let claims = claims_of(&token);
    assert!(is_active(&server, &signed(&server, &claims).await).await);
    for name in ["exp", "aud", "iss", "sub", "iat"] {
        let mut claims = claims.clone();
        claims.remove(name);
        assert!(!is_active(&server, &signed(&server, &claims).await).await, "{name}");
    }
}

#[actix_web::test]
async fn t57_claims_of_another_type_or_beyond_all_measure_make_nothing_active_and_nothing_fall() {
    scene!("api" => server, ada, token);
    let claims = claims_of(&token);
    let numbers =
        [json!("1"), json!(-1), json!(1.5), json!(1e300), json!(u64::MAX), json!(null), json!([9e9]), json!({})];
    let texts = [json!(5), json!([]), json!([["x"]]), json!(null), json!(""), json!({})];
    let cases = ["exp", "iat", "nbf"].iter().flat_map(|name| numbers.iter().map(move |value| (*name, value)));
    let cases =
        cases.chain(["aud", "iss", "sub", "sid"].iter().flat_map(|name| texts.iter().map(move |value| (*name, value))));
    for (name, value) in cases {
        let mut claims = claims.clone();
        claims.insert(name.to_owned(), value.clone());
        assert!(!is_active(&server, &signed(&server, &claims).await).await, "{name}: {value}");
    }
    let doubled = Value::Object(claims).to_string().replacen('{', "{\"iss\":\"http://localhost:3000\",", 1);
    let header = token.split('.').next().expect("a header");
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(doubled));
    assert!(!is_active(&server, &format!("{message}.{}", "A".repeat(86))).await);
}

#[actix_web::test]
async fn t61_a_storm_of_tokens_with_unknown_keys_costs_no_look_at_the_database() {
    scene!("api" => server, ada, token);
    let good = header_of(&token);
    let rest = token.split_once('.').expect("a header").1;
    let mut storm = Vec::new();
    for number in 0..300 {
        let mut header = good.clone();
        header.insert("kid".to_owned(), json!(format!("unknown-{number}")));
        storm.push(format!("{}.{rest}", URL_SAFE_NO_PAD.encode(Value::Object(header).to_string())));
    }
    // One with a known key and a signature that is none.
    storm.push(format!("{}AAAA", &token[..token.len() - 4]));
    let loads = server.parts().keeper.as_ref().expect("the plugin is on").ring().tally().fetched.get();
    let (begun, before) = (std::time::Instant::now(), server.statements().await);
    for token in &storm {
        assert!(!is_active(&server, token).await);
    }
    // What the background does by itself: the keeper looks every two seconds, revocations are swept every minute.
    let rounds = begun.elapsed().as_secs() / 2 + 1;
    let spent = server.statements().await - before;
    assert!(spent <= rounds * 4 + 1, "{} tokens cost {spent} statements in {rounds} rounds", storm.len());
    assert_eq!(server.parts().keeper.as_ref().expect("on").ring().tally().fetched.get(), loads);
    let before = server.statements().await;
    assert!(is_active(&server, &token).await, "known keys are unaffected");
    assert!(server.statements().await >= before + 2);
}

#[actix_web::test]
async fn t64_no_token_of_another_kind_is_active() {
    let more = "[session.cookie_cache]\nenabled = true\nstrategy = \"jwt\"\n[plugins.revocations]\nenabled = true\n[plugins.bearer]\nenabled = true";
    let server = Server::with(&format!("{}\n{more}", super::site())).await;
    let mut ada = server.member("Ada").await;
    let cookie = |browser: &Browser<'_>, name: &str| {
        let found = browser.jar.iter().find(|(cookie, _)| cookie.contains(name));
        let value = found.unwrap_or_else(|| panic!("no {name} in {:?}", browser.jar.keys())).1;
        percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned()
    };
    let mut kinds = vec![
        ("a session token", cookie(&ada, "session_token")),
        ("the token within it", cookie(&ada, "session_token").split('.').next().expect("a token").to_owned()),
        ("the cookie cache", cookie(&ada, "session_data")),
    ];
    let feed = ada.get("/revocations").await;
    assert_eq!(feed.status, 200, "{feed:?}");
    kinds.push(("the feed of revocations", feed.text()));
    let now = server.now();
    let mailed = server.parts().house.mail_tokens.sign(
        &json!({ "email": "ada@example.com", "iat": now.seconds(),
        "exp": now.seconds() + 60 })
        .as_object()
        .expect("an object")
        .clone(),
    );
    kinds.push(("a mailed link", mailed.expect("it is signed")));
    for (kind, token) in kinds {
        let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        assert!(!is_active(&server, &token).await, "{kind}");
    }
}

#[actix_web::test]
async fn what_is_no_token_is_not_active() {
    let server = start().await;
    for text in ["x", "..", "a.b.c", "%00", "eyJhbGciOiJub25lIn0.e30.", "%F0%9F%98%80", &"A".repeat(9000)] {
        assert!(!is_active(&server, text).await, "{text}");
    }
}

#[actix_web::test]
async fn a_revoked_key_takes_its_tokens_along() {
    scene!("api" => server, ada, token);
    let kid = header_of(&token)["kid"].as_str().expect("a kid").to_owned();
    let keeper = server.parts().keeper.as_ref().expect("the plugin is on");
    keeper.revoke(&kid).await.expect("it is revoked");
    assert!(!is_active(&server, &token).await);
}

#[actix_web::test]
async fn t64_a_token_that_two_templates_could_have_made_is_bound_by_the_stricter() {
    let toml = format!(
        "[plugins.jwt.templates.api.claims]\nsid = \"{{session.id}}\"\n[resource_servers.other]\nsecret = \"{OTHER}\""
    );
    let server = Server::with(&toml).await;
    server.secrets.add("a resource server's secret", OTHER);
    let mut ada = server.member("Ada").await;
    let token = token(&mut ada, "api").await;
    assert!(is_active(&server, &token).await);
    assert_eq!(ada.post("/sign-out", &json!({})).await.status, 200);
    assert!(!is_active(&server, &token).await);
}
