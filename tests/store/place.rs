//! A database for one test, and the layouts to test.

#![allow(dead_code, reason = "a toolkit: the tests of each floor take from it what they need")]

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use signet::base::{Clock, Field, FieldKind, Random, Timestamp};
use signet::store::{IdKind, Layout, LayoutSettings, Store, StoreSettings, StoreUrl, TableNames};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};
use tempfile::TempDir;

#[derive(Clone, Copy)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// An empty database.
pub struct Place {
    pub url: StoreUrl,
    pub clock: Clock,
}

/// 2026-11-20T11:27:50.364Z, where every test's clock stands.
pub fn start() -> Timestamp {
    Timestamp::from_millis(1_795_174_070_364)
}

impl Place {
    /// A store on it, which has migrated nothing.
    pub async fn open(&self, layout: LayoutSettings) -> Store {
        self.open_with(StoreSettings::new(self.url.clone()), layout).await
    }

    pub async fn open_with(&self, settings: StoreSettings, layout: LayoutSettings) -> Store {
        let layout = Layout::new(layout).expect("the layout is sound");
        Store::open(settings, layout, self.clock.clone(), Random::system()).await.expect("the database is there")
    }
}

/// Runs a test on a fresh database, which is gone afterwards however the test ends.
pub async fn on(engine: Engine, test: impl AsyncFnOnce(&Place)) {
    let clock = Clock::manual(start());
    match engine {
        Engine::Sqlite => {
            let directory = TempDir::new_in("/dev/shm").expect("there is memory-backed storage");
            test(&Place { url: StoreUrl::Sqlite(directory.path().join("test.db")), clock }).await;
        }
        Engine::Postgres => {
            let Some(server) = server() else { return };
            let name = format!("signet_{}", Random::system().id().to_lowercase());
            administer(&server, format!("CREATE DATABASE {name}")).await;
            let url = StoreUrl::Postgres(SecretString::from(server.replace("{db}", &name)));
            let outcome = AssertUnwindSafe(test(&Place { url, clock })).catch_unwind().await;
            administer(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
            if let Err(panic) = outcome {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// The template of the server's URL, or a word about why a test does nothing.
pub fn server() -> Option<String> {
    let server = std::env::var("SIGNET_TEST_POSTGRES").ok();
    if server.is_none() {
        eprintln!("skipped: set SIGNET_TEST_POSTGRES, or run scripts/test");
    }
    server
}

async fn administer(server: &str, sql: String) {
    let mut connection = PgConnection::connect(&server.replace("{db}", "postgres")).await.expect("Postgres is there");
    connection.execute(AssertSqlSafe(sql)).await.expect("the test may make databases");
}

/// Better Auth's own names and ids, and additional fields of every kind.
pub fn identity() -> LayoutSettings {
    LayoutSettings {
        user_fields: vec![
            Field::optional("nickname", FieldKind::String),
            Field::optional("age", FieldKind::Number),
            Field::optional("vip", FieldKind::Boolean),
            Field::optional("birthday", FieldKind::Date),
            Field::optional("tags", FieldKind::Json),
        ],
        session_fields: vec![Field::optional("device", FieldKind::String)],
        jwt: true,
        rate_limits: true,
        refresh_tokens: true,
        audit: true,
        ..LayoutSettings::default()
    }
}

/// `generate_id = "uuid"`.
pub fn uuid() -> LayoutSettings {
    LayoutSettings { ids: IdKind::Uuid, ..identity() }
}

/// `generate_id = "serial"`.
pub fn serial() -> LayoutSettings {
    LayoutSettings { ids: IdKind::SERIAL, ..identity() }
}

/// As Drizzle's generator names things, with tables renamed, one of them by a word with a quote in it.
pub fn snake() -> LayoutSettings {
    let table = |model_name: &str, fields: &[&str]| TableNames {
        model_name: Some(model_name.to_owned()),
        fields: fields.iter().map(|field| ((*field).to_owned(), snake_case(field))).collect(),
    };
    let mut user = table("people", &["emailVerified", "createdAt", "updatedAt"]);
    user.fields.insert("nickname".to_owned(), "nick_name".to_owned());
    let names = ["expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId"];
    let mut settings = identity();
    settings.tables = HashMap::from([
        ("user".to_owned(), user),
        ("session".to_owned(), table("their \"sessions\"", &names)),
        ("account".to_owned(), table("accounts", &["accountId", "providerId", "userId", "createdAt", "updatedAt"])),
        ("verification".to_owned(), table("verifications", &["expiresAt", "createdAt", "updatedAt"])),
        ("rateLimit".to_owned(), table("rate_limits", &["lastRequest"])),
        ("jwks".to_owned(), table("jwks", &["publicKey", "privateKey", "createdAt", "expiresAt"])),
    ]);
    settings.user_fields[1].column = Some("years".to_owned());
    settings
}

fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut snake, letter| {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
        snake
    })
}

impl Place {
    /// Runs SQL of the test's own.
    pub async fn run(&self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match &self.url {
            StoreUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
                let mut connection = options.connect().await.expect("the file can be opened");
                sql.execute(&mut connection).await.map(drop)
            }
            StoreUrl::Memory => panic!("nobody but its store reaches it"),
            StoreUrl::Postgres(url) => {
                let mut connection = PgConnection::connect(url.expose_secret()).await.expect("Postgres is there");
                sql.execute(&mut connection).await.map(drop)
            }
        }
        .expect("the test's SQL is sound");
    }

    /// The column of text that the last of several statements gives, on Postgres.
    pub async fn last_column(&self, sql: &str) -> Vec<String> {
        let StoreUrl::Postgres(url) = &self.url else { panic!("it is on Postgres") };
        let mut connection = PgConnection::connect(url.expose_secret()).await.expect("Postgres is there");
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let rows = sql.fetch_all(&mut connection).await.expect("the test's SQL is sound");
        rows.iter().map(|row| row.get_unchecked(0)).collect()
    }

    /// A column of text that SQL of the test's own gives.
    pub async fn column(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.url {
            StoreUrl::Sqlite(path) => {
                let mut connection =
                    SqliteConnectOptions::new().filename(path).connect().await.expect("the file is there");
                sqlx::query_scalar(sql).persistent(false).fetch_all(&mut connection).await
            }
            StoreUrl::Memory => panic!("nobody but its store reaches it"),
            StoreUrl::Postgres(url) => {
                let mut connection = PgConnection::connect(url.expose_secret()).await.expect("Postgres is there");
                sqlx::query_scalar(sql).persistent(false).fetch_all(&mut connection).await
            }
        }
        .expect("the test's SQL is sound")
    }
}
