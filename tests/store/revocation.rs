//! Revocations: written down once, gone in time, and numbered so that no reader misses one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Map;
use signet::base::{Clock, Timestamp};
use signet::store::revocation::{Kind, MARGIN, Revocation, digest_of};
use signet::store::{Created, LayoutSettings, NewAccount, NewSession, NewUser, Store, User, transaction, values};
use tokio::task::JoinSet;

use super::place::{Engine, Place, on, start};

macro_rules! on_both {
    ($($sentence:ident)*) => {
        $(
            mod $sentence {
                use super::*;

                #[tokio::test]
                async fn sqlite() {
                    on(Engine::Sqlite, async |place| super::$sentence(migrated(place).await, place).await).await;
                }

                #[tokio::test]
                async fn postgres() {
                    on(Engine::Postgres, async |place| super::$sentence(migrated(place).await, place).await).await;
                }
            }
        )*
    };
}

on_both! {
    what_is_revoked_is_known_by_its_own_kind_alone
    revoking_again_changes_nothing_unless_it_is_for_longer
    what_revokes_nothing_any_more_is_swept
    numbers_go_on_after_everything_was_swept_and_the_clock_set_back
    sessions_that_end_are_listed_however_they_end
    a_session_is_listed_only_if_its_end_lasts
    no_session_is_listed_unless_somebody_asks
    no_reader_misses_one_however_slowly_it_was_committed
}

fn plain() -> LayoutSettings {
    LayoutSettings { jwt: true, ..LayoutSettings::default() }
}

async fn migrated(place: &Place) -> Store {
    let store = place.open(plain()).await;
    store.migrate().await.expect("a fresh database takes everything");
    store
}

async fn user(store: &Store) -> User {
    let new = NewUser {
        name: "Ada".to_owned(),
        email: format!("{}@example.com", store.new_id_beforehand("user").to_lowercase()),
        email_verified: false,
        image: None,
        created_at: start(),
        more: Map::new(),
    };
    let Created::User(user) = store.create_user(new, NewAccount::credential("hash".into())).await.unwrap() else {
        panic!("the address is free");
    };
    user
}

/// A session's id and token.
async fn session(store: &Store, user: &User, seconds: i64) -> (String, String) {
    let new = NewSession {
        token: store.new_id_beforehand("user"),
        user_id: user.id.clone(),
        expires_at: start().plus_seconds(seconds),
        // Before its end, whenever that was.
        created_at: start().plus_seconds(seconds.min(0) * 2),
        ip_address: String::new(),
        user_agent: String::new(),
        more: Map::new(),
    };
    let session = store.create_session(new).await.unwrap();
    (session.id, session.token)
}

/// All that is listed.
async fn listed(store: &Store) -> Vec<Revocation> {
    store.number_revocations().await.unwrap();
    store.revocations_after(0).await.unwrap()
}

async fn listed_digests(store: &Store) -> BTreeSet<String> {
    listed(store).await.into_iter().map(|revocation| revocation.digest).collect()
}

fn later(clock: &Clock, seconds: u64) {
    clock.advance(Duration::from_secs(seconds));
}

async fn what_is_revoked_is_known_by_its_own_kind_alone(store: Store, _: &Place) {
    store.revoke_token("a", None, start().plus_seconds(900)).await.unwrap();
    store.revoke_session("b", start().plus_seconds(900)).await.unwrap();
    assert!(store.is_revoked("a", None).await.unwrap());
    assert!(store.is_revoked("x", Some("b")).await.unwrap());
    assert!(!store.is_revoked("b", Some("a")).await.unwrap());
    assert!(!store.is_revoked("x", None).await.unwrap());
    let listed: Vec<_> = listed(&store).await.into_iter().map(|one| (one.kind, one.digest, one.until)).collect();
    let until = start().plus_seconds(900 + MARGIN);
    let expected = [(Kind::Session, digest_of("b"), until), (Kind::Token, digest_of("a"), until)];
    assert_eq!(BTreeSet::from_iter(listed), BTreeSet::from(expected));
    assert_eq!(digest_of("a"), "ypeBEsobvcr6wjGz", "96 bits of the SHA-256, in base64url");
}

async fn revoking_again_changes_nothing_unless_it_is_for_longer(store: Store, _: &Place) {
    store.revoke_session("b", start().plus_seconds(900)).await.unwrap();
    let first = listed(&store).await;
    for until in [900, 60] {
        store.revoke_session("b", start().plus_seconds(until)).await.unwrap();
        assert_eq!(listed(&store).await, first);
    }
    store.revoke_session("b", start().plus_seconds(1000)).await.unwrap();
    let again = listed(&store).await;
    assert_eq!((again.len(), again[0].until), (1, start().plus_seconds(1000 + MARGIN)));
    assert!(again[0].number > first[0].number, "those who read the first hear of the second");
}

async fn what_revokes_nothing_any_more_is_swept(store: Store, place: &Place) {
    store.revoke_token("short", None, start().plus_seconds(60)).await.unwrap();
    store.revoke_token("long", None, start().plus_seconds(900)).await.unwrap();
    later(&place.clock, 60 + u64::try_from(MARGIN).unwrap() - 1);
    assert_eq!(store.sweep_revocations().await.unwrap(), 0);
    later(&place.clock, 1);
    assert_eq!(listed_digests(&store).await, BTreeSet::from([digest_of("long")]), "it is not read any more");
    assert_eq!(store.sweep_revocations().await.unwrap(), 1);
    assert!(store.is_revoked("long", None).await.unwrap() && !store.is_revoked("short", None).await.unwrap());
}

async fn numbers_go_on_after_everything_was_swept_and_the_clock_set_back(store: Store, place: &Place) {
    store.revoke_token("a", None, start().plus_seconds(60)).await.unwrap();
    let first = listed(&store).await[0].number;
    later(&place.clock, 3600);
    assert_eq!(store.sweep_revocations().await.unwrap(), 1);
    let clock = Clock::manual(start().plus_seconds(-3600));
    let earlier = Place { url: place.url.clone(), clock }.open(plain()).await;
    earlier.revoke_token("b", None, start()).await.unwrap();
    assert!(listed(&earlier).await[0].number > first);
}

async fn sessions_that_end_are_listed_however_they_end(store: Store, place: &Place) {
    store.list_ended_sessions(900);
    let mut expected = BTreeSet::new();
    let mut ends = async |store: &Store, ids: &[&String]| {
        expected.extend(ids.iter().map(|id| digest_of(id)));
        assert_eq!(listed_digests(store).await, expected);
    };
    let ada = user(&store).await;
    let mut sessions = Vec::new();
    for _ in 0..8 {
        sessions.push(session(&store, &ada, 3600).await);
    }
    let ids: Vec<_> = sessions.iter().map(|(id, _)| id).collect();
    store.delete_session(&sessions[0].1).await.unwrap();
    ends(&store, &ids[..1]).await;
    store.delete_session_of(&sessions[1].1, &ada.id).await.unwrap();
    ends(&store, &ids[1..2]).await;
    store.delete_sessions_of(&ada.id, Some(&sessions[7].1)).await.unwrap();
    ends(&store, &ids[2..7]).await;
    store.delete_sessions_of(&ada.id, None).await.unwrap();
    ends(&store, &ids[7..]).await;

    let (third, fourth) = (session(&store, &ada, 3600).await.0, user(&store).await);
    assert!(store.reset_password(&ada.id, &"hash".to_owned().into(), true).await.unwrap());
    ends(&store, &[&third]).await;
    let changed = session(&store, &ada, 3600).await.0;
    let account = store.accounts_of(&ada.id).await.unwrap()[0].id.clone();
    let replacing = NewSession {
        token: store.new_id_beforehand("user"),
        user_id: ada.id.clone(),
        expires_at: start().plus_seconds(3600),
        created_at: start(),
        ip_address: String::new(),
        user_agent: String::new(),
        more: Map::new(),
    };
    let kept = store.change_password(&account, &ada.id, "hash", Some(replacing)).await.unwrap().unwrap();
    ends(&store, &[&changed]).await;

    // Its last token may have been made a moment before it expired.
    let (expired, live) = (session(&store, &fourth, 60).await.0, session(&store, &fourth, 3600).await.0);
    let long_expired = session(&store, &fourth, -900).await.0;
    later(&place.clock, 61);
    assert!(store.delete_user(&fourth.id).await.unwrap());
    ends(&store, &[&expired, &live]).await;
    assert!(!listed_digests(&store).await.contains(&digest_of(&long_expired)));
    assert!(!listed_digests(&store).await.contains(&digest_of(&kept.id)));
    let until = listed(&store).await.into_iter().find(|one| one.digest == digest_of(&expired)).unwrap().until;
    assert_eq!(until, start().plus_seconds(60 + 900 + MARGIN));
}

async fn a_session_is_listed_only_if_its_end_lasts(store: Store, _: &Place) {
    store.list_ended_sessions(900);
    let ada = user(&store).await;
    session(&store, &ada, 3600).await;
    let missing = store.change_password(&store.new_id_beforehand("user"), &ada.id, "hash", None).await;
    assert!(missing.is_err());
    assert!(listed(&store).await.is_empty());
    let mut ending = JoinSet::new();
    let token = session(&store, &ada, 3600).await.1;
    for _ in 0..8 {
        let (store, token) = (store.clone(), token.clone());
        ending.spawn(async move { store.delete_session(&token).await.unwrap() });
    }
    assert_eq!(ending.join_all().await.into_iter().filter(|ended| *ended).count(), 1);
    assert_eq!(listed(&store).await.len(), 1);
}

async fn no_session_is_listed_unless_somebody_asks(store: Store, _: &Place) {
    let ada = user(&store).await;
    let (_, token) = session(&store, &ada, 3600).await;
    let before: u64 = store.pools().iter().map(|pool| pool.statements).sum();
    store.delete_session(&token).await.unwrap();
    let after: u64 = store.pools().iter().map(|pool| pool.statements).sum();
    assert_eq!(after - before, 1, "an end costs what it did");
    assert!(listed(&store).await.is_empty());
}

/// Writers commit when it pleases them, several replicas number, and readers go by cursors alone.
async fn no_reader_misses_one_however_slowly_it_was_committed(store: Store, place: &Place) {
    const WRITERS: usize = 6;
    const EACH: usize = 20;
    let writing = Arc::new(AtomicBool::new(true));
    let (mut writers, mut numberers, mut readers) = (JoinSet::new(), JoinSet::new(), JoinSet::new());
    for writer in 0..WRITERS {
        let store = place.open(plain()).await;
        writers.spawn(async move {
            for each in 0..EACH {
                let pause = Duration::from_millis((writer * 7 + each * 13) as u64 % 25);
                write_slowly(&store, &format!("{writer}/{each}"), pause).await;
            }
        });
    }
    for _ in 0..3 {
        let (store, writing) = (place.open(plain()).await, Arc::clone(&writing));
        numberers.spawn(async move {
            while writing.load(Ordering::SeqCst) {
                store.number_revocations().await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }
    for _ in 0..2 {
        let (store, writing) = (place.open(plain()).await, Arc::clone(&writing));
        readers.spawn(async move {
            let (mut cursor, mut seen) = (0, Vec::new());
            loop {
                let last = !writing.load(Ordering::SeqCst);
                let news = store.revocations_after(cursor).await.unwrap();
                cursor = news.last().map_or(cursor, |one| one.number);
                seen.extend(news.into_iter().map(|one| one.digest));
                if last {
                    break seen;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }
    writers.join_all().await;
    while store.revocation_state().await.unwrap().unnumbered > 0 {
        store.number_revocations().await.unwrap();
    }
    writing.store(false, Ordering::SeqCst);
    numberers.join_all().await;
    let names = (0..WRITERS).flat_map(|writer| (0..EACH).map(move |each| format!("{writer}/{each}")));
    let all: BTreeSet<_> = names.map(|name| digest_of(&name)).collect();
    for seen in readers.join_all().await {
        assert_eq!(seen.len(), all.len(), "each is seen once");
        assert_eq!(BTreeSet::from_iter(seen), all);
    }
}

/// Revokes a token in a transaction that takes its time.
async fn write_slowly(store: &Store, name: &str, pause: Duration) {
    let template = "INSERT INTO {signet_revocation} ({signet_revocation:id}, {signet_revocation:revokedAt}, \
        {signet_revocation:expiresAt}) VALUES ($1, $2, $3)";
    let insert = store.renderer().statement("of a test", template).unwrap();
    let id = format!("jti:{}", digest_of(name));
    let until: Timestamp = start().plus_seconds(900);
    let written: signet::base::Result<u64> = transaction!(store, |tx| {
        let written = tx.execute(&insert, &values![id.as_str(), start(), until]).await?;
        tokio::time::sleep(pause).await;
        Ok(written)
    });
    assert_eq!(written.unwrap(), 1);
}
