//! POST /sign-in/social.

mod id_token;
mod providers;

use serde_json::json;

use crate::harness::Server;
use crate::harness::provider::{Consent, Provider, begin, but, configured, pages, parameters, profile};

#[actix_web::test]
async fn a_flow_begins_with_the_url_of_the_provider_and_a_cookie() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("")], "")).await;
    let mut body = pages();
    body["scopes"] = json!(["extra"]);
    body["loginHint"] = json!("ann@x.co");
    body["additionalParams"] = json!({"foo": "bar", "prompt": "consent"});
    let answer = server.browser().post("/sign-in/social", &body).await;
    let url = answer.json()["url"].as_str().unwrap().to_owned();
    assert_eq!((answer.header("location"), &answer.json()["redirect"]), (Some(url.as_str()), &json!(true)));
    let cookie = answer.cookies()[0];
    let asked = parameters(&url);
    assert!(cookie.starts_with(&format!("better-auth.state={}.", asked["state"])), "{cookie}");
    assert!(cookie.ends_with("; Max-Age=300; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let names: Vec<_> = url::Url::parse(&url).unwrap().query_pairs().map(|(name, _)| name.into_owned()).collect();
    let order = [
        "response_type",
        "client_id",
        "state",
        "scope",
        "redirect_uri",
        "login_hint",
        "code_challenge_method",
        "code_challenge",
        "foo",
        "prompt",
    ];
    assert_eq!(names, order);
    assert_eq!((asked["scope"].as_str(), asked["state"].len()), ("extra profile email", 32));
    body["disableRedirect"] = json!(true);
    let answer = server.browser().post("/sign-in/social", &body).await;
    assert_eq!((answer.header("location"), &answer.json()["redirect"]), (None, &json!(false)));
}

#[actix_web::test]
async fn t45_no_request_sets_what_binds_a_flow() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.openid("")], "")).await;
    let reserved = [
        "state",
        "client_id",
        "redirect_uri",
        "response_type",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "scope",
    ];
    for name in reserved {
        let body = but(pages(), json!({"additionalParams": {name: "x"}}));
        let answer = server.browser().post("/sign-in/social", &body).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VALIDATION_ERROR")), "{name}");
        assert!(answer.text().contains("additionalParams cannot include reserved OAuth parameters: state, "), "{name}");
    }
    assert_eq!(server.count("verification").await, 0);
}

#[actix_web::test]
async fn t45_a_nonce_goes_with_each_flow_at_an_openid_provider_and_none_is_used_twice() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.openid("")], "")).await;
    let (one, other) = (begin(&mut server.browser(), &pages()).await, begin(&mut server.browser(), &pages()).await);
    let (one, other) = (parameters(&one), parameters(&other));
    for name in ["nonce", "state", "code_challenge"] {
        assert!(one[name].len() >= 32 && one[name] != other[name], "{name}");
    }
    assert_eq!(one["scope"], "openid");
}

#[actix_web::test]
async fn what_does_not_fit_is_told_in_the_order_of_the_schema() {
    let provider = Provider::start().await;
    let server = Server::with(&configured(&[provider.plain("")], "")).await;
    let body = json!({
        "provider": 7, "disableRedirect": "x", "idToken": {"nonce": 1}, "scopes": "a", "requestSignUp": 1,
        "loginHint": 1, "additionalParams": {"a": 1}, "additionalData": [],
    });
    let answer = server.browser().post("/sign-in/social", &body).await;
    let expected = "[body.provider] Invalid input; \
        [body.disableRedirect] Invalid input: expected boolean, received string; \
        [body.idToken.token] Invalid input: expected string, received undefined; \
        [body.idToken.nonce] Invalid input: expected string, received number; \
        [body.scopes] Invalid input: expected array, received string; \
        [body.requestSignUp] Invalid input: expected boolean, received number; \
        [body.loginHint] Invalid input: expected string, received number; \
        [body.additionalParams.a] Invalid input: expected string, received number; \
        [body.additionalData] Invalid input: expected record, received array";
    assert_eq!((answer.status, answer.json()["message"].as_str()), (400, Some(expected)));
}

#[actix_web::test]
async fn basic_authentication_and_parameters_of_ones_own_go_where_they_are_configured() {
    let provider = Provider::start().await;
    let more = "authentication = \"basic\", authorization_url_params = { audience = \"api\" }, \
        token_url_params = { resource = \"r\", code = \"never\" }, pkce = false, prompt = \"login\"";
    let server = Server::with(&configured(&[provider.plain(more)], "")).await;
    let mut browser = server.browser();
    let url = begin(&mut browser, &pages()).await;
    let asked = parameters(&url);
    assert_eq!((asked["audience"].as_str(), asked["prompt"].as_str()), ("api", "login"));
    assert!(!asked.contains_key("code_challenge"));
    browser.get(&provider.consent(&url, Consent::of(profile("Ada")))).await;
    let exchange = &provider.asked("/token")[0];
    assert!(exchange.authorization.as_deref().unwrap().starts_with("Basic "));
    assert!(!exchange.form.contains_key("client_secret") && !exchange.form.contains_key("client_id"));
    assert_eq!(exchange.form["resource"], "r");
    assert_ne!(exchange.form["code"], "never");
}

#[actix_web::test]
async fn a_profile_is_read_by_the_names_that_are_configured() {
    let provider = Provider::start().await;
    let more = "mapping = { id = \"uid\", name = \"/person/full\", email = \"mail\", email_verified = \"checked\", image = \"face\" }";
    let server = Server::with(&configured(&[provider.plain(more)], "")).await;
    let mut browser = server.browser();
    let person = json!({
        "uid": 7, "person": {"full": "Ada L."}, "mail": "ada@example.com", "checked": true, "face": "https://x.example/a.png",
        "id": "another", "email": "another@example.com",
    });
    provider.sign_in(&mut browser, Consent::of(person)).await;
    let user = browser.get("/get-session").await.json()["user"].clone();
    assert_eq!(
        (&user["name"], &user["email"], &user["emailVerified"]),
        (&json!("Ada L."), &json!("ada@example.com"), &json!(true))
    );
    assert_eq!(browser.get("/list-accounts").await.json()[0]["accountId"], "7");
}

#[test]
fn a_provider_that_cannot_work_is_refused_at_the_start() {
    let entry = |more: &str| configured(&[format!("{{ provider_id = \"acme\", client_id = \"c\", {more} }}")], "");
    let o = "https://acme.example";
    for (config, told) in [
        (entry(""), "either `discovery_url` or"),
        (entry(&format!("authorization_url = \"{o}\", token_url = \"{o}\"")), "`user_info_url` is missing"),
        (entry("discovery_url = \"file:///etc/passwd\""), "`discovery_url` must be an http(s) URL"),
        (entry(&format!("discovery_url = \"{o}\", authentication = \"basic\"")), "wants a `client_secret`"),
        (entry(&format!("discovery_url = \"{o}\", typo = 1")), "`typo` is unknown"),
        (entry(&format!("discovery_url = \"{o}\", mapping = {{ typo = \"x\" }}")), "`mapping.typo` is unknown"),
        (
            entry(&format!("discovery_url = \"{o}\", allow_idp_initiated = true")),
            "`allow_idp_initiated` is unknown or not supported",
        ),
        (configured(&["{ provider_id = \"a/b\", client_id = \"c\" }".to_owned()], ""), "`provider_id` must be"),
        ("[social_providers.google]\nclient_secret = \"x\"\n".to_owned(), "is missing"),
        ("[social_providers.google]\nclient_id = \"c\"\ntenant_id = \"x\"\n".to_owned(), "unknown key"),
        ("[social_providers.atlassian]\nclient_id = \"c\"\n".to_owned(), "is not supported yet"),
    ] {
        let refused = crate::harness::load(&config, "sqlite::memory:").expect_err(&config);
        assert!(refused.contains(told), "{config}: {refused}");
        assert!(!refused.contains("acme-client-secret"));
    }
}
