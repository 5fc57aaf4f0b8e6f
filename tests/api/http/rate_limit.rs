//! How often a client may ask, wherever that is counted.

use futures_util::future::join_all;
use serde_json::json;
use signet::http::endpoint::Endpoint;

use super::routes::{EVERYTHING, sent};
use crate::harness::browser::Answer;
use crate::harness::redis::Redis;
use crate::harness::{Browser, Server, load, person};

/// Limits on everything, and where they are counted.
fn limited(storage: &str, more: &str) -> String {
    format!("[rate_limit]\nenabled = true\nstorage = \"{storage}\"\n{more}\n")
}

const STORAGES: [&str; 2] = ["memory", "database"];

/// A browser at an address that the proxy names.
fn from<'s>(server: &'s Server, address: &str) -> Browser<'s> {
    server.browser().header("x-forwarded-for", address)
}

async fn statuses(browser: &mut Browser<'_>, path: &str, times: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..times {
        statuses.push(browser.get(path).await.status);
    }
    statuses
}

fn assert_turned_away(answer: &Answer, seconds: &str) {
    assert_eq!(answer.status, 429, "{answer:?}");
    assert_eq!(answer.text(), r#"{"message":"Too many requests. Please try again later."}"#);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-retry-after"), Some(seconds));
    assert_eq!(answer.header("retry-after"), None);
}

#[actix_web::test]
async fn a_client_is_turned_away_after_so_many_requests_until_a_window_has_passed() {
    for storage in STORAGES {
        let server = Server::with(&limited(storage, "window = 10\nmax = 3")).await;
        let mut browser = from(&server, "203.0.113.1");
        assert_eq!(statuses(&mut browser, "/get-session", 3).await, [200; 3], "{storage}");
        assert_turned_away(&browser.get("/get-session").await, "10");
        server.wait(4);
        assert_turned_away(&browser.get("/get-session?disableRefresh=true").await, "6");
        assert_eq!(browser.get("/ok").await.status, 200, "{storage}: another path");
        assert_eq!(from(&server, "203.0.113.2").get("/get-session").await.status, 200, "{storage}: another client");
        server.wait(6);
        assert_eq!(browser.get("/get-session").await.status, 200, "{storage}");
    }
}

#[actix_web::test]
async fn a_slow_trickle_is_turned_away_too_since_the_window_begins_with_the_last_that_passed() {
    for storage in STORAGES {
        let server = Server::with(&limited(storage, "")).await;
        let mut browser = from(&server, "203.0.113.1");
        let mut seen = Vec::new();
        for wait in [0, 4, 4, 4, 3, 4] {
            server.wait(wait);
            let answer = browser.post("/sign-in/email", &json!({})).await;
            seen.push((answer.status, answer.header("x-retry-after").map(str::to_owned)));
        }
        let over = |seconds: &str| (429, Some(seconds.to_owned()));
        assert_eq!(seen, [(400, None), (400, None), (400, None), over("6"), over("3"), (400, None)], "{storage}");
    }
}

#[actix_web::test]
async fn signing_in_and_up_and_asking_for_mail_have_narrower_limits() {
    let server = Server::with(&limited("memory", "")).await;
    for (path, window) in [
        ("/sign-in/email", "10"),
        ("/sign-up/email", "10"),
        ("/change-password", "10"),
        ("/request-password-reset", "60"),
        ("/send-verification-email", "60"),
    ] {
        let mut browser = from(&server, "203.0.113.1");
        for _ in 0..3 {
            assert_ne!(browser.post(path, &json!({})).await.status, 429, "{path}");
        }
        assert_turned_away(&browser.post(path, &json!({})).await, window);
    }
}

#[actix_web::test]
async fn the_operators_rules_go_first_in_the_order_of_their_declaration() {
    let rules = "[rate_limit.custom_rules]\n\"/list-*\" = false\n\"/get-session\" = { window = 1, max = 2 }\n\
        \"/sign-in/*\" = { window = 60, max = 1 }\n\"/**\" = { max = 4 }\n\"/ok\" = { max = 1 }";
    let server = Server::with(&limited("memory", rules)).await;
    let mut browser = from(&server, "203.0.113.1");
    assert_eq!(statuses(&mut browser, "/get-session", 3).await, [200, 200, 429]);
    assert_eq!(statuses(&mut browser, "/ok", 5).await, [200, 200, 200, 200, 429]);
    assert_eq!(statuses(&mut browser, "/list-sessions", 101).await, [401; 101]);
    assert_eq!(browser.post("/sign-in/email", &json!({})).await.status, 400);
    assert_turned_away(&browser.post("/sign-in/email", &json!({})).await, "60");
}

#[actix_web::test]
async fn all_paths_that_lead_nowhere_are_one() {
    let server = Server::with(&limited("memory", "max = 3")).await;
    let mut browser = from(&server, "203.0.113.1");
    for path in ["/nothing", "/Ok", "/ok/"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    assert_turned_away(&browser.get("/something-else").await, "10");
    assert_turned_away(&browser.post("/ok", &json!({})).await, "10");
    assert_eq!(browser.get("/ok").await.status, 200);
}

#[actix_web::test]
async fn what_the_deployment_has_switched_off_does_not_count() {
    let server = Server::with(&format!("disabled_paths = [\"/ok\"]\n{}", limited("memory", "max = 1"))).await;
    assert_eq!(statuses(&mut from(&server, "203.0.113.1"), "/ok", 5).await, [404; 5]);
}

#[actix_web::test]
async fn t79_the_tokens_in_paths_have_one_count_and_are_not_stored() {
    let server = Server::with(&limited("database", "max = 3")).await;
    let mut browser = from(&server, "203.0.113.1");
    for token in ["one", "two", "three"] {
        let answer = browser.get(&format!("/reset-password/{token}?callbackURL=/reset")).await;
        assert_eq!(answer.status, 302, "{answer:?}");
    }
    assert_turned_away(&browser.get("/reset-password/four?callbackURL=/reset").await, "10");
    let rows = server.rows("SELECT {rateLimit.*} FROM {rateLimit}", &[]).await;
    let keys: Vec<_> = rows.iter().map(|row| row.text("rateLimit.key").expect("a key")).collect();
    assert_eq!(keys, ["203.0.113.1|/reset-password/:token"]);
}

#[actix_web::test]
async fn d23_a_verifier_is_never_turned_away() {
    let server = Server::with(&limited("memory", "max = 1\n[rate_limit.custom_rules]\n\"/**\" = { max = 1 }")).await;
    let exempt = server.endpoints().into_iter().filter(|endpoint: &std::sync::Arc<Endpoint>| !endpoint.is_limited);
    let mut exempt: Vec<_> = exempt.map(|endpoint| endpoint.path.to_string()).collect();
    exempt.dedup();
    let expected = [
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/jwks",
    ];
    assert_eq!(exempt, expected);
    for path in ["/jwks", "!/.well-known/jwks.json", "!/.well-known/openid-configuration"] {
        assert_eq!(statuses(&mut from(&server, "203.0.113.1"), path, 50).await, [200; 50], "{path}");
    }
}

#[actix_web::test]
async fn every_other_route_has_a_limit() {
    let server = Server::with(&format!("{}{EVERYTHING}", limited("memory", "max = 1"))).await;
    for (nth, route) in server.endpoints().iter().enumerate().filter(|(_, route)| route.is_limited) {
        let mut browser = from(&server, &format!("203.0.113.{nth}"));
        let headers = [("content-type", "application/json")];
        let mut last = 0;
        for _ in 0..=route.rate_limit.map_or(3, |own| own.max) {
            last = browser.send(route.method.as_str(), &sent(route), &headers, Some(b"{}")).await.status;
        }
        assert_eq!(last, 429, "{} {}", route.method, route.path);
    }
}

#[actix_web::test]
async fn t76_a_client_that_makes_addresses_up_is_one_client_all_the_same() {
    let chain = "[advanced.ip_address]\ntrusted_proxies = [\"10.0.0.0/8\"]";
    let server = Server::with(&format!("{}{chain}", limited("memory", "max = 3"))).await;
    let mut seen = Vec::new();
    for number in 0..6 {
        let spoofed = format!("198.51.100.{number}, 203.0.113.1, 10.0.0.9");
        let browser = from(&server, &spoofed).header("x-real-ip", &format!("198.51.100.{number}"));
        seen.push(browser.header("forwarded", &format!("for=198.51.100.{number}")).get("/ok").await.status);
    }
    assert_eq!(seen, [200, 200, 200, 429, 429, 429]);
}

#[actix_web::test]
async fn whoever_names_no_address_shares_one_count() {
    for (site, key) in [("http://localhost:3000", "127.0.0.1|/ok"), ("https://auth.example.com", "no-trusted-ip|/ok")] {
        let server = Server::with(&format!("base_url = \"{site}\"\n{}", limited("database", "max = 3"))).await;
        assert_eq!(server.browser().get("/ok").await.status, 200);
        for unknown in ["203.0.113.1, 198.51.100.7", "nonsense"] {
            assert_eq!(from(&server, unknown).get("/ok").await.status, 200, "{unknown}");
        }
        assert_turned_away(&server.browser().get("/ok").await, "10");
        assert_eq!(from(&server, "203.0.113.1").get("/ok").await.status, 200, "whoever does is not among them");
        let rows = server.rows("SELECT {rateLimit.*} FROM {rateLimit} WHERE {rateLimit.key} = $1", &[key.into()]).await;
        assert_eq!(rows.len(), 1, "{key}");
    }
}

#[actix_web::test]
async fn t77_all_addresses_of_an_ipv6_network_and_all_spellings_of_an_address_are_one_client() {
    let server = Server::with(&limited("memory", "max = 3")).await;
    for address in ["2001:db8::1", "2001:DB8:0:0:ffff::2", "2001:0db8:0000:0000:0000:0000:0000:0003"] {
        assert_eq!(from(&server, address).get("/ok").await.status, 200, "{address}");
    }
    assert_turned_away(&from(&server, "2001:db8::4").get("/ok").await, "10");
    assert_eq!(from(&server, "2001:db8:0:1::1").get("/ok").await.status, 200, "another network");
    for address in ["203.0.113.1", "::ffff:203.0.113.1", "::FFFF:CB00:7101"] {
        assert_eq!(from(&server, address).get("/ok").await.status, 200, "{address}");
    }
    assert_turned_away(&from(&server, "203.0.113.1").get("/ok").await, "10");
}

#[actix_web::test]
async fn where_addresses_are_not_tracked_nobody_is_turned_away() {
    let off = "[advanced.ip_address]\ndisable_ip_tracking = true";
    let server = Server::with(&format!("{}{off}", limited("memory", "max = 1"))).await;
    assert_eq!(statuses(&mut from(&server, "203.0.113.1"), "/ok", 5).await, [200; 5]);
}

#[actix_web::test]
async fn t78_of_a_hundred_requests_at_once_exactly_as_many_pass_as_may() {
    for storage in STORAGES {
        let toml = limited(storage, "");
        let first = Server::with(&toml).await;
        let (second, third) = (first.replica(&toml).await, first.replica(&toml).await);
        // In memory each replica counts for itself.
        let servers = if storage == "memory" { vec![&first] } else { vec![&first, &second, &third] };
        let asking = (0..100).map(|nth| {
            let mut browser = from(servers[nth % servers.len()], "203.0.113.1");
            async move { browser.post("/sign-in/email", &json!({})).await.status }
        });
        let statuses = join_all(asking).await;
        let passed = statuses.iter().filter(|status| **status == 400).count();
        let turned_away = statuses.iter().filter(|status| **status == 429).count();
        assert_eq!((passed, turned_away), (3, 97), "{storage}: {statuses:?}");
    }
}

#[actix_web::test]
async fn t78_a_clock_that_is_set_back_locks_nobody_out_for_longer_than_a_window() {
    let server = Server::with(&limited("database", "")).await;
    let mut browser = from(&server, "203.0.113.1");
    for ahead in [5_000, 3_600_000] {
        server.sql("DELETE FROM {rateLimit}", &[]).await;
        for _ in 0..3 {
            browser.post("/sign-in/email", &json!({})).await;
        }
        let later = server.now().plus_millis(ahead).millis();
        server.sql("UPDATE {rateLimit} SET {rateLimit:lastRequest} = $1", &[later.into()]).await;
        let first = browser.post("/sign-in/email", &json!({})).await.status;
        assert_eq!(first, if ahead == 5_000 { 429 } else { 400 }, "{ahead}");
        server.wait(10);
        assert_eq!(browser.post("/sign-in/email", &json!({})).await.status, 400, "{ahead}");
    }
}

#[actix_web::test]
async fn t79_rows_that_no_longer_matter_are_deleted() {
    let server = Server::with(&limited("database", "")).await;
    for number in 0..20 {
        from(&server, &format!("203.0.113.{number}")).get("/ok").await;
    }
    assert_eq!(server.count("rateLimit").await, 20);
    server.wait(2 * 3_600);
    from(&server, "203.0.113.1").get("/ok").await;
    for _ in 0..1000 {
        if server.count("rateLimit").await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{} rows are left", server.count("rateLimit").await);
}

#[actix_web::test]
async fn t79_without_the_shared_storage_a_replica_counts_for_itself() {
    let server = Server::with(&limited("database", "max = 3")).await;
    server.sql("ALTER TABLE {rateLimit} RENAME TO elsewhere", &[]).await;
    let mut browser = from(&server, "203.0.113.1");
    assert_eq!(statuses(&mut browser, "/ok", 5).await, [200, 200, 200, 429, 429]);
}

#[actix_web::test]
async fn limits_are_on_in_production_and_off_elsewhere_unless_somebody_says_so() {
    let enabled = |toml: &str| load(toml, "sqlite:signet.db").expect("it loads").rate_limit.enabled;
    let production = "base_url = \"https://auth.example.com\"";
    assert!(enabled(&format!("{production}\n[rate_limit]")));
    assert!(!enabled(&format!("{production}\n[rate_limit]\nenabled = false")));
    assert!(!enabled("[rate_limit]"));
    assert!(enabled("[rate_limit]\nenabled = true"));
}

#[actix_web::test]
async fn t88_a_rule_that_is_a_function_in_better_auth_is_refused_with_a_hint() {
    for (rule, words) in [
        ("\"(request) => ({ window: 1 })\"", "is code in Better Auth and no setting; write { window = 10, max = 100 }"),
        ("true", "or false for no limit"),
        ("{ window = 0 }", "must be from 1"),
        ("{ windows = 1 }", "windows"),
    ] {
        let fault = load(&format!("[rate_limit.custom_rules]\n\"/ok\" = {rule}"), "sqlite:signet.db");
        let fault = fault.err().unwrap_or_else(|| panic!("{rule} loads"));
        assert!(fault.contains("rate_limit.custom_rules.\"/ok\"") && fault.contains(words), "{fault}");
    }
}

/// A stranger who knows an address must not be able to keep its owner out: the count is the client's, not the account's.
#[actix_web::test]
async fn t79_whoever_is_turned_away_keeps_nobody_else_out_of_their_account() {
    let server = Server::with(&limited("memory", "")).await;
    from(&server, "203.0.113.1").post("/sign-up/email", &person("Ada")).await;
    let body = json!({"email": "ada@example.com", "password": "correct horse Ada"});
    let mut stranger = from(&server, "198.51.100.1");
    for _ in 0..10 {
        stranger.post("/sign-in/email", &json!({"email": "ada@example.com", "password": "a wrong guess"})).await;
    }
    assert_eq!(stranger.post("/sign-in/email", &body).await.status, 429);
    assert_eq!(from(&server, "203.0.113.1").post("/sign-in/email", &body).await.status, 200);
}

/// Limits on everything, counted in a Redis.
fn in_redis(redis: &Redis, more: &str) -> String {
    format!("[secondary_storage]\nurl = \"{}\"\n[rate_limit]\nenabled = true\n{more}\n", redis.url())
}

#[actix_web::test]
async fn t78_of_a_hundred_requests_at_once_on_three_replicas_with_redis_exactly_as_many_pass_as_may() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let toml = in_redis(&redis, "");
    let first = Server::with(&toml).await;
    let (second, third) = (first.replica(&toml).await, first.replica(&toml).await);
    let servers = [&first, &second, &third];
    let asking = (0..100).map(|nth| {
        let mut browser = from(servers[nth % 3], "203.0.113.1");
        async move { browser.post("/sign-in/email", &json!({})).await }
    });
    let answers = join_all(asking).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 400).count(), 3, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 400) {
        assert_turned_away(answer, "10");
    }
    assert_eq!(redis.say("GET better-auth:203.0.113.1|/sign-in/email"), "100");
}

#[actix_web::test]
async fn t85_without_redis_each_replica_counts_for_itself_and_nobody_waits() {
    let Some(mut redis) = Redis::start(&[]).await else { return };
    let server = Server::with(&in_redis(&redis, "max = 3")).await;
    redis.stop();
    let mut browser = from(&server, "203.0.113.1");
    let begun = std::time::Instant::now();
    assert_eq!(statuses(&mut browser, "/ok", 5).await, [200, 200, 200, 429, 429]);
    assert!(begun.elapsed() < std::time::Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[actix_web::test]
async fn t79_the_storage_without_which_limits_would_not_be_shared_has_to_be_there() {
    let fault = load("[rate_limit]\nenabled = true\nstorage = \"secondary-storage\"", "sqlite:signet.db");
    assert!(fault.expect_err("it is refused").contains("needs `secondary_storage.url`"));
}

/// From an address that is no proxy's, a header that names somebody else is not believed, and that may be a mistake.
#[actix_web::test]
async fn t79_the_log_says_once_that_many_clients_may_have_been_taken_for_one() {
    let server = Server::with(&limited("memory", "max = 1")).await;
    let said = || server.heard().matches("let your proxy name the client").count();
    let mut nobody = server.browser();
    assert_eq!(statuses(&mut nobody, "/ok", 1).await, [200]);
    let before = said();
    assert_eq!(statuses(&mut nobody, "/ok", 3).await, [429; 3]);
    assert!(said() > before, "{before}");
}
