//! Providers that are broken or mean harm.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{openid, outcome, plain};
use crate::harness::Server;
use crate::harness::provider::{Consent, Fault, Provider, begin, but, configured, pages, profile};

const JSON: &str = "content-type: application/json";

/// What a token endpoint may do in the place of an answer.
fn faults() -> Vec<(&'static str, Fault)> {
    let answer = |status, header, body: &[u8]| Fault::Answer(status, header, body.to_vec());
    vec![
        ("an error of its own", answer(500, JSON, b"{}")),
        ("a page", answer(200, "content-type: text/html", b"<html>")),
        ("a redirect", answer(302, "location: http://169.254.169.254/latest", b"")),
        ("ten megabytes", answer(200, JSON, &vec![b' '; 10 << 20])),
        ("something packed", answer(200, "content-encoding: gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03")),
        ("nothing", answer(200, JSON, b"")),
        ("another kind of JSON", answer(200, JSON, b"[]")),
        ("an error that calls itself a success", answer(200, JSON, br#"{"error":"bad_verification_code"}"#)),
        ("a token twice", answer(200, JSON, br#"{"access_token":"a","access_token":"b"}"#)),
        ("no token", answer(200, JSON, br#"{"access_token":7,"expires_in":1e400}"#)),
    ]
}

#[actix_web::test]
async fn t51_whatever_a_token_endpoint_answers_ends_the_flow_on_its_page() {
    let (provider, server) = plain().await;
    for (what, fault) in faults() {
        let mut browser = server.browser();
        let back = provider.consent(&begin(&mut browser, &pages()).await, Consent::of(profile("Ada")));
        provider.fault("/token", Some(fault));
        assert_eq!(outcome(&browser.get(&back).await), ("/failed?error=invalid_code", false), "{what}");
    }
    assert_eq!((server.count("user").await, server.count("account").await), (0, 0), "nobody is half made");
}

#[actix_web::test]
async fn t51_a_provider_that_is_silent_or_slow_is_given_up_in_ten_seconds_and_disturbs_no_other() {
    let (slow, quick) = (Provider::start().await, Provider::start().await);
    let second = quick.plain("").replace("\"acme\"", "\"quick\"");
    let server = Server::with(&configured(&[slow.plain(""), second], "")).await;
    let begun = Instant::now();
    let one = async |fault| {
        let mut browser = server.browser();
        let back = slow.consent(&begin(&mut browser, &pages()).await, Consent::of(profile("Ada")));
        slow.fault("/token", Some(fault));
        assert_eq!(outcome(&browser.get(&back).await), ("/failed?error=invalid_code", false));
    };
    let other = async {
        let mut browser = server.browser();
        let url = begin(&mut browser, &json!({"provider": "quick"})).await;
        assert!(outcome(&browser.get(&quick.consent(&url, Consent::of(profile("Bob")))).await).1);
        assert!(begun.elapsed() < Duration::from_secs(9), "it waited for the other");
    };
    futures_util::future::join3(one(Fault::Silence), one(Fault::Drip), other).await;
    // Ten, and what a busy machine makes of them; without a limit it would be a minute.
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[actix_web::test]
async fn t51_a_profile_that_cannot_be_had_ends_the_flow_on_its_page() {
    let (provider, server) = plain().await;
    for (what, fault) in faults() {
        if matches!(what, "an error that calls itself a success" | "no token") {
            continue;
        }
        provider.fault("/userinfo", Some(fault));
        let answer = provider.sign_in(&mut server.browser(), Consent::of(profile("Ada"))).await;
        assert_eq!(outcome(&answer), ("/failed?error=unable_to_get_user_info", false), "{what}");
    }
    assert_eq!(server.count("user").await, 0);
}

#[actix_web::test]
async fn t51_a_set_of_keys_is_no_good_if_it_is_too_large_or_ambiguous() {
    let key = |kid: &str| json!({"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "kid": kid});
    let (provider, server) = openid().await;
    let sign_in = async |name: &str| {
        server.wait(700);
        let consent = Consent::with_token(profile(name), json!({}));
        outcome(&provider.sign_in(&mut server.browser(), consent).await).1
    };
    provider.publish((0..10_000).map(|n| key(&n.to_string())).collect());
    assert!(!sign_in("Ada").await, "10,000 keys");
    provider.publish(vec![key("a"), json!({}), json!({"kty": "oct", "k": "AAAA", "kid": "provider-key"})]);
    assert!(sign_in("Bob").await, "keys of no use are passed over");
    let twin = serde_json::Value::Object(
        signet::crypto::jose::PrivateJwk::generate(
            signet::crypto::jose::Algorithm::ES256.into(),
            &signet::base::Random::system(),
        )
        .unwrap()
        .public()
        .entry("provider-key"),
    );
    provider.publish(vec![twin]);
    assert!(!sign_in("Carol").await, "two keys of one name");
}

#[actix_web::test]
async fn t51_a_provider_that_does_not_describe_itself_cannot_be_gone_to_and_others_can() {
    let (provider, other) = (Provider::start().await, Provider::start().await);
    let second = other.plain("").replace("\"acme\"", "\"other\"");
    let server = Server::with(&configured(&[provider.openid(""), second], "")).await;
    provider.fault("/.well-known/openid-configuration", Some(Fault::Answer(500, JSON, b"{}".to_vec())));
    let answer = server.browser().post("/sign-in/social", &pages()).await;
    assert_eq!((answer.status, answer.code().as_deref()), (503, Some("SERVICE_UNAVAILABLE")));
    assert_eq!((server.count("verification").await, answer.cookies().len()), (0, 0));
    begin(&mut server.browser(), &json!({"provider": "other"})).await;
    provider.fault("/.well-known/openid-configuration", None);
    server.wait(11);
    begin(&mut server.browser(), &pages()).await;
}

#[actix_web::test]
async fn t53_a_picture_is_never_fetched_and_only_a_page_of_the_web_is_kept() {
    let (provider, server) = plain().await;
    let here = format!("{}/picture.svg", provider.origin);
    for (nth, (picture, kept)) in [
        ("file:///etc/passwd", false),
        ("javascript:alert(1)", false),
        ("data:image/svg+xml,<svg onload=alert(1)>", false),
        ("//[::ffff:169.254.169.254]/", false),
        ("http://[::ffff:169.254.169.254]/", true),
        (here.as_str(), true),
    ]
    .into_iter()
    .enumerate()
    {
        let mut browser = server.browser();
        let consent = Consent::of(but(profile(&format!("Ada{nth}")), json!({"picture": picture})));
        provider.sign_in(&mut browser, consent).await;
        assert_eq!(super::user(&mut browser).await["image"].is_string(), kept, "{picture}");
    }
    assert_eq!(provider.asked("/picture.svg").len(), 0);
}

#[actix_web::test]
async fn t03_a_name_with_a_nul_is_none_and_others_are_kept_as_they_are() {
    let (provider, server) = plain().await;
    for (nth, (name, kept)) in [("a\0b", ""), ("line\r\n\u{202e}", "line\r\n\u{202e}")].into_iter().enumerate() {
        let mut browser = server.browser();
        let consent = Consent::of(but(profile(&format!("Ada{nth}")), json!({"name": name})));
        assert!(outcome(&provider.sign_in(&mut browser, consent).await).1);
        assert_eq!(super::user(&mut browser).await["name"], kept);
    }
}
