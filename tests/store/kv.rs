//! What holds of every secondary storage: in memory, in one Redis, behind Sentinels, and in a cluster; and what Redis does
//! to it when it is away, slow or full.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use signet::base::Clock;
use signet::store::kv::config::{Address, Nodes, SecondaryConfig};
use signet::store::kv::{Kv, KvError};
use tokio::task::JoinSet;

use super::place::start;
use super::ports;
use super::redis::Redis;

/// A storage, and what keeps it.
struct Place {
    kv: Kv,
    clock: Option<Clock>,
    _servers: Vec<Redis>,
}

impl Place {
    /// Lets seconds go by.
    async fn wait(&self, seconds: u64) {
        match &self.clock {
            Some(clock) => clock.advance(Duration::from_secs(seconds)),
            None => tokio::time::sleep(Duration::from_secs(seconds)).await,
        }
    }
}

/// What an operation may take unless something else is configured.
const USUAL: Duration = Duration::from_millis(200);
/// For tests that are about something else: a busy machine may let an operation wait for long.
const PATIENT: Duration = Duration::from_secs(10);

fn config(address: Address, timeout: Duration) -> SecondaryConfig {
    SecondaryConfig { address, key_prefix: "better-auth:".to_owned(), timeout, ca: None }
}

async fn open(address: Address) -> Kv {
    Kv::open(&config(address, PATIENT), Clock::System).await.expect("the address is one")
}

async fn open_as_usual(address: Address) -> Kv {
    Kv::open(&config(address, USUAL), Clock::System).await.expect("the address is one")
}

fn one(redis: &Redis) -> Address {
    Address::One(SecretString::from(redis.url()))
}

async fn memory() -> Option<Place> {
    let clock = Clock::manual(start());
    let kv = Kv::open(&config(Address::Memory, USUAL), clock.clone()).await.expect("memory is there");
    Some(Place { kv, clock: Some(clock), _servers: Vec::new() })
}

async fn single() -> Option<Place> {
    let redis = Redis::start(&[]).await?;
    Some(Place { kv: open(one(&redis)).await, clock: None, _servers: vec![redis] })
}

async fn sentinel() -> Option<Place> {
    let master = Redis::start(&["--requirepass", "hunter2"]).await?;
    let sentinel = Redis::start(&["--sentinel"]).await?;
    sentinel.say(&format!("SENTINEL MONITOR main 127.0.0.1 {} 1", master.port));
    sentinel.say("SENTINEL SET main auth-pass hunter2");
    let nodes = Nodes {
        hosts: vec![("127.0.0.1".to_owned(), sentinel.port)],
        password: Some("hunter2".into()),
        ..Nodes::default()
    };
    let kv = open(Address::Sentinel { nodes, master: "main".to_owned(), database: 0 }).await;
    until(|| kv.is_there()).await;
    Some(Place { kv, clock: None, _servers: vec![master, sentinel] })
}

async fn cluster() -> Option<Place> {
    // The bus needs a port of its own, which need not be free at port + 10000.
    let options = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", "--cluster-port"];
    let bus = ports::free().port().to_string();
    let redis = Redis::start(&[&options[..], &[bus.as_str()]].concat()).await?;
    redis.say("CLUSTER ADDSLOTSRANGE 0 16383");
    for _ in 0..100 {
        if redis.say("CLUSTER INFO").contains("cluster_state:ok") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let nodes = Nodes { hosts: vec![("127.0.0.1".to_owned(), redis.port)], ..Nodes::default() };
    let kv = open(Address::Cluster(nodes)).await;
    until(|| kv.is_there()).await;
    Some(Place { kv, clock: None, _servers: vec![redis] })
}

async fn until(what: impl Fn() -> bool) {
    for _ in 0..200 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never is");
}

/// Puts a value as soon as that is done in time.
async fn until_put(kv: &Kv, key: &str, value: &str) {
    for _ in 0..200 {
        if kv.put(key, value, 60).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it is never put");
}

/// Each sentence becomes a test of each storage.
macro_rules! contract {
    ($($sentence:ident)*) => {
        contract!(@ memory, $($sentence)*);
        contract!(@ single, $($sentence)*);
        contract!(@ sentinel, $($sentence)*);
        contract!(@ cluster, $($sentence)*);
    };
    (@ $place:ident, $($sentence:ident)*) => {
        mod $place {
            $(
                #[tokio::test]
                async fn $sentence() {
                    if let Some(place) = super::$place().await {
                        super::$sentence(&place).await;
                    }
                }
            )*
        }
    };
}

contract! {
    a_value_is_there_until_it_runs_out
    a_value_that_is_there_is_not_put_again
    of_fifty_who_change_what_they_have_read_none_is_lost
    a_value_is_taken_once_by_one
    a_count_ends_so_long_after_its_first
    of_a_hundred_at_once_each_counts_as_another
    t03_any_text_comes_back_as_it_was
}

async fn a_value_is_there_until_it_runs_out(place: &Place) {
    let kv = &place.kv;
    assert_eq!(kv.get("a").await.unwrap(), None);
    kv.put("a", "1", 60).await.unwrap();
    kv.put("a", "2", 3).await.unwrap();
    kv.put("b", "3", 60).await.unwrap();
    assert_eq!(kv.get("a").await.unwrap().as_deref(), Some("2"));
    place.wait(4).await;
    assert_eq!(kv.get("a").await.unwrap(), None);
    assert_eq!(kv.get("b").await.unwrap().as_deref(), Some("3"));
    kv.forget("b").await.unwrap();
    assert_eq!(kv.get("b").await.unwrap(), None);
    kv.put("c", "4", 60).await.unwrap();
    kv.put("c", "5", 0).await.unwrap();
    assert_eq!(kv.get("c").await.unwrap(), None, "a value without a life is none");
}

async fn a_value_that_is_there_is_not_put_again(place: &Place) {
    let kv = &place.kv;
    assert!(kv.put_if_absent("a", "1", 3).await.unwrap());
    assert!(!kv.put_if_absent("a", "2", 60).await.unwrap());
    assert_eq!(kv.get("a").await.unwrap().as_deref(), Some("1"));
    place.wait(4).await;
    assert!(kv.put_if_absent("a", "3", 60).await.unwrap());
}

async fn of_fifty_who_change_what_they_have_read_none_is_lost(place: &Place) {
    assert!(!place.kv.put_if_same("a", "x", "y", 60).await.unwrap());
    let mut writers = JoinSet::new();
    for _ in 0..50 {
        let kv = place.kv.clone();
        writers.spawn(async move {
            loop {
                let read = kv.get("a").await.unwrap().unwrap_or_default();
                if kv.put_if_same("a", &read, &format!("{read}x"), 1).await.unwrap() {
                    return;
                }
            }
        });
    }
    writers.join_all().await;
    assert_eq!(place.kv.get("a").await.unwrap(), Some("x".repeat(50)));
    place.wait(2).await;
    assert!(place.kv.put_if_same("a", "", "z", 60).await.unwrap(), "it has run out");
}

async fn a_value_is_taken_once_by_one(place: &Place) {
    place.kv.put("a", "1", 60).await.unwrap();
    let mut takers = JoinSet::new();
    for _ in 0..50 {
        let kv = place.kv.clone();
        takers.spawn(async move { kv.take("a").await.unwrap() });
    }
    let taken: Vec<_> = takers.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken, ["1"]);
}

async fn a_count_ends_so_long_after_its_first(place: &Place) {
    let kv = &place.kv;
    assert_eq!(kv.bump("a", 4).await.unwrap(), 1);
    place.wait(1).await;
    assert_eq!(kv.bump("a", 4).await.unwrap(), 2);
    assert_eq!(kv.bump("b", 4).await.unwrap(), 1);
    place.wait(3).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(kv.bump("a", 4).await.unwrap(), 1, "the second did not prolong it");
}

async fn of_a_hundred_at_once_each_counts_as_another(place: &Place) {
    let mut clients = JoinSet::new();
    for _ in 0..100 {
        let kv = place.kv.clone();
        clients.spawn(async move { kv.bump("a", 60).await.unwrap() });
    }
    let mut counts = clients.join_all().await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=100).collect::<Vec<_>>());
}

async fn t03_any_text_comes_back_as_it_was(place: &Place) {
    for text in ["", "\r\n$5\r\n", "\0", "{\"a\":\"é🦀\"}", &"x".repeat(100_000)] {
        let key = format!("key\r\n{}", text.len());
        place.kv.put(&key, text, 60).await.unwrap();
        assert_eq!(place.kv.take(&key).await.unwrap().as_deref(), Some(text));
    }
}

#[tokio::test]
async fn keys_are_better_auths_own_and_last_as_long_as_they_should() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let kv = open(one(&redis)).await;
    kv.put("verification:x", "1", 60).await.unwrap();
    kv.bump("203.0.113.1|/ok", 10).await.unwrap();
    assert_eq!(redis.say("GET better-auth:verification:x"), "1");
    assert_eq!(redis.say("TTL better-auth:verification:x"), "60");
    assert_eq!(redis.say("TTL better-auth:203.0.113.1|/ok"), "10");
}

#[tokio::test]
async fn t85_a_redis_that_is_away_costs_an_operation_nothing_and_is_found_again() {
    let Some(mut redis) = Redis::start(&[]).await else { return };
    let kv = open(one(&redis)).await;
    kv.put("a", "1", 60).await.unwrap();
    redis.stop();
    until(|| !kv.is_there() || futures_util::FutureExt::now_or_never(kv.get("a")).is_some()).await;
    let _ = kv.get("a").await;
    let begun = Instant::now();
    for _ in 0..1_000 {
        assert!(matches!(kv.get("a").await, Err(KvError::Away)));
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(kv.tally().away.get() >= 1_000);
    assert!(redis.run().await);
    until(|| kv.is_there()).await;
    assert_eq!(kv.get("a").await.unwrap(), None);
    kv.put("a", "2", 60).await.unwrap();
    assert_eq!(kv.get("a").await.unwrap().as_deref(), Some("2"));
}

#[tokio::test]
async fn t85_a_redis_that_is_away_at_the_start_is_found_later() {
    let Some(mut redis) = Redis::start(&[]).await else { return };
    redis.stop();
    let begun = Instant::now();
    let kv = open_as_usual(one(&redis)).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(matches!(kv.get("a").await, Err(KvError::Away)));
    assert!(redis.run().await);
    until(|| kv.is_there()).await;
    assert_eq!(kv.get("a").await.unwrap(), None);
}

#[tokio::test]
async fn t85_a_redis_that_hangs_holds_up_a_few_operations_for_a_bounded_time_and_then_none() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let kv = open_as_usual(one(&redis)).await;
    until(|| kv.is_there()).await;
    until_put(&kv, "a", "1").await;
    redis.freeze(true);
    for _ in 0..3 {
        let begun = Instant::now();
        assert!(matches!(kv.get("a").await, Err(KvError::Lost(_))));
        assert!(begun.elapsed() < 10 * USUAL, "{:?}", begun.elapsed());
    }
    let begun = Instant::now();
    for _ in 0..100 {
        assert!(matches!(kv.get("a").await, Err(KvError::Away)));
    }
    assert!(begun.elapsed() < 10 * USUAL, "none of the hundred waits: {:?}", begun.elapsed());
    redis.freeze(false);
    until_put(&kv, "b", "2").await;
    assert_eq!(kv.get("a").await.unwrap().as_deref(), Some("1"));
}

#[tokio::test]
async fn t85_a_redis_that_is_full_refuses_writes_and_is_read_all_the_same() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let kv = open(one(&redis)).await;
    kv.put("a", "1", 60).await.unwrap();
    redis.say("CONFIG SET maxmemory-policy noeviction");
    redis.say("CONFIG SET maxmemory 1");
    assert!(matches!(kv.put("b", "2", 60).await, Err(KvError::Refused(_))));
    assert!(matches!(kv.bump("c", 60).await, Err(KvError::Refused(_))));
    assert_eq!(kv.get("a").await.unwrap().as_deref(), Some("1"));
    assert!(kv.is_there());
    redis.say("CONFIG SET maxmemory 0");
    kv.put("b", "2", 60).await.unwrap();
}

#[tokio::test]
async fn t85_a_wrong_password_is_a_redis_that_is_away() {
    let Some(redis) = Redis::start(&["--requirepass", "hunter2"]).await else { return };
    let wrong = format!("redis://:wrong@127.0.0.1:{}", redis.port);
    let kv = open_as_usual(Address::One(SecretString::from(wrong))).await;
    assert!(matches!(kv.get("a").await, Err(KvError::Away)));
    let right = format!("redis://:hunter2@127.0.0.1:{}", redis.port);
    let kv = open(Address::One(SecretString::from(right))).await;
    assert_eq!(kv.get("a").await.unwrap(), None);
}

#[tokio::test]
async fn t85_a_master_that_becomes_a_replica_is_left() {
    let Some(redis) = Redis::start(&[]).await else { return };
    let Some(other) = Redis::start(&[]).await else { return };
    let kv = open(one(&redis)).await;
    kv.put("a", "1", 60).await.unwrap();
    redis.say(&format!("REPLICAOF 127.0.0.1 {}", other.port));
    assert!(matches!(kv.put("a", "2", 60).await, Err(KvError::Refused(_))));
    redis.say("REPLICAOF NO ONE");
    until(|| kv.is_there()).await;
    kv.put("a", "3", 60).await.unwrap();
}

fn openssl(folder: &std::path::Path, line: &str) {
    let done = std::process::Command::new("openssl").args(line.split(' ')).current_dir(folder).output();
    let done = done.expect("openssl runs");
    assert!(done.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&done.stderr));
}

/// `ca.pem`, and `cert.pem` for 127.0.0.1, which it has signed, with `key.pem`.
fn certificates(folder: &std::path::Path) {
    const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(folder, &format!("req -x509 {KEY} -keyout ca.key -out ca.pem -subj /CN=ca -days 2"));
    openssl(folder, &format!("req -new {KEY} -keyout key.pem -out server.csr -subj /CN=redis"));
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n").unwrap();
    let signed = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names";
    openssl(folder, &format!("x509 -req -in server.csr -out cert.pem {signed}"));
}

#[tokio::test]
async fn a_redis_that_speaks_tls_is_believed_only_with_a_certificate_of_a_trusted_authority() {
    let folder = tempfile::tempdir().expect("a folder");
    certificates(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let port = ports::free().port();
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let options = ["--tls-cert-file", &cert, "--tls-key-file", &key, "--tls-auth-clients", "no", "--tls-port"];
    let Some(_redis) = Redis::start(&[&options[..], &[&port.to_string()]].concat()).await else { return };
    let address = || Address::One(SecretString::from(format!("rediss://127.0.0.1:{port}")));
    let strange = open_as_usual(address()).await;
    assert!(matches!(strange.get("a").await, Err(KvError::Away)));
    let ca = Some(std::fs::read(path("ca.pem")).expect("a certificate"));
    let config = SecondaryConfig { ca, ..config(address(), PATIENT) };
    let kv = Kv::open(&config, Clock::System).await.expect("the address is one");
    until(|| kv.is_there()).await;
    kv.put("a", "1", 60).await.unwrap();
    assert_eq!(kv.get("a").await.unwrap().as_deref(), Some("1"));
}
