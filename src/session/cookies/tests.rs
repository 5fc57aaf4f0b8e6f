use std::collections::BTreeMap;

use super::*;
use crate::base::Timestamp;
use crate::crypto::Secrets;
use crate::session::config::cookies::{CookieAttributes, CookieOverride, SameSite};

fn config() -> CookieConfig {
    CookieConfig {
        prefix: "better-auth".into(),
        secure: false,
        domain: None,
        default_attributes: CookieAttributes::default(),
        overrides: BTreeMap::new(),
    }
}

fn cookies(config: &CookieConfig) -> Cookies {
    let secrets = Secrets::new(vec![], Some("a-secret-for-tests-of-at-least-32-characters".into()));
    Cookies::new(config, CookieSigner::new(&secrets.unwrap()))
}

/// A line without its value.
fn shape(line: &str) -> String {
    let (name, rest) = line.split_once('=').expect("a name");
    let (_, attributes) = rest.split_once(';').expect("attributes");
    format!("{name};{attributes}")
}

fn line(config: &CookieConfig, max_age: Option<i64>) -> String {
    shape(&cookies(config).set(CookieKey::SessionToken, "t", max_age).line)
}

#[test]
fn t27_attributes_come_in_better_auths_order() {
    assert_eq!(
        line(&config(), Some(604_800)),
        "better-auth.session_token; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
    );
    assert_eq!(line(&config(), None), "better-auth.session_token; Path=/; HttpOnly; SameSite=Lax");
    let all = CookieConfig {
        secure: true,
        domain: Some(".example.com".into()),
        default_attributes: CookieAttributes {
            expires: Some(Timestamp::from_millis(784_111_777_000)),
            partitioned: Some(true),
            ..CookieAttributes::default()
        },
        ..config()
    };
    assert_eq!(
        line(&all, Some(5)),
        "__Secure-better-auth.session_token; Max-Age=5; Domain=.example.com; Path=/; \
         Expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly; Secure; SameSite=Lax; Partitioned"
    );
}

#[test]
fn t27_a_secure_cookie_has_the_prefix_and_the_attribute_and_no_domain_unless_configured() {
    let secure = CookieConfig { secure: true, ..config() };
    assert_eq!(line(&secure, None), "__Secure-better-auth.session_token; Path=/; HttpOnly; Secure; SameSite=Lax");
    for key in CookieKey::ALL {
        assert!(cookies(&secure).name(key).starts_with("__Secure-better-auth."));
        assert!(cookies(&config()).name(key).starts_with("better-auth."));
    }
}

#[test]
fn a_name_of_ones_own_replaces_prefix_and_key_for_its_cookie_alone() {
    let strict = CookieAttributes { same_site: Some(SameSite::Strict), ..CookieAttributes::default() };
    let sid = CookieOverride { name: Some("sid".into()), attributes: strict };
    let config =
        CookieConfig { prefix: "acme".into(), overrides: BTreeMap::from([("session_token".into(), sid)]), ..config() };
    let written = cookies(&config);
    assert_eq!(line(&config, Some(3600)), "sid; Max-Age=3600; Path=/; HttpOnly; SameSite=Strict");
    let other = shape(&written.set(CookieKey::DontRemember, "true", None).line);
    assert_eq!(other, "acme.dont_remember; Path=/; HttpOnly; SameSite=Lax");
    assert_eq!(cookies(&CookieConfig { secure: true, ..config }).name(CookieKey::SessionToken), "__Secure-sid");
}

#[test]
fn attributes_of_one_cookie_win_over_the_defaults_and_these_over_better_auths() {
    let own = CookieAttributes { path: Some("/own".into()), http_only: Some(true), ..CookieAttributes::default() };
    let config = CookieConfig {
        default_attributes: CookieAttributes {
            path: Some("/all".into()),
            http_only: Some(false),
            secure: Some(true),
            domain: Some("example.org".into()),
            max_age: Some(60),
            ..CookieAttributes::default()
        },
        overrides: BTreeMap::from([("session_token".into(), CookieOverride { name: None, attributes: own })]),
        ..config()
    };
    let written = cookies(&config);
    assert_eq!(
        line(&config, None),
        "better-auth.session_token; Domain=example.org; Path=/own; HttpOnly; Secure; SameSite=Lax"
    );
    let other = shape(&written.set(CookieKey::DontRemember, "true", None).line);
    assert_eq!(other, "better-auth.dont_remember; Domain=example.org; Path=/all; Secure; SameSite=Lax");
    assert_eq!(written.configured_max_age(CookieKey::DontRemember), Some(60));
}

#[test]
fn a_deletion_is_the_same_cookie_without_a_value_and_without_time() {
    let deleted = cookies(&config()).expire(CookieKey::SessionData);
    assert_eq!(deleted.line, "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
    assert_eq!(deleted.value, None);
}

#[test]
fn a_value_is_signed_and_percent_encoded_as_a_whole_and_opens_as_it_was() {
    let cookies = cookies(&config());
    for value in ["token", "a.b", "é;= \r\n"] {
        let set = cookies.set(CookieKey::SessionToken, value, None);
        let (_, rest) = set.line.split_once('=').unwrap();
        let encoded = rest.split(';').next().unwrap();
        assert!(encoded.ends_with("%3D"), "{encoded}");
        assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()%".contains(&byte)), "{encoded}");
        assert_eq!(cookies.open(encoded).as_deref(), Some(value));
        assert_eq!(set.value.and_then(|signed| cookies.open(&signed)).as_deref(), Some(value));
    }
}

#[test]
fn only_chunks_of_our_own_cache_are_expired_under_their_names() {
    let carried = [
        "better-auth.session_data",
        "better-auth.session_data.0",
        "better-auth.session_data.99",
        "better-auth.session_data.",
        "better-auth.session_data.x",
        "better-auth.session_data_own",
        "better-auth.session_token",
    ];
    let lines = cookies(&config()).expire_chunks(CookieKey::SessionData, &carried);
    let names: Vec<_> = lines.iter().filter_map(|cookie| cookie.line.split('=').next()).collect();
    assert_eq!(names, carried[..3]);
}

fn named(set: &[SetCookie]) -> Vec<(&str, usize)> {
    set.iter().map(|cookie| (cookie.name(), cookie.line.len())).collect()
}

#[test]
fn a_long_value_is_cut_where_better_auth_cuts_it() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/vectors/cookie-cache.json")).unwrap();
    let chunked = vectors["chunked"]["set_cookie_names_and_lengths"].as_array().unwrap();
    let length: u64 = chunked.iter().map(|chunk| chunk[2].as_u64().unwrap()).sum();
    let value: String = ('a'..='z').cycle().take(length as usize).collect();
    let cookies = cookies(&config());
    let set = cookies.set_long(CookieKey::SessionData, &value, Some(300), &[]);
    for (ours, theirs) in set.iter().zip(chunked) {
        assert_eq!(ours.name(), theirs[0]);
        assert_eq!(ours.line.len() as u64, theirs[1].as_u64().unwrap());
        assert!(ours.line.ends_with("; Max-Age=300; Path=/; HttpOnly; SameSite=Lax"));
    }
    assert_eq!(set.len(), chunked.len());
    assert_eq!(set.iter().filter_map(|cookie| cookie.value.as_deref()).collect::<String>(), value);
}

#[test]
fn one_cookie_is_as_long_as_browsers_take_and_not_a_letter_longer() {
    let cookies = cookies(&config());
    let set = |length: usize| cookies.set_long(CookieKey::SessionData, &"x".repeat(length), Some(300), &[]);
    assert_eq!(named(&set(3980)), [("better-auth.session_data", 4050)]);
    assert_eq!(named(&set(3981)), [("better-auth.session_data.0", 4049), ("better-auth.session_data.1", 76)]);
}

#[test]
fn what_the_browser_has_of_an_earlier_value_is_deleted_first() {
    let cookies = cookies(&config());
    let carried = ["better-auth.session_data", "better-auth.session_data.0", "better-auth.session_data.3", "own"];
    let set = |length: usize| cookies.set_long(CookieKey::SessionData, &"x".repeat(length), Some(300), &carried);
    let names = |set: &[SetCookie]| -> Vec<(String, bool)> {
        set.iter().map(|cookie| (cookie.name().to_owned(), cookie.value.is_some())).collect()
    };
    let expected = |names: &[(&str, bool)]| -> Vec<(String, bool)> {
        names.iter().map(|(end, set)| (format!("better-auth.session_data{end}"), *set)).collect()
    };
    assert_eq!(names(&set(10)), expected(&[(".0", false), (".3", false), ("", true)]));
    assert_eq!(names(&set(5000)), expected(&[("", false), (".3", false), (".0", true), (".1", true)]));
}

#[test]
fn a_value_that_needs_more_than_a_hundred_chunks_is_not_set() {
    let cookies = cookies(&config());
    let set = |chunks: usize| {
        cookies.set_long(CookieKey::SessionData, &"x".repeat(chunks * 3977), Some(300), &["better-auth.session_data"])
    };
    assert_eq!(set(100).iter().filter(|cookie| cookie.value.is_some()).count(), 100);
    assert_eq!(named(&set(101)).len(), 1);
    assert!(set(101).iter().all(|cookie| cookie.value.is_none()));
}

#[test]
fn chunks_are_known_by_one_spelling_of_their_place() {
    let carried = [
        "better-auth.session_data.10",
        "better-auth.session_data.2",
        "better-auth.session_data.02",
        "better-auth.session_data.+1",
        "better-auth.session_data.256",
    ];
    let cookies = cookies(&config());
    assert_eq!(cookies.places_of(CookieKey::SessionData, &carried), [(Some(10), carried[0]), (Some(2), carried[1])]);
}
