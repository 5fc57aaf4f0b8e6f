//! Rotation for real: whole servers on one database, by the machine's clock, with verifiers that keep each key set for as
//! long as they may. The promise is that no token ever fails before its `exp`.

#[path = "rotation/fleet.rs"]
mod fleet;
#[path = "api/harness/mod.rs"]
mod harness;
#[path = "rotation/verifier.rs"]
mod verifier;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signet::app;
use signet::base::{Clock, Random, Timestamp};
use signet::keyring::{Policy, PolicyWanted};

use self::fleet::Fleet;
use self::harness::database::Database;
use self::verifier::{Course, Outcome};

const SECOND: i64 = 1000;

/// The times of the long run. None of them is corrected, so these are the ones in force.
fn wanted() -> PolicyWanted {
    PolicyWanted {
        interval: Some(12 * SECOND),
        lead: 6 * SECOND,
        grace: 13 * SECOND,
        max_age: 2 * SECOND,
        poll: SECOND,
        token_life: 8 * SECOND,
    }
}

const CONFIGURED: &str = r#"
    [plugins.jwt.jwt]
    expiration_time = "8s"
    [plugins.jwt.jwks]
    rotation_interval = 12
    publish_lead = 6
    grace_period = 13
    cache_max_age = 2
    poll_interval = 1
"#;

fn policy() -> Policy {
    let (policy, corrections) = Policy::corrected(wanted()).expect("the times make sense");
    assert_eq!(corrections, Vec::<String>::new(), "the times are in force as they are wanted");
    policy
}

/// A Postgres database, or a word about why a test does nothing.
fn postgres() -> Option<Database> {
    let database = Database::postgres();
    if database.is_none() {
        eprintln!("skipped: set SIGNET_TEST_POSTGRES, or run scripts/test");
    }
    database
}

fn report(name: &str, outcome: &Outcome) {
    eprintln!("{name}: {} checks, {} failures, {} keys signed", outcome.checks, outcome.failures.len(), outcome.kids());
}

fn assert_promise_held(outcome: &Outcome, seconds: u64) {
    assert_eq!(outcome.failures, Vec::<String>::new());
    assert!(outcome.checks >= 10_000, "only {} checks were made", outcome.checks);
    assert!(outcome.kids() as u64 >= seconds / 12 - 1, "only {} keys took their turn", outcome.kids());
}

#[actix_web::test]
async fn t70_no_token_fails_on_three_replicas_of_one_postgres() {
    let Some(database) = postgres() else { return };
    let fleet = Fleet::start(3, &database, CONFIGURED, None).await;
    let outcome = verifier::run(&fleet, Course::of(Duration::from_secs(120))).await;
    report("three replicas on Postgres", &outcome);
    assert_promise_held(&outcome, 120);
    fleet.stop().await;
}

#[actix_web::test]
async fn t70_no_token_fails_on_one_server_with_sqlite() {
    assert_eq!(policy().max_age, 2 * SECOND);
    let database = Database::sqlite();
    let fleet = Fleet::start(1, &database, CONFIGURED, None).await;
    let outcome = verifier::run(&fleet, Course::of(Duration::from_secs(120))).await;
    report("one server with SQLite", &outcome);
    assert_promise_held(&outcome, 120);
    fleet.stop().await;
}

/// The counter-proof: these verifiers do find what fails.
#[actix_web::test]
async fn t70_tokens_fail_where_a_key_signs_as_soon_as_it_is_published() {
    let database = postgres().unwrap_or_else(Database::sqlite);
    let hasty = Policy { lead: 0, ..policy() };
    let fleet = Fleet::start(3, &database, CONFIGURED, Some(hasty)).await;
    let outcome = verifier::run(&fleet, Course::of(Duration::from_secs(28))).await;
    report("without a lead", &outcome);
    assert!(!outcome.failures.is_empty(), "{} checks found nothing", outcome.checks);
    fleet.stop().await;
}

/// Waits until all replicas' key sets say something, for as long as they may take.
async fn soon(fleet: &Fleet, replicas: usize, what: &str, says: impl Fn(&str) -> bool) {
    let asked = Instant::now();
    while fleet.replicas_where(&says).await < replicas {
        // Three, and what a busy machine makes of them.
        assert!(asked.elapsed() < Duration::from_secs(12), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// By the endpoint of any replica, and as the command does it, beside all of them.
async fn rotations_and_revocations(database: Database, replicas: usize) {
    let toml = format!("{CONFIGURED}\n[admin]\ntokens = [\"{}\"]\n", fleet::ADMIN_TOKEN);
    let fleet = Fleet::start(replicas, &database, &toml, None).await;
    let kid = |answer: &Value| answer["key"]["kid"].as_str().expect("a kid").to_owned();
    let rotated = fleet.operate(0, "/admin/jwks/rotate", &json!({})).await;
    soon(&fleet, replicas, "the endpoint's key is published", |set| set.contains(&kid(&rotated))).await;

    let config = harness::config(&database.url, &toml);
    let keeper = app::open_keeper(&config, Clock::System, Random::system()).await.expect("a database");
    let young = keeper.expect("there are tables").rotate(None).await.expect("a key").key.kid;
    soon(&fleet, replicas, "the command's key is published", |set| set.contains(&young)).await;

    let signing = kid(&fleet.operate(0, "/admin/jwks/rotate", &json!({ "immediately": true })).await);
    soon(&fleet, replicas, "the key that signs at once is published", |set| set.contains(&signing)).await;
    let token = loop {
        let token = fleet.token().await;
        if verifier::kid(&token) == signing {
            break token;
        }
    };
    let revoked = fleet.operate(replicas - 1, "/admin/jwks/revoke", &json!({ "kid": signing })).await;
    let safe_at = Timestamp::parse(revoked["safeAt"].as_str().expect("a moment")).expect("a moment");
    assert_eq!(verifier::accepted_after(&fleet, &token, safe_at).await, Vec::<String>::new());
    assert_eq!(fleet.replicas_where(|set| set.contains(&signing)).await, 0);
    fleet.stop().await;
}

#[actix_web::test]
async fn t74_by_hand_all_replicas_follow_in_seconds_and_verifiers_from_safe_at_on_on_postgres() {
    let Some(database) = postgres() else { return };
    rotations_and_revocations(database, 3).await;
}

#[actix_web::test]
async fn t74_by_hand_all_replicas_follow_in_seconds_and_verifiers_from_safe_at_on_on_sqlite() {
    rotations_and_revocations(Database::sqlite(), 2).await;
}

async fn fifty_cold_starts(database: Database) {
    let started = Instant::now();
    let fleet = Fleet::start_at_once(50, 3, &database, "").await;
    let asked = fleet.ask_at_once(50).await;
    eprintln!("50 cold starts and first requests took {:?}", started.elapsed());
    let kids: HashSet<&str> = asked.sets.iter().flat_map(|set| set.kids()).collect();
    assert_eq!(kids.len(), 1, "one key is published");
    assert_eq!(fleet.rows().await, 1, "one row is stored");
    assert_eq!((asked.sets.len(), asked.tokens.len()), (50, 50));
    for token in &asked.tokens {
        for set in &asked.sets {
            set.verify(token).expect("every token verifies with every answer of /jwks");
        }
    }
    fleet.stop().await;
}

#[actix_web::test]
async fn t69_fifty_cold_starts_and_first_requests_make_one_key_on_postgres() {
    let Some(database) = postgres() else { return };
    fifty_cold_starts(database).await;
}

#[actix_web::test]
async fn t69_fifty_cold_starts_and_first_requests_make_one_key_on_sqlite() {
    fifty_cold_starts(Database::sqlite()).await;
}
