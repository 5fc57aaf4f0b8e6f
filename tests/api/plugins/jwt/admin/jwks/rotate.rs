use serde_json::{Value, json};

use super::super::{operator, server, server_with};
use crate::harness::{Browser, Server};
use crate::plugins::jwt::{opened, token};

const PATH: &str = "/admin/jwks/rotate";

fn kid(token: &str) -> String {
    let header: Value = serde_json::from_str(&opened(token)[0]).expect("JSON");
    header["kid"].as_str().expect("a kid").to_owned()
}

#[actix_web::test]
async fn a_new_key_is_published_and_signs_when_its_lead_is_over() {
    let server = server().await;
    let mut ada = server.member("Ada").await;
    let first = kid(&token(&mut ada).await);
    server.wait(1);
    let answer = operator(&server).post(PATH, &json!({ "immediately": false })).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let key = answer.json()["key"].clone();
    assert_eq!(key["state"], "published");
    assert_eq!(kid(&token(&mut ada).await), first);
    let set = ada.get("/jwks").await.text();
    assert!(set.contains(key["kid"].as_str().expect("a kid")) && set.contains(&first), "{set}");
}

#[actix_web::test]
async fn without_a_body_it_rotates_as_by_itself() {
    let server = server().await;
    server.wait(1);
    let answer = operator(&server).send("POST", PATH, &[], None).await;
    assert_eq!((answer.status, &answer.json()["key"]["state"]), (200, &json!("published")));
    for body in [json!({ "immediately": "yes" }), json!({ "immediately": null }), json!([]), json!(null)] {
        let answer = operator(&server).post(PATH, &body).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VALIDATION_ERROR")), "{body}");
    }
    assert_eq!(server.count("jwks").await + server.count("signet_key").await, 2);
}

#[actix_web::test]
async fn at_once_the_next_token_is_signed_with_the_new_key_and_the_last_one_still_verifies() {
    let server = server().await;
    let mut ada = server.member("Ada").await;
    let old = token(&mut ada).await;
    server.wait(1);
    let answer = operator(&server).post(PATH, &json!({ "immediately": true })).await.json();
    assert_eq!(answer["key"]["state"], "signing");
    assert_eq!(answer["key"]["kid"], kid(&token(&mut ada).await).as_str());
    assert!(answer["safeAt"].as_str() > answer["key"]["signsFrom"].as_str(), "{answer}");
    assert!(crate::plugins::jwt::verdict(&server, &old).is_ok());
}

#[actix_web::test]
async fn each_algorithm_is_rotated_by_itself_and_one_that_signs_nothing_not_at_all() {
    let server = server_with("[plugins.jwt.templates.node]\nalgorithm = \"ES256\"").await;
    let mut ada = server.member("Ada").await;
    let node = async |ada: &mut Browser<'_>| {
        kid(ada.get("/token?template=node").await.json()["token"].as_str().expect("a token"))
    };
    let old = node(&mut ada).await;
    server.wait(1);
    let answer = operator(&server).post(PATH, &json!({ "immediately": true, "alg": "ES256" })).await.json();
    assert_eq!(answer["key"]["kid"], node(&mut ada).await.as_str());
    assert_ne!(answer["key"]["kid"], old.as_str());
    for alg in ["RS256", "HS256", "none"] {
        let answer = operator(&server).post(PATH, &json!({ "alg": alg })).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("ALGORITHM_NOT_IN_USE")), "{alg}");
    }
}

#[actix_web::test]
async fn t74_a_template_whose_only_key_is_revoked_has_another_at_once() {
    let server = server_with("[plugins.jwt.templates.node]\nalgorithm = \"ES256\"").await;
    let mut ada = server.member("Ada").await;
    let old = ada.get("/token?template=node").await.json()["token"].as_str().expect("a token").to_owned();
    let answer = operator(&server).post("/admin/jwks/revoke", &json!({ "kid": kid(&old) })).await;
    let successor = answer.json()["successor"].clone();
    let new = ada.get("/token?template=node").await.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(successor, kid(&new).as_str(), "{answer:?}");
}

#[actix_web::test]
async fn t80_only_admins_rotate() {
    let server = Server::start().await;
    assert_eq!(server.browser().post(PATH, &json!({})).await.status, 401);
    assert_eq!(server.member("Ada").await.post(PATH, &json!({ "immediately": true })).await.status, 403);
    assert_eq!(server.count("jwks").await, 1);
    assert_eq!(server.count("signet_key").await, 0);
}

#[actix_web::test]
async fn t42_a_page_elsewhere_cannot_rotate_with_an_admins_cookie() {
    let server = Server::with("[plugins.admin]\nenabled = true\ndefault_role = \"admin\"").await;
    let mut ada = server.member("Ada").await;
    ada.origin = Some("https://evil.example".to_owned());
    let answer = ada.post(PATH, &json!({})).await;
    assert_eq!((answer.status, answer.code().as_deref()), (403, Some("INVALID_ORIGIN")));
    ada.origin = Some(server.origin().to_owned());
    assert_eq!(ada.post(PATH, &json!({})).await.status, 200);
}
