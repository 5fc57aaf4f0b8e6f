//! The store follows the database that it finds: its ids, its spelling, its times, its columns of old.

use std::sync::{Arc, Mutex};

use secrecy::ExposeSecret;
use serde_json::{Map, Value as Json, json};
use signet::base::{Clock, Field, FieldKind, Random};
use signet::store::listing::{Condition, Operator, Order, Page};
use signet::store::{
    Casing, Created, IdKind, Layout, LayoutSettings, NewAccount, NewSession, NewUser, Store, StoreSettings, StoreUrl,
    User, UserChanges,
};

use super::place::{Engine, Place, identity, on, serial, start, uuid};

/// Each file with what goes with it.
macro_rules! fixtures {
    ($($sentence:ident $file:literal)*) => {
        $(
            #[tokio::test]
            async fn $sentence() {
                on(Engine::Postgres, async |place| {
                    let sql = include_str!(concat!("../takeover/fixtures/", $file, ".sql"));
                    let told = include_str!(concat!("../takeover/fixtures/", $file, ".json"));
                    everybody_is_there(place, sql, &serde_json::from_str(told).unwrap()).await;
                })
                .await;
            }
        )*
    };
}

fixtures! {
    a_database_of_better_auth_1_2_is_taken_over "db-1.2.12"
    a_database_of_better_auth_1_3_is_taken_over "db-1.3.34"
    a_database_of_better_auth_1_4_is_taken_over "db-1.4.18"
    a_database_of_better_auth_1_6_is_taken_over "db-1.6.34"
    a_database_of_better_auth_1_7_1_is_taken_over "db-1.7.1"
    a_database_of_better_auth_1_7_24_is_taken_over "db-1.7.24"
    a_database_with_rotated_keys_is_taken_over "db-1.7.24-rotated"
}

/// With the admin and username plugins, the jwt plugin, and no field of the tests' own.
fn plugins() -> LayoutSettings {
    let text = |name| Field::optional(name, FieldKind::String);
    LayoutSettings {
        user_fields: vec![
            text("role"),
            Field::optional("banned", FieldKind::Boolean),
            text("banReason"),
            Field::optional("banExpires", FieldKind::Date),
            Field { unique: true, ..text("username") },
            text("displayUsername"),
        ],
        session_fields: vec![text("impersonatedBy")],
        jwt: true,
        rate_limits: true,
        refresh_tokens: true,
        admin: true,
        ..LayoutSettings::default()
    }
}

fn new_user(email: &str) -> NewUser {
    NewUser {
        name: "Eve".to_owned(),
        email: email.to_owned(),
        email_verified: true,
        image: None,
        created_at: start(),
        more: Map::new(),
    }
}

async fn sign_up(store: &Store, email: &str) -> User {
    let account = NewAccount::credential("hash".into());
    match store.create_user(new_user(email), account).await.unwrap() {
        Created::User(user) => user,
        Created::EmailTaken => panic!("{email} is free"),
    }
}

async fn sign_in(store: &Store, user: &User, token: &str) {
    let session = NewSession {
        token: token.to_owned(),
        user_id: user.id.clone(),
        expires_at: start().plus_seconds(3600),
        created_at: start(),
        ip_address: String::new(),
        user_agent: String::new(),
        more: Map::new(),
    };
    store.create_session(session).await.unwrap();
}

async fn every_statement_prepares(store: &Store) {
    for statement in store.all_statements() {
        store.prepare(statement).await.unwrap_or_else(|error| panic!("{error}: {}", statement.sql()));
    }
}

/// What somebody does in a life with Signet, on whatever tables there are.
async fn a_life(store: &Store) -> User {
    let eve = sign_up(store, "eve@example.com").await;
    assert_eq!(store.user_by_id(&eve.id).await.unwrap().as_ref(), Some(&eve));
    assert_eq!(
        store.create_user(new_user("eve@example.com"), NewAccount::default()).await.unwrap(),
        Created::EmailTaken
    );
    sign_in(store, &eve, "eves-token").await;
    let (session, user) = store.session_by_token("eves-token").await.unwrap().expect("a session");
    assert_eq!((&session.user_id, &user, session.expires_at), (&eve.id, &eve, start().plus_seconds(3600)));
    assert_eq!(store.session_by_id(&session.id).await.unwrap().map(|(session, _)| session), Some(session.clone()));
    let later = start().plus_seconds(7200);
    assert!(store.extend_session("eves-token", later, start(), session.expires_at).await.unwrap().is_some());
    assert!(store.extend_session("eves-token", later, start(), session.expires_at).await.unwrap().is_none());
    let github = NewAccount { provider_id: "github".into(), account_id: Some("900".into()), ..NewAccount::default() };
    assert!(store.create_account(&eve.id, github).await.unwrap());
    let (account, owner) = store.account_by_key("github", "900").await.unwrap().expect("an account");
    assert_eq!((&account.user_id, &owner.id), (&eve.id, &eve.id));
    let changes = UserChanges { name: Some("Eva".to_owned()), ..UserChanges::default() };
    assert_eq!(store.update_user(&eve.id, changes).await.unwrap().expect("a user").name, "Eva");
    store.put_verification("a-name", "a-value", later).await.unwrap();
    assert_eq!(store.take_verification("a-name", start()).await.unwrap().as_deref(), Some("a-value"));
    assert!(store.reserve("a-place", "holder", later).await.unwrap());
    assert!(!store.reserve("a-place", "other", later).await.unwrap());
    store.release("a-place", "holder").await.unwrap();
    eve
}

async fn nothing_is_left_of(store: &Store, user: &User) {
    assert!(store.delete_user(&user.id).await.unwrap());
    assert!(store.user_by_id(&user.id).await.unwrap().is_none());
    assert!(store.accounts_of(&user.id).await.unwrap().is_empty());
    assert!(store.sessions_of(&user.id, start()).await.unwrap().is_empty());
}

async fn everybody_is_there(place: &Place, sql: &str, told: &Json) {
    place.run(sql).await;
    let columns = "SELECT concat_ws(' ', table_name, column_name, data_type) FROM information_schema.columns \
        WHERE table_schema = 'public' ORDER BY 1";
    let before = place.column(columns).await;
    let store = place.open(plugins()).await;
    for sql in store.plan().await.unwrap() {
        let adds =
            ["CREATE TABLE \"", "CREATE INDEX \"", "CREATE UNIQUE INDEX \""].iter().any(|act| sql.starts_with(act));
        assert!(adds || (sql.starts_with("ALTER TABLE \"") && sql.contains("\" ADD COLUMN \"")), "{sql}");
    }
    store.migrate().await.unwrap();
    let after = place.column(columns).await;
    assert!(before.iter().all(|column| after.contains(column)), "nothing is changed or gone");
    every_statement_prepares(&store).await;
    let users = told["users"].as_array().map_or(&[][..], Vec::as_slice);
    for known in users {
        let email = known["email"].as_str().unwrap();
        let (user, account) = store.user_with_password(email).await.unwrap().expect("the user");
        assert_eq!(user.name, known["name"].as_str().unwrap());
        assert!(account.and_then(|account| account.password).expect("a hash").expose_secret().len() > 100);
        let cookie = known["cookie"].as_str().unwrap();
        let token = cookie.split(['=', '.']).nth(2).unwrap();
        let (session, owner) = store.session_by_token(token).await.unwrap().expect("the session of the cookie");
        assert_eq!(owner.id, user.id);
        // A time without a zone is UTC.
        let body: Json = serde_json::from_str(known["get_session_body"].as_str().unwrap()).unwrap();
        assert_eq!(session.expires_at.to_string(), body["session"]["expiresAt"].as_str().unwrap());
    }
    let eve = a_life(&store).await;
    nothing_is_left_of(&store, &eve).await;
}

#[tokio::test]
async fn accounts_have_an_issuer_where_better_auth_needs_one() {
    on(Engine::Postgres, async |place| {
        place.run(include_str!("../takeover/fixtures/db-1.7.1.sql")).await;
        let store = place.open(plugins()).await;
        store.migrate().await.unwrap();
        a_life(&store).await;
        let issuers = "SELECT a.issuer FROM account a JOIN \"user\" u ON u.id = a.\"userId\" \
            WHERE u.email = 'eve@example.com' ORDER BY 1";
        assert_eq!(place.column(issuers).await, ["local:credential", "local:oauth:github"]);
    })
    .await;
}

#[tokio::test]
async fn times_without_a_zone_are_in_the_configured_one() {
    on(Engine::Postgres, async |place| {
        place.run(include_str!("../takeover/fixtures/db-1.2.12.sql")).await;
        place
            .run("UPDATE \"user\" SET \"createdAt\" = '2026-07-01 14:00:00', \"updatedAt\" = '2026-12-01 13:00:00'")
            .await;
        let berlin =
            StoreSettings { time_zone: Some("Europe/Berlin".to_owned()), ..StoreSettings::new(place.url.clone()) };
        let store = place.open_with(berlin, plugins()).await;
        store.migrate().await.unwrap();
        let zoe = store.user_by_email("zoe@example.com").await.unwrap().expect("the user");
        assert_eq!(zoe.created_at.to_string(), "2026-07-01T12:00:00.000Z");
        assert_eq!(zoe.updated_at.to_string(), "2026-12-01T12:00:00.000Z");
        // The clock says 11:27 in London, in winter.
        sign_in(&store, &zoe, "a-new-token").await;
        let written = "SELECT \"createdAt\"::text FROM session WHERE token = 'a-new-token'";
        assert_eq!(place.column(written).await, ["2026-11-20 12:27:50.364"]);
        let (session, _) = store.session_by_token("a-new-token").await.unwrap().expect("the session");
        assert_eq!(session.created_at, start());
    })
    .await;
}

#[tokio::test]
async fn times_with_a_zone_are_the_same_in_all() {
    on(Engine::Postgres, async |place| {
        place.run(include_str!("../takeover/fixtures/db-1.7.24.sql")).await;
        let zone = |zone: Option<&str>| StoreSettings {
            time_zone: zone.map(str::to_owned),
            ..StoreSettings::new(place.url.clone())
        };
        let (here, there) = (place.open_with(zone(None), plugins()).await, zone(Some("Asia/Tokyo")));
        let there = place.open_with(there, plugins()).await;
        here.migrate().await.unwrap();
        let eve = sign_up(&there, "eve@example.com").await;
        assert_eq!(here.user_by_id(&eve.id).await.unwrap().expect("the user").created_at, start());
        let zoe = here.user_by_email("zoe@example.com").await.unwrap();
        assert_eq!(zoe, there.user_by_email("zoe@example.com").await.unwrap());
        let wrong =
            Store::open(zone(Some("Europe/Brlin")), Layout::new(plugins()).unwrap(), Clock::System, Random::system());
        assert!(wrong.await.err().expect("no such zone").chain().contains("TimeZone"));
    })
    .await;
}

/// Better Auth's tables as it makes them with `generateId: "serial"` on SQLite.
const SQLITE_SERIAL: &str = "\
    CREATE TABLE \"user\" (\"id\" integer primary key not null, \"name\" text not null, \"email\" text not null unique, \
        \"emailVerified\" integer not null, \"image\" text, \"createdAt\" date not null, \"updatedAt\" date not null);\
    CREATE TABLE \"session\" (\"id\" integer primary key not null, \"expiresAt\" date not null, \
        \"token\" text not null unique, \"createdAt\" date not null, \"updatedAt\" date not null, \"ipAddress\" text, \
        \"userAgent\" text, \"userId\" integer not null references \"user\" (\"id\") on delete cascade);\
    CREATE TABLE \"jwks\" (\"id\" integer primary key not null, \"publicKey\" text not null, \
        \"privateKey\" text not null, \"createdAt\" date not null, \"expiresAt\" date);";

async fn tables_with_numbers(place: &Place, engine: Engine) {
    place
        .run(match engine {
            Engine::Postgres => include_str!("better-auth-serial.sql"),
            Engine::Sqlite => SQLITE_SERIAL,
        })
        .await;
}

async fn ids_are_numbers_where_the_columns_are(engine: Engine) {
    on(engine, async |place| {
        tables_with_numbers(place, engine).await;
        place
            .run(
                "INSERT INTO \"user\" (id, name, email, \"emailVerified\", \"createdAt\", \"updatedAt\") VALUES \
                (41, 'Ada', 'ada@example.com', false, '2026-11-20T11:38:26.753Z', '2026-11-20T11:38:26.753Z')",
            )
            .await;
        let store = place.open(plugins()).await;
        store.migrate().await.unwrap();
        every_statement_prepares(&store).await;
        let ada = store.user_by_email("ada@example.com").await.unwrap().expect("the user");
        assert_eq!((ada.id.as_str(), ada.email_verified), ("41", false));
        for other in ["041", "4e1", " 41", "41.0", "x", "", "99999999999999999999", "-0"] {
            assert!(store.user_by_id(other).await.unwrap().is_none(), "{other}");
        }
        let eve = a_life(&store).await;
        assert!(eve.id.parse::<i64>().unwrap() > 0);
        let next = store.pretended_id("user").await.unwrap();
        assert!(next.parse::<i64>().unwrap() > eve.id.parse().unwrap());
        nothing_is_left_of(&store, &eve).await;
        for table in ["session", "account", "verification", "jwks", "signet_key"] {
            assert!(matches!(store.layout().ids(table), IdKind::Serial { .. }), "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn ids_are_numbers_where_the_columns_are_on_postgres() {
    ids_are_numbers_where_the_columns_are(Engine::Postgres).await;
}

#[tokio::test]
async fn ids_are_numbers_where_the_columns_are_on_sqlite() {
    ids_are_numbers_where_the_columns_are(Engine::Sqlite).await;
}

/// A server goes on with tables that it has made, while others, or the commands, begin with what they find.
async fn whoever_made_the_tables_knows_the_ids_of_whoever_found_them(engine: Engine) {
    for settings in [identity(), uuid(), serial()] {
        on(engine, async |place| {
            let made = place.open(settings.clone()).await;
            made.migrate().await.unwrap();
            let found = place.open(settings).await;
            for table in ["user", "session", "account", "verification", "jwks"] {
                for (giver, reader) in [(&made, &found), (&found, &made)] {
                    let id = giver.new_id_beforehand(table);
                    assert!(reader.layout().id(table, &id).is_some(), "{table} {id}");
                }
                assert_eq!(made.id_for(table, "a name"), found.id_for(table, "a name"), "{table}");
            }
            let until = start().plus_seconds(15);
            assert!(made.reserve("refresh:1", "one", until).await.unwrap());
            assert!(!found.reserve("refresh:1", "another", until).await.unwrap(), "one holds it");
        })
        .await;
    }
}

#[tokio::test]
async fn whoever_made_the_tables_knows_the_ids_of_whoever_found_them_on_postgres() {
    whoever_made_the_tables_knows_the_ids_of_whoever_found_them(Engine::Postgres).await;
}

#[tokio::test]
async fn whoever_made_the_tables_knows_the_ids_of_whoever_found_them_on_sqlite() {
    whoever_made_the_tables_knows_the_ids_of_whoever_found_them(Engine::Sqlite).await;
}

#[tokio::test]
async fn numbers_may_be_those_that_the_database_always_gives() {
    on(Engine::Postgres, async |place| {
        let always = include_str!("better-auth-serial.sql").replace("BY DEFAULT AS IDENTITY", "ALWAYS AS IDENTITY");
        place.run(&always).await;
        let store = place.open(plugins()).await;
        store.migrate().await.unwrap();
        every_statement_prepares(&store).await;
        let eve = a_life(&store).await;
        assert_eq!(place.column("SELECT id::text FROM \"user\"").await, [eve.id.as_str()]);
        nothing_is_left_of(&store, &eve).await;
    })
    .await;
}

#[tokio::test]
async fn a_client_that_is_counted_takes_one_number() {
    on(Engine::Postgres, async |place| {
        let store = place.open(LayoutSettings { ids: IdKind::SERIAL, ..plugins() }).await;
        store.migrate().await.unwrap();
        for _ in 0..5 {
            store.hit_rate_limit("a-client", 10_000, 9, start()).await.unwrap();
        }
        let last = "SELECT last_value::text FROM \"rateLimit_id_seq\"";
        assert_eq!(place.column(last).await, ["1"]);
    })
    .await;
}

#[tokio::test]
async fn each_table_has_ids_of_its_own_kind() {
    on(Engine::Postgres, async |place| {
        place
            .run(
                "CREATE TABLE \"user\" (id uuid PRIMARY KEY, name varchar(255) NOT NULL, email varchar(255) NOT NULL UNIQUE, \
                    \"emailVerified\" boolean NOT NULL, image text, \"createdAt\" timestamp NOT NULL, \"updatedAt\" timestamp NOT NULL);\
                CREATE TABLE session (id bigserial PRIMARY KEY, \"expiresAt\" timestamp NOT NULL, token text NOT NULL UNIQUE, \
                    \"createdAt\" timestamp NOT NULL, \"updatedAt\" timestamp NOT NULL, \"ipAddress\" text, \"userAgent\" text, \
                    \"userId\" uuid NOT NULL REFERENCES \"user\" (id));\
                CREATE TABLE jwks (id varchar(64) PRIMARY KEY, \"publicKey\" text NOT NULL, \"privateKey\" text NOT NULL, \
                    \"createdAt\" timestamp NOT NULL);",
            )
            .await;
        let store = place.open(plugins()).await;
        store.migrate().await.unwrap();
        every_statement_prepares(&store).await;
        let types = "SELECT data_type::text FROM information_schema.columns WHERE (table_name, column_name) IN \
            (('account', 'id'), ('account', 'userId'), ('signet_key', 'id'), ('signet_refresh_token', 'sessionId')) \
            ORDER BY table_name, column_name";
        assert_eq!(place.column(types).await, ["uuid", "uuid", "text", "bigint"]);
        let eve = a_life(&store).await;
        nothing_is_left_of(&store, &eve).await;
    })
    .await;
}

#[tokio::test]
async fn uuids_may_be_in_columns_of_text() {
    on(Engine::Postgres, async |place| {
        place.run(include_str!("better-auth.sql")).await;
        let store = place.open(LayoutSettings { ids: IdKind::Uuid, ..plugins() }).await;
        store.migrate().await.unwrap();
        every_statement_prepares(&store).await;
        let eve = a_life(&store).await;
        assert_eq!(eve.id.len(), 36);
    })
    .await;
}

/// As Better Auth's generator for Drizzle has users and sessions.
const DRIZZLE: &str = "\
    CREATE TABLE \"user\" (id text PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE, \
        email_verified BOOL DEFAULT false NOT NULL, image text, created_at TIME NOT NULL, updated_at TIME NOT NULL);\
    CREATE TABLE session (id text PRIMARY KEY, expires_at TIME NOT NULL, token text NOT NULL UNIQUE, \
        created_at TIME NOT NULL, updated_at TIME NOT NULL, ip_address text, user_agent text, \
        user_id text NOT NULL REFERENCES \"user\" (id) ON DELETE CASCADE);\
    CREATE TABLE rate_limit (id text PRIMARY KEY, \"key\" text NOT NULL UNIQUE, count integer NOT NULL, \
        last_request bigint NOT NULL);";

async fn snake_case_is_found_and_kept(engine: Engine) {
    on(engine, async |place| {
        let (time, bool) = match engine {
            Engine::Postgres => ("timestamp", "boolean"),
            Engine::Sqlite => ("date", "integer"),
        };
        place.run(&DRIZZLE.replace("TIME", time).replace("BOOL", bool)).await;
        let store = place.open(plugins()).await;
        let plan = store.plan().await.unwrap().join(";\n");
        // What is made beside it is spelt as it is.
        for made in ["\"provider_id\" text", "ADD COLUMN \"ban_reason\"", "\"public_key\"", "\"session_user_id_idx\""] {
            assert!(plan.contains(made), "{made} in {plan}");
        }
        assert!(!plan.contains("rateLimit") && !plan.contains("\"userId\""), "{plan}");
        store.migrate().await.unwrap();
        assert!(store.plan().await.unwrap().is_empty());
        every_statement_prepares(&store).await;
        let eve = a_life(&store).await;
        assert_eq!(place.column("SELECT name FROM \"user\" WHERE email_verified").await, ["Eva"]);
        nothing_is_left_of(&store, &eve).await;
    })
    .await;
}

#[tokio::test]
async fn snake_case_is_found_and_kept_on_postgres() {
    snake_case_is_found_and_kept(Engine::Postgres).await;
}

#[tokio::test]
async fn snake_case_is_found_and_kept_on_sqlite() {
    snake_case_is_found_and_kept(Engine::Sqlite).await;
}

#[tokio::test]
async fn new_tables_are_spelt_as_it_is_configured() {
    on(Engine::Postgres, async |place| {
        let layout = LayoutSettings { casing: Some(Casing::Snake), use_plural: true, ..plugins() };
        let store = place.open(layout.clone()).await;
        store.migrate().await.unwrap();
        assert!(place.open(layout).await.plan().await.unwrap().is_empty());
        every_statement_prepares(&store).await;
        a_life(&store).await;
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'signet%' \
            ORDER BY 1";
        assert_eq!(place.column(tables).await, ["accounts", "jwkss", "rate_limits", "sessions", "users", "verifications"]);
    })
    .await;
}

/// Columns that others have for texts, on Postgres.
const OTHER_TEXTS: &str = "\
    CREATE EXTENSION citext; CREATE TYPE \"Role\" AS ENUM ('user', 'admin'); \
    CREATE DOMAIN words AS varchar(200); CREATE DOMAIN names AS words; CREATE DOMAIN address AS citext; \
    CREATE TABLE \"user\" (id char(36) PRIMARY KEY, name names NOT NULL, email address NOT NULL UNIQUE, \
        \"emailVerified\" boolean NOT NULL, image text, \"createdAt\" timestamptz NOT NULL, \
        \"updatedAt\" timestamptz NOT NULL, role \"Role\", username citext UNIQUE, tenant uuid); \
    CREATE TABLE session (id char(36) PRIMARY KEY, \"expiresAt\" timestamptz NOT NULL, token char(40) NOT NULL UNIQUE, \
        \"createdAt\" timestamptz NOT NULL, \"updatedAt\" timestamptz NOT NULL, \"ipAddress\" text, \"userAgent\" text, \
        \"userId\" char(36) NOT NULL REFERENCES \"user\" (id));";

#[tokio::test]
async fn columns_of_text_may_be_citext_or_padded_and_those_of_fields_enums_and_uuids() {
    on(Engine::Postgres, async |place| {
        place.run(OTHER_TEXTS).await;
        let mut layout = plugins();
        layout.user_fields.push(Field::optional("tenant", FieldKind::String));
        let store = place.open(layout).await;
        store.migrate().await.unwrap();
        every_statement_prepares(&store).await;
        let more = json!({"role": "admin", "username": "Zoe", "tenant": "8f14e45f-ceea-467f-a5ab-0d0e5c1f7a10"});
        let Json::Object(more) = more else { panic!("it is one") };
        let zoe = NewUser { more: more.clone(), ..new_user("zoe@example.com") };
        let Created::User(zoe) = store.create_user(zoe, NewAccount::default()).await.unwrap() else {
            panic!("it is free")
        };
        assert!(more.iter().all(|(name, value)| zoe.more[name] == *value), "{:?}", zoe.more);
        place.run("UPDATE \"user\" SET email = 'Zoe@Example.com'").await;
        // Any spelling finds her, and nobody else can have one.
        assert_eq!(store.user_by_email("zoe@example.com").await.unwrap().expect("her").id, zoe.id);
        assert_eq!(store.user_by_field("username", "zoe").await.unwrap().expect("her").id, zoe.id);
        assert_eq!(store.user_with_password("ZOE@example.com").await.unwrap().expect("her").0.id, zoe.id);
        let again = store.create_user(new_user("zoe@example.com"), NewAccount::default()).await.unwrap();
        assert_eq!(again, Created::EmailTaken);
        for (field, operator, value) in [
            ("role", Operator::Eq, "admin"),
            ("tenant", Operator::Eq, "8f14e45f-ceea-467f-a5ab-0d0e5c1f7a10"),
            ("email", Operator::StartsWith, "Zoe"),
            ("email", Operator::Contains, "example"),
        ] {
            let condition = Condition { field: field.to_owned(), operator, values: vec![value.to_owned()] };
            let order = Some(Order { field: field.to_owned(), descending: false });
            let page = Page { conditions: vec![condition], order, limit: 9, offset: 0 };
            assert_eq!(store.list_users(&page).await.unwrap().expect("a page").len(), 1, "{field}");
        }
        let within =
            Condition { field: "role".to_owned(), operator: Operator::Contains, values: vec!["adm".to_owned()] };
        assert!(store.count_users(&[within]).await.unwrap().is_none(), "an enum has no parts");
        let eve = a_life(&store).await;
        nothing_is_left_of(&store, &eve).await;
        let by_email = store.all_statements().into_iter().find(|statement| statement.name() == "by_email").unwrap();
        let by_id = store.all_statements().into_iter().find(|statement| statement.name() == "by_id").unwrap();
        for (statement, index) in [(by_email, "user_email_key"), (by_id, "user_pkey")] {
            let plan = format!(
                "SET enable_seqscan = off; PREPARE asked (text) AS {}; EXPLAIN EXECUTE asked ('x')",
                statement.sql()
            );
            let plan = place.last_column(&plan).await.join("\n");
            assert!(plan.contains(index) && plan.contains("Index Cond"), "{plan}");
        }
    })
    .await;
}

#[tokio::test]
async fn tables_of_that_name_which_nothing_uses_may_have_any_columns() {
    on(Engine::Postgres, async |place| {
        place
            .run("CREATE TABLE \"rateLimit\" (id bytea, key inet); CREATE TABLE jwks (id json, \"createdAt\" bigint)")
            .await;
        let store = place.open(LayoutSettings { jwt: false, rate_limits: false, ..plugins() }).await;
        store.migrate().await.unwrap();
        a_life(&store).await;
    })
    .await;
}

/// What a start on a database warns of.
async fn warnings(place: &Place, layout: LayoutSettings) -> String {
    let heard = Heard::default();
    let writer = heard.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let listening = tracing::subscriber::set_default(subscriber);
    place.open(layout).await;
    drop(listening);
    let heard = heard.0.lock().unwrap();
    String::from_utf8_lossy(&heard).into_owned()
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_start_warns_of_required_columns_where_it_makes_rows_and_nowhere_else() {
    on(Engine::Sqlite, async |place| {
        place.open(plugins()).await.migrate().await.unwrap();
        for (table, column) in [("user", "clan"), ("account", "region"), ("rateLimit", "zone"), ("jwks", "owner")] {
            let columns = place.column(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
            let columns: Vec<_> = columns.iter().map(|name| format!("\"{name}\" text")).collect();
            // SQLite adds no required column without a default.
            place
                .run(&format!(
                    "DROP TABLE \"{table}\"; CREATE TABLE \"{table}\" ({}, {column} text NOT NULL)",
                    columns.join(", ")
                ))
                .await;
        }
        let off = warnings(place, LayoutSettings { jwt: false, rate_limits: false, ..plugins() }).await;
        let lines: Vec<_> = off.lines().collect();
        let about = |column: &str| lines.iter().find(|line| line.contains(column)).copied().unwrap_or_default();
        assert_eq!(lines.len(), 2, "{off}");
        assert!(about("clan").contains("additional_fields"), "{off}");
        assert!(
            about("region").contains("give them a default") && !about("region").contains("additional_fields"),
            "{off}"
        );
        let on = warnings(place, plugins()).await;
        assert!(on.contains("zone") && on.contains("owner"), "{on}");
    })
    .await;
}

async fn refused(place: &Place) -> String {
    let (settings, layout) = (StoreSettings::new(place.url.clone()), Layout::new(plugins()).unwrap());
    match Store::open(settings, layout, Clock::System, Random::system()).await {
        Ok(_) => panic!("it is opened"),
        Err(error) => error.chain(),
    }
}

#[tokio::test]
async fn what_would_be_misread_is_refused_in_a_line() {
    for (sql, line) in [
        (
            "CREATE TABLE \"user\" (id bytea PRIMARY KEY)",
            "column \"id\" of table \"user\" is of type bytea; ids are text, uuid or integer",
        ),
        ("CREATE TABLE \"user\" (id integer PRIMARY KEY)", "ALTER SEQUENCE"),
        (
            "CREATE TABLE \"user\" (id text PRIMARY KEY, \"createdAt\" bigint)",
            "column \"createdAt\" of table \"user\" is of type bigint",
        ),
        (
            "CREATE TABLE session (id text PRIMARY KEY, \"ipAddress\" inet)",
            "column \"ipAddress\" of table \"session\" is of type inet; texts are text, varchar or citext: \
            ALTER TABLE \"session\" ALTER COLUMN \"ipAddress\" TYPE text",
        ),
        (
            "CREATE TYPE provider AS ENUM ('github'); CREATE TABLE account (id text PRIMARY KEY, \"providerId\" provider)",
            "column \"providerId\" of table \"account\" is of type provider; texts are",
        ),
        (
            "CREATE TABLE \"user\" (id uuid PRIMARY KEY); CREATE TABLE session (id text PRIMARY KEY, \"userId\" text)",
            "column \"userId\" of table \"session\" is of another type than the ids that it holds",
        ),
    ] {
        on(Engine::Postgres, async |place| {
            place.run(sql).await;
            let said = refused(place).await;
            assert!(said.contains(line) && !said.contains('\n'), "{said}");
        })
        .await;
    }
    on(Engine::Sqlite, async |place| {
        place.run("CREATE TABLE \"user\" (id text PRIMARY KEY, created_at integer NOT NULL)").await;
        assert!(
            refused(place)
                .await
                .contains("column \"created_at\" of table \"user\" is of type integer; times are texts")
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_somebody_elses_is_told_and_left_alone() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        on(engine, async |place| {
            place.open(identity()).await.migrate().await.unwrap();
            place
                .run(
                    "CREATE TABLE passkey (id text); ALTER TABLE \"user\" ADD COLUMN \"stripeId\" text; \
                    ALTER TABLE \"user\" ADD COLUMN tenant text NOT NULL DEFAULT 'x'; \
                    ALTER TABLE account ADD COLUMN region text;",
                )
                .await;
            let present = place.open(identity()).await.present().await.unwrap();
            assert_eq!(present.others(), ["passkey"]);
            let users = present.logical("user").unwrap();
            let names: Vec<_> = users.foreign_columns().map(|column| column.name.as_str()).collect();
            assert_eq!(names, ["stripeId", "tenant"]);
            assert_eq!(users.columns_in_the_way().count(), 0);
            assert_eq!(users.column("email").unwrap().logical.as_deref(), Some("email"));
        })
        .await;
    }
    on(Engine::Postgres, async |place| {
        place.open(identity()).await.migrate().await.unwrap();
        place.run("ALTER TABLE \"user\" ADD COLUMN tenant text NOT NULL").await;
        let present = place.open(identity()).await.present().await.unwrap();
        let in_the_way: Vec<_> = present.logical("user").unwrap().columns_in_the_way().collect();
        assert_eq!((in_the_way.len(), in_the_way[0].name.as_str()), (1, "tenant"));
    })
    .await;
}

#[tokio::test]
async fn a_user_who_may_not_change_tables_is_told_what_to_do_and_then_serves() {
    on(Engine::Postgres, async |place| {
        tables_with_numbers(place, Engine::Postgres).await;
        let role = format!("clerk_{}", Random::system().id().to_lowercase());
        place.run(&format!("CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA public TO {role}")).await;
        let StoreUrl::Postgres(url) = &place.url else { panic!("it is on Postgres") };
        let mut url = url::Url::parse(url.expose_secret()).unwrap();
        url.set_username(&role).unwrap();
        url.set_password(Some("x")).unwrap();
        let clerk = Place { url: StoreUrl::Postgres(String::from(url).into()), clock: place.clock.clone() };
        let store = clerk.open(plugins()).await;
        let said = store.migrate().await.expect_err("it may not").chain();
        assert!(said.contains("signet migrate --plan") && !said.contains('\n'), "{said}");
        for sql in store.plan().await.unwrap() {
            place.run(&sql).await;
        }
        let grants = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ROLE; \
            GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ROLE";
        place.run(&grants.replace("ROLE", &role)).await;
        let store = clerk.open(plugins()).await;
        assert_eq!(store.migrate().await.unwrap(), 0);
        let eve = a_life(&store).await;
        nothing_is_left_of(&store, &eve).await;
        store.close().await;
        place.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    })
    .await;
}
