//! What only Postgres has: a server that can go away.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use signet::base::{Clock, Error, Random};
use signet::store::{Layout, Store, StoreSettings, StoreUrl, transaction, values};
use tokio::time::{sleep, timeout};

use super::place::{Engine, Place, identity, on, start};
use super::proxy::Proxy;

fn address(place: &Place) -> String {
    let StoreUrl::Postgres(url) = &place.url else { panic!("this is Postgres") };
    secrecy::ExposeSecret::expose_secret(url).to_owned()
}

/// A store that reaches its database through a proxy.
async fn behind(proxy: &Proxy, place: &Place, connections: u32) -> Store {
    let url = proxy.instead_of(&address(place));
    let settings = StoreSettings { max_connections: connections, ..StoreSettings::new(StoreUrl::Postgres(url)) };
    let store = place.open_with(settings, identity()).await;
    store.migrate().await.unwrap();
    store
}

/// Its limits add up to three seconds; without one it would be no end of them.
async fn is_away_soon(store: &Store) {
    let since = Instant::now();
    let answer = timeout(Duration::from_secs(20), store.user_by_email("a@example.com")).await;
    assert!(matches!(answer, Ok(Err(Error::Unavailable { .. }))), "{answer:?}");
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
}

async fn heals(store: &Store) {
    let since = Instant::now();
    while store.user_by_email("a@example.com").await.is_err() {
        assert!(since.elapsed() < Duration::from_secs(30), "the pool never recovered");
    }
}

#[tokio::test]
async fn t82_a_black_hole_costs_no_place_in_the_pool() {
    on(Engine::Postgres, async |place| {
        let proxy = Proxy::before(&address(place)).await;
        let store = behind(&proxy, place, 2).await;
        for _ in 0..3 {
            proxy.swallow(true);
            // More failures than there are places, on connections that were good a moment ago.
            tokio::join!(is_away_soon(&store), is_away_soon(&store), is_away_soon(&store));
            proxy.swallow(false);
            heals(&store).await;
            let (one, two) = tokio::join!(store.now(), store.now());
            assert!(one.is_ok() && two.is_ok());
        }
    })
    .await;
}

#[tokio::test]
async fn t82_a_connection_that_died_while_it_rested_is_replaced() {
    on(Engine::Postgres, async |place| {
        let proxy = Proxy::before(&address(place)).await;
        let store = behind(&proxy, place, 2).await;
        sleep(Duration::from_millis(1100)).await;
        proxy.freeze_the_open_ones();
        assert!(store.now().await.is_ok(), "what has rested is tested before it is used");
    })
    .await;
}

#[tokio::test]
async fn t82_a_transaction_into_the_dark_changes_nothing_and_costs_no_place() {
    on(Engine::Postgres, async |place| {
        let proxy = Proxy::before(&address(place)).await;
        let store = behind(&proxy, place, 1).await;
        let insert = store.renderer().statement("insert", "INSERT INTO {+verification}").unwrap();
        let outcome = transaction!(store, |tx| {
            let now = start();
            tx.execute(&insert, &values![store.new_id_beforehand("user"), "x", "y", now.plus_seconds(9), now, now])
                .await?;
            proxy.swallow(true);
            tx.execute(&insert, &values![store.new_id_beforehand("user"), "x", "y", now.plus_seconds(9), now, now])
                .await
        });
        assert!(matches!(outcome, Err(Error::Unavailable { .. })), "{outcome:?}");
        proxy.swallow(false);
        heals(&store).await;
        assert_eq!(store.peek_verification("x", start()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn t83_a_caller_who_leaves_in_a_transaction_undoes_it() {
    on(Engine::Postgres, async |place| {
        let settings = StoreSettings { max_connections: 1, ..StoreSettings::new(place.url.clone()) };
        let store = place.open_with(settings, identity()).await;
        store.migrate().await.unwrap();
        let insert = store.renderer().statement("insert", "INSERT INTO {+verification}").unwrap();
        let left = timeout(Duration::from_millis(200), async {
            transaction!(store, |tx| {
                let now = start();
                tx.execute(&insert, &values![store.new_id_beforehand("user"), "x", "y", now.plus_seconds(9), now, now])
                    .await?;
                std::future::pending::<()>().await;
                Ok(())
            })
        });
        assert!(left.await.is_err());
        assert_eq!(store.peek_verification("x", start()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn t83_of_two_that_block_each_other_both_succeed_in_the_end() {
    on(Engine::Postgres, async |place| {
        let store = place.open(identity()).await;
        store.migrate().await.unwrap();
        for name in ["a", "b"] {
            store.put_verification(name, "0", start().plus_seconds(9)).await.unwrap();
        }
        let add = "UPDATE {verification} SET {verification:value} = {verification.value} || '1' \
            WHERE {verification.identifier} = $1";
        let add = store.renderer().statement("add", add).unwrap();
        let both = async |first: &str, second: &str| {
            transaction!(store, |tx| {
                tx.execute(&add, &values![first]).await?;
                sleep(Duration::from_millis(100)).await;
                tx.execute(&add, &values![second]).await
            })
        };
        let (one, two) = tokio::join!(both("a", "b"), both("b", "a"));
        assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
        for name in ["a", "b"] {
            assert_eq!(store.peek_verification(name, start()).await.unwrap().as_deref(), Some("011"));
        }
    })
    .await;
}

#[tokio::test]
async fn t82_a_full_pool_and_a_slow_statement_end_in_time() {
    on(Engine::Postgres, async |place| {
        let settings = StoreSettings { max_connections: 1, ..StoreSettings::new(place.url.clone()) };
        let store = place.open_with(settings, identity()).await;
        let slow = store.renderer().statement("slow", "SELECT pg_sleep(60)::text AS slept").unwrap();
        let server = store.renderer().statement("server", "SELECT pg_backend_pid()::text AS pid").unwrap();
        let before = store.fetch_one(&server, &[]).await.unwrap().text("pid").unwrap();
        let since = Instant::now();
        let (one, two) = tokio::join!(store.fetch_all(&slow, &[]), store.now());
        assert!(matches!(one, Err(Error::Unavailable { .. })));
        assert!(matches!(two, Err(Error::Unavailable { .. })));
        assert!(since.elapsed() < Duration::from_secs(20), "not the sixty that it sleeps: {:?}", since.elapsed());
        let after = store.fetch_one(&server, &[]).await.unwrap().text("pid").unwrap();
        assert_eq!(after, before, "the server answered, so the connection is kept");
        let left = "SELECT pid::text FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid() \
            AND state = 'active'";
        assert!(place.column(left).await.is_empty(), "the server gave it up too");
    })
    .await;
}

#[tokio::test]
async fn t82_a_database_that_is_not_there_is_said_to_be_away() {
    let url = StoreUrl::Postgres(SecretString::from("postgres://signet:hunter2@127.0.0.1:1/none"));
    let layout = Layout::new(identity()).unwrap();
    let away = Store::open(StoreSettings::new(url), layout.clone(), Clock::System, Random::system()).await;
    assert!(matches!(away, Err(Error::Unavailable { .. })));
    let url = StoreUrl::Postgres(SecretString::from("postgres://signet:hunter2@[/none"));
    let wrong = Store::open(StoreSettings::new(url), layout, Clock::System, Random::system()).await.err().unwrap();
    assert!(!format!("{wrong} {wrong:?}").contains("hunter2"), "{wrong:?}");
}

#[tokio::test]
async fn t89_an_error_of_the_database_repeats_no_value() {
    on(Engine::Postgres, async |place| {
        let store = place.open(identity()).await;
        store.migrate().await.unwrap();
        for sql in ["SELECT $1::uuid::text AS x", "SELECT $1::text AS x FROM nowhere"] {
            let statement = store.renderer().statement("leaky", sql).unwrap();
            let error = store.fetch_all(&statement, &values!["canary-7f3a"]).await.err().unwrap();
            assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_notification_is_heard_when_it_is_committed_and_again_after_a_lost_connection() {
    on(Engine::Postgres, async |place| {
        let proxy = Proxy::before(&address(place)).await;
        let store = behind(&proxy, place, 2).await;
        let mut signals = store.listen("signet_test").unwrap();
        let heard = async |signals: &mut tokio::sync::mpsc::Receiver<()>| {
            timeout(Duration::from_secs(30), signals.recv()).await.expect("it is heard").expect("it goes on");
        };
        heard(&mut signals).await;
        for _ in 0..2 {
            transaction!(store, |tx| tx.notify("signet_test").await).unwrap();
            heard(&mut signals).await;
        }
        proxy.cut();
        heard(&mut signals).await;
    })
    .await;
}

#[tokio::test]
async fn the_time_is_the_databases() {
    on(Engine::Postgres, async |place| {
        let store = place.open(identity()).await;
        let apart = store.now().await.unwrap().millis_since(Clock::System.now());
        assert!(apart.abs() < 60_000, "{apart}");
    })
    .await;
}
