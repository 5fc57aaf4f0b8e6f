//! Migrating adds what is missing, once, and takes nothing away.

use serde_json::json;
use signet::base::{Error, Field, FieldKind};
use signet::store::{Created, LayoutSettings, NewAccount, NewUser};
use tokio::task::JoinSet;

use super::place::{Engine, Place, identity, on, serial, start, uuid};

/// Each sentence becomes a test on both engines.
macro_rules! on_both {
    ($($sentence:ident)*) => {
        on_both!(@ sqlite, Sqlite, $($sentence)*);
        on_both!(@ postgres, Postgres, $($sentence)*);
    };
    (@ $name:ident, $engine:ident, $($sentence:ident)*) => {
        mod $name {
            $(
                #[tokio::test]
                async fn $sentence() {
                    use super::*;
                    on(Engine::$engine, async |place| super::$sentence(place, Engine::$engine).await).await;
                }
            )*
        }
    };
}

on_both! {
    a_plan_is_printed_and_changes_nothing
    a_second_migration_has_nothing_to_do
    of_eight_at_once_one_migrates_and_the_others_wait
    a_database_of_better_auths_own_needs_only_what_is_signets
    without_the_jwt_plugin_its_tables_are_not_made
    the_table_of_rate_limits_is_made_only_where_they_are_in_the_database
    the_indexes_of_lists_of_users_are_made_where_there_are_such_lists
    the_table_of_the_audit_trail_is_made_where_there_is_one
    a_trail_without_what_holds_it_append_only_gets_it
    columns_that_an_old_database_lacks_are_added
    a_new_field_becomes_a_column_with_its_default_and_its_index
    a_required_field_without_a_default_is_refused_where_rows_would_lack_it
    an_index_under_another_name_is_not_made_twice
    a_missing_unique_index_is_made
}

fn plain() -> LayoutSettings {
    LayoutSettings { jwt: true, ..LayoutSettings::default() }
}

/// The tables that are there.
async fn tables(place: &Place, engine: Engine) -> Vec<String> {
    let sql = match engine {
        Engine::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        Engine::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
    };
    place.column(sql).await
}

fn better_auth(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => include_str!("better-auth-sqlite.sql"),
        Engine::Postgres => include_str!("better-auth.sql"),
    }
}

/// The one thing that Better Auth's own tables lack: how social sign-in finds an account.
const OURS: &str = "CREATE INDEX \"account_accountId_idx\" ON \"account\" (\"accountId\")";

/// Whether a statement makes what Signet needs beyond Better Auth's tables.
fn is_signets(sql: &str) -> bool {
    let made = ["CREATE TABLE", "CREATE INDEX", "CREATE OR REPLACE FUNCTION", "CREATE TRIGGER"];
    sql == OURS || made.iter().any(|made| sql.starts_with(&format!("{made} \"signet_")))
}

async fn a_plan_is_printed_and_changes_nothing(place: &Place, engine: Engine) {
    let store = place.open(plain()).await;
    let plan = store.plan().await.unwrap();
    assert_eq!(plan.len(), 19, "{plan:#?}");
    assert!(plan[0].starts_with("CREATE TABLE \"user\" (\n    \"id\" text NOT NULL PRIMARY KEY,\n"), "{}", plan[0]);
    assert!(plan.contains(&"CREATE INDEX \"session_userId_idx\" ON \"session\" (\"userId\")".to_owned()), "{plan:#?}");
    assert!(tables(place, engine).await.is_empty());
    assert_eq!(store.migrate().await.unwrap(), plan.len());
}

async fn a_second_migration_has_nothing_to_do(place: &Place, _: Engine) {
    for layout in [plain(), identity()] {
        let store = place.open(layout.clone()).await;
        assert!(store.migrate().await.unwrap() > 0);
        assert_eq!(store.migrate().await.unwrap(), 0);
        assert_eq!(place.open(layout).await.plan().await.unwrap(), Vec::<String>::new());
    }
}

async fn of_eight_at_once_one_migrates_and_the_others_wait(place: &Place, _: Engine) {
    let mut replicas = JoinSet::new();
    for _ in 0..8 {
        let store = place.open(identity()).await;
        replicas.spawn(async move { store.migrate().await.unwrap() });
    }
    let mut done = replicas.join_all().await;
    done.sort_unstable();
    assert_eq!((&done[..7], done[7]), (&[0; 7][..], 31));
}

async fn a_database_of_better_auths_own_needs_only_what_is_signets(place: &Place, engine: Engine) {
    place.run(better_auth(engine)).await;
    let store = place.open(plain()).await;
    let plan = store.plan().await.unwrap();
    assert_eq!(plan.len(), 11, "{plan:#?}");
    assert!(plan.iter().all(|sql| is_signets(sql)), "{plan:#?}");
    store.migrate().await.unwrap();
    sign_up(place, plain(), "ada@example.com").await;
}

async fn without_the_jwt_plugin_its_tables_are_not_made(place: &Place, engine: Engine) {
    place.open(LayoutSettings::default()).await.migrate().await.unwrap();
    assert_eq!(tables(place, engine).await, ["account", "session", "signet_outbox", "user", "verification"]);
}

async fn the_table_of_rate_limits_is_made_only_where_they_are_in_the_database(place: &Place, engine: Engine) {
    let counted = LayoutSettings { rate_limits: true, ..LayoutSettings::default() };
    place.open(LayoutSettings::default()).await.migrate().await.unwrap();
    assert!(!tables(place, engine).await.contains(&"rateLimit".to_owned()));
    assert_eq!(place.open(counted.clone()).await.migrate().await.unwrap(), 1);
    assert!(tables(place, engine).await.contains(&"rateLimit".to_owned()));
    assert!(place.open(counted).await.plan().await.unwrap().is_empty());
}

async fn the_indexes_of_lists_of_users_are_made_where_there_are_such_lists(place: &Place, engine: Engine) {
    let listed = LayoutSettings { admin: true, ..plain() };
    place.open(plain()).await.migrate().await.unwrap();
    let plan = place.open(listed.clone()).await.plan().await.unwrap();
    let created = "CREATE INDEX \"user_createdAt_idx\" ON \"user\" (\"createdAt\", \"id\")";
    let updated = "CREATE INDEX \"user_updatedAt_idx\" ON \"user\" (\"updatedAt\", \"id\")";
    let expected = match engine {
        Engine::Sqlite => vec![created, updated, "CREATE INDEX \"user_name_bidx\" ON \"user\" (\"name\", \"id\")"],
        Engine::Postgres => vec![
            created,
            updated,
            "CREATE INDEX \"user_email_bidx\" ON \"user\" (\"email\" COLLATE \"C\")",
            "CREATE INDEX \"user_name_bidx\" ON \"user\" (\"name\" COLLATE \"C\", \"id\")",
        ],
    };
    assert_eq!(plan, expected);
    assert_eq!(place.open(listed.clone()).await.migrate().await.unwrap(), expected.len());
    assert!(place.open(listed).await.plan().await.unwrap().is_empty());
}

async fn the_table_of_the_audit_trail_is_made_where_there_is_one(place: &Place, engine: Engine) {
    let audited = LayoutSettings { audit: true, ..plain() };
    place.open(plain()).await.migrate().await.unwrap();
    assert!(!tables(place, engine).await.contains(&"signet_audit".to_owned()));
    let plan = place.open(audited.clone()).await.plan().await.unwrap();
    assert_eq!(plan.len(), 8, "{plan:#?}");
    assert!(plan.iter().all(|sql| is_signets(sql)), "{plan:#?}");
    assert_eq!(place.open(audited.clone()).await.migrate().await.unwrap(), 8);
    assert!(place.open(audited).await.plan().await.unwrap().is_empty());
}

async fn a_trail_without_what_holds_it_append_only_gets_it(place: &Place, engine: Engine) {
    let audited = LayoutSettings { audit: true, ..plain() };
    place.open(audited.clone()).await.migrate().await.unwrap();
    let (without, expected) = match engine {
        Engine::Sqlite => ("DROP TRIGGER signet_audit_append_only", 1),
        Engine::Postgres => ("DROP TRIGGER signet_audit_append_only ON signet_audit", 2),
    };
    // The function that is left is somebody's who may run anything; it is made anew.
    place.run(without).await;
    let change = "UPDATE signet_audit SET \"actorId\" = NULL";
    place.run(change).await;
    let store = place.open(audited).await;
    assert_eq!(store.plan().await.unwrap().len(), expected);
    assert_eq!(store.migrate().await.unwrap(), expected);
    let change = store.renderer().statement("change", change).unwrap();
    sign_up(place, LayoutSettings { audit: true, ..plain() }, "ada@example.com").await;
    store.execute(&change, &[]).await.unwrap_err();
    assert!(store.plan().await.unwrap().is_empty());
}

async fn columns_that_an_old_database_lacks_are_added(place: &Place, engine: Engine) {
    place.run(better_auth(engine)).await;
    place.run("ALTER TABLE jwks DROP COLUMN alg; ALTER TABLE jwks DROP COLUMN crv;").await;
    place.run("INSERT INTO jwks VALUES ('old', '{}', '{}', '2026-01-01T00:00:00.000Z', NULL);").await;
    let plan = place.open(plain()).await.plan().await.unwrap();
    let added: Vec<_> = plan.iter().filter(|sql| !is_signets(sql)).collect();
    assert_eq!(added, ["ALTER TABLE \"jwks\" ADD COLUMN \"alg\" text", "ALTER TABLE \"jwks\" ADD COLUMN \"crv\" text"]);
    place.open(plain()).await.migrate().await.unwrap();
    assert_eq!(place.column("SELECT id FROM jwks WHERE alg IS NULL").await, ["old"]);
}

async fn a_new_field_becomes_a_column_with_its_default_and_its_index(place: &Place, _: Engine) {
    place.open(plain()).await.migrate().await.unwrap();
    sign_up(place, plain(), "ada@example.com").await;
    let mut layout = plain();
    let mut plan = Field::optional("plan", FieldKind::String);
    (plan.required, plan.default) = (true, Some(json!("it's \"free\"")));
    let mut handle = Field::optional("handle", FieldKind::String);
    handle.unique = true;
    layout.user_fields = vec![plan, handle, Field::optional("vip", FieldKind::Boolean)];
    assert_eq!(place.open(layout.clone()).await.migrate().await.unwrap(), 4);
    let store = place.open(layout.clone()).await;
    assert_eq!(store.migrate().await.unwrap(), 0);
    let ada = store.user_by_email("ada@example.com").await.unwrap().unwrap();
    assert_eq!(json!(ada.more), json!({"plan": "it's \"free\"", "handle": null, "vip": null}));
    for (email, taken) in [("eve@example.com", false), ("bob@example.com", true)] {
        let more = json!({"plan": "paid", "handle": "same"});
        let made = store.create_user(new_user(email, more), NewAccount::credential("x".into())).await;
        assert_eq!(matches!(made, Err(Error::Invalid(_))), taken, "{made:?}");
    }
    assert!(store.user_by_email("bob@example.com").await.unwrap().is_none());
}

async fn a_required_field_without_a_default_is_refused_where_rows_would_lack_it(place: &Place, engine: Engine) {
    place.open(plain()).await.migrate().await.unwrap();
    sign_up(place, plain(), "ada@example.com").await;
    let mut layout = plain();
    let mut plan = Field::optional("plan", FieldKind::String);
    plan.required = true;
    layout.user_fields = vec![Field::optional("first", FieldKind::String), plan];
    let refused = place.open(layout).await.migrate().await.unwrap_err();
    assert!(matches!(refused, Error::Broken(_)));
    assert!(refused.to_string().contains("ADD COLUMN \"plan\" text NOT NULL"), "{refused}");
    let first = match engine {
        Engine::Sqlite => "SELECT name FROM pragma_table_info('user') WHERE name = 'first'",
        Engine::Postgres => "SELECT column_name::text FROM information_schema.columns WHERE column_name = 'first'",
    };
    assert!(place.column(first).await.is_empty(), "all of it happens, or nothing");
}

async fn an_index_under_another_name_is_not_made_twice(place: &Place, engine: Engine) {
    place.run(better_auth(engine)).await;
    place.run("DROP INDEX \"session_userId_idx\"; CREATE INDEX mine ON session (\"userId\", token);").await;
    let plan = place.open(plain()).await.plan().await.unwrap();
    assert!(plan.iter().all(|sql| is_signets(sql)), "{plan:#?}");
    place.run("DROP INDEX mine;").await;
    let plan = place.open(plain()).await.plan().await.unwrap();
    let added: Vec<_> = plan.iter().filter(|sql| !is_signets(sql)).collect();
    assert_eq!(added, ["CREATE INDEX \"session_userId_idx\" ON \"session\" (\"userId\")"]);
}

async fn a_missing_unique_index_is_made(place: &Place, engine: Engine) {
    let loose = match engine {
        Engine::Sqlite => better_auth(engine).replace("\"email\" text not null unique", "\"email\" text not null"),
        Engine::Postgres => {
            better_auth(engine).replace("ADD CONSTRAINT user_email_key UNIQUE (email)", "ADD CHECK (true)")
        }
    };
    place.run(&loose).await;
    let plan = place.open(plain()).await.plan().await.unwrap();
    let added: Vec<_> = plan.iter().filter(|sql| !is_signets(sql)).collect();
    assert_eq!(added, ["CREATE UNIQUE INDEX \"user_email_uidx\" ON \"user\" (\"email\")"]);
}

fn new_user(email: &str, more: serde_json::Value) -> NewUser {
    NewUser {
        name: String::new(),
        email: email.to_owned(),
        email_verified: false,
        image: None,
        created_at: start(),
        more: serde_json::from_value(more).expect("an object"),
    }
}

async fn sign_up(place: &Place, layout: LayoutSettings, email: &str) {
    let store = place.open(layout).await;
    let made = store.create_user(new_user(email, json!({})), NewAccount::credential("x".into())).await.unwrap();
    assert!(matches!(made, Created::User(_)));
}

/// What Postgres says about every column, constraint and index of Better Auth's tables, without the one that is ours.
const DESCRIBED: &str = "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) \
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'signet%' \
    AND column_name NOT IN ('role', 'banned', 'banReason', 'banExpires', 'impersonatedBy') \
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint \
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'signet%' \
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'signet%' \
    AND indexname <> 'account_accountId_idx' ORDER BY 1";

#[tokio::test]
async fn a_fresh_postgres_is_what_better_auth_would_have_made() {
    let texts = (plain(), include_str!("better-auth.sql"));
    let uuids = (LayoutSettings { ids: uuid().ids, ..plain() }, include_str!("better-auth-uuid.sql"));
    let numbers = (LayoutSettings { ids: serial().ids, ..plain() }, include_str!("better-auth-serial.sql"));
    for (layout, theirs) in [texts, uuids, numbers] {
        on(Engine::Postgres, async |ours| {
            ours.open(layout).await.migrate().await.unwrap();
            on(Engine::Postgres, async |place| {
                place.run(theirs).await;
                assert_eq!(ours.column(DESCRIBED).await, place.column(DESCRIBED).await);
            })
            .await;
        })
        .await;
    }
}
