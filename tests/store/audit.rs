//! The audit trail on both engines and in each layout: written with the act, found again, and gone in time.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::Map;
use signet::base::{Actor, Behalf, Clock, Error, Timestamp};
use signet::store::audit::counting::{AT_ONCE, Bucket, Counts};
use signet::store::audit::reading::{Cursor, Entry, Filter, Order};
use signet::store::audit::sweeping::beginning;
use signet::store::audit::{Action, Line};
use signet::store::bulk::{Existing, Incoming};
use signet::store::{Created, Dialect, NewAccount, NewSession, NewUser, Statement, Store, User, Value, transaction};

use super::layouts::contract;
use super::place::{self, Engine, on, start};

contract! {
    a_line_lasts_if_its_act_lasts
    whoever_has_an_address_is_found_by_the_statement_that_writes
    lines_are_counted_by_when_they_were_written
    counts_are_read_from_the_index_of_the_actions
    pages_go_by_the_time_of_lines_and_then_by_their_number
    a_page_is_read_from_an_index_in_its_order
    failures_are_found_among_all_else
    what_is_old_is_swept_and_what_is_young_stays
    a_sweep_begins_where_the_last_one_ended
    an_import_has_one_line_for_a_batch_and_none_for_a_rehearsal
    who_acts_is_as_the_task_has_it
    a_session_that_is_opened_in_a_users_place_names_who_is_there
    t89_the_database_refuses_whoever_changes_a_line
}

async fn lines(store: &Store) -> Vec<Entry> {
    store.audit_lines(&Filter::default(), Order::Oldest { after: None }, 10_000).await.unwrap()
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
    let day = Bucket::Day.of(start());
    let counted = store.audit_counts(Bucket::Day, day, day.plus_seconds(86_400)).await.unwrap();
    assert_eq!(counted, [(day, counts(1, 3, 1))]);
    let many = store.audit_counts(Bucket::Hour, first, first.plus_seconds(100 * 3600)).await.unwrap();
    assert_eq!((many.len(), &many[..3]), (AT_ONCE, &expected[..]));
    assert!(store.audit_counts(Bucket::Hour, first, first).await.unwrap().is_empty());
}

/// Else a busy server could not count itself.
async fn counts_are_read_from_the_index_of_the_actions(store: Store, _: Clock) {
    let counts = store.all_statements().into_iter().find(|statement| statement.name() == "counts").unwrap().clone();
    let plan = plan_of(&store, &counts, &vec![start().into(); AT_ONCE + 1]).await;
    assert_eq!(plan.matches("signet_audit_action_idx").count(), 3 * AT_ONCE, "{plan}");
    let entered = plan.matches("at>? AND at<?").count() + plan.matches("at >= ").count();
    assert_eq!(entered, 3 * AT_ONCE, "each is entered at its bucket: {plan}");
}

/// Lines of four seconds, two of each, which are written in another order.
async fn written_out_of_order(store: &Store, clock: &Clock) -> Vec<Entry> {
    let Clock::Manual(now) = clock else { panic!("the clock of a test") };
    for second in [3, 2, 1, 4] {
        now.store(start().plus_seconds(second).millis(), Ordering::SeqCst);
        for action in [Action::UserBanned, Action::UserUnbanned] {
            store.audit(Line::new(action).user("ada")).await.unwrap();
        }
    }
    let mut lines = lines(store).await;
    assert!(!lines.is_sorted_by_key(|line| line.id));
    assert!(lines.is_sorted_by_key(|line| (line.at, line.id)));
    lines.reverse();
    lines
}

async fn pages_go_by_the_time_of_lines_and_then_by_their_number(store: Store, clock: Clock) {
    let newest = written_out_of_order(&store, &clock).await;
    let until = start().plus_seconds(4);
    for (filter, expected) in [
        (Filter::default(), newest.clone()),
        (Filter { user_id: Some("ada".to_owned()), ..Filter::default() }, newest.clone()),
        (Filter { actions: vec![Action::UserUnbanned, Action::UserBanned], ..Filter::default() }, newest.clone()),
        (Filter { actions: vec![Action::UserBanned; 2], ..Filter::default() }, every_other(&newest[1..])),
        (Filter { until: Some(until), ..Filter::default() }, newest[2..].to_vec()),
        (Filter { since: Some(start().plus_seconds(2)), ..Filter::default() }, newest[..6].to_vec()),
    ] {
        let (mut down, mut up) = (Vec::<Entry>::new(), Vec::<Entry>::new());
        for _ in 0..expected.len() {
            let (before, after) = (down.last().map(Entry::cursor), up.last().map(Entry::cursor));
            let before = before.map(|cursor| Cursor::parse(&cursor.to_string()).unwrap());
            down.extend(store.audit_lines(&filter, Order::Newest { before }, 1).await.unwrap());
            up.extend(store.audit_lines(&filter, Order::Oldest { after }, 1).await.unwrap());
        }
        let last = Order::Newest { before: down.last().map(Entry::cursor) };
        assert!(store.audit_lines(&filter, last, 1).await.unwrap().is_empty());
        up.reverse();
        assert_eq!((&down, &up), (&expected, &expected), "{filter:?}");
    }
    // A cursor that lies outside of what is asked for widens nothing.
    let filter = Filter { until: Some(until), ..Filter::default() };
    let before = Some(newest[0].cursor());
    assert_eq!(store.audit_lines(&filter, Order::Newest { before }, 10).await.unwrap(), newest[2..]);
}

fn every_other(lines: &[Entry]) -> Vec<Entry> {
    lines.iter().step_by(2).cloned().collect()
}

async fn a_page_is_read_from_an_index_in_its_order(store: Store, _: Clock) {
    sign_up(&store, "ada@example.com").await;
    let cursor = lines(&store).await.last().map(Entry::cursor);
    let (text, moment) = (Some("x".to_owned()), Some(start()));
    let span = Filter { since: moment, until: Some(start().plus_seconds(60)), ..Filter::default() };
    let one = vec![Action::UserBanned];
    for (filter, index) in [
        (Filter::default(), "at"),
        (span.clone(), "at"),
        (Filter { user_id: text.clone(), ..Filter::default() }, "userId"),
        (Filter { user_id: text.clone(), actions: Action::named("user."), ..span.clone() }, "userId"),
        (Filter { actor_id: text.clone(), ..span.clone() }, "actorId"),
        (Filter { ip_address: text.clone(), ..span.clone() }, "ipAddress"),
        (Filter { actions: one, ..span.clone() }, "action"),
        (Filter { actions: Action::named("role."), ..Filter::default() }, "action"),
    ] {
        for order in [Order::Newest { before: cursor }, Order::Oldest { after: cursor }] {
            let plan = plan(&store, &filter, order).await;
            assert!(plan.contains(&format!("signet_audit_{index}_idx")), "{filter:?}: {plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{filter:?}: {plan}");
            assert!(
                ["at<?", "at>?", "ROW("].iter().any(|bound| plan.contains(bound)),
                "the index is entered at the cursor: {plan}"
            );
        }
    }
    let several = Filter { actions: Action::named("user."), ..Filter::default() };
    let plan = plan(&store, &several, Order::Newest { before: cursor }).await;
    let searched = plan.matches("signet_audit_action_idx").count();
    assert_eq!(searched, several.actions.len(), "the first of each action, and no line more: {plan}");
    let failures = Filter { succeeded: Some(false), ..Filter::default() };
    let plan = self::plan(&store, &failures, Order::Newest { before: cursor }).await;
    let can_fail = Action::ALL.iter().filter(|action| action.can_be_refused()).count();
    assert_eq!(plan.matches("signet_audit_action_idx").count(), can_fail, "and of those that can fail alone: {plan}");
}

async fn failures_are_found_among_all_else(store: Store, _: Clock) {
    sign_up(&store, "ada@example.com").await;
    let refused = || Action::ALL.iter().copied().filter(|action| action.can_be_refused());
    for action in refused() {
        store.audit(Line::refused(action, "INVALID_PASSWORD")).await.unwrap();
    }
    let failures = Filter { succeeded: Some(false), ..Filter::default() };
    let found = store.audit_lines(&failures, Order::Oldest { after: None }, 50).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|line| line.action).collect();
    assert_eq!(found, refused().map(Action::as_str).collect::<Vec<_>>());
}

/// How the database would read a page, if it had so many lines that it would rather not sort them.
async fn plan(store: &Store, filter: &Filter, order: Order) -> String {
    let (statement, values) = filter.statement(store.renderer(), order, 50).unwrap();
    plan_of(store, &statement, &values).await
}

async fn plan_of(store: &Store, statement: &Statement, values: &[Value]) -> String {
    let is_sqlite = store.renderer().dialect == Dialect::Sqlite;
    let (explain, column) = if is_sqlite { ("EXPLAIN QUERY PLAN", "detail") } else { ("EXPLAIN", "QUERY PLAN") };
    let explained = store.renderer().statement("a plan", &format!("{explain} {}", statement.sql())).unwrap();
    let rows = transaction!(store, |tx| {
        for way in ["seqscan", "bitmapscan", "sort"] {
            if !is_sqlite {
                let set = store.renderer().statement("set", &format!("SET LOCAL enable_{way} = off"))?;
                tx.execute(&set, &[]).await?;
            }
        }
        tx.fetch_all(&explained, values).await
    });
    let rows: Vec<_> = rows.unwrap().iter().map(|row| row.text(column).unwrap()).collect();
    rows.join("\n")
}

async fn what_is_old_is_swept_and_what_is_young_stays(store: Store, clock: Clock) {
    sign_up(&store, "ada@example.com").await;
    let many = vec![Line::new(Action::UserUpdated); 600];
    transaction!(store, |tx| store.audit_in(tx, many.clone()).await).unwrap();
    clock.advance(Duration::from_secs(86_400));
    sign_up(&store, "bob@example.com").await;
    let before = start().plus_seconds(1);
    let began = Instant::now();
    assert_eq!(store.sweep_audit(before).await.unwrap(), 601);
    assert!(began.elapsed() > Duration::from_millis(2 * 50), "others write between two batches");
    assert_eq!(store.sweep_audit(before).await.unwrap(), 0);
    assert_eq!(actions(&store).await, ["user.created"]);
    let newest = lines(&store).await[0].id;
    store.audit(Line::new(Action::UserUpdated)).await.unwrap();
    assert!(lines(&store).await[1].id > newest, "and no number comes twice");
}

async fn a_sweep_begins_where_the_last_one_ended(store: Store, clock: Clock) {
    let Clock::Manual(now) = &clock else { panic!("the clock of a test") };
    let write_at = async |second: i64| {
        now.store(start().plus_seconds(second).millis(), Ordering::SeqCst);
        store.audit(Line::new(Action::UserUpdated)).await.unwrap();
    };
    let mut from = beginning();
    for second in [20, 10, 30] {
        write_at(second).await;
    }
    let (early, late) = (start().plus_seconds(21), start().plus_seconds(60));
    assert_eq!(store.sweep_audit_from(&mut from, early).await.unwrap(), 2);
    assert_eq!(from, start().plus_seconds(20), "the youngest that went");
    write_at(19).await;
    write_at(20).await;
    assert_eq!(store.sweep_audit_from(&mut from, late).await.unwrap(), 2);
    assert_eq!(from, start().plus_seconds(30));
    let left: Vec<_> = lines(&store).await.iter().map(|line| line.at).collect();
    assert_eq!(left, [start().plus_seconds(19)], "what was passed by is not looked for again");
    assert_eq!(store.sweep_audit(late).await.unwrap(), 1);
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

async fn a_session_that_is_opened_in_a_users_place_names_who_is_there(store: Store, _: Clock) {
    let (ada, eve) = (sign_up(&store, "ada@example.com").await, sign_up(&store, "eve@example.com").await);
    for (user, token) in [(&ada, "one"), (&eve, "two")] {
        let opens = async {
            Behalf::acts(Actor::User {
                id: ada.id.clone(),
                session_id: "a session".to_owned(),
                impersonated_by: Some("bob".to_owned()),
            });
            sign_in(&store, user, token).await;
        };
        Behalf::command("a test").within(opens).await;
    }
    let said = |line: &Entry| (line.actor_id.clone(), line.impersonated_by.clone());
    let said: Vec<_> = lines(&store).await.iter().skip(2).map(said).collect();
    assert_eq!(said, [(Some(ada.id), Some("bob".to_owned())), (Some(eve.id), None)]);
}

/// By hand as well as by what a newer Signet might do wrong.
async fn t89_the_database_refuses_whoever_changes_a_line(store: Store, clock: Clock) {
    sign_up(&store, "ada@example.com").await;
    store.audit(Line::new(Action::UserBanned).user("ada")).await.unwrap();
    let written = lines(&store).await;
    let with_its_id = "{signet_audit} ({signet_audit:id}, {signet_audit:at}, {signet_audit:action}, \
        {signet_audit:outcome}, {signet_audit:actorType}, {signet_audit:details}) VALUES ($1, $2, 'x', 'x', 'x', 'x')";
    let replacing = [written[0].id.into(), start().into()];
    let update = "{signet_audit} SET {signet_audit:actorId} = 'nobody'";
    for (sql, values) in match store.renderer().dialect {
        Dialect::Sqlite => vec![
            (format!("UPDATE {update}"), &[][..]),
            (format!("UPDATE OR REPLACE {update}"), &[]),
            (format!("UPDATE OR IGNORE {update}"), &[]),
            (format!("INSERT OR REPLACE INTO {with_its_id}"), &replacing),
            (format!("INSERT INTO {with_its_id} ON CONFLICT DO UPDATE SET {{signet_audit:reason}} = 'x'"), &replacing),
        ],
        Dialect::Postgres => vec![
            (format!("UPDATE {update}"), &[][..]),
            (format!("UPDATE {update} WHERE false"), &[]),
            ("TRUNCATE {signet_audit}".to_owned(), &[]),
            ("DELETE FROM {signet_audit}".to_owned(), &[]),
            (
                "DELETE FROM {signet_audit} WHERE set_config('signet.audit_sweep', 'on', true) IS NOT NULL".to_owned(),
                &[],
            ),
        ],
    } {
        let statement = store.renderer().statement("change the trail", &sql).unwrap();
        let refused = store.execute(&statement, values).await.expect_err(&sql).chain();
        assert!(refused.contains("the audit trail is append-only"), "{sql}: {refused}");
        assert_eq!(lines(&store).await, written, "{sql}");
    }
    // What lets the sweep through ends with its transaction, also on the same connection.
    assert_eq!(store.sweep_audit(start()).await.unwrap(), 0);
    if store.renderer().dialect == Dialect::Postgres {
        let delete = store.renderer().statement("delete", "DELETE FROM {signet_audit}").unwrap();
        store.execute(&delete, &[]).await.unwrap_err();
    }
    clock.advance(Duration::from_secs(1));
    assert_eq!(store.sweep_audit(clock.now()).await.unwrap(), 2);
}
