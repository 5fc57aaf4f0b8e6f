//! The session cookie cache: what it saves, what it says, and what it never decides.

mod age;
mod chunks;
mod forged;
mod revoked;

use serde_json::{Value, json};

use crate::get_session::who;
use crate::harness::browser::Answer;
use crate::harness::{Browser, Server, person};

pub const DATA: &str = "better-auth.session_data";
pub const TOKEN: &str = "better-auth.session_token";
pub const STRATEGIES: [&str; 3] = ["compact", "jwt", "jwe"];

/// A configuration with a cache, and more keys of its table.
pub fn caching(more: &str) -> String {
    format!("{NO_JWT}{}", caching_with_tokens(more))
}

/// As [`caching`], with the jwt plugin.
pub fn caching_with_tokens(more: &str) -> String {
    format!("[session.cookie_cache]\nenabled = true\n{more}\n")
}

/// Without the jwt plugin, whose keeper asks the database in its own time: here statements are counted.
pub const NO_JWT: &str = "[plugins.jwt]\nenabled = false\n";

/// What a compact cookie holds, its signature aside.
pub fn content(browser: &Browser<'_>) -> Value {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&browser.jar[DATA]).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// The attributes of the line that sets a cookie.
pub fn attributes<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let lines = answer.cookies();
    let line = lines.iter().find(|line| line.starts_with(&format!("{name}="))).unwrap_or_else(|| panic!("no {name}"));
    line.split_once("; ").expect("attributes").1
}

/// The names of the cookies that an answer sets or deletes.
pub fn names(answer: &Answer) -> Vec<String> {
    answer.cookies().iter().map(|line| line.split('=').next().unwrap_or_default().to_owned()).collect()
}

#[actix_web::test]
async fn a_cached_session_is_answered_without_the_database_and_in_the_order_of_the_cache() {
    for strategy in STRATEGIES {
        let server = Server::with(&caching(&format!("strategy = \"{strategy}\""))).await;
        let mut ada = server.browser();
        let answer = ada.post("/sign-up/email", &person("Ada")).await;
        assert_eq!(names(&answer), [TOKEN, DATA], "{strategy}");
        assert_eq!(attributes(&answer, DATA), "Max-Age=300; Path=/; HttpOnly; SameSite=Lax");
        let asked = server.statements().await;
        let answer = ada.get("/get-session").await;
        assert_eq!(server.statements().await, asked, "{strategy}: no statement");
        assert!(answer.cookies().is_empty(), "{strategy}");
        let (body, now) = (answer.json(), json!(server.now()));
        let (session, user, end) = (&body["session"], &body["user"], json!(server.now().plus_seconds(604_800)));
        assert_eq!(
            answer.text(),
            format!(
                r#"{{"session":{{"id":{},"createdAt":{now},"updatedAt":{now},"userId":{},"expiresAt":{end},"token":{},"ipAddress":"","userAgent":""}},"user":{{"id":{},"createdAt":{now},"updatedAt":{now},"email":"ada@example.com","emailVerified":false,"name":"Ada","image":null}}}}"#,
                session["id"], user["id"], session["token"], user["id"]
            ),
            "{strategy}"
        );
        // Guards that may go by it need no database either.
        let asked = server.statements().await;
        assert_eq!(ada.get("/list-accounts").await.status, 200);
        assert_eq!(server.statements().await, asked + 1, "{strategy}: the accounts alone");
    }
}

#[actix_web::test]
async fn another_replica_takes_the_cache_too() {
    let server = Server::with(&caching("")).await;
    let replica = server.replica(&caching("")).await;
    let ada = server.member("Ada").await;
    let asked = replica.statements().await;
    assert_eq!(who(&mut ada.at(&replica)).await.as_deref(), Some("Ada"));
    assert_eq!(replica.statements().await, asked);
}

#[actix_web::test]
async fn what_is_read_from_the_database_is_cached_by_whatever_route_reads_it() {
    for path in ["/get-session", "/list-accounts", "/list-sessions", "/token"] {
        let server = Server::with(&caching_with_tokens("")).await;
        let mut ada = server.member("Ada").await;
        ada.jar.remove(DATA);
        let answer = ada.get(path).await;
        assert_eq!((answer.status, names(&answer)), (200, vec![DATA.to_owned()]), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}: what is in the cookie is a credential");
    }
    let server = Server::with(&caching_with_tokens("")).await;
    let mut ada = server.member("Ada").await;
    let answer = ada.post("/verify-password", &json!({ "password": "correct horse Ada" })).await;
    assert_eq!(names(&answer), [DATA], "also one that never goes by it");
}

#[actix_web::test]
async fn a_change_of_the_user_or_the_session_shows_in_the_cache_at_once() {
    let theme = "[session.additional_fields.theme]\ntype = \"string\"\nrequired = false\n";
    let server = Server::with(&format!("{}{theme}", caching(""))).await;
    let mut ada = server.member("Ada").await;
    let answer = ada.post("/update-user", &json!({ "name": "Countess" })).await;
    assert_eq!(names(&answer), [TOKEN, DATA]);
    assert_eq!(ada.post("/update-session", &json!({ "theme": "dark" })).await.status, 200);
    let asked = server.statements().await;
    let shown = ada.get("/get-session").await.json();
    assert_eq!((&shown["user"]["name"], &shown["session"]["theme"]), (&json!("Countess"), &json!("dark")));
    assert_eq!(server.statements().await, asked);
}

#[actix_web::test]
async fn the_query_turns_the_cache_off_by_any_text_but_the_empty_one() {
    let server = Server::with(&caching("")).await;
    let mut ada = server.member("Ada").await;
    for (query, reads) in [("true", true), ("false", true), ("0", true), ("", false)] {
        let asked = server.statements().await;
        let answer = ada.get(&format!("/get-session?disableCookieCache={query}")).await;
        assert_eq!(server.statements().await > asked, reads, "{query:?}");
        assert_eq!(names(&answer) == [DATA], reads, "{query:?}: what was read is cached anew");
    }
    let asked = server.statements().await;
    ada.get("/list-accounts?disableCookieCache=1").await;
    assert_eq!(server.statements().await, asked + 2, "on every route");
}

#[actix_web::test]
async fn routes_that_always_read_do_so_and_the_others_do_not() {
    for (named, reading) in
        [("[\"/token\"]", vec!["/token"]), ("[\"*\"]", vec!["/token", "/get-session", "/list-accounts"])]
    {
        let server = Server::with(&caching_with_tokens(&format!("always_read = {named}"))).await;
        let mut ada = server.member("Ada").await;
        let mut other = server.browser();
        other.post("/sign-in/email", &person("Ada")).await;
        other.post("/revoke-other-sessions", &json!({})).await;
        let kept = ada.clone();
        for path in ["/token", "/list-accounts"] {
            let expected = if reading.contains(&path) { 401 } else { 200 };
            assert_eq!(kept.clone().get(path).await.status, expected, "{path} with {named}");
        }
        assert_eq!(who(&mut ada).await.is_none(), reading.contains(&"/get-session"), "{named}");
    }
}

#[actix_web::test]
async fn a_route_that_nobody_serves_is_refused_among_those_that_always_read() {
    use crate::harness::{config, database::Database};
    let database = Database::fresh().await;
    for (named, good) in [("/token", true), ("/admin/jwks", true), ("/tokn", false), ("/get-session/", false)] {
        let config = config(&database.url, &caching_with_tokens(&format!("always_read = [\"{named}\"]")));
        let clock = signet::base::Clock::System;
        let parts = signet::app::Parts::assemble(config, clock, signet::base::Random::system()).await;
        match parts {
            Ok(_) => assert!(good, "{named}"),
            Err(error) => assert!(!good && error.to_string().contains(named), "{named}: {error}"),
        }
    }
}

#[actix_web::test]
async fn what_no_answer_shows_is_in_no_cookie() {
    let fields = "[user.additional_fields.nick]\ntype = \"string\"\nrequired = false\n\
        [user.additional_fields.note]\ntype = \"string\"\nreturned = false\ninput = false\ndefault_value = \"a-canary\"\n\
        [session.additional_fields.trace]\ntype = \"string\"\nreturned = false\ninput = false\ndefault_value = \"a-canary\"\n";
    let server = Server::with(&format!("{}{fields}", caching(""))).await;
    let mut ada = server.member("Ada").await;
    let written = content(&ada).to_string();
    assert!(!written.contains("canary") && written.contains(r#""nick":null"#), "{written}");
    let shown = ada.get("/get-session").await.json();
    assert_eq!((shown["user"].get("note"), shown["session"].get("trace")), (None, None));
    assert_eq!(shown["user"]["nick"], Value::Null);
}

#[actix_web::test]
async fn a_session_that_is_not_to_be_remembered_is_cached_for_a_minute_and_then_read_each_time() {
    for (strategy, seconds) in [("compact", 60), ("jwt", 300), ("jwe", 300)] {
        let server = Server::with(&caching(&format!("strategy = \"{strategy}\""))).await;
        server.member("Ada").await;
        let mut ada = server.browser();
        let mut credentials = person("Ada");
        credentials["rememberMe"] = false.into();
        let answer = ada.post("/sign-in/email", &credentials).await;
        assert_eq!(names(&answer), [TOKEN, "better-auth.dont_remember", DATA]);
        assert_eq!(attributes(&answer, DATA), "Path=/; HttpOnly; SameSite=Lax", "{strategy}");
        server.wait(seconds - 1);
        let asked = server.statements().await;
        assert!(ada.get("/get-session").await.cookies().is_empty(), "{strategy}");
        assert_eq!(server.statements().await, asked, "{strategy}");
        server.wait(1);
        let answer = ada.get("/get-session").await;
        assert_eq!(answer.json()["user"]["name"], "Ada");
        assert_eq!(answer.cookies(), [format!("{DATA}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax")], "{strategy}");
        assert!(ada.get("/get-session").await.cookies().is_empty(), "{strategy}: nothing is cached anew");
    }
}

#[actix_web::test]
async fn a_read_that_refreshes_nothing_caches_nothing() {
    let server = Server::with(&caching("")).await;
    let mut ada = server.member("Ada").await;
    ada.jar.remove(DATA);
    assert!(ada.get("/get-session?disableRefresh=1").await.cookies().is_empty());
    assert!(ada.get("/list-accounts?disableRefresh=1").await.cookies().is_empty());
}

#[actix_web::test]
async fn a_session_that_is_due_is_extended_once_its_cache_has_ended_and_both_cookies_are_sent() {
    for path in ["/get-session", "/list-accounts"] {
        let server = Server::with(&caching("max_age = 100000")).await;
        let mut ada = server.member("Ada").await;
        server.wait(90_000);
        assert!(ada.get(path).await.cookies().is_empty(), "due, and cached");
        server.wait(10_000);
        let answer = ada.get(path).await;
        assert_eq!(names(&answer), [TOKEN, DATA], "{path}");
        assert_eq!(attributes(&answer, TOKEN), "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax");
        let end = server.now().plus_seconds(604_800);
        assert_eq!(ada.get("/get-session").await.json()["session"]["expiresAt"], json!(end), "{path}");
    }
}

#[actix_web::test]
async fn where_refreshing_is_deferred_the_cache_tells_that_it_is_due_and_the_post_reads_past_it() {
    let server = Server::with(&format!("session.defer_session_refresh = true\n{}", caching("max_age = 100000"))).await;
    let mut ada = server.member("Ada").await;
    assert_eq!(ada.get("/get-session").await.json()["needsRefresh"], false);
    server.wait(90_000);
    let asked = server.statements().await;
    assert_eq!(ada.get("/get-session").await.json()["needsRefresh"], true);
    assert_eq!(server.statements().await, asked);
    let answer = ada.post("/get-session", &json!({})).await;
    assert_eq!(names(&answer), [TOKEN, DATA]);
    assert_eq!(ada.get("/get-session").await.json()["needsRefresh"], false);
}

#[actix_web::test]
async fn a_session_is_fresh_by_its_own_age_also_out_of_the_cache() {
    let server = Server::with(&format!("session.fresh_age = 100\n{}", caching(""))).await;
    let mut ada = server.member("Ada").await;
    assert_eq!(ada.get("/list-sessions").await.status, 200);
    server.wait(101);
    let answer = ada.get("/list-sessions").await;
    assert_eq!((answer.status, answer.code().as_deref()), (403, Some("SESSION_NOT_FRESH")));
}

#[actix_web::test]
async fn a_bearers_session_is_cached_as_its_own_and_never_answered_out_of_anothers_cookie() {
    let server = Server::with(&format!("{}[plugins.bearer]\nenabled = true\n", caching(""))).await;
    let (ada, bob) = (server.member("Ada").await, server.member("Bob").await);
    let mut both = ada.clone().header("authorization", &format!("Bearer {}", bob.jar[TOKEN]));
    assert_eq!(who(&mut both).await.as_deref(), Some("Bob"));
    assert_eq!(content(&both)["session"]["user"]["name"], "Bob");
    let mut mixed = ada.clone();
    mixed.jar.insert(DATA.to_owned(), both.jar[DATA].clone());
    assert_eq!(who(&mut mixed).await.as_deref(), Some("Ada"), "the session's cookie decides");
}

#[actix_web::test]
async fn signing_out_deletes_the_cache_as_it_was_sent() {
    let server = Server::with(&caching("")).await;
    let mut ada = server.member("Ada").await;
    ada.jar.insert(format!("{DATA}.3"), "left-over".into());
    let answer = ada.post("/sign-out", &json!({})).await;
    let mut names = names(&answer);
    names.sort();
    let mut expected = [TOKEN, DATA, "better-auth.session_data.3", "better-auth.dont_remember"];
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(ada.jar.is_empty());
}
