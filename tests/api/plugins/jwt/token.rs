use serde_json::{Value, json};
use signet::crypto::jose::Rejected;

use super::{ORIGIN, opened, payload, token, verdict};
use crate::harness::{Browser, Server, person};

#[actix_web::test]
async fn the_header_and_the_claims_are_better_auths_byte_for_byte() {
    let server = Server::start().await;
    let mut browser = server.browser();
    let zoe = json!({ "name": "Zoë Ärger", "email": "zoe@example.com", "password": "correct horse zoe" });
    let user = browser.post("/sign-up/email", &zoe).await.json()["user"].clone();
    let (id, created) = (user["id"].as_str().expect("an id"), user["createdAt"].as_str().expect("a moment"));
    let [header, payload] = opened(&token(&mut browser).await);
    let kid = browser.get("/jwks").await.json()["keys"][0]["kid"].as_str().expect("a kid").to_owned();
    assert_eq!(header, format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#));
    let iat = server.now().seconds();
    assert_eq!(
        payload,
        format!(
            r#"{{"iat":{iat},"name":"Zoë Ärger","email":"zoe@example.com","emailVerified":false,"image":null,"createdAt":"{created}","updatedAt":"{created}","id":"{id}","sub":"{id}","exp":{},"iss":"{ORIGIN}","aud":"{ORIGIN}"}}"#,
            iat + 900
        )
    );
}

#[actix_web::test]
async fn the_answer_is_one_member_and_no_cache_keeps_it() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    let answer = browser.get("/token").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("set-auth-jwt"), None);
    assert_eq!(answer.json().as_object().expect("an object").keys().collect::<Vec<_>>(), ["token"]);
}

#[actix_web::test]
async fn t56_a_token_verifies_with_the_published_key_until_its_exp_and_no_longer() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    let token = token(&mut browser).await;
    assert!(verdict(&server, &token).is_ok());
    server.wait(899);
    assert!(verdict(&server, &token).is_ok());
    server.wait(1);
    assert_eq!(verdict(&server, &token), Err(Rejected::Expired));
}

#[actix_web::test]
async fn issuer_audience_life_and_subject_are_configured() {
    let server = Server::with(
        r#"
        [plugins.jwt.jwt]
        issuer = "https://issuer.example.com"
        audience = ["https://one.example.com", "two"]
        expiration_time = "2h"
        subject = "user:{user.email}"
        "#,
    )
    .await;
    let claims = payload(&token(&mut server.member("Ada").await).await);
    assert_eq!(claims["iss"], "https://issuer.example.com");
    assert_eq!(claims["aud"], json!(["https://one.example.com", "two"]));
    assert_eq!(claims["sub"], "user:ada@example.com");
    assert_eq!(claims["exp"].as_i64().expect("exp") - claims["iat"].as_i64().expect("iat"), 7200);
}

#[actix_web::test]
async fn an_audience_is_a_list_where_it_was_configured_as_one() {
    for (configured, wanted) in [(r#""solo""#, json!("solo")), (r#"["solo"]"#, json!(["solo"]))] {
        let server = Server::with(&format!("[plugins.jwt.jwt]\naudience = {configured}")).await;
        assert_eq!(payload(&token(&mut server.member("Ada").await).await)["aud"], wanted);
    }
}

#[actix_web::test]
async fn defined_claims_replace_the_user_and_keep_their_place_and_their_types() {
    let server = Server::with(
        r#"
        [plugins.jwt.jwt.claims]
        email = "{user.email}"
        verified = "{user.emailVerified}"
        sub = "ignored"
        iss = "p-iss"
        nbf = 1
        sid = "{session.id}"
        pair = "{user.name}{user.email}"
        greeting = "{user.name}{user.image} <{user.email}>, {nobody.knows} {"
        custom = { a = 1, of = ["{user.name}"] }
        "#,
    )
    .await;
    let mut browser = server.member("Ada").await;
    let session = browser.get("/get-session").await.json();
    let [_, payload] = opened(&token(&mut browser).await);
    let iat = server.now().seconds();
    let (user, sid) =
        (session["user"]["id"].as_str().expect("an id"), session["session"]["id"].as_str().expect("an id"));
    assert_eq!(
        payload,
        format!(
            r#"{{"iat":{iat},"email":"ada@example.com","verified":false,"sub":"{user}","iss":"p-iss","nbf":1,"sid":"{sid}","pair":"Adaada@example.com","greeting":"Ada <ada@example.com>, {{nobody.knows}} {{","custom":{{"a":1,"of":["Ada"]}},"exp":{},"aud":"{ORIGIN}"}}"#,
            iat + 900
        )
    );
}

#[actix_web::test]
async fn t66_what_a_user_writes_is_never_read_as_a_reference() {
    let server = Server::with("[plugins.jwt.jwt.claims]\nhello = \"{user.name}!\"").await;
    let mut browser = server.browser();
    let mut mallory = person("Mallory");
    mallory["name"] = "{session.token}{user.email}".into();
    assert_eq!(browser.post("/sign-up/email", &mallory).await.status, 200);
    assert_eq!(payload(&token(&mut browser).await)["hello"], "{session.token}{user.email}!");
}

#[actix_web::test]
async fn t66_a_user_cannot_set_a_registered_claim_through_a_field_of_its_name() {
    let names = ["iat", "exp", "nbf", "iss", "sub", "aud", "jti"];
    let fields: String = names
        .iter()
        .map(|name| format!("[user.additional_fields.{name}]\ntype = \"string\"\nrequired = false\n"))
        .collect();
    let server = Server::with(&fields).await;
    let mut browser = server.browser();
    let mut mallory = person("Mallory");
    names.iter().for_each(|name| mallory[name] = "forged".into());
    let answer = browser.post("/sign-up/email", &mallory).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let user = browser.get("/get-session").await.json()["user"].clone();
    assert_eq!(user["iat"], "forged", "the field itself is there");
    let token = token(&mut browser).await;
    let claims = payload(&token);
    assert!(!claims.to_string().contains("forged"), "{claims}");
    assert!(claims.get("nbf").is_none() && claims.get("jti").is_none());
    assert_eq!(claims["sub"], user["id"]);
    assert!(verdict(&server, &token).is_ok());
}

#[actix_web::test]
async fn t66_a_token_carries_no_password_hash_no_session_and_no_field_that_is_not_returned() {
    let server =
        Server::with("[user.additional_fields.secret_note]\ntype = \"string\"\nrequired = false\nreturned = false")
            .await;
    let mut browser = server.browser();
    let mut ada = person("Ada");
    ada["secret_note"] = "hush".into();
    assert_eq!(browser.post("/sign-up/email", &ada).await.status, 200);
    let session = browser.get("/get-session").await.json()["session"].clone();
    let claims = payload(&token(&mut browser).await);
    let names: Vec<&String> = claims.as_object().expect("an object").keys().collect();
    let wanted =
        ["iat", "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "id", "sub", "exp", "iss", "aud"];
    assert_eq!(names, wanted);
    for secret in [session["token"].as_str().expect("a token"), "hush", "argon2"] {
        assert!(!claims.to_string().contains(secret));
    }
}

#[actix_web::test]
async fn t66_without_a_live_session_there_is_no_token() {
    let server = Server::start().await;
    let mut nobody = server.browser();
    let answer = nobody.get("/token").await;
    assert_eq!((answer.status, answer.text().as_str()), (401, r#"{"message":"Unauthorized","code":"UNAUTHORIZED"}"#));
    assert!(answer.cookies().is_empty());

    let mut expired = server.member("Ada").await;
    let cookies = expired.jar.clone();
    server.wait(7 * 86_400 + 1);
    let answer = expired.get("/token").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.cookies().len(), 3, "{answer:?}");
    assert!(answer.cookies().iter().all(|cookie| cookie.contains("Max-Age=0")));
    expired.jar = cookies;
    assert_eq!(expired.get("/token").await.status, 401, "its row is gone");

    let mut left = server.member("Bob").await;
    let cookies = left.jar.clone();
    assert_eq!(left.post("/sign-out", &json!({})).await.status, 200);
    left.jar = cookies;
    assert_eq!(left.get("/token").await.status, 401);
}

#[actix_web::test]
async fn t66_nobody_signs_or_verifies_what_they_like_over_http() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    for (method, path) in [
        ("POST", "/sign-jwt"),
        ("GET", "/sign-jwt"),
        ("POST", "/verify-jwt"),
        ("GET", "/verify-jwt"),
        ("POST", "/token"),
        ("PUT", "/token"),
    ] {
        let body = json!({ "payload": { "sub": "root" } }).to_string();
        let answer = browser.send(method, path, &[("content-type", "application/json")], Some(body.as_bytes())).await;
        assert_eq!((answer.status, answer.body.len()), (404, 0), "{method} {path}");
    }
}

#[actix_web::test]
async fn d6_set_auth_jwt_goes_with_a_live_session_on_get_session_and_with_nothing_else() {
    let server = Server::start().await;
    let mut browser = server.browser();
    let ada = person("Ada");
    assert_eq!(browser.post("/sign-up/email", &ada).await.header("set-auth-jwt"), None);
    assert_eq!(browser.post("/sign-in/email", &ada).await.header("set-auth-jwt"), None);
    assert_eq!(browser.get("/list-sessions").await.header("set-auth-jwt"), None);
    let answer = browser.get("/get-session").await;
    let dressed = answer.header("set-auth-jwt").expect("a token");
    assert!(verdict(&server, dressed).is_ok());
    assert_eq!(answer.header("access-control-expose-headers"), Some("set-auth-jwt"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    server.wait(7 * 86_400 + 1);
    let answer = browser.get("/get-session").await;
    assert_eq!((answer.status, answer.json()), (200, Value::Null));
    assert_eq!(answer.header("set-auth-jwt"), None, "no token of a dead session");
    assert_eq!(server.browser().get("/get-session").await.header("set-auth-jwt"), None);
}

#[actix_web::test]
async fn the_header_can_be_switched_off() {
    let server = Server::with("[plugins.jwt]\ndisable_setting_jwt_header = true").await;
    let mut browser = server.member("Ada").await;
    assert_eq!(browser.get("/get-session").await.header("set-auth-jwt"), None);
    token(&mut browser).await;
}

#[actix_web::test]
async fn t64_a_jwt_is_no_session_in_a_cookie_or_in_authorization() {
    let server = Server::with("[plugins.bearer]\nenabled = true").await;
    let mut browser = server.member("Ada").await;
    let token = token(&mut browser).await;
    let name = browser.jar.keys().next().expect("a session cookie").clone();
    let mut with_cookie = server.browser();
    with_cookie.jar.insert(name, token.clone());
    assert_eq!(with_cookie.get("/get-session").await.json(), Value::Null);
    let bearer = format!("Bearer {token}");
    for mut browser in [server.browser(), Browser::new(&server).without_origin()] {
        let answer = browser.send("GET", "/get-session", &[("authorization", &bearer)], None).await;
        assert_eq!(answer.json(), Value::Null);
        assert_eq!(browser.send("GET", "/token", &[("authorization", &bearer)], None).await.status, 401);
    }
}

#[actix_web::test]
async fn t64_a_mailed_token_and_an_api_token_do_not_stand_for_each_other() {
    let server = Server::start().await;
    let mut browser = server.member("Ada").await;
    let api_token = token(&mut browser).await;
    let mut claims = payload(&api_token);
    claims["email"] = "ada@example.com".into();
    let mailed = server.parts().house.mail_tokens.sign(claims.as_object().expect("claims")).expect("a token");
    assert_eq!(verdict(&server, &mailed), Err(Rejected::NoKey));
    assert!(server.parts().house.mail_tokens.verify(&mailed, server.now()).is_ok(), "good where it belongs");

    let answer = browser.get(&format!("/verify-email?token={api_token}")).await;
    assert_eq!((answer.status, answer.code().as_deref()), (401, Some("INVALID_TOKEN")), "{answer:?}");
    let answer = browser.get(&format!("/verify-email?token={mailed}")).await;
    assert_eq!(answer.status, 200, "the same claims under the mails' key: {answer:?}");
}

#[actix_web::test]
async fn t67_where_no_key_can_be_opened_sessions_are_answered_without_a_token() {
    let server = Server::start().await;
    let published = server.browser().get("/jwks").await.body;
    let other = server.replica("secret = \"another-secret-for-tests-of-at-least-32-characters\"").await;
    let mut browser = other.member("Ada").await;
    let answer = browser.get("/get-session").await;
    assert_eq!((answer.status, answer.json()["user"]["name"].as_str()), (200, Some("Ada")));
    assert_eq!(answer.header("set-auth-jwt"), None);
    let answer = browser.get("/token").await;
    assert_eq!((answer.status, answer.code().as_deref()), (503, Some("SERVICE_UNAVAILABLE")));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(browser.get("/jwks").await.body, published, "the keys are published all the same");
}

#[actix_web::test]
async fn es256_tokens_are_signed_and_verified_alike() {
    let server = Server::with("[plugins.jwt.jwks.key_pair_config]\nalg = \"ES256\"").await;
    let token = token(&mut server.member("Ada").await).await;
    assert!(opened(&token)[0].starts_with(r#"{"alg":"ES256","kid":""#));
    assert!(verdict(&server, &token).is_ok());
}

#[actix_web::test]
async fn without_the_plugin_there_is_neither_token_nor_key_set() {
    let server = Server::with("[plugins.jwt]\nenabled = false").await;
    let mut browser = server.member("Ada").await;
    for path in ["/token", "/jwks", "!/.well-known/jwks.json"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    assert_eq!(browser.get("/get-session").await.header("set-auth-jwt"), None);
}
