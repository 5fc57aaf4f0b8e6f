//! What only SQLite has.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use signet::base::{Clock, Random};
use signet::store::{Layout, Store, StoreSettings, StoreUrl};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::place::{Engine, identity, on, start};

fn mode(path: &Path) -> u32 {
    path.metadata().expect("the file is there").permissions().mode() & 0o777
}

#[tokio::test]
async fn t84_the_files_are_their_owners_alone() {
    let directory = TempDir::new_in("/dev/shm").unwrap();
    let path = directory.path().join("made/for it/test.db");
    let settings = StoreSettings::new(StoreUrl::Sqlite(path.clone()));
    let layout = Layout::new(identity()).unwrap();
    let store = Store::open(settings, layout, Clock::manual(start()), Random::system()).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for name in ["test.db", "test.db-wal", "test.db-shm"] {
        assert_eq!(mode(&path.with_file_name(name)), 0o600, "{name}");
    }
    store.close().await;
    assert!(store.user_by_email("a@example.com").await.is_err());
}

#[tokio::test]
async fn t84_fifty_parallel_writers_are_all_served() {
    on(Engine::Sqlite, async |place| {
        let store = place.open(identity()).await;
        store.migrate().await.unwrap();
        let second = place.open(identity()).await;
        let mut writers = JoinSet::new();
        for number in 0..50 {
            let store = if number % 2 == 0 { store.clone() } else { second.clone() };
            let end = start().plus_seconds(1);
            writers.spawn(async move { store.put_verification(&number.to_string(), "x", end).await });
        }
        assert!(writers.join_all().await.into_iter().all(|written| written.is_ok()));
    })
    .await;
}

#[tokio::test]
async fn a_change_by_another_process_shows_in_the_data_version() {
    on(Engine::Sqlite, async |place| {
        let store = place.open(identity()).await;
        store.migrate().await.unwrap();
        let other = place.open(identity()).await;
        let before = store.data_version().await.unwrap().unwrap();
        assert_eq!(store.data_version().await.unwrap(), Some(before));
        other.put_verification("x", "y", start()).await.unwrap();
        assert_ne!(store.data_version().await.unwrap(), Some(before));
        assert!(store.listen("signet_test").is_none());
    })
    .await;
}

#[tokio::test]
async fn the_time_is_the_clocks() {
    on(Engine::Sqlite, async |place| {
        let store = place.open(identity()).await;
        assert_eq!(store.now().await.unwrap(), start());
    })
    .await;
}

async fn in_memory() -> Store {
    let layout = Layout::new(identity()).unwrap();
    let settings = StoreSettings::new(StoreUrl::Memory);
    let store = Store::open(settings, layout, Clock::manual(start()), Random::system()).await.unwrap();
    store.migrate().await.unwrap();
    store
}

#[tokio::test]
async fn a_store_in_memory_is_its_own_and_ends_with_it() {
    let (store, other) = (in_memory().await, in_memory().await);
    store.put_verification("x", "y", start().plus_seconds(1)).await.unwrap();
    assert_eq!(store.peek_verification("x", start()).await.unwrap().as_deref(), Some("y"));
    assert_eq!(other.peek_verification("x", start()).await.unwrap(), None);
    assert!(store.plan().await.unwrap().is_empty());
    store.close().await;
    assert!(store.peek_verification("x", start()).await.is_err());
}

#[tokio::test]
async fn a_store_in_memory_serves_writers_and_readers_at_once() {
    let store = in_memory().await;
    let mut work = JoinSet::new();
    for number in 0..100 {
        let (store, end) = (store.clone(), start().plus_seconds(1));
        work.spawn(async move {
            let name = number.to_string();
            store.put_verification(&name, "x", end).await?;
            store.peek_verification(&name, start()).await
        });
    }
    let seen = work.join_all().await;
    assert!(seen.iter().all(|seen| matches!(seen, Ok(Some(value)) if value == "x")), "{seen:?}");
}
