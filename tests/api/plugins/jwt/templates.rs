//! Tokens of templates: `/token?template=NAME`.

use serde_json::{Value, json};
use signet::crypto::jose::{Claims, Rejected};

use super::{ORIGIN, opened, payload};
use crate::harness::browser::Answer;
use crate::harness::{Browser, Server, person};

const TEMPLATES: &str = r#"
    [plugins.jwt.templates.python]
    algorithm = "HS256"
    secret = "a-secret-that-python-shares-with-signet"
    audience = false

    [plugins.jwt.templates.node]
    algorithm = "ES256"
    audience = "tasks"
    issuer = "https://issuer.example.com"
    expiration_time = "5m"
    type = "at+jwt"

    [plugins.jwt.templates.node.claims]
    email = "{user.email}"
    sid = "{session.id}"
    roles = "{roles}"
    jti = "{jti}"

    [plugins.jwt.templates.staff]
    roles = ["admin", "staff"]

    [plugins.jwt.templates.inside]
    endpoint = false
"#;

async fn asked(browser: &mut Browser<'_>, template: &str) -> Answer {
    browser.get(&format!("/token?template={template}")).await
}

async fn token(browser: &mut Browser<'_>, template: &str) -> String {
    let answer = asked(browser, template).await;
    answer.json()["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

fn verdict(server: &Server, template: Option<&str>, token: &str) -> Result<Claims, Rejected> {
    let tokens = server.parts().house.tokens.as_ref().expect("the plugin is on");
    tokens.verify(tokens.template(template).expect("there is one"), token)
}

#[actix_web::test]
async fn a_token_of_a_template_says_what_the_template_says_and_nothing_else_of_the_user() {
    let server = Server::with(TEMPLATES).await;
    let mut browser = server.member("Ada").await;
    let session = browser.get("/get-session").await.json();
    let token = token(&mut browser, "node").await;
    let [header, payload] = opened(&token);
    let header: Value = serde_json::from_str(&header).expect("JSON");
    assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("at+jwt")));
    let (user, sid) = (session["user"]["id"].as_str().expect("an id"), session["session"]["id"].as_str().expect("one"));
    let claims: Value = serde_json::from_str(&payload).expect("JSON");
    let (jti, iat) = (claims["jti"].as_str().expect("a jti"), server.now().seconds());
    assert_eq!(
        payload,
        format!(
            r#"{{"iat":{iat},"email":"ada@example.com","sid":"{sid}","roles":[],"jti":"{jti}","sub":"{user}","exp":{},"iss":"https://issuer.example.com","aud":"tasks"}}"#,
            iat + 300
        )
    );
    assert_eq!(verdict(&server, Some("node"), &token).expect("it verifies").subject, user);
}

#[actix_web::test]
async fn a_token_of_a_shared_secret_names_its_secret_and_no_audience() {
    let server = Server::with(TEMPLATES).await;
    let token = token(&mut server.member("Ada").await, "python").await;
    let [header, _] = opened(&token);
    let header: Value = serde_json::from_str(&header).expect("JSON");
    assert_eq!((&header["alg"], header.get("typ")), (&json!("HS256"), None));
    let claims = payload(&token);
    assert_eq!(claims.as_object().expect("an object").keys().collect::<Vec<_>>(), ["iat", "sub", "exp", "iss"]);
    assert!(verdict(&server, Some("python"), &token).is_ok());
}

#[actix_web::test]
async fn t55_no_shared_secret_is_in_the_key_set_and_each_algorithm_has_a_key_of_its_own() {
    let server = Server::with(TEMPLATES).await;
    let mut browser = server.member("Ada").await;
    let kid = |token: &str| serde_json::from_str::<Value>(&opened(token)[0]).expect("JSON")["kid"].clone();
    let shared = kid(&token(&mut browser, "python").await);
    let keys = browser.get("/jwks").await.json()["keys"].as_array().expect("keys").clone();
    let mut algorithms: Vec<_> = keys.iter().map(|key| key["alg"].as_str().expect("an alg")).collect();
    algorithms.sort_unstable();
    assert_eq!(algorithms, ["ES256", "EdDSA"]);
    assert!(keys.iter().all(|key| key["kid"] != shared && key["kty"] != "oct"), "{keys:?}");
    let node = kid(&token(&mut browser, "node").await);
    assert!(keys.iter().any(|key| key["kid"] == node && key["alg"] == "ES256"), "{keys:?}");
}

#[actix_web::test]
async fn t55_a_token_of_one_template_is_none_of_another() {
    let server = Server::with(TEMPLATES).await;
    let mut browser = server.member("Ada").await;
    let default = browser.get("/token").await.json()["token"].as_str().expect("a token").to_owned();
    let [python, node] = [token(&mut browser, "python").await, token(&mut browser, "node").await];
    let kinds = [(None, &default), (Some("python"), &python), (Some("node"), &node)];
    for (kind, token) in kinds {
        for (template, _) in kinds {
            assert_eq!(verdict(&server, template, token).is_ok(), kind == template, "{kind:?} as {template:?}");
        }
    }
}

#[actix_web::test]
async fn a_template_that_nobody_knows_or_that_stays_inside_is_refused() {
    let server = Server::with(TEMPLATES).await;
    let mut browser = server.member("Ada").await;
    for name in ["nobody", "inside", ""] {
        let answer = asked(&mut browser, name).await;
        let body = json!({ "code": "UNKNOWN_TEMPLATE", "message": "Unknown token template" });
        assert_eq!((answer.status, answer.json()), (400, body), "{name}");
    }
    assert_eq!(asked(&mut server.browser(), "node").await.status, 401);
}

#[actix_web::test]
async fn t30_a_role_that_was_taken_away_gets_no_token_though_the_cookie_cache_still_has_it() {
    let toml = format!("{TEMPLATES}\n[plugins.admin]\nenabled = true\n[session.cookie_cache]\nenabled = true");
    let server = Server::with(&toml).await;
    let mut browser = server.browser();
    assert_eq!(browser.post("/sign-up/email", &person("Ada")).await.status, 200);
    assert_eq!(asked(&mut browser, "staff").await.json()["code"], "TEMPLATE_NOT_ALLOWED");
    server.sql("UPDATE {user} SET {user:role} = $1", &["user,staff".into()]).await;
    assert_eq!(browser.post("/sign-in/email", &person("Ada")).await.status, 200);
    assert_eq!(asked(&mut browser, "staff").await.status, 200);
    server.sql("UPDATE {user} SET {user:role} = $1", &["user".into()]).await;
    let answer = asked(&mut browser, "staff").await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (403, Some("TEMPLATE_NOT_ALLOWED")));
}

#[actix_web::test]
async fn the_default_token_is_better_auths_also_beside_templates() {
    let server = Server::with(TEMPLATES).await;
    let mut browser = server.member("Ada").await;
    let token = browser.get("/token").await.json()["token"].as_str().expect("a token").to_owned();
    let claims = payload(&token);
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["email"]),
        (&json!(ORIGIN), &json!(ORIGIN), &json!("ada@example.com"))
    );
}
