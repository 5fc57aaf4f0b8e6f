//! Sessions where there is secondary storage: the database is the truth, and Redis only makes reading it faster.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use signet::store::Value;

use crate::harness::database::is_postgres;
use crate::harness::redis::Redis;
use crate::harness::{Browser, Server, load};

fn in_redis(redis: &Redis) -> String {
    format!("[secondary_storage]\nurl = \"{}\"\n[user.delete_user]\nenabled = true\n", redis.url())
}

/// With the limit that is the default: for tests of a Redis that hangs.
fn hasty(redis: &Redis) -> String {
    in_redis(redis).replacen("[secondary_storage]\n", "[secondary_storage]\ntimeout_ms = 200\n", 1)
}

/// Three replicas on one database and one Redis.
async fn three(toml: &str) -> [Server; 3] {
    let first = Server::with(toml).await;
    let (second, third) = (first.replica(toml).await, first.replica(toml).await);
    [first, second, third]
}

async fn is_signed_in(browser: &Browser<'_>, at: &Server) -> bool {
    let answer = browser.at(at).get("/get-session").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json() != Json::Null
}

/// The token in a browser's session cookie.
fn token(browser: &Browser<'_>) -> String {
    let cookie = browser.jar.get("better-auth.session_token").expect("a session");
    cookie.split('.').next().expect("a token").to_owned()
}

#[actix_web::test]
async fn a_session_that_was_read_is_not_read_from_the_database_again_on_any_replica() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let servers = three(&in_redis(&redis)).await;
    let ada = servers[0].member("Ada").await;
    let first = ada.at(&servers[0]).get("/get-session").await.json();
    // Nobody tells Signet of this.
    servers[0].sql("UPDATE {user} SET {user:name} = 'Mallory'", &[]).await;
    for server in &servers {
        assert_eq!(ada.at(server).get("/get-session").await.json(), first);
    }
}

#[actix_web::test]
async fn a_copy_is_under_better_auths_key_in_its_layout_and_does_not_last() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let server = Server::with(&in_redis(&redis)).await;
    let mut ada = server.member("Ada").await;
    ada.get("/get-session").await;
    let key = format!("better-auth:{}", token(&ada));
    let copy: Json = serde_json::from_str(&redis.say(&format!("GET {key}"))).expect("JSON");
    assert_eq!(copy["session"]["token"], token(&ada));
    assert_eq!(copy["user"]["email"], "ada@example.com");
    assert_eq!(copy["session"]["userId"], copy["user"]["id"]);
    let left: i64 = redis.say(&format!("TTL {key}")).parse().expect("a number");
    assert!((1..=60).contains(&left), "{left}");
}

#[actix_web::test]
async fn t28_whatever_ends_a_session_ends_it_on_every_replica_before_the_answer_is_there() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let servers = three(&in_redis(&redis)).await;
    let password = |name: &str| format!("correct horse {name}");
    for (nth, path) in [
        "/sign-out",
        "/revoke-session",
        "/revoke-sessions",
        "/revoke-other-sessions",
        "/change-password",
        "/delete-user",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("Ada{nth}");
        let ada = servers[0].member(&name).await;
        let mut other = servers[1].browser();
        let body = json!({"email": format!("ada{nth}@example.com"), "password": password(&name)});
        assert_eq!(other.post("/sign-in/email", &body).await.status, 200);
        for server in &servers {
            assert!(is_signed_in(&ada, server).await && is_signed_in(&other, server).await);
        }
        let body = match path {
            "/revoke-session" => json!({"token": token(&ada)}),
            "/change-password" => json!({
                "currentPassword": password(&name), "newPassword": "another horse", "revokeOtherSessions": true
            }),
            "/delete-user" => json!({"password": password(&name)}),
            _ => json!({}),
        };
        let mut asking = if path == "/sign-out" { ada.at(&servers[1]) } else { other.at(&servers[1]) };
        let answer = asking.post(path, &body).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        for server in &servers {
            assert!(!is_signed_in(&ada, server).await, "{path}");
        }
    }
}

#[actix_web::test]
async fn t28_readers_that_make_copies_meanwhile_bring_no_ended_session_back() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let servers = three(&in_redis(&redis)).await;
    for round in 0..20 {
        let ada = servers[0].member(&format!("Ada{round}")).await;
        let readers = (0..12).map(|nth| {
            let (ada, server) = (ada.clone(), &servers[nth % 3]);
            async move {
                for _ in 0..4 {
                    is_signed_in(&ada, server).await;
                }
            }
        });
        let ending = async {
            let mut ada = ada.at(&servers[round % 3]);
            assert_eq!(ada.post("/sign-out", &json!({})).await.status, 200);
            for server in &servers {
                assert!(!is_signed_in(&ada.clone(), server).await, "the answer is there");
            }
        };
        let before = ada.clone();
        futures_util::future::join(join_all(readers), ending).await;
        for server in &servers {
            assert!(!is_signed_in(&before, server).await, "round {round}");
        }
    }
}

#[actix_web::test]
async fn what_changes_a_user_or_a_session_is_seen_on_every_replica_at_once() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let servers = three(&in_redis(&redis)).await;
    let ada = servers[0].member("Ada").await;
    for (nth, name) in ["Augusta", "Ada King", "Lovelace", "Ada"].into_iter().enumerate() {
        for server in &servers {
            assert!(is_signed_in(&ada, server).await);
        }
        assert_eq!(ada.at(&servers[nth % 3]).post("/update-user", &json!({"name": name})).await.status, 200);
        for server in &servers {
            assert_eq!(ada.at(server).get("/get-session").await.json()["user"]["name"], name);
        }
    }
    for server in &servers {
        server.wait(2 * 86_400);
    }
    let extended = ada.at(&servers[1]).get("/get-session").await.json()["session"]["expiresAt"].clone();
    for server in &servers {
        assert_eq!(ada.at(server).get("/get-session").await.json()["session"]["expiresAt"], extended);
    }
}

#[actix_web::test]
async fn t85_redis_stopped_and_flushed_logs_nobody_out() {
    let Some(mut redis) = Redis::start(&[]).await else { return };
    let servers = three(&in_redis(&redis)).await;
    let members = [servers[0].member("Ada").await, servers[1].member("Eve").await, servers[2].member("Bob").await];
    let all_are_signed_in = async |when: &str| {
        let begun = Instant::now();
        for member in &members {
            for server in &servers {
                assert!(is_signed_in(member, server).await, "{when}");
            }
        }
        begun.elapsed()
    };
    all_are_signed_in("at first").await;
    redis.say("FLUSHALL");
    all_are_signed_in("flushed").await;
    redis.stop();
    let took = all_are_signed_in("stopped").await;
    assert!(took < Duration::from_secs(8), "not even one waits for it: {took:?}");
    let newcomer = servers[0].member("Mallory").await;
    assert!(is_signed_in(&newcomer, &servers[1]).await, "and whoever signs up meanwhile is signed in");
    let mut leaver = members[0].at(&servers[2]);
    assert_eq!(leaver.post("/sign-out", &json!({})).await.status, 200);
    assert!(!is_signed_in(&members[0], &servers[0]).await, "and whoever signs out is signed out");
    assert!(redis.run().await);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!is_signed_in(&members[0], &servers[1]).await);
    assert!(is_signed_in(&members[1], &servers[1]).await && is_signed_in(&members[2], &servers[0]).await);
}

/// What could not be said is said when Redis answers again, and is believed here meanwhile.
#[actix_web::test]
async fn t28_t85_a_session_that_ends_while_redis_hangs_is_not_brought_back_by_its_copy() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let servers = three(&hasty(&redis)).await;
    let ada = servers[0].member("Ada").await;
    for server in &servers {
        assert!(is_signed_in(&ada, server).await);
    }
    redis.freeze(true);
    let begun = Instant::now();
    let mut leaver = ada.at(&servers[0]);
    // By hand, since a command that hangs could otherwise still be carried out when Redis goes on.
    for _ in 0..3 {
        is_signed_in(&ada, &servers[0]).await;
    }
    assert_eq!(leaver.post("/sign-out", &json!({})).await.status, 200);
    for server in &servers {
        assert!(!is_signed_in(&ada, server).await);
    }
    assert!(begun.elapsed() < Duration::from_secs(16), "{:?}", begun.elapsed());
    redis.freeze(false);
    assert!(!is_signed_in(&ada, &servers[0]).await, "where it ended, from the first moment");
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let key = format!("better-auth:{}", token(&ada));
        if redis.say(&format!("EXISTS {key}")) == "1" && redis.say(&format!("GET {key}")).is_empty() {
            break;
        }
    }
    for server in &servers {
        assert!(!is_signed_in(&ada, server).await);
    }
}

#[actix_web::test]
async fn t85_a_redis_that_hangs_holds_up_a_request_for_no_longer_than_it_may() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let server = Server::with(&hasty(&redis)).await;
    let ada = server.member("Ada").await;
    redis.freeze(true);
    let mut slowest = Duration::ZERO;
    for _ in 0..20 {
        let begun = Instant::now();
        assert!(is_signed_in(&ada, &server).await);
        slowest = slowest.max(begun.elapsed());
    }
    // A busy machine makes more of it than two operations' time; without a limit it would be no end of it.
    assert!(slowest < Duration::from_secs(3), "{slowest:?}");
    redis.freeze(false);
}

#[actix_web::test]
async fn t28_what_another_program_has_put_into_redis_makes_nobody_a_session() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let server = Server::with(&in_redis(&redis)).await;
    let ada = server.member("Ada").await;
    assert!(is_signed_in(&ada, &server).await);
    let key = format!("better-auth:{}", token(&ada));
    let copy = redis.say(&format!("GET {key}"));
    let foreign = copy.replace(",\"signet\":1", "");
    assert_ne!(copy, foreign);
    server.sql("DELETE FROM {session}", &[]).await;
    redis.say(&format!("SET {key} {}", foreign.replace(' ', "")));
    assert!(!is_signed_in(&ada, &server).await);
}

#[actix_web::test]
async fn what_is_changed_behind_signets_back_is_seen_when_the_copy_is_gone() {
    let server = Server::with("[secondary_storage]\nurl = \"memory\"").await;
    let ada = server.member("Ada").await;
    assert!(is_signed_in(&ada, &server).await);
    server.sql("DELETE FROM {session}", &[]).await;
    assert!(is_signed_in(&ada, &server).await, "for a minute the copy is believed");
    server.wait(60);
    assert!(!is_signed_in(&ada, &server).await);
}

#[actix_web::test]
async fn ended_sessions_stay_as_rows_where_that_is_said_and_are_no_sessions_all_the_same() {
    for storage in ["", "[secondary_storage]\nurl = \"memory\"\n"] {
        let toml = format!("{storage}[session]\npreserve_session_in_database = true\n");
        let server = Server::with(&toml).await;
        for (name, path) in [("Ada", "/sign-out"), ("Eve", "/revoke-sessions"), ("Bob", "/revoke-session")] {
            let mut member = server.member(name).await;
            let before = member.clone();
            let body = if path == "/revoke-session" { json!({"token": token(&member)}) } else { json!({}) };
            assert_eq!(member.post(path, &body).await.status, 200);
            assert!(!is_signed_in(&before, &server).await, "{path}");
        }
        assert_eq!(server.count("session").await, 3);
        let now = Value::from(server.now());
        let live = server.rows("SELECT {session.*} FROM {session} WHERE {session.expiresAt} >= $1", &[now]).await;
        assert!(live.is_empty());
    }
}

#[actix_web::test]
async fn t28_an_ended_session_that_stays_as_a_row_is_over_whatever_clocks_and_columns_make_of_it() {
    let server = Server::with("[session]\npreserve_session_in_database = true\n").await;
    if is_postgres() {
        server.sql("ALTER TABLE {session} ALTER COLUMN {session:expiresAt} TYPE timestamptz(0)", &[]).await;
        server.sql("ALTER TABLE {session} ALTER COLUMN {session:updatedAt} TYPE timestamptz(0)", &[]).await;
    }
    for number in 0..8 {
        let mut member = server.member(&format!("Ada{number}")).await;
        let before = member.clone();
        assert_eq!(member.post("/sign-out", &json!({})).await.status, 200);
        assert!(!is_signed_in(&before, &server).await);
        let store = server.store();
        let (ended, _) = store.session_by_token(&token(&before)).await.expect("an answer").expect("a row");
        assert!(ended.expires_at < server.now().plus_seconds(-86_400), "no clock is behind by a day");
        assert!(ended.updated_at.millis_since(server.now()).abs() <= 1000, "when it was");
        let later = server.now().plus_seconds(600);
        let again = store.extend_session(&ended.token, later, server.now(), ended.expires_at).await;
        assert!(again.expect("an answer").is_none(), "nobody extends it");
    }
}

#[actix_web::test]
async fn t88_sessions_in_redis_alone_are_refused_while_they_are_not_built() {
    let toml = "[secondary_storage]\nurl = \"memory\"\n[session]\nstore_session_in_database = ";
    assert!(load(&format!("{toml}true"), "sqlite:signet.db").is_ok());
    let fault = load(&format!("{toml}false"), "sqlite:signet.db").expect_err("it is refused");
    assert!(fault.contains("session.store_session_in_database") && fault.contains("not supported yet"), "{fault}");
}
