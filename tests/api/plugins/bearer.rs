//! Session tokens in `Authorization: Bearer`.

use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::get_session::who;
use crate::harness::{Browser, Server, person};
use crate::sign_out::CLEARED;

const ON: &str = "[plugins.bearer]\nenabled = true";
const SIGNED: &str = "[plugins.bearer]\nenabled = true\nrequire_signature = true";

/// What a browser's cookie holds: the signed token, and the token alone.
fn tokens(browser: &Browser<'_>) -> (String, String) {
    let signed = percent_decode_str(&browser.jar["better-auth.session_token"]).decode_utf8().unwrap().into_owned();
    let raw = signed.rsplit_once('.').unwrap().0.to_owned();
    (signed, raw)
}

async fn who_sends(server: &Server, authorization: &str) -> Option<String> {
    who(&mut server.browser().header("authorization", authorization)).await
}

#[actix_web::test]
async fn t32_a_token_counts_raw_or_signed_whatever_the_case_and_the_spaces_around_it() {
    let server = Server::with(ON).await;
    let ada = server.member("Ada").await;
    let (signed, raw) = tokens(&ada);
    for token in [&signed, &raw, &ada.jar["better-auth.session_token"]] {
        for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer   "] {
            assert_eq!(
                who_sends(&server, &format!("{scheme}{token}")).await.as_deref(),
                Some("Ada"),
                "{scheme}{token}"
            );
        }
    }
}

#[actix_web::test]
async fn t32_what_is_no_good_is_nobody() {
    let server = Server::with(ON).await;
    let ada = server.member("Ada").await;
    let (signed, raw) = tokens(&ada);
    let id = ada.clone().get("/get-session").await.json()["session"]["id"].as_str().unwrap().to_owned();
    let signature = signed.rsplit_once('.').unwrap().1;
    for authorization in [
        raw.clone(),
        format!("Basic {raw}"),
        format!("Bearer{raw}"),
        format!("Bearer: {raw}"),
        format!("Bearer Bearer {raw}"),
        "Bearer".into(),
        "Bearer ".into(),
        format!("Bearer {id}"),
        format!("Bearer {}", &raw[..31]),
        format!("Bearer {raw}%"),
        format!("Bearer {}", raw.to_lowercase() + "A"),
        format!("Bearer {raw}."),
        format!("Bearer {raw}.{}", &signature[..43]),
        format!("Bearer {raw}.{}", signature.replace('+', "-").replace('/', "_").trim_end_matches('=')),
        format!("Bearer {raw}.{}A=", &signature[..42].chars().rev().collect::<String>()),
        format!("Bearer x.{signature}"),
        format!("Bearer \"{signed}\""),
        format!("Bearer {raw},{raw}"),
        format!("Bearer {raw} {raw}"),
    ] {
        assert_eq!(who_sends(&server, &authorization).await, None, "{authorization:?}");
    }
}

#[actix_web::test]
async fn t32_a_good_token_goes_before_the_cookie_and_a_badly_signed_one_leaves_it_alone() {
    let server = Server::with(ON).await;
    let (ada, bob) = (server.member("Ada").await, server.member("Bob").await);
    let (signed, raw) = tokens(&bob);
    for (authorization, expected) in [
        (format!("Bearer {signed}"), Some("Bob")),
        (format!("Bearer {raw}"), Some("Bob")),
        ("Bearer unknown".to_owned(), None),
        (format!("Bearer {raw}.badly-signed"), Some("Ada")),
        (format!("Basic {raw}"), Some("Ada")),
        ("Bearer".to_owned(), Some("Ada")),
    ] {
        let mut both = ada.clone().header("authorization", &authorization);
        assert_eq!(who(&mut both).await.as_deref(), expected, "{authorization}");
    }
}

#[actix_web::test]
async fn t32_of_two_headers_the_first_counts_alone() {
    let server = Server::with(ON).await;
    let ((_, ada), (_, bob)) = (tokens(&server.member("Ada").await), tokens(&server.member("Bob").await));
    for (first, second, expected) in [
        (format!("Bearer {ada}"), format!("Bearer {bob}"), Some("Ada")),
        ("Bearer unknown".to_owned(), format!("Bearer {bob}"), None),
        ("Basic eDp5".to_owned(), format!("Bearer {bob}"), None),
    ] {
        let mut two = server.browser().header("authorization", &first).header("authorization", &second);
        assert_eq!(who(&mut two).await.as_deref(), expected, "{first}, {second}");
    }
}

#[actix_web::test]
async fn t32_where_signatures_are_required_a_raw_token_is_passed_over() {
    let server = Server::with(SIGNED).await;
    let (ada, bob) = (server.member("Ada").await, server.member("Bob").await);
    let (signed, raw) = tokens(&bob);
    assert_eq!(who_sends(&server, &format!("Bearer {raw}")).await, None);
    assert_eq!(who_sends(&server, &format!("Bearer {signed}")).await.as_deref(), Some("Bob"));
    let mut both = ada.clone().header("authorization", &format!("Bearer {raw}"));
    assert_eq!(who(&mut both).await.as_deref(), Some("Ada"));
}

#[actix_web::test]
async fn t32_where_the_plugin_is_off_no_token_counts() {
    let server = Server::start().await;
    let ada = server.member("Ada").await;
    let (signed, raw) = tokens(&ada);
    for token in [signed, raw] {
        assert_eq!(who_sends(&server, &format!("Bearer {token}")).await, None);
    }
    assert_eq!(server.browser().post("/sign-in/email", &person("Ada")).await.header("set-auth-token"), None);
}

#[actix_web::test]
async fn an_unknown_token_clears_the_cookies_and_a_badly_signed_one_clears_nothing() {
    let server = Server::with(ON).await;
    let answer = server.browser().header("authorization", "Bearer unknown").get("/get-session").await;
    assert_eq!((answer.text().as_str(), answer.cookies()), ("null", CLEARED.to_vec()));
    let answer = server.browser().header("authorization", "Bearer un.known").get("/get-session").await;
    assert_eq!((answer.text().as_str(), answer.cookies().len()), ("null", 0));
}

#[actix_web::test]
async fn a_new_session_is_handed_over_in_a_header_that_scripts_may_read() {
    let server = Server::with(ON).await;
    server.member("Ada").await;
    let mut ada = server.browser();
    let answer = ada.post("/sign-in/email", &person("Ada")).await;
    let (signed, _) = tokens(&ada);
    assert_eq!(answer.header("set-auth-token"), Some(signed.as_str()));
    assert_eq!(answer.header("access-control-expose-headers"), Some("set-auth-token"));
    assert_eq!(ada.get("/get-session").await.header("set-auth-token"), None);
    server.wait(2 * 86_400);
    assert_eq!(ada.get("/get-session").await.header("set-auth-token"), Some(signed.as_str()));
    assert_eq!(ada.post("/sign-out", &json!({})).await.header("set-auth-token"), None);
}

#[actix_web::test]
async fn a_program_with_a_token_alone_needs_neither_cookie_nor_origin() {
    let server = Server::with(ON).await;
    let (_, raw) = tokens(&server.member("Ada").await);
    let mut program = server.browser().without_origin().header("authorization", &format!("Bearer {raw}"));
    assert_eq!(program.get("/list-sessions").await.status, 200);
    assert_eq!(program.post("/update-user", &json!({ "name": "Ada L." })).await.status, 200);
    program.jar.clear();
    assert_eq!(program.post("/sign-out", &json!({})).await.status, 200);
    program.jar.clear();
    assert_eq!(who(&mut program).await, None);
}

#[actix_web::test]
async fn t42_a_token_does_not_excuse_a_cookie_that_comes_from_another_site() {
    let server = Server::with(ON).await;
    let ada = server.member("Ada").await;
    let (_, raw) = tokens(&ada);
    let mut elsewhere = ada.clone().header("authorization", &format!("Bearer {raw}"));
    elsewhere.origin = Some("https://evil.example".into());
    let answer = elsewhere.post("/update-user", &json!({ "name": "Eve" })).await;
    assert_eq!((answer.status, answer.code().as_deref()), (403, Some("INVALID_ORIGIN")));
}
