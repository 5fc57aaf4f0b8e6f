//! Who may ask: resource servers, by their secrets.

use serde_json::json;

use super::{API, OTHER, SECRET, basic, post, site, start, token};
use crate::harness::{Server, load};

const PATHS: [&str; 2] = ["/oauth2/introspect", "/oauth2/revoke"];

#[actix_web::test]
async fn credentials_come_by_basic_or_in_the_form_and_never_both_ways() {
    let server = start().await;
    let in_form = format!("token=x&client_id=api&client_secret={SECRET}");
    for path in PATHS {
        assert_eq!(post(&server, path, Some(&basic("api", SECRET)), "token=x").await.status, 200);
        let lower = basic("api", SECRET).replacen("Basic", "basic", 1);
        assert_eq!(post(&server, path, Some(&lower), "token=x").await.status, 200);
        assert_eq!(post(&server, path, None, &in_form).await.status, 200);
        let both = post(&server, path, Some(&basic("api", SECRET)), &in_form).await;
        assert_eq!((both.status, both.json()["error"].as_str()), (400, Some("invalid_request")));
    }
}

#[actix_web::test]
async fn whoever_is_unknown_is_refused_in_oauths_words_whatever_they_ask() {
    let server = start().await;
    let good = token(&mut server.member("Ada").await, "api").await;
    let wrong = [
        None,
        Some(basic("api", OTHER)),
        Some(basic("other", SECRET)),
        Some(basic("nobody", SECRET)),
        Some(basic("", "")),
        Some(basic("api", "")),
        Some(basic("api", &SECRET[..SECRET.len() - 1])),
        Some(format!("Bearer {SECRET}")),
        Some("Basic".to_owned()),
        Some("Basic !!!".to_owned()),
        Some("Basic /w==".to_owned()),
        Some("Basic YXBp".to_owned()),
    ];
    for path in PATHS {
        for authorization in &wrong {
            for form in [format!("token={good}"), String::new(), "client_id=api".to_owned()] {
                let answer = post(&server, path, authorization.as_deref(), &form).await;
                let told = (answer.status, answer.header("www-authenticate"), answer.header("cache-control"));
                let expected = (401, Some("Basic realm=\"signet\", charset=\"UTF-8\""), Some("no-store"));
                assert_eq!(told, expected, "{path} {authorization:?} {form}");
                assert_eq!(answer.json()["error"], "invalid_client");
            }
        }
        let form = format!("token={good}&client_id=api&client_secret=wrong");
        assert_eq!(post(&server, path, None, &form).await.status, 401);
        let twice = format!("token={good}&client_id=api&client_id=api&client_secret={SECRET}");
        assert_eq!(post(&server, path, None, &twice).await.status, 401);
    }
    assert!(super::is_active(&server, &good).await, "nobody has revoked it");
}

#[actix_web::test]
async fn names_and_secrets_are_form_encoded_within_basic() {
    let secret = "a secret: of 100% & more than 32 characters";
    let server = Server::with(&format!("[resource_servers.\"a b\"]\nsecret = \"{secret}\"")).await;
    let encoded = "a+secret%3A+of+100%25+%26+more+than+32+characters";
    // Those that encode nothing are understood as far as that goes.
    for (name, secret, status) in [("a+b", encoded, 200), ("a%20b", encoded, 200), ("a b", secret, 200)] {
        let answer = post(&server, "/oauth2/introspect", Some(&basic(name, secret)), "token=x").await;
        assert_eq!(answer.status, status, "{name} {secret}");
    }
}

#[actix_web::test]
async fn without_one_token_a_request_is_invalid() {
    let server = start().await;
    for path in PATHS {
        for form in ["", "token=", "token=a&token=b", "tokens=a", "token_type_hint=access_token"] {
            let answer = post(&server, path, Some(&basic("api", SECRET)), form).await;
            assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_request")), "{form}");
        }
        let headers = [("content-type", "application/json"), ("authorization", &basic("api", SECRET))];
        let body = json!({ "token": "x" }).to_string();
        let answer = server.browser().send("POST", path, &headers, Some(body.as_bytes())).await;
        assert_eq!(answer.status, 200, "JSON says the same");
    }
}

#[actix_web::test]
async fn a_server_sees_and_revokes_only_tokens_for_its_audience() {
    let server = start().await;
    let mut ada = server.member("Ada").await;
    let (ours, theirs) = (token(&mut ada, "api").await, token(&mut ada, "bare").await);
    let default = ada.get("/token").await.json()["token"].as_str().expect("a token").to_owned();
    let api = basic("api", SECRET);
    for (token, sees) in [(&ours, true), (&theirs, false), (&default, false)] {
        let answer = post(&server, "/oauth2/introspect", Some(&api), &format!("token={token}")).await.json();
        assert_eq!(answer["active"], sees);
        assert!(sees || answer == json!({ "active": false }));
        assert!(super::is_active(&server, token).await, "whoever names no audience sees all");
    }
    for token in [&theirs, &default] {
        let answer = post(&server, "/oauth2/revoke", Some(&api), &format!("token={token}")).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert!(super::is_active(&server, token).await, "it was not for it to revoke");
    }
}

#[actix_web::test]
async fn without_resource_servers_the_routes_are_not_there() {
    let server = Server::start().await;
    for path in PATHS {
        assert_eq!(post(&server, path, Some(&basic("api", SECRET)), "token=x").await.status, 404);
    }
}

#[test]
fn a_server_needs_one_good_secret() {
    let hex = "a".repeat(64);
    for (lines, fault) in [
        ("", "`resource_servers.x.secret`"),
        ("secret = \"short\"", "fewer than 32 characters"),
        ("secret_sha256 = \"abc\"", "64 hexadecimal digits"),
        (&format!("secret = \"{SECRET}\"\nsecret_sha256 = \"{hex}\""), "stands beside `secret`"),
        (&format!("secret = \"{SECRET}\"\naudience = []"), "leave it out for all audiences"),
        (&format!("secret = \"{SECRET}\"\nscope = \"x\""), "scope"),
    ] {
        let faults = load(&format!("[resource_servers.x]\n{lines}"), "sqlite:x.db").unwrap_err();
        assert!(faults.contains(fault), "{lines}: {faults}");
        assert!(!faults.contains(SECRET), "{faults}");
    }
    let off = format!("[plugins.jwt]\nenabled = false\n[resource_servers.x]\nsecret = \"{SECRET}\"");
    assert!(load(&off, "sqlite:x.db").unwrap_err().contains("needs the jwt plugin"));
    let one = format!("[resource_servers.x]\nsecret = \"{SECRET}\"\naudience = [\"{API}\"]");
    assert!(load(&one, "none").unwrap_err().contains("needs a database"));
    let config = load(&one, "sqlite:x.db").expect("it is sound");
    assert!(!format!("{config:?}").contains(SECRET));
    assert!(load(&site(), "sqlite:x.db").is_ok());
}
