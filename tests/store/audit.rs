//! The audit trail on both engines and in each layout: written with the act, found again, and gone in time.

use std::time::Duration;

use serde_json::Map;
use signet::base::{Actor, Behalf, Clock, Error, Timestamp};
use signet::store::audit::reading::{Bucket, Counts, Entry, Filter, Order};
use signet::store::audit::{Action, Line};
use signet::store::bulk::{Existing, Incoming};
use signet::store::{Created, NewAccount, NewSession, NewUser, Store, User, transaction};

use super::place::{self, Engine, on, start};

macro_rules! in_each {
    ($($sentence:ident)*) => {
        in_each!(@ sqlite_identity, Sqlite, identity, $($sentence)*);
        in_each!(@ sqlite_serial, Sqlite, serial, $($sentence)*);
        in_each!(@ postgres_uuid, Postgres, uuid, $($sentence)*);
        in_each!(@ postgres_serial, Postgres, serial, $($sentence)*);
        in_each!(@ postgres_snake, Postgres, snake, $($sentence)*);
    };
    (@ $place:ident, $engine:ident, $layout:ident, $($sentence:ident)*) => {
        mod $place {
            $(
                #[tokio::test]
                async fn $sentence() {
                    use super::*;
                    on(Engine::$engine, async |place| {
                        let store = place.open(place::$layout()).await;
                        store.migrate().await.expect("a fresh database takes everything");
                        super::$sentence(store, place.clock.clone()).await;
                    })
                    .await;
                }
            )*
        }
    };
}

in_each! {
    a_line_lasts_if_its_act_lasts
    whoever_has_an_address_is_found_by_the_statement_that_writes
    lines_are_counted_by_when_they_were_written
    what_is_old_is_swept_and_what_is_young_stays
    an_import_has_one_line_for_a_batch_and_none_for_a_rehearsal
    who_acts_is_as_the_task_has_it
}

async fn lines(store: &Store) -> Vec<Entry> {
    store.audit_lines(&Filter::default(), Order::Oldest { after: 0 }, 10_000).await.unwrap()
}

async fn actions(store: &Store) -> Vec<String> {
    lines(store).await.into_iter().map(|line| line.action).collect()
}

async fn sign_up(store: &Store, email: &str) -> User {
    let new = NewUser {
        name: "Ada".to_owned(),
        email: email.to_owned(),
        email_verified: false,
        image: None,
        created_at: start(),
        more: Map::new(),
    };
    match store.create_user(new, NewAccount::credential("hash".into())).await.unwrap() {
        Created::User(user) => user,
        Created::EmailTaken => panic!("{email} is free"),
    }
}

async fn sign_in(store: &Store, user: &User, token: &str) {
    let new = NewSession {
        token: token.to_owned(),
        user_id: user.id.clone(),
        expires_at: start().plus_seconds(3600),
        created_at: start(),
        ip_address: String::new(),
        user_agent: String::new(),
        more: Map::new(),
    };
    store.create_session(new).await.unwrap();
}

async fn a_line_lasts_if_its_act_lasts(store: Store, _: Clock) {
    let ada = sign_up(&store, "ada@example.com").await;
    sign_in(&store, &ada, "one").await;
    sign_in(&store, &ada, "two").await;
    assert!(store.delete_session("one").await.unwrap());
    assert!(!store.delete_session("one").await.unwrap());
    let undone: Result<(), Error> = transaction!(store, |tx| {
        store.audit_in(tx, vec![Line::new(Action::UserBanned).user(&ada.id); 3]).await?;
        Err(Error::uncoded(400, "it is not to be"))
    });
    undone.unwrap_err();
    assert!(store.delete_user(&ada.id).await.unwrap());
    let expected =
        ["user.created", "session.created", "session.created", "session.revoked", "session.revoked", "user.deleted"];
    assert_eq!(actions(&store).await, expected);
    let lines = lines(&store).await;
    assert!(lines.iter().all(|line| line.user_id.as_ref() == Some(&ada.id)), "{lines:?}");
    assert_eq!(lines[1].session_id, lines[3].session_id);
    assert!(lines.is_sorted_by(|one, next| one.id < next.id));
}

async fn whoever_has_an_address_is_found_by_the_statement_that_writes(store: Store, _: Clock) {
    let ada = sign_up(&store, "ada@example.com").await;
    for address in ["ada@example.com", "nobody@example.com"] {
        store.audit(Line::new(Action::PasswordResetRequested).whoever_has(address)).await.unwrap();
    }
    let users: Vec<_> = lines(&store).await.into_iter().skip(1).map(|line| line.user_id).collect();
    assert_eq!(users, [Some(ada.id), None]);
}

async fn lines_are_counted_by_when_they_were_written(store: Store, clock: Clock) {
    let ada = sign_up(&store, "ada@example.com").await;
    sign_in(&store, &ada, "one").await;
    clock.advance(Duration::from_secs(7200));
    for _ in 0..3 {
        store.audit(Line::refused(Action::SignInFailed, "INVALID_PASSWORD")).await.unwrap();
    }
    let first = Bucket::Hour.of(start());
    let counted = store.audit_counts(Bucket::Hour, first, first.plus_seconds(3 * 3600)).await.unwrap();
    let counts = |sign_ins, failures, sign_ups| Counts { sign_ins, failures, sign_ups };
    let expected = [counts(1, 0, 1), counts(0, 0, 0), counts(0, 3, 0)];
    let expected: Vec<(Timestamp, Counts)> =
        expected.into_iter().zip(0..).map(|(counts, hour)| (first.plus_seconds(hour * 3600), counts)).collect();
    assert_eq!(counted, expected);
}

async fn what_is_old_is_swept_and_what_is_young_stays(store: Store, clock: Clock) {
    sign_up(&store, "ada@example.com").await;
    let many = vec![Line::new(Action::UserUpdated); 1_500];
    transaction!(store, |tx| store.audit_in(tx, many.clone()).await).unwrap();
    clock.advance(Duration::from_secs(86_400));
    sign_up(&store, "bob@example.com").await;
    let before = start().plus_seconds(1);
    assert_eq!(store.sweep_audit(before).await.unwrap(), 1_000, "a batch at a time");
    assert_eq!(store.sweep_audit(before).await.unwrap(), 501);
    assert_eq!(store.sweep_audit(before).await.unwrap(), 0);
    assert_eq!(actions(&store).await, ["user.created"]);
    let newest = lines(&store).await[0].id;
    store.audit(Line::new(Action::UserUpdated)).await.unwrap();
    assert!(lines(&store).await[1].id > newest, "and no number comes twice");
}

async fn an_import_has_one_line_for_a_batch_and_none_for_a_rehearsal(store: Store, _: Clock) {
    let incoming = |place: usize| Incoming {
        id: None,
        email: format!("user{place}@example.com"),
        name: None,
        email_verified: None,
        image: None,
        created_at: None,
        updated_at: None,
        given: Map::new(),
        more: Map::new(),
        has_own_role: false,
        accounts: Vec::new(),
    };
    let batch: Vec<_> = (0..50).map(incoming).collect();
    store.put_users(&batch, Existing::Skip, true).await.unwrap();
    assert!(actions(&store).await.is_empty());
    store.put_users(&batch, Existing::Skip, false).await.unwrap();
    store.put_users(&batch, Existing::Skip, false).await.unwrap();
    let lines = lines(&store).await;
    assert_eq!(lines.len(), 1);
    assert_eq!(serde_json::Value::Object(lines[0].details.clone()).to_string(), r#"{"created":50,"updated":0}"#);
}

async fn who_acts_is_as_the_task_has_it(store: Store, _: Clock) {
    store.audit(Line::new(Action::KeyCreated)).await.unwrap();
    Behalf::command("keys").within(store.audit(Line::new(Action::KeyRotated))).await.unwrap();
    Behalf::command("keys")
        .within(async {
            Behalf::acts(Actor::User {
                id: "ada".to_owned(),
                session_id: "a session".to_owned(),
                impersonated_by: Some("bob".to_owned()),
            });
            store.audit(Line::new(Action::UserUpdated).user("ada")).await
        })
        .await
        .unwrap();
    let said = |line: &Entry| (line.actor_type.clone(), line.actor_id.clone(), line.impersonated_by.clone());
    let said: Vec<_> = lines(&store).await.iter().map(said).collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        said,
        [
            ("system".to_owned(), None, None),
            ("command".to_owned(), text("keys"), None),
            ("user".to_owned(), text("ada"), text("bob")),
        ]
    );
    assert_eq!(lines(&store).await[2].session_id, text("a session"));
}
