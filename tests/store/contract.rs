//! What holds on every engine and in every layout.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Map, Value as Json, json};
use signet::base::{Clock, Error, Timestamp};
use signet::store::bulk::{Existing, Incoming, Put};
use signet::store::rate_limit::Hit;
use signet::store::{
    Created, NewAccount, NewSession, NewUser, Session, Store, Unlinked, User, UserChanges, transaction, values,
};
use tokio::task::JoinSet;

use super::layouts::contract;
use super::place::{self, Engine, on, start};

contract! {
    every_statement_prepares
    a_created_user_is_found_by_id_and_by_address
    an_address_is_taken_once_however_many_sign_up
    a_user_comes_with_its_password_in_one_query
    a_change_of_a_user_leaves_the_rest
    a_deleted_user_leaves_nothing
    a_session_comes_with_its_user_also_when_it_has_expired
    of_fifty_parallel_extensions_one_wins
    only_live_sessions_are_listed
    t31_only_its_own_session_is_revoked
    an_extended_session_is_not_deleted_as_expired
    all_sessions_but_one_are_deleted
    the_fields_of_a_session_change
    t18_a_password_is_replaced_only_if_it_is_the_one_that_was_seen
    a_hash_of_each_kind_is_found
    users_are_put_in_with_their_accounts_and_read_out_page_by_page
    of_a_batch_each_user_comes_in_unless_something_of_its_own_stands_against_it
    who_is_there_already_is_skipped_refused_or_updated
    two_imports_at_once_put_every_user_in_once
    an_account_is_taken_away_only_with_its_user_and_never_the_last
    a_changed_password_replaces_the_sessions
    a_verification_is_taken_once_by_one
    a_verification_that_has_expired_is_not_given
    t78_of_fifty_parallel_hits_as_many_pass_as_may
    t78_hits_count_until_a_window_after_the_last_that_passed
    junk_ids_find_nothing
    t03_nul_is_refused_and_other_text_is_kept_as_it_is
    t03_values_that_do_not_fit_their_field_are_refused
    t83_a_failed_transaction_changes_nothing
    t83_a_swallowed_failure_is_not_committed
    a_lock_lets_one_in_at_a_time
    transactions_run_on_other_threads
}

fn map(value: Json) -> Map<String, Json> {
    serde_json::from_value(value).expect("an object")
}

fn ada() -> NewUser {
    NewUser {
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        email_verified: false,
        image: None,
        created_at: start(),
        more: map(json!({"age": 36, "tags": ["a", {"b": 1}]})),
    }
}

fn password() -> NewAccount {
    NewAccount::credential("$argon2id$one".into())
}

async fn sign_up(store: &Store, email: &str) -> User {
    let new = NewUser { email: email.to_owned(), ..ada() };
    match store.create_user(new, password()).await.unwrap() {
        Created::User(user) => user,
        Created::EmailTaken => panic!("{email} is free"),
    }
}

fn session_for(user: &User, token: &str) -> NewSession {
    NewSession {
        token: token.to_owned(),
        user_id: user.id.clone(),
        expires_at: start().plus_seconds(3600),
        created_at: start(),
        ip_address: "203.0.113.9".to_owned(),
        user_agent: String::new(),
        more: Map::new(),
    }
}

async fn tokens(store: &Store, user: &User) -> Vec<String> {
    let sessions = store.sessions_of(&user.id, start()).await.unwrap();
    let mut tokens: Vec<_> = sessions.into_iter().map(|session| session.token).collect();
    tokens.sort();
    tokens
}

async fn every_statement_prepares(store: Store, _: Clock) {
    let statements = store.all_statements();
    assert!(statements.len() > 20);
    for statement in statements {
        store.prepare(statement).await.unwrap_or_else(|error| panic!("{error}: {}", statement.sql()));
    }
}

async fn a_created_user_is_found_by_id_and_by_address(store: Store, _: Clock) {
    let new = NewUser { more: map(json!({"age": 36, "birthday": "1815-12-10T01:00:00+01:00", "vip": true})), ..ada() };
    let Created::User(user) = store.create_user(new, password()).await.unwrap() else { panic!("the address is free") };
    assert_eq!((user.name.as_str(), user.email_verified, user.image.as_deref()), ("Ada", false, None));
    assert_eq!((user.created_at, user.updated_at), (start(), start()));
    let more = r#"{"nickname":null,"age":36,"vip":true,"birthday":"1815-12-10T00:00:00.000Z","tags":null}"#;
    assert_eq!(serde_json::to_string(&user.more).unwrap(), more);
    assert_eq!(store.user_by_id(&user.id).await.unwrap().as_ref(), Some(&user));
    assert_eq!(store.user_by_email("ada@example.com").await.unwrap().as_ref(), Some(&user));
    assert_eq!(store.user_by_email("Ada@example.com").await.unwrap(), None);
    let accounts = store.accounts_of(&user.id).await.unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!((&accounts[0].account_id, &accounts[0].user_id), (&user.id, &user.id));
    assert_eq!(accounts[0].provider_id, "credential");
    assert!(accounts[0].scope.is_none() && accounts[0].access_token.is_none());
}

async fn an_address_is_taken_once_however_many_sign_up(store: Store, _: Clock) {
    let mut attempts = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        attempts.spawn(async move { store.create_user(ada(), password()).await.unwrap() });
    }
    let outcomes = attempts.join_all().await;
    let users = outcomes.iter().filter_map(|created| match created {
        Created::User(user) => Some(user),
        Created::EmailTaken => None,
    });
    let users: Vec<_> = users.collect();
    assert_eq!(users.len(), 1);
    assert_eq!(store.accounts_of(&users[0].id).await.unwrap().len(), 1);
}

async fn a_user_comes_with_its_password_in_one_query(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let (found, account) = store.user_with_password("ada@example.com").await.unwrap().unwrap();
    assert_eq!(found, user);
    let account = account.unwrap();
    assert_eq!(account.password.as_ref().unwrap().expose_secret(), "$argon2id$one");
    assert!(!format!("{account:?}").contains("argon2id"), "a hash is not for logs");
    assert!(store.user_with_password("eve@example.com").await.unwrap().is_none());
    assert!(store.create_account(&user.id, github()).await.unwrap());
    assert_eq!(store.unlink_account(&account.id, &user.id, false).await.unwrap(), Unlinked::Gone);
    let (found, account) = store.user_with_password("ada@example.com").await.unwrap().unwrap();
    assert!(found == user && account.is_none());
}

async fn a_change_of_a_user_leaves_the_rest(store: Store, clock: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let other = sign_up(&store, "eve@example.com").await;
    clock.advance(Duration::from_secs(1));
    let changes = UserChanges { image: Some(Some("i".to_owned())), ..UserChanges::default() };
    let changed = store.update_user(&user.id, changes).await.unwrap().unwrap();
    let expected = User { image: Some("i".to_owned()), updated_at: start().plus_seconds(1), ..user.clone() };
    assert_eq!(changed, expected);
    let changes = UserChanges {
        name: Some("Countess".to_owned()),
        image: Some(None),
        email_verified: Some(true),
        more: map(json!({"tags": null, "nickname": "C", "vip": false})),
    };
    let changed = store.update_user(&user.id, changes).await.unwrap().unwrap();
    assert_eq!((changed.name.as_str(), changed.image, changed.email_verified), ("Countess", None, true));
    assert_eq!(
        Json::from(changed.more),
        json!({"nickname": "C", "age": 36, "vip": false, "birthday": null, "tags": null})
    );
    assert_eq!(store.user_by_id(&other.id).await.unwrap().unwrap(), other);
    assert_eq!(store.update_user(&store.new_id_beforehand("user"), UserChanges::default()).await.unwrap(), None);
}

async fn a_deleted_user_leaves_nothing(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let other = sign_up(&store, "eve@example.com").await;
    store.create_session(session_for(&user, "one")).await.unwrap();
    store.create_session(session_for(&other, "two")).await.unwrap();
    assert!(store.delete_user(&user.id).await.unwrap());
    assert!(!store.delete_user(&user.id).await.unwrap());
    assert!(store.session_by_token("one").await.unwrap().is_none());
    assert!(store.accounts_of(&user.id).await.unwrap().is_empty());
    assert!(store.session_by_token("two").await.unwrap().is_some());
}

async fn a_session_comes_with_its_user_also_when_it_has_expired(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let new = NewSession {
        expires_at: start().plus_seconds(-1),
        more: map(json!({"device": "phone"})),
        ..session_for(&user, "one")
    };
    let made = store.create_session(new).await.unwrap();
    assert_eq!((made.ip_address.as_str(), made.user_agent.as_str()), ("203.0.113.9", ""));
    assert_eq!(Json::from(made.more.clone()), json!({"device": "phone"}));
    assert!(!format!("{made:?}").contains("one"), "a token is not for logs");
    let (session, owner) = store.session_by_token("one").await.unwrap().unwrap();
    assert_eq!((session, owner), (made, user));
    assert!(store.session_by_token("two").await.unwrap().is_none());
}

async fn of_fifty_parallel_extensions_one_wins(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let session = store.create_session(session_for(&user, "one")).await.unwrap();
    let mut attempts = JoinSet::new();
    for place in 0..50 {
        let (store, seen) = (store.clone(), session.expires_at);
        let end = start().plus_seconds(7200 + place);
        attempts.spawn(async move { store.extend_session("one", end, start().plus_seconds(9), seen).await.unwrap() });
    }
    let won: Vec<Session> = attempts.join_all().await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    let (now, _) = store.session_by_token("one").await.unwrap().unwrap();
    assert_eq!(now, won[0]);
    assert_eq!(now.updated_at, start().plus_seconds(9));
    assert!(store.extend_session("none", start(), start(), start()).await.unwrap().is_none());
}

async fn only_live_sessions_are_listed(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    for (token, life) in [("past", -1), ("now", 0), ("later", 1), ("last", 3600)] {
        let new = NewSession {
            expires_at: start().plus_millis(life),
            created_at: start().plus_seconds(-life),
            ..session_for(&user, token)
        };
        store.create_session(new).await.unwrap();
    }
    let live = store.sessions_of(&user.id, start()).await.unwrap();
    let live: Vec<_> = live.iter().map(|session| session.token.as_str()).collect();
    assert_eq!(live, ["last", "later"], "the oldest first");
}

async fn t31_only_its_own_session_is_revoked(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let other = sign_up(&store, "eve@example.com").await;
    let session = store.create_session(session_for(&user, "one")).await.unwrap();
    for guess in ["one", "on", "%", "o%", "_ne", "", "ONE", session.id.as_str()] {
        assert!(!store.delete_session_of(guess, &other.id).await.unwrap(), "{guess}");
    }
    for guess in ["on", "%", "o%", "_ne", "", "ONE", session.id.as_str()] {
        assert!(!store.delete_session_of(guess, &user.id).await.unwrap(), "{guess}");
        assert!(!store.delete_session(guess).await.unwrap(), "{guess}");
        assert!(store.session_by_token(guess).await.unwrap().is_none(), "{guess}");
    }
    assert!(store.delete_session_of("one", &user.id).await.unwrap());
    assert!(!store.delete_session_of("one", &user.id).await.unwrap());
}

async fn an_extended_session_is_not_deleted_as_expired(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let end = store.create_session(session_for(&user, "one")).await.unwrap().expires_at;
    assert!(!store.delete_expired_session("one", end.plus_millis(-1)).await.unwrap());
    assert!(store.delete_expired_session("one", end).await.unwrap());
    assert!(!store.delete_expired_session("one", end).await.unwrap());
}

async fn all_sessions_but_one_are_deleted(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let other = sign_up(&store, "eve@example.com").await;
    for token in ["one", "two", "three"] {
        store.create_session(session_for(&user, token)).await.unwrap();
    }
    store.create_session(session_for(&other, "four")).await.unwrap();
    assert_eq!(store.delete_sessions_of(&user.id, Some("two")).await.unwrap(), 2);
    assert_eq!(tokens(&store, &user).await, ["two"]);
    assert_eq!(store.delete_sessions_of(&user.id, None).await.unwrap(), 1);
    assert_eq!(tokens(&store, &other).await, ["four"]);
}

async fn the_fields_of_a_session_change(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let made = store.create_session(session_for(&user, "one")).await.unwrap();
    let at = start().plus_seconds(5);
    let changed = store.update_session("one", map(json!({"device": "tablet"})), at).await.unwrap().unwrap();
    let expected = Session { more: map(json!({"device": "tablet"})), updated_at: at, ..made };
    assert_eq!(changed, expected);
    assert!(store.update_session("two", Map::new(), at).await.unwrap().is_none());
    let unknown = store.update_session("one", map(json!({"userId": "x"})), at).await;
    assert!(matches!(unknown, Err(Error::Broken(_))), "only declared fields reach SQL");
}

async fn t18_a_password_is_replaced_only_if_it_is_the_one_that_was_seen(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let account = store.credential_account(&user.id).await.unwrap().unwrap();
    assert!(!store.set_password(&account.id, "late", Some("$argon2id$other")).await.unwrap());
    assert!(store.set_password(&account.id, "two", Some("$argon2id$one")).await.unwrap());
    assert!(!store.set_password(&account.id, "late", Some("$argon2id$one")).await.unwrap());
    assert!(store.set_password(&account.id, "three", None).await.unwrap());
    let account = store.credential_account(&user.id).await.unwrap().unwrap();
    assert_eq!(account.password.unwrap().expose_secret(), "three");
    assert!(!store.set_password(&store.new_id_beforehand("user"), "four", None).await.unwrap());
}

async fn a_hash_of_each_kind_is_found(store: Store, _: Clock) {
    assert!(store.password_samples().await.unwrap().is_empty());
    let scrypt = format!("{}:{}", "0".repeat(32), "a".repeat(128));
    let argon2 = |end: &str| format!("$argon2id$v=19$m=19456,t=2,p=1${end}");
    let others = ["$2b$12$abc", "$2b$10$abc", "$2b$12$def", "pbkdf2_sha256$1000000$salt$x", "plain"];
    let hashes = [argon2("one").as_str(), &scrypt, &argon2("two")].map(str::to_owned);
    for (place, hash) in hashes.into_iter().chain(others.map(str::to_owned)).enumerate() {
        let new = NewUser { email: format!("{place}@example.com"), ..ada() };
        store.create_user(new, NewAccount::credential(hash.into())).await.unwrap();
    }
    let mut samples = store.password_samples().await.unwrap();
    samples.sort_by_key(|sample| sample.expose_secret().to_owned());
    let samples: Vec<&str> = samples.iter().map(ExposeSecret::expose_secret).collect();
    let expected = ["$2b$10$abc", "$2b$12$abc", &argon2("one"), &scrypt, "pbkdf2_sha256$1000000$salt$x", "plain"];
    assert_eq!(samples, expected);
}

/// A user who comes from elsewhere with a password.
fn incoming(email: &str) -> Incoming {
    Incoming {
        id: None,
        email: email.to_owned(),
        name: None,
        email_verified: None,
        image: None,
        created_at: Some(start()),
        updated_at: None,
        given: Map::new(),
        more: map(json!({"age": 36})),
        has_own_role: false,
        accounts: vec![NewAccount::credential("$2b$one".into())],
    }
}

fn at_google(id: &str) -> NewAccount {
    NewAccount { provider_id: "google".into(), account_id: Some(id.into()), ..NewAccount::default() }
}

async fn everybody(store: &Store) -> Vec<(User, Vec<signet::store::Account>)> {
    let mut all: Vec<(User, _)> = Vec::new();
    loop {
        let page = store.page_of_users(all.last().map(|(user, _)| user.id.as_str())).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn users_are_put_in_with_their_accounts_and_read_out_page_by_page(store: Store, _: Clock) {
    let users: Vec<_> = (0..1203)
        .map(|number| {
            let mut user = incoming(&format!("{number}@example.com"));
            user.accounts.extend((number % 2 == 0).then(|| at_google(&number.to_string())));
            user
        })
        .collect();
    assert_eq!(store.put_users(&users, Existing::Skip, true).await.unwrap(), vec![Put::Created; 1203]);
    assert!(everybody(&store).await.is_empty(), "a rehearsal changes nothing");
    assert_eq!(store.put_users(&users, Existing::Skip, false).await.unwrap(), vec![Put::Created; 1203]);
    let all = everybody(&store).await;
    assert_eq!(all.len(), 1203);
    for (user, accounts) in all {
        let number: u32 = user.name.parse().unwrap();
        assert_eq!((user.email, user.created_at), (format!("{number}@example.com"), start()));
        assert_eq!((&user.more["age"], accounts.len()), (&json!(36), if number.is_multiple_of(2) { 2 } else { 1 }));
        let credential = accounts.iter().find(|account| account.provider_id == "credential").unwrap();
        assert_eq!((&credential.account_id, credential.password.is_some()), (&user.id, true));
        assert!(accounts.iter().all(|account| account.user_id == user.id));
    }
    assert!(store.put_users(&[], Existing::Skip, false).await.unwrap().is_empty());
}

async fn of_a_batch_each_user_comes_in_unless_something_of_its_own_stands_against_it(store: Store, _: Clock) {
    let id = store.new_id_beforehand("user");
    let with_id = |email: &str| Incoming { id: Some(id.clone()), ..incoming(email) };
    let linked = |email: &str| Incoming { accounts: vec![at_google("1")], ..incoming(email) };
    let users = [
        with_id("one@example.com"),
        with_id("two@example.com"),
        linked("three@example.com"),
        linked("four@example.com"),
        incoming("one@example.com"),
        incoming("five@example.com"),
    ];
    let kinds = |puts: Vec<Put>| puts.into_iter().map(|put| matches!(put, Put::Refused(_))).collect::<Vec<_>>();
    let puts = store.put_users(&users, Existing::Skip, false).await.unwrap();
    assert_eq!(puts[4], Put::Skipped);
    assert_eq!(kinds(puts), [false, true, false, true, false, false]);
    assert_eq!(everybody(&store).await.len(), 3);
    let odd = Incoming { more: map(json!({"age": 0.5})), ..incoming("six@example.com") };
    let puts = store.put_users(&[odd, incoming("seven@example.com")], Existing::Skip, false).await.unwrap();
    assert_eq!(puts[1], Put::Created);
    assert_eq!(kinds(puts), [true, false]);
    let again = [linked("eight@example.com"), with_id("nine@example.com")];
    assert_eq!(kinds(store.put_users(&again, Existing::Update, false).await.unwrap()), [true, true]);
    assert_eq!(everybody(&store).await.len(), 4);
}

async fn who_is_there_already_is_skipped_refused_or_updated(store: Store, _: Clock) {
    let ada = sign_up(&store, "ada@example.com").await;
    let eve = sign_up(&store, "eve@example.com").await;
    assert!(store.create_account(&eve.id, at_google("eve")).await.unwrap());
    let change = Incoming {
        name: Some("Ada Lovelace".to_owned()),
        given: map(json!({"age": 37})),
        accounts: vec![NewAccount::credential("$2b$two".into()), at_google("ada")],
        ..incoming("ada@example.com")
    };
    let put = async |user: &Incoming, existing| {
        store.put_users(std::slice::from_ref(user), existing, false).await.unwrap().remove(0)
    };
    assert_eq!(put(&change, Existing::Skip).await, Put::Skipped);
    assert!(matches!(put(&change, Existing::Refuse).await, Put::Refused(_)));
    assert_eq!(store.user_by_id(&ada.id).await.unwrap().unwrap().name, "Ada");
    for _ in 0..2 {
        assert_eq!(put(&change, Existing::Update).await, Put::Updated);
    }
    let stolen = Incoming { accounts: vec![at_google("eve")], ..change.clone() };
    assert!(matches!(put(&stolen, Existing::Update).await, Put::Refused(_)));
    let changed = store.user_by_id(&ada.id).await.unwrap().unwrap();
    assert_eq!(
        (changed.name.as_str(), &changed.more["age"], &changed.more["tags"]),
        ("Ada Lovelace", &json!(37), &ada.more["tags"])
    );
    let accounts = store.accounts_of(&ada.id).await.unwrap();
    assert_eq!(accounts.len(), 2);
    let hash = store.credential_account(&ada.id).await.unwrap().unwrap().password.unwrap();
    assert_eq!(hash.expose_secret(), "$2b$two");
    let untouched = store.credential_account(&eve.id).await.unwrap().unwrap().password.unwrap();
    assert_eq!(untouched.expose_secret(), "$argon2id$one");
    // Who had no password gets one.
    let plain = Incoming { accounts: Vec::new(), ..incoming("dan@example.com") };
    assert_eq!(put(&plain, Existing::Skip).await, Put::Created);
    assert_eq!(put(&incoming("dan@example.com"), Existing::Update).await, Put::Updated);
    assert!(store.user_with_password("dan@example.com").await.unwrap().unwrap().1.is_some());
}

async fn two_imports_at_once_put_every_user_in_once(store: Store, _: Clock) {
    let users: Vec<_> = (0..300)
        .map(|number| Incoming {
            accounts: vec![at_google(&number.to_string())],
            ..incoming(&format!("{number}@example.com"))
        })
        .collect();
    let mut backwards = users.clone();
    backwards.reverse();
    let (one, other) = tokio::join!(
        store.put_users(&users, Existing::Skip, false),
        store.put_users(&backwards, Existing::Skip, false)
    );
    let created = one.unwrap().into_iter().chain(other.unwrap()).filter(|put| *put == Put::Created).count();
    let all = everybody(&store).await;
    assert_eq!((created, all.len()), (300, 300));
    assert!(all.iter().all(|(_, accounts)| accounts.len() == 1));
}

fn github() -> NewAccount {
    NewAccount { provider_id: "github".into(), account_id: Some("900".into()), ..NewAccount::default() }
}

async fn an_account_is_taken_away_only_with_its_user_and_never_the_last(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let other = sign_up(&store, "eve@example.com").await;
    let account = store.credential_account(&user.id).await.unwrap().unwrap();
    assert_eq!(store.unlink_account(&account.id, &user.id, false).await.unwrap(), Unlinked::Last);
    for user in [&user, &other] {
        assert!(store.create_account(&user.id, github()).await.unwrap());
    }
    assert_eq!(store.unlink_account(&account.id, &other.id, false).await.unwrap(), Unlinked::Unknown);
    assert_eq!(store.unlink_account(&account.id, &user.id, false).await.unwrap(), Unlinked::Gone);
    assert!(store.credential_account(&user.id).await.unwrap().is_none());
}

async fn a_changed_password_replaces_the_sessions(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let other = sign_up(&store, "eve@example.com").await;
    let account = store.credential_account(&user.id).await.unwrap().unwrap();
    store.create_session(session_for(&user, "one")).await.unwrap();
    store.create_session(session_for(&other, "four")).await.unwrap();
    assert!(store.change_password(&account.id, &user.id, "two", None).await.unwrap().is_none());
    assert_eq!(tokens(&store, &user).await, ["one"]);
    let new = session_for(&user, "fresh");
    let made = store.change_password(&account.id, &user.id, "three", Some(new)).await.unwrap().unwrap();
    assert_eq!(made.token, "fresh");
    assert_eq!(tokens(&store, &user).await, ["fresh"]);
    assert_eq!(tokens(&store, &other).await, ["four"]);
    let refused = store.change_password(&account.id, &other.id, "stolen", Some(session_for(&other, "x"))).await;
    assert!(matches!(refused, Err(Error::Refused(refused)) if refused.status == 400));
    assert_eq!(tokens(&store, &other).await, ["four"]);
    let account = store.credential_account(&user.id).await.unwrap().unwrap();
    assert_eq!(account.password.unwrap().expose_secret(), "three");
}

async fn a_verification_is_taken_once_by_one(store: Store, clock: Clock) {
    let end = start().plus_seconds(60);
    store.put_verification("reset:x", "old", end).await.unwrap();
    clock.advance(Duration::from_millis(1));
    store.put_verification("reset:x", "new", end).await.unwrap();
    store.put_verification("reset:y", "other", end).await.unwrap();
    assert_eq!(store.peek_verification("reset:x", start()).await.unwrap().as_deref(), Some("new"));
    let mut takers = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        takers.spawn(async move { store.take_verification("reset:x", start()).await.unwrap() });
    }
    let taken: Vec<_> = takers.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken, ["new"]);
    assert_eq!(store.take_verification("reset:%", start()).await.unwrap(), None);
    assert_eq!(store.take_verification("reset:y", start()).await.unwrap().as_deref(), Some("other"));
}

async fn t78_of_fifty_parallel_hits_as_many_pass_as_may(store: Store, _: Clock) {
    let mut clients = JoinSet::new();
    for _ in 0..50 {
        let store = store.clone();
        clients.spawn(async move { store.hit_rate_limit("203.0.113.1|/ok", 10_000, 3, start()).await.unwrap() });
    }
    let hits = clients.join_all().await;
    assert_eq!(hits.iter().filter(|hit| **hit == Hit::Passes).count(), 3, "{hits:?}");
    assert_eq!(hits.iter().filter(|hit| **hit == Hit::Over(10_000)).count(), 47, "{hits:?}");
}

async fn t78_hits_count_until_a_window_after_the_last_that_passed(store: Store, _: Clock) {
    let hit = async |key, millis| store.hit_rate_limit(key, 10_000, 2, start().plus_millis(millis)).await.unwrap();
    assert_eq!(hit("a", 0).await, Hit::Passes);
    assert_eq!(hit("a", 8_000).await, Hit::Passes);
    assert_eq!(hit("a", 17_999).await, Hit::Over(1));
    assert_eq!(hit("b", 17_999).await, Hit::Passes);
    assert_eq!(hit("a", 18_000).await, Hit::Passes);
    assert_eq!(hit("a", -1_000_000).await, Hit::Passes, "what lies ahead by more than a window is from another time");
    assert_eq!(hit("a", -1_000_000).await, Hit::Passes);
    assert_eq!(hit("a", -1_005_000).await, Hit::Over(10_000), "and what lies ahead by less counts from now");
    assert_eq!(hit("a", -995_000).await, Hit::Passes);
    assert_eq!(store.sweep_rate_limits(start()).await.unwrap(), 1);
    assert_eq!(store.sweep_rate_limits(start().plus_seconds(60)).await.unwrap(), 1);
}

async fn a_verification_that_has_expired_is_not_given(store: Store, _: Clock) {
    let end = start().plus_seconds(60);
    store.put_verification("x", "value", end).await.unwrap();
    assert_eq!(store.peek_verification("x", end).await.unwrap(), None);
    assert_eq!(store.peek_verification("x", end.plus_millis(-1)).await.unwrap().as_deref(), Some("value"));
    assert_eq!(store.take_verification("x", end).await.unwrap(), None);
    assert_eq!(store.peek_verification("x", start()).await.unwrap(), None, "taking burns it however it ends");
}

async fn junk_ids_find_nothing(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let braced = format!("{{{}}}", user.id);
    for id in ["", "x", "'", "%", "\0", "00000000-0000-0000-0000-00000000000", &braced] {
        assert!(store.user_by_id(id).await.unwrap().is_none(), "{id}");
        assert!(store.update_user(id, UserChanges::default()).await.unwrap().is_none());
        assert!(!store.delete_user(id).await.unwrap());
        assert!(store.sessions_of(id, start()).await.unwrap().is_empty());
        assert!(!store.delete_session_of("one", id).await.unwrap());
        assert_eq!(store.delete_sessions_of(id, None).await.unwrap(), 0);
        assert!(store.accounts_of(id).await.unwrap().is_empty());
        assert!(store.credential_account(id).await.unwrap().is_none());
        assert!(!store.set_password(id, "x", None).await.unwrap());
        assert_eq!(store.unlink_account(id, id, false).await.unwrap(), Unlinked::Unknown);
        assert!(matches!(store.change_password(id, id, "x", None).await, Err(Error::Refused(_))));
    }
}

async fn t03_nul_is_refused_and_other_text_is_kept_as_it_is(store: Store, _: Clock) {
    let odd = "\u{1}\r\n\u{202e}\u{feff}e\u{301}😀'\"\\%_";
    let new = NewUser { name: odd.to_owned(), ..ada() };
    let Created::User(user) = store.create_user(new, password()).await.unwrap() else { panic!("the address is free") };
    assert_eq!(store.user_by_id(&user.id).await.unwrap().unwrap().name, odd);
    let new = NewUser { name: "a\0b".to_owned(), email: "nul@example.com".to_owned(), ..ada() };
    assert!(matches!(store.create_user(new, password()).await, Err(Error::Invalid(_))));
    let session = NewSession { user_agent: "a\0b".to_owned(), ..session_for(&user, "one") };
    assert!(matches!(store.create_session(session).await, Err(Error::Invalid(_))));
    assert!(store.user_by_email("nul@example.com").await.unwrap().is_none());
}

async fn t03_values_that_do_not_fit_their_field_are_refused(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    for more in [
        json!({"age": "abc"}),
        json!({"age": 36.5}),
        json!({"age": 1e300}),
        json!({"vip": "yes"}),
        json!({"nickname": 7}),
        json!({"birthday": "yesterday"}),
        json!({"nickname": "a\0b"}),
    ] {
        let changes = UserChanges { more: map(more.clone()), ..UserChanges::default() };
        let refused = store.update_user(&user.id, changes).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{more}: {refused:?}");
    }
    assert_eq!(store.user_by_id(&user.id).await.unwrap().unwrap(), user);
}

async fn t83_a_failed_transaction_changes_nothing(store: Store, _: Clock) {
    // The account's values are refused after the user's row was written.
    let account = NewAccount::credential("a\0b".into());
    assert!(store.create_user(ada(), account).await.is_err());
    assert!(store.user_by_email("ada@example.com").await.unwrap().is_none());
    sign_up(&store, "ada@example.com").await;
}

async fn t83_a_swallowed_failure_is_not_committed(store: Store, _: Clock) {
    let user = sign_up(&store, "ada@example.com").await;
    let delete = "DELETE FROM {session} WHERE {session.token} = $1";
    let delete = store.renderer().statement("delete", delete).unwrap();
    let twice = "INSERT INTO {account} SELECT * FROM {account} WHERE {account.password} = $1";
    let twice = store.renderer().statement("twice", twice).unwrap();
    store.create_session(session_for(&user, "one")).await.unwrap();
    let outcome = transaction!(store, |tx| {
        tx.execute(&delete, &values!["one"]).await?;
        let _ = tx.execute(&twice, &values!["$argon2id$one"]).await;
        Ok(())
    });
    assert!(outcome.is_err());
    assert!(store.session_by_token("one").await.unwrap().is_some());
}

async fn a_lock_lets_one_in_at_a_time(store: Store, _: Clock) {
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            let count = store.renderer().statement("count", "SELECT {verification.*} FROM {verification}").unwrap();
            let insert = store.renderer().statement("insert", "INSERT INTO {+verification}").unwrap();
            let id = store.new_id_beforehand("user");
            transaction!(store, |tx| {
                tx.lock("test").await?;
                let seen = tx.fetch_all(&count, &[]).await?.len().to_string();
                let now = store.now_in(tx).await?;
                tx.execute(&insert, &values![&id, seen, "", now, now, now]).await
            })
            .unwrap()
        });
    }
    tasks.join_all().await;
    for place in 0..8 {
        let found = store.peek_verification(&place.to_string(), Timestamp::from_millis(0)).await.unwrap();
        assert!(found.is_some(), "two saw the same number of rows");
    }
}

async fn transactions_run_on_other_threads(store: Store, _: Clock) {
    let made = tokio::spawn(async move { sign_up(&store, "ada@example.com").await }).await.unwrap();
    assert_eq!(made.email, "ada@example.com");
}
