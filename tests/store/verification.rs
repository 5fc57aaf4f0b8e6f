//! Values that are used once, where there is secondary storage.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value as Json;
use signet::base::{Clock, Error};
use signet::store::kv::Kv;
use signet::store::kv::config::{Address, SecondaryConfig};
use signet::store::verification::config::VerificationConfig;
use signet::store::{Store, StoreSettings};
use tokio::task::JoinSet;

use super::place::{Engine, Place, identity, on, start};
use super::redis::Redis;

/// A busy machine may let an operation wait for long.
async fn kv(address: Address) -> Kv {
    kv_within(Duration::from_secs(10), address).await
}

async fn kv_within(timeout: Duration, address: Address) -> Kv {
    let config = SecondaryConfig { address, key_prefix: "better-auth:".to_owned(), timeout, ca: None };
    Kv::open(&config, Clock::manual(start())).await.expect("the address is one")
}

async fn open(place: &Place, kv: &Kv, verifications: VerificationConfig) -> Store {
    let settings =
        StoreSettings { secondary: Some(kv.clone()), verifications, ..StoreSettings::new(place.url.clone()) };
    let store = place.open_with(settings, identity()).await;
    store.migrate().await.expect("a fresh database takes everything");
    store
}

async fn rows(store: &Store) -> i64 {
    let statement = store.renderer().statement("rows", "SELECT COUNT(*) AS n FROM {verification}").expect("a template");
    store.fetch_one(&statement, &[]).await.unwrap().integer("n").unwrap()
}

#[tokio::test]
async fn a_value_is_in_secondary_storage_alone_as_better_auth_has_it_there() {
    on(Engine::Sqlite, async |place| {
        let kv = kv(Address::Memory).await;
        let store = open(place, &kv, VerificationConfig::default()).await;
        let ends = start().plus_seconds(60);
        store.put_verification("reset-password:x", "user", ends).await.unwrap();
        assert_eq!(rows(&store).await, 0);
        let text = kv.get("verification:reset-password:x").await.unwrap().expect("it is there");
        assert_eq!(
            text,
            format!(
                r#"{{"createdAt":"{now}","updatedAt":"{now}","value":"user","identifier":"reset-password:x","expiresAt":"{ends}"}}"#,
                now = start()
            )
        );
        assert_eq!(store.peek_verification("reset-password:x", start()).await.unwrap().as_deref(), Some("user"));
        assert_eq!(store.take_verification("reset-password:x", start()).await.unwrap().as_deref(), Some("user"));
        assert_eq!(store.take_verification("reset-password:x", start()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_value_that_has_expired_is_not_given_though_the_storage_still_has_it() {
    on(Engine::Sqlite, async |place| {
        let kv = kv(Address::Memory).await;
        let store = open(place, &kv, VerificationConfig::default()).await;
        let ends = start().plus_seconds(60);
        store.put_verification("x", "value", ends).await.unwrap();
        assert_eq!(store.peek_verification("x", ends).await.unwrap(), None);
        assert_eq!(store.take_verification("x", ends).await.unwrap(), None);
        assert_eq!(store.take_verification("x", start()).await.unwrap(), None, "taking burns it however it ends");
    })
    .await;
}

#[tokio::test]
async fn the_database_has_the_values_where_that_is_said() {
    on(Engine::Sqlite, async |place| {
        let kv = kv(Address::Memory).await;
        let config = VerificationConfig { store_in_database: true, ..VerificationConfig::default() };
        let store = open(place, &kv, config).await;
        store.put_verification("x", "value", start().plus_seconds(60)).await.unwrap();
        assert_eq!(rows(&store).await, 1);
        kv.put("verification:x", "a copy of Better Auth's", 60).await.unwrap();
        assert_eq!(store.take_verification("x", start()).await.unwrap().as_deref(), Some("value"));
        assert_eq!(kv.get("verification:x").await.unwrap(), None, "nor does a Better Auth beside us find it");
        assert_eq!(store.take_verification("x", start()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn values_from_before_there_was_secondary_storage_are_found() {
    on(Engine::Sqlite, async |place| {
        let before = place.open(identity()).await;
        before.migrate().await.unwrap();
        before.put_verification("x", "value", start().plus_seconds(60)).await.unwrap();
        let store = open(place, &kv(Address::Memory).await, VerificationConfig::default()).await;
        assert_eq!(store.peek_verification("x", start()).await.unwrap().as_deref(), Some("value"));
        assert_eq!(store.take_verification("x", start()).await.unwrap().as_deref(), Some("value"));
        assert_eq!(store.take_verification("x", start()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn names_are_hashed_where_that_is_said_and_those_of_before_are_found() {
    on(Engine::Sqlite, async |place| {
        let kv = kv(Address::Memory).await;
        let plain = open(place, &kv, VerificationConfig::default()).await;
        let ends = start().plus_seconds(60);
        plain.put_verification("reset-password:old", "old", ends).await.unwrap();
        let store = open(place, &kv, VerificationConfig { hashed: true, ..VerificationConfig::default() }).await;
        store.put_verification("reset-password:new", "new", ends).await.unwrap();
        assert_eq!(kv.get("verification:reset-password:new").await.unwrap(), None);
        let text = kv.get("verification:2QVqMAIzZqB3KEBLN-hNnczHw8BNnWcbP5Tr8ZdoPus").await.unwrap();
        let record: Json = serde_json::from_str(&text.expect("it is under the digest")).unwrap();
        assert_eq!(record["identifier"], "2QVqMAIzZqB3KEBLN-hNnczHw8BNnWcbP5Tr8ZdoPus");
        for (name, value) in [("reset-password:old", "old"), ("reset-password:new", "new")] {
            assert_eq!(store.take_verification(name, start()).await.unwrap().as_deref(), Some(value));
        }
    })
    .await;
}

#[tokio::test]
async fn of_fifty_takers_on_three_replicas_one_gets_the_value() {
    let Some(redis) = Redis::start(&[]).await else { return };
    on(Engine::Sqlite, async |place| {
        let url = || Address::One(SecretString::from(redis.url()));
        let mut replicas = Vec::new();
        for _ in 0..3 {
            replicas.push(open(place, &kv(url()).await, VerificationConfig::default()).await);
        }
        replicas[0].put_verification("x", "value", start().plus_seconds(60)).await.unwrap();
        let mut takers = JoinSet::new();
        for nth in 0..50 {
            let store = replicas[nth % 3].clone();
            takers.spawn(async move { store.take_verification("x", start()).await.unwrap() });
        }
        assert_eq!(takers.join_all().await.into_iter().flatten().collect::<Vec<_>>(), ["value"]);
    })
    .await;
}

#[tokio::test]
async fn t85_without_redis_values_are_in_the_database_and_none_is_used_twice() {
    let Some(mut redis) = Redis::start(&[]).await else { return };
    on(Engine::Sqlite, async |place| {
        let kv = kv_within(Duration::from_secs(1), Address::One(SecretString::from(redis.url()))).await;
        let store = open(place, &kv, VerificationConfig::default()).await;
        let ends = start().plus_seconds(60);
        store.put_verification("before", "1", ends).await.unwrap();
        redis.freeze(true);
        for _ in 0..3 {
            let unknown = store.put_verification("meanwhile", "2", ends).await;
            assert!(
                matches!(unknown, Err(Error::Unavailable { .. })),
                "whether Redis has it is not known: {unknown:?}"
            );
        }
        assert_eq!(rows(&store).await, 0, "so it is not in the database as well");
        store.put_verification("without", "3", ends).await.unwrap();
        assert_eq!(rows(&store).await, 1);
        let away = store.take_verification("before", start()).await;
        assert!(matches!(away, Err(Error::Unavailable { .. })), "it may be good later: {away:?}");
        assert_eq!(store.take_verification("without", start()).await.unwrap().as_deref(), Some("3"));
        redis.freeze(false);
        while !kv.is_there() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(store.take_verification("before", start()).await.unwrap().as_deref(), Some("1"));
        assert_eq!(store.take_verification("without", start()).await.unwrap(), None);
        redis.stop();
    })
    .await;
}
