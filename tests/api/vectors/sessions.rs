//! `cookie-cache.json` and `signed-cookie.json`: sessions that Better Auth has written into cookies.

use serde_json::{Value, json};
use signet::base::Timestamp;
use signet::crypto::CookieSigner;

use super::{SECRET, secrets, server, session, text, zoe};
use crate::harness::Server;

const TOKEN: &str = "better-auth.session_token";
const DATA: &str = "better-auth.session_data";
/// A moment after all of them were written, in milliseconds.
const WRITTEN: i64 = 1_795_174_549_000;
/// 400 days, the longest that Better Auth allows.
const LONG: i64 = 34_560_000;

fn caches() -> Value {
    let caches: Value = serde_json::from_str(include_str!("../../vectors/cookie-cache.json")).unwrap();
    assert_eq!(caches["secret"], SECRET);
    caches
}

/// A server that reads caches of this form, at a moment. Nobody is in its database.
async fn reading(form: &str, millis: i64) -> Server {
    aged(form, millis, 300).await
}

/// The same, where caches are good for so many seconds.
async fn aged(form: &str, millis: i64, max_age: i64) -> Server {
    let cache = format!("enabled = true\nstrategy = \"{form}\"\nmax_age = {max_age}\n");
    server(millis, &format!("[session]\nexpires_in = \"400d\"\n[session.cookie_cache]\n{cache}")).await
}

/// What `/get-session` answers a browser with these cookies.
async fn shown(server: &Server, token: &str, data: &str) -> String {
    let mut browser = server.browser();
    browser.jar.insert(TOKEN.into(), token.into());
    browser.jar.insert(DATA.into(), data.into());
    browser.get("/get-session").await.text()
}

#[actix_web::test]
async fn a_cached_session_is_answered_in_better_auths_bytes() {
    let caches = caches();
    for form in ["compact", "jwt", "jwe"] {
        let (server, case) = (reading(form, WRITTEN).await, &caches["strategies"][form]);
        let body = text(case, "/get_session_hit/body");
        let answered: Value = serde_json::from_str(body).unwrap();
        let token = CookieSigner::new(&secrets()).sign(text(&answered, "/session/token"));
        let data = text(case, "/cookie_value");
        assert_eq!(shown(&server, &token, data).await, body, "{form}");
        let other = CookieSigner::new(&secrets()).sign("of-another-session");
        assert_eq!(shown(&server, &other, data).await, "null", "{form}: beside another session's cookie");
    }
}

#[actix_web::test]
async fn a_cache_that_is_good_for_400_days_is_and_not_with_one_letter_changed() {
    let caches = caches();
    for form in ["compact", "jwt", "jwe"] {
        let case = &caches["long_lived"][form];
        let (token, data) = (text(case, "/session_token_cookie"), text(case, "/session_data_cookie"));
        let last_day = Timestamp::from_millis(WRITTEN).plus_seconds(LONG - 86_400).millis();
        for moment in [WRITTEN, last_day] {
            let body: Value = serde_json::from_str(&shown(&aged(form, moment, LONG).await, token, data).await).unwrap();
            assert_eq!(body["user"]["name"], "Zoë Ärger", "{form}");
        }
        let server = aged(form, WRITTEN, LONG).await;
        let place = data.len() / 2;
        let letter = if data.as_bytes()[place] == b'A' { "B" } else { "A" };
        let mut changed = data.to_owned();
        changed.replace_range(place..=place, letter);
        assert_eq!(shown(&server, token, &changed).await, "null", "{form}");
        let end = Timestamp::from_millis(WRITTEN).plus_seconds(LONG).millis();
        assert_eq!(shown(&aged(form, end, LONG).await, token, data).await, "null", "{form}: on the day after");
    }
}

#[actix_web::test]
async fn the_cookies_of_somebody_who_is_not_to_be_remembered_are_good_for_a_minute_and_stay_what_they_are() {
    let caches = caches();
    let lines: Vec<_> = caches["remember_me_false"]["set_cookie"].as_array().unwrap().iter().collect();
    let lifetime = caches["remember_me_false"]["cache_lifetime_ms"].as_i64().unwrap();
    let cookies = lines.iter().map(|line| line.as_str().unwrap().split(';').next().unwrap().split_once('=').unwrap());
    for (moment, cached) in [(WRITTEN, true), (WRITTEN + lifetime, false)] {
        let server = reading("compact", moment).await;
        let mut browser = server.browser();
        browser.jar.extend(cookies.clone().map(|(name, value)| (name.to_owned(), value.to_owned())));
        let answer = browser.get("/get-session").await;
        assert_eq!(answer.text() != "null", cached);
    }
    // As they are read from the database and written again.
    let server = reading("compact", WRITTEN).await;
    zoe(&server, "zoe").await;
    let mut browser = server.browser();
    browser.jar.extend(cookies.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let token = browser.jar[TOKEN].split('.').next().unwrap().to_owned();
    session(&server, "zoe", &token).await;
    browser.jar.remove(DATA);
    let answer = browser.get("/get-session").await;
    assert_eq!(answer.json()["user"]["id"], "zoe");
    assert!(answer.cookies().iter().all(|line| !line.contains("Max-Age")), "{answer:?}");
}

#[actix_web::test]
async fn a_cookie_that_better_auth_has_set_opens_its_session_and_a_bearer_its_own() {
    let vectors: Value = serde_json::from_str(include_str!("../../vectors/signed-cookie.json")).unwrap();
    assert_eq!(vectors["secret"], SECRET);
    let server = server(WRITTEN, "plugins.bearer.enabled = true").await;
    zoe(&server, "zoe").await;
    let cases = vectors["cases"].as_array().unwrap();
    for case in cases.iter().filter(|case| text(case, "/value").len() == 32) {
        session(&server, "zoe", text(case, "/value")).await;
        let set = text(case, "/set_cookie").split(';').next().unwrap();
        for cookie in [set.to_owned(), format!("{TOKEN}={}", text(case, "/decoded_cookie_value"))] {
            let answer = server.browser().header("cookie", &cookie).get("/get-session").await;
            assert_eq!(answer.json()["user"]["id"], json!("zoe"), "{cookie}");
        }
        for bearer in ["/value", "/decoded_cookie_value", "/cookie_header_value"] {
            let bearer = format!("Bearer {}", text(case, bearer));
            let answer = server.browser().header("authorization", &bearer).get("/get-session").await;
            assert_eq!(answer.json()["user"]["id"], json!("zoe"), "{bearer}");
        }
    }
}
