//! `signet doctor database` on a database of Better Auth's that is good, and on ones that each have one thing wrong.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use signet::base::Random;
use signet::crypto::jose::{Algorithm, KeyKind, PrivateJwk};
use signet::crypto::{CookieSigner, Sealer, Secrets};
use signet::store::StoreUrl;

use crate::place::{Done, Place, files};

#[path = "../store/place.rs"]
mod database;

use database::{Engine, on};

const SECRET: &str = "kJ8vQ2mZpX4tR7wB9nL1cF6hD3sG5yAe";
const OTHER: &str = "wB9nL1cF6hD3sG5yAekJ8vQ2mZpX4tR7";
const TOKEN: &str = "eEhizNeMbvWHomdgxkNdt41ZglmsiSbG";
const HASH: &str = "00112233445566778899aabbccddeeff:f5b22309b28fe412c82a4b2cab57498b8f8a42c849af16cb908974048f61c13933421858db3a8f111430bdc493c7cef90f61f904061c77206e3820a2e8b11bc2";
/// Bans hold, and hashes can be read by Better Auth.
const ADMIN: &str = "plugins.admin.enabled = true\nemail_and_password.password.algorithm = \"scrypt\"\n";

/// Whoever forgot a password can be sent a link.
const MAIL: &str = "mail = { transport = \"log\" }\n";

fn secrets(secret: &str) -> Secrets {
    Secrets::new(Vec::new(), Some(secret.into())).expect("a secret")
}

/// A row of `jwks` whose private half is sealed by a sealer.
fn key(kid: &str, sealer: &Sealer, expires_at: &str) -> String {
    let random = Random::system();
    let jwk = PrivateJwk::generate(KeyKind::from(Algorithm::EdDSA), &random).expect("a key");
    let sealed = sealer.seal_private_key(&random, &jwk.private_json());
    format!(
        "INSERT INTO jwks VALUES ('{kid}', '{}', '{sealed}', '2026-11-20T11:38:29.846Z', {expires_at}, 'EdDSA', 'Ed25519');",
        jwk.public_json()
    )
}

/// One user with a password, a session and a key, as Better Auth writes them.
fn rows() -> String {
    const THEN: &str = "'2026-11-20T11:38:29.846Z'";
    format!(
        "INSERT INTO \"user\" VALUES ('u1', 'Zoë', 'zoe@example.com', false, NULL, {THEN}, {THEN}, 'user', false, NULL, NULL);
         INSERT INTO session VALUES ('s1', '2099-01-01T00:00:00.000Z', '{TOKEN}', {THEN}, {THEN}, '', '', 'u1', NULL);
         INSERT INTO account VALUES
             ('a1', 'u1', 'credential', 'u1', NULL, NULL, NULL, NULL, NULL, NULL, '{HASH}', {THEN}, {THEN});
         {}",
        key("k1", &Sealer::new(&secrets(SECRET)), "NULL")
    )
}

/// A database with those rows after some SQL has spoiled it.
struct Database<'p> {
    place: &'p database::Place,
    directory: Place,
}

impl<'p> Database<'p> {
    async fn new(place: &'p database::Place) -> Self {
        let tables = match &place.url {
            StoreUrl::Postgres(_) => include_str!("../store/better-auth.sql"),
            _ => include_str!("../store/better-auth-sqlite.sql"),
        };
        place.run(tables).await;
        place.run(&rows()).await;
        let directory = Place::new();
        directory.write("signet.toml", ADMIN);
        Self { place, directory }
    }

    fn url(&self) -> String {
        match &self.place.url {
            StoreUrl::Postgres(url) => url.expose_secret().to_owned(),
            StoreUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            StoreUrl::Memory => panic!("no other process reaches it"),
        }
    }

    fn run(&self, arguments: &str, environment: &[(&str, &str)]) -> Done {
        let url = self.url();
        let environment = [&[("DATABASE_URL", url.as_str())], environment].concat();
        self.directory.run_with(&format!("doctor database {arguments}"), &environment, "")
    }

    fn examined(&self, arguments: &str, environment: &[(&str, &str)]) -> Examined {
        Examined::of(&self.run(&format!("--json {arguments}"), environment))
    }

    fn examine(&self) -> Examined {
        self.examined("", &[("BETTER_AUTH_SECRET", SECRET)])
    }

    async fn spoilt(&self, sql: &str) -> Examined {
        self.place.run(sql).await;
        self.examine()
    }
}

/// What the command said.
#[derive(Debug)]
struct Examined {
    code: i32,
    report: Value,
}

impl Examined {
    fn of(done: &Done) -> Self {
        let report = serde_json::from_str(&done.said).unwrap_or_else(|_| panic!("{}{}", done.said, done.complained));
        Self { code: done.code, report }
    }

    fn of_level(&self, level: &str) -> Vec<&str> {
        let findings = self.report["findings"].as_array().expect("findings").iter();
        findings
            .filter(|finding| finding["level"] == level)
            .map(|finding| finding["code"].as_str().expect("a code"))
            .collect()
    }

    fn text(&self, code: &str) -> &str {
        let mut findings = self.report["findings"].as_array().expect("findings").iter();
        let found = findings.find(|finding| finding["code"] == code);
        found.unwrap_or_else(|| panic!("{self:#?}"))["text"].as_str().expect("a text")
    }

    /// Asserts that nothing is bad but these, and that the exit code says so.
    fn is_bad_for(&self, codes: &[&str]) -> &Self {
        assert_eq!(self.of_level("bad"), codes, "{self:#?}");
        let expected = if codes.is_empty() { (0, "ok") } else { (1, "bad") };
        assert_eq!((self.code, self.report["verdict"].as_str().expect("a verdict")), expected);
        self
    }

    fn has(&self, level: &str, code: &str) -> &Self {
        assert!(self.of_level(level).contains(&code), "{level} {code}: {self:#?}");
        self
    }
}

/// Every row of every table, as text.
async fn dump(place: &database::Place) -> Vec<String> {
    let mut all = Vec::new();
    for table in ["\"user\"", "session", "account", "verification", "jwks"] {
        let sql = match &place.url {
            StoreUrl::Postgres(_) => format!("SELECT CAST(t AS text) FROM {table} AS t ORDER BY 1"),
            _ => format!("SELECT group_concat(id || \"createdAt\") FROM {table}"),
        };
        all.extend(place.column(&format!("SELECT COALESCE((SELECT 1 FROM {table}), 0) || ''")).await);
        if table != "verification" {
            all.extend(place.column(&sql).await);
        }
    }
    let tables = match &place.url {
        StoreUrl::Postgres(_) => {
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
        }
        _ => "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
    };
    all.extend(place.column(tables).await);
    all
}

async fn is_good_and_not_changed(place: &database::Place) {
    let database = Database::new(place).await;
    let before = dump(place).await;
    let examined = database.examine();
    examined.is_bad_for(&[]).has("ok", "secret").has("ok", "usable").has("ok", "verified").has("ok", "readable");
    assert_eq!(dump(place).await, before);
    assert_eq!(files(&database.directory.path("")), ["signet.toml"]);
    let said = database.run("", &[("BETTER_AUTH_SECRET", SECRET)]).well();
    assert!(said.contains("Better Auth 1.7.3 or later"), "{said}");
    assert!(said.ends_with("Nobody is logged out, locked out or let in.\n"), "{said}");
}

#[tokio::test]
async fn a_good_database_is_good_and_nothing_in_it_changes() {
    on(Engine::Sqlite, async |place| {
        is_good_and_not_changed(place).await;
        let StoreUrl::Sqlite(path) = &place.url else { panic!("a file") };
        let header = std::fs::read(path).expect("it is there");
        assert_eq!(header[18..20], [1, 1], "the file is not turned to a write-ahead log");
        let left = files(path.parent().expect("a directory"));
        assert_eq!(left, ["test.db"]);
    })
    .await;
    on(Engine::Postgres, is_good_and_not_changed).await;
}

#[tokio::test]
async fn a_secret_that_opens_nothing_is_bad_and_none_at_all_too() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let examined = database.examined("", &[("BETTER_AUTH_SECRET", OTHER)]);
        examined.is_bad_for(&["sealed", "secret-wrong"]);
        database.examined("", &[]).has("bad", "secret-missing");
        // Better Auth signs with the first version and with no other, so this one cannot read what is older.
        let versions = [("BETTER_AUTH_SECRETS", &*format!("2:{SECRET}"))];
        database.examined("", &versions).is_bad_for(&["sealed", "secret-unproven"]);
        let versions = [("BETTER_AUTH_SECRETS", &*format!("2:{OTHER}")), ("BETTER_AUTH_SECRET", SECRET)];
        database.examined("", &versions).is_bad_for(&[]).has("note", "secret-order");
    })
    .await;
}

#[tokio::test]
async fn a_version_of_the_secret_that_is_lost_is_bad() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let versions = Secrets::new(vec![(2, OTHER.into())], Some(SECRET.into())).expect("secrets");
        let examined = database.spoilt(&key("k2", &Sealer::new(&versions), "NULL")).await;
        examined.is_bad_for(&["sealed", "secret-version-missing"]);
        assert!(examined.text("sealed").starts_with("k2 is live"), "{examined:#?}");
    })
    .await;
}

#[tokio::test]
async fn an_expired_key_that_nobody_can_open_any_more_is_no_harm() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let lost = key("k0", &Sealer::new(&secrets(OTHER)), "'2026-11-20T12:00:00.000Z'");
        database.spoilt(&lost).await.is_bad_for(&[]).has("note", "sealed-expired");
    })
    .await;
}

#[tokio::test]
async fn cookies_are_checked_against_the_secret_the_name_and_the_rows() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let signed = |secret, token: &str| CookieSigner::new(&secrets(secret)).sign(token);
        let own = [("BETTER_AUTH_SECRET", SECRET)];
        let good = format!("--cookie better-auth.session_token={}", signed(SECRET, TOKEN));
        database.examined(&good, &own).is_bad_for(&[]).has("ok", "cookies");
        let cookies = format!("{}\n\n{}\n", signed(SECRET, TOKEN), signed(OTHER, TOKEN));
        database.directory.write("cookies", &cookies);
        database.examined("--cookies cookies", &own).is_bad_for(&["cookie-signature"]);
        let other_name = format!("--cookie __Secure-better-auth.session_token={}", signed(SECRET, TOKEN));
        let examined = database.examined(&other_name, &own);
        examined.is_bad_for(&["cookie-name"]);
        let text = examined.text("cookie-name");
        assert!(text.contains("the name that it has with https") && !text.contains("cookie_prefix"), "{text}");
        let gone = format!("--cookie {}", signed(SECRET, "eEhizNeMbvWHomdgxkNdt41ZglmsiSbX"));
        database.examined(&gone, &own).is_bad_for(&["cookie-session"]);
    })
    .await;
}

#[tokio::test]
async fn where_somebody_is_signed_in_and_nothing_proves_the_secret_a_cookie_has_to() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let examined = database.spoilt("DELETE FROM jwks").await;
        examined.is_bad_for(&["secret-unproven"]);
        assert!(examined.text("secret-unproven").contains("--cookie"));
        database.examined("", &[("BETTER_AUTH_SECRET", OTHER)]).is_bad_for(&["secret-unproven"]);
        let said = database.run("", &[("BETTER_AUTH_SECRET", OTHER)]).said;
        assert!(!said.contains("Nobody is logged out"), "{said}");
        let cookie = format!("--cookie {}", CookieSigner::new(&secrets(SECRET)).sign(TOKEN));
        database.examined(&cookie, &[("BETTER_AUTH_SECRET", SECRET)]).is_bad_for(&[]).has("ok", "secret");
        database.examined(&cookie, &[("BETTER_AUTH_SECRET", OTHER)]).is_bad_for(&["cookie-signature"]);
        let sealer = Sealer::new(&secrets(SECRET));
        let sealed = sealer.seal(&Random::system(), "a provider's token");
        let examined = database.spoilt(&format!("UPDATE account SET \"accessToken\" = '{sealed}'")).await;
        examined.is_bad_for(&[]).has("ok", "secret");
        let other = database.examined("", &[("BETTER_AUTH_SECRET", OTHER)]);
        other.is_bad_for(&["provider-tokens-sealed", "secret-wrong"]);
    })
    .await;
}

#[tokio::test]
async fn users_without_a_single_session_are_bad_until_it_is_known_that_none_is_elsewhere() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let over = "DELETE FROM jwks; UPDATE session SET \"expiresAt\" = '2026-11-20T12:00:00.000Z'";
        database.spoilt(over).await.is_bad_for(&[]).has("note", "none-live").has("note", "secret-unproven");
        let examined = database.spoilt("DELETE FROM session").await;
        examined.is_bad_for(&["none-live"]);
        assert!(examined.text("none-live").contains("session.adopt_from_secondary_storage = true"), "{examined:#?}");
        let options =
            json!({ "emailAndPassword": { "enabled": true }, "plugins": [{ "id": "jwt" }, { "id": "admin" }] });
        database.directory.write("options.json", &options.to_string());
        let own = [("BETTER_AUTH_SECRET", SECRET)];
        database.examined("--options options.json", &own).is_bad_for(&[]).has("note", "none-live");
        let redis = "secondary_storage.url = \"redis://127.0.0.1:1\"\nsession.adopt_from_secondary_storage = true\n";
        database.directory.write("signet.toml", &format!("{ADMIN}{redis}"));
        database.examine().is_bad_for(&["secret-unproven"]).has("note", "elsewhere");
        let cookie = format!("--cookie {}", CookieSigner::new(&secrets(SECRET)).sign(TOKEN));
        database.examined(&cookie, &own).is_bad_for(&[]).has("note", "cookie-elsewhere");
    })
    .await;
}

#[tokio::test]
async fn without_a_table_of_sessions_everything_else_is_still_looked_at() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let redis = "secondary_storage.url = \"redis://127.0.0.1:1\"\nsession.adopt_from_secondary_storage = true\n";
        let configure = |toml: &str| database.directory.write("signet.toml", &format!("{toml}{redis}"));
        configure(ADMIN);
        database.spoilt("DROP TABLE session").await.is_bad_for(&[]).has("note", "sessions-elsewhere").has("ok", "plan");
        configure("");
        let spoilt = "UPDATE \"user\" SET banned = 1; UPDATE account SET password = '5f4dcc3b5aa765d61d8327deb882cf99'";
        database.spoilt(spoilt).await.is_bad_for(&["unverified", "banned"]);
        let other = database.examined("", &[("BETTER_AUTH_SECRET", OTHER)]);
        other.is_bad_for(&["sealed", "secret-wrong", "unverified", "banned"]);
        database.directory.write("signet.toml", "");
        database.examine().is_bad_for(&["table-missing", "unverified", "banned"]);
    })
    .await;
}

async fn rows_with_nothing_where_something_has_to_be_are_bad(place: &database::Place) {
    let database = Database::new(place).await;
    let drop_not_null = |table: &str, column: &str| match &place.url {
        StoreUrl::Postgres(_) => format!("ALTER TABLE \"{table}\" ALTER \"{column}\" DROP NOT NULL;"),
        _ => format!(
            "ALTER TABLE \"{table}\" ADD other; UPDATE \"{table}\" SET other = \"{column}\"; ALTER TABLE \"{table}\" DROP \
             COLUMN \"{column}\"; ALTER TABLE \"{table}\" RENAME COLUMN other TO \"{column}\";"
        ),
    };
    let nullable = [("user", "name"), ("user", "emailVerified"), ("session", "updatedAt"), ("account", "accountId")];
    let sql: String = nullable.map(|(table, column)| drop_not_null(table, column)).concat();
    database.spoilt(&sql).await.is_bad_for(&[]);
    let more = "INSERT INTO \"user\" (id, email, \"emailVerified\", \"createdAt\", \"updatedAt\") \
        SELECT 'u2', 'u2@example.com', \"emailVerified\", \"createdAt\", \"updatedAt\" FROM \"user\"; \
        INSERT INTO account (id, \"userId\", \"providerId\", password, \"createdAt\", \"updatedAt\") \
        SELECT 'a2', 'u2', \"providerId\", password, \"createdAt\", \"updatedAt\" FROM account; \
        INSERT INTO session (id, token, \"userId\", \"expiresAt\", \"createdAt\") \
        SELECT 's2', 's2', 'u1', '2026-11-20T12:00:00.000Z', \"createdAt\" FROM session";
    let examined = database.spoilt(more).await;
    examined.is_bad_for(&["value-missing", "value-missing"]);
    assert!(examined.text("value-missing").starts_with("`user` has 1 row with no value in `name`, "), "{examined:#?}");
}

#[tokio::test]
async fn rows_that_lack_what_signet_must_have_are_counted_where_the_table_allows_them() {
    on(Engine::Sqlite, rows_with_nothing_where_something_has_to_be_are_bad).await;
    on(Engine::Postgres, rows_with_nothing_where_something_has_to_be_are_bad).await;
}

#[tokio::test]
async fn tables_and_columns_of_other_names_are_bad_until_they_are_configured() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let examined = database.spoilt("ALTER TABLE session RENAME COLUMN token TO session_key").await;
        examined.is_bad_for(&["column-missing"]);
        assert!(examined.text("column-missing").contains("session_key"), "{examined:#?}");
        database.directory.write("signet.toml", &format!("{ADMIN}session.fields.token = \"session_key\"\n"));
        database.examine().is_bad_for(&[]);
        let examined = database.spoilt("ALTER TABLE session RENAME TO sessions").await;
        examined.is_bad_for(&["table-renamed"]);
        assert!(examined.text("table-renamed").contains("session.model_name = \"sessions\""), "{examined:#?}");
        let examined = database.spoilt("DROP TABLE sessions").await;
        examined.is_bad_for(&["table-missing"]);
        database.spoilt("ALTER TABLE \"user\" RENAME TO people").await.is_bad_for(&["no-database"]);
    })
    .await;
}

#[tokio::test]
async fn what_another_plugin_left_is_ignored_unless_every_new_row_must_have_it() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let examined = database
            .spoilt("CREATE TABLE passkey (id text); CREATE TABLE orders (id text); ALTER TABLE session ADD \"activeOrganizationId\" text")
            .await;
        examined.is_bad_for(&[]).has("note", "ignored").has("note", "plugin-ignored");
        let text = examined.report.to_string();
        assert!(text.contains("the plugin passkey") && text.contains("the plugin organization"), "{text}");
        let required = "ALTER TABLE \"user\" ADD tenant text NOT NULL DEFAULT 'x'";
        database.spoilt(required).await.is_bad_for(&[]);
        // SQLite adds no such column to a table with rows.
        let required = "CREATE TABLE more (id text, company text NOT NULL); DROP TABLE verification; \
            CREATE TABLE verification (id text PRIMARY KEY, identifier text NOT NULL, value text NOT NULL, \
            \"expiresAt\" date NOT NULL, \"createdAt\" date, \"updatedAt\" date, company text NOT NULL)";
        let examined = database.spoilt(required).await;
        examined.is_bad_for(&["column-required"]);
        assert!(examined.text("column-required").contains("`company`"), "{examined:#?}");
    })
    .await;
}

#[tokio::test]
async fn hashes_are_counted_by_kind_and_those_that_nobody_can_verify_are_bad() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let bcrypt = "$2b$10$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
        let more = |place: usize, hash: &str| {
            format!(
                "INSERT INTO account SELECT 'b{place}', 'u1', 'credential', 'u1', NULL, NULL, NULL, NULL, NULL, NULL, \
                 '{hash}', \"createdAt\", \"updatedAt\" FROM account WHERE id = 'a1';"
            )
        };
        let examined = database.spoilt(&more(1, bcrypt)).await;
        examined.is_bad_for(&[]).has("note", "way-back-hashes");
        let upper = HASH.to_uppercase();
        let md5 = "5f4dcc3b5aa765d61d8327deb882cf99";
        let examined = database.spoilt(&(more(2, md5) + &more(3, &upper))).await;
        examined.is_bad_for(&["unverified"]);
        assert!(examined.text("unverified").contains("2 passwords"), "{examined:#?}");
        assert!(!examined.report.to_string().contains(md5), "no hash is shown");
    })
    .await;
}

#[tokio::test]
async fn second_factors_and_bans_that_would_not_hold_are_bad() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        database.spoilt("ALTER TABLE \"user\" ADD \"twoFactorEnabled\" integer").await.is_bad_for(&[]);
        let examined = database.spoilt("UPDATE \"user\" SET \"twoFactorEnabled\" = 1").await;
        examined.is_bad_for(&["second-factor"]);
        let examined = database.spoilt("UPDATE \"user\" SET banned = 1, \"twoFactorEnabled\" = 0").await;
        examined.is_bad_for(&[]);
        database.directory.write("signet.toml", "");
        database.examine().is_bad_for(&["banned"]).has("note", "way-back");
    })
    .await;
}

#[tokio::test]
async fn accounts_of_a_provider_that_is_not_configured_are_counted() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let sql = "UPDATE account SET \"providerId\" = 'github', password = NULL";
        let examined = database.spoilt(sql).await;
        examined.is_bad_for(&["no-way-in"]).has("note", "provider");
        assert!(examined.text("no-way-in").contains("mail.transport"), "{examined:#?}");
        database.directory.write("signet.toml", &format!("{ADMIN}{MAIL}"));
        database.examine().is_bad_for(&[]).has("note", "no-way-in");
        let github = "social_providers.github = { client_id = \"g\", client_secret = \"s\" }\n";
        database.directory.write("signet.toml", &format!("{ADMIN}{github}"));
        database.examine().is_bad_for(&[]);
        assert!(!database.examine().of_level("note").contains(&"no-way-in"));
    })
    .await;
}

#[tokio::test]
async fn users_whose_only_way_in_is_not_there_are_bad() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let configure = |toml: &str| database.directory.write("signet.toml", &format!("{ADMIN}{MAIL}{toml}"));
        configure("email_and_password.enabled = false\n");
        let examined = database.examine();
        examined.is_bad_for(&["no-way-in"]);
        assert!(examined.text("no-way-in").contains("1 user has") && !examined.report.to_string().contains("/request"));
        configure("");
        let passkeys = "CREATE TABLE passkey (id text, \"userId\" text); INSERT INTO passkey VALUES ('p1', 'u1')";
        database.spoilt(passkeys).await.is_bad_for(&[]);
        let examined = database.spoilt("UPDATE account SET password = NULL").await;
        examined.is_bad_for(&["no-way-in"]);
        assert!(examined.text("no-way-in").contains("passkey"), "{examined:#?}");
        database.spoilt("DELETE FROM passkey").await.is_bad_for(&[]).has("note", "no-way-in");
        let phone = "ALTER TABLE \"user\" ADD phone_number text; UPDATE \"user\" SET phone_number = '+4930'";
        database.spoilt(phone).await.is_bad_for(&["no-way-in"]);
        let anonymous = "ALTER TABLE \"user\" ADD \"isAnonymous\" integer; UPDATE \"user\" SET \"isAnonymous\" = 1";
        database.spoilt(anonymous).await.is_bad_for(&[]);
    })
    .await;
}

#[tokio::test]
async fn what_the_server_would_not_start_with_is_bad_and_nothing_else() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        database.directory.write("signet.toml", "");
        let over = "UPDATE \"user\" SET banned = 1, \"banExpires\" = '2026-11-20T12:00:00.000Z'";
        database.spoilt(over).await.is_bad_for(&[]);
        database
            .spoilt("UPDATE \"user\" SET \"banExpires\" = '2099-01-01T00:00:00.000Z'")
            .await
            .is_bad_for(&["banned"]);
        database.directory.write("signet.toml", "user.unenforced_bans = \"refuse\"\n");
        database.examine().is_bad_for(&[]).has("note", "banned");
        let field = "[user.additional_fields.twoFactorEnabled]\ntype = \"boolean\"\nfield_name = \"tfa\"\n";
        database.directory.write("signet.toml", &format!("{ADMIN}{field}"));
        database
            .spoilt("ALTER TABLE \"user\" ADD tfa integer; UPDATE \"user\" SET tfa = 1")
            .await
            .is_bad_for(&["second-factor"]);
        database.spoilt("UPDATE \"user\" SET tfa = 0").await.is_bad_for(&[]);
    })
    .await;
    on(Engine::Postgres, async |place| {
        let database = Database::new(place).await;
        database.directory.write("signet.toml", "");
        let types =
            "ALTER TABLE \"user\" ADD \"twoFactorEnabled\" integer; ALTER TABLE \"user\" ALTER banned TYPE text";
        database.spoilt(types).await.is_bad_for(&[]);
        let set = "UPDATE \"user\" SET \"twoFactorEnabled\" = 1, banned = 'true'";
        database.spoilt(set).await.is_bad_for(&["banned", "second-factor"]);
    })
    .await;
}

#[tokio::test]
async fn a_second_factor_is_found_by_its_row_where_the_column_has_a_name_of_its_own() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        on(engine, async |place| {
            let database = Database::new(place).await;
            let table = "CREATE TABLE \"twoFactor\" (id text, secret text, \"userId\" text, verified boolean); \
                INSERT INTO \"twoFactor\" VALUES ('t1', 'x', 'u1', false)";
            database.spoilt(table).await.is_bad_for(&[]);
            database.spoilt("UPDATE \"twoFactor\" SET verified = NULL").await.is_bad_for(&["second-factor"]);
            database.spoilt("UPDATE \"twoFactor\" SET verified = true").await.is_bad_for(&["second-factor"]);
            // What the user's own row says is what Better Auth goes by.
            database.spoilt("ALTER TABLE \"user\" ADD \"twoFactorEnabled\" boolean").await.is_bad_for(&[]);
        })
        .await;
    }
}

#[tokio::test]
async fn times_that_are_no_texts_are_bad() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let examined = database.spoilt("UPDATE session SET \"expiresAt\" = 4070908800000").await;
        examined.is_bad_for(&["times-strange"]);
    })
    .await;
}

#[tokio::test]
async fn times_are_bad_in_every_form_that_cannot_be_read_or_compared() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        for (time, is_good) in [
            ("2096-11-28T00:00:00.000Z", true),
            ("2096-11-28T00:00:00Z", true),
            ("2096-11-28T00:00:00.123456Z", true),
            ("2096-11-28 00:00:00", false),
            ("2096-11-28 00:00:00.000 +00:00", false),
            ("2096-11-28T00:00:00", false),
            ("2096-11-28T00:00:00.000", false),
            ("2096-11-28T00:00Z", false),
            ("2096-11-28T01:00:00.000+01:00", false),
            ("2096-11-28T00:00:00.0x0Z", false),
            ("2096-02-30T00:00:00.000Z", false),
            ("2096-13-01T00:00:00.000Z", false),
        ] {
            let examined = database.spoilt(&format!("UPDATE session SET \"expiresAt\" = '{time}'")).await;
            assert_eq!(examined.code, i32::from(!is_good), "{time}: {examined:#?}");
            examined.is_bad_for(if is_good { &[] } else { &["times-strange"] });
        }
    })
    .await;
}

#[tokio::test]
async fn times_without_a_zone_are_utc_and_other_types_are_bad() {
    on(Engine::Postgres, async |place| {
        let database = Database::new(place).await;
        let examined = database.spoilt("ALTER TABLE session ALTER \"expiresAt\" TYPE timestamp").await;
        examined.is_bad_for(&[]).has("note", "times-zoneless");
        let examined = database.spoilt("ALTER TABLE session ALTER \"expiresAt\" TYPE text").await;
        examined.is_bad_for(&["not-opened"]);
        assert!(examined.text("not-opened").contains("expiresAt"), "{examined:#?}");
    })
    .await;
}

#[test]
fn a_file_that_is_missing_is_not_made_and_an_empty_one_is_no_database() {
    let place = Place::new();
    let done = |url: &str| place.run_with("doctor database --json", &[("DATABASE_URL", url)], "");
    Examined::of(&done("sqlite:there.db")).is_bad_for(&["no-database"]);
    assert!(place.is_empty());
    place.write("there.db", "");
    Examined::of(&done("sqlite:there.db")).has("bad", "no-database");
    assert_eq!(files(&place.path("")), ["there.db"]);
}

#[test]
fn misuse_and_a_database_that_is_away_have_exit_codes_of_their_own() {
    let place = Place::new();
    place.write("options.json", "[\"kJ8vQ2mZpX4tR7wB\"]");
    let line = place.run("doctor database --options options.json").failed(2);
    assert!(line.contains("no JSON object") && !line.contains("kJ8v"), "{line}");
    place.run("doctor database --options nowhere.json").failed(2);
    place.run_with("doctor database", &[("DATABASE_URL", "none")], "").failed(2);
    let away = "postgres://signet:x@127.0.0.1:1/signet";
    place.run_with("doctor database", &[("DATABASE_URL", away)], "").failed(3);
}

/// What a Better Auth with these options would print of them.
fn options() -> Value {
    json!({
        "baseURL": "http://localhost:3000", "secret": SECRET,
        "emailAndPassword": { "enabled": true, "minPasswordLength": 10 },
        "session": { "expiresIn": 1_209_600, "cookieCache": { "enabled": true, "version": 2 } },
        "advanced": { "cookiePrefix": "shop" },
        "account": { "encryptOAuthTokens": true },
        "socialProviders": { "google": { "clientId": "g", "clientSecret": "hush-google" } },
        "rateLimit": { "customRules": { "/sign-in/email": { "window": 10, "max": 3 } } },
        "databaseHooks": { "user": { "create": {} } },
        "plugins": [
            { "id": "admin", "options": { "adminRoles": "admin,owner", "roles": { "owner": { "statements": { "user": ["list"] } }, "admin": { "statements": { "user": ["ban"] } } } } },
            { "id": "jwt", "options": { "jwt": { "expirationTime": "1h" } } },
            { "id": "organization", "options": {} }, { "id": "next-cookies" },
        ],
    })
}

#[tokio::test]
async fn options_become_settings_and_those_that_log_people_out_are_bad_until_they_are_set() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        database.directory.write("options.json", &options().to_string());
        let own = [("BETTER_AUTH_SECRET", SECRET), ("GOOGLE_CLIENT_SECRET", "hush-google")];
        let examined = database.examined("--options options.json", &own);
        let bad: Vec<_> = examined.of_level("bad");
        assert!(!bad.is_empty() && bad.iter().all(|code| *code == "difference"), "{examined:#?}");
        let text = examined.report.to_string();
        for key in ["advanced.cookie_prefix", "session.expires_in", "social_providers.google.client_id"] {
            assert!(text.contains(&format!("`{key}` is")), "{key}: {text}");
        }
        examined.has("note", "code").has("note", "no-counterpart").has("ok", "secret");
        assert!(!text.contains(SECRET) && !text.contains("hush-google"), "no secret is shown");
        // What it prints is all that there is to do.
        let lines = examined.report["settings"].as_array().expect("lines").iter();
        let block: Vec<_> = lines.map(|line| line.as_str().expect("a line")).collect();
        assert!(block.contains(&"session.expires_in = 1209600"), "{block:?}");
        assert!(block.contains(&"session.cookie_cache.version = \"2\""), "{block:?}");
        database.directory.write("signet.toml", &block.join("\n"));
        let url = database.url();
        let checked = database.directory.run_with("config show", &[&own[..], &[("DATABASE_URL", &url)]].concat(), "");
        assert_eq!(checked.code, 0, "{}", checked.complained);
        let examined = database.examined("--options options.json", &own);
        examined.is_bad_for(&[]).has("ok", "same");
    })
    .await;
}

#[tokio::test]
async fn options_with_another_secret_or_with_ways_in_that_signet_lacks_are_bad() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let own = [("BETTER_AUTH_SECRET", SECRET)];
        let examined = |options: Value| {
            database.directory.write("options.json", &options.to_string());
            database.examined("--options options.json", &own)
        };
        let plain = json!({ "emailAndPassword": { "enabled": true }, "plugins": [{ "id": "jwt" }, { "id": "admin" }] });
        examined(plain.clone()).is_bad_for(&[]);
        let with = |name: &str, value: Value| {
            let mut options = plain.clone();
            options[name] = value;
            options
        };
        examined(with("secret", OTHER.into())).is_bad_for(&["secret"]);
        examined(with("secrets", json!([{ "version": 2, "value": OTHER }]))).is_bad_for(&["secret"]);
        examined(with("secondaryStorage", json!({}))).is_bad_for(&["secondary-storage"]);
        examined(with("socialProviders", json!({ "kick": { "clientId": "k", "clientSecret": "s" } })))
            .is_bad_for(&["no-counterpart"]);
        let plugins = json!([{ "id": "jwt" }, { "id": "admin" }, { "id": "two-factor" }, { "id": "bearer" }]);
        examined(with("plugins", plugins)).is_bad_for(&["no-counterpart", "difference"]);
    })
    .await;
}

/// Whether the options, beside others that are as configured, are bad until they are in `signet.toml`.
fn is_bad_until_set(database: &Database<'_>, name: &str, value: &Value, toml: &str) {
    let configure = |toml: &str| {
        let google = "social_providers.google = { client_id = \"g\", client_secret = \"s\" }\n";
        let jwt = "plugins.jwt.enabled = true\nplugins.jwt.jwks.rotation_interval = false\n";
        let google = if toml.contains("google") { "" } else { google };
        database.directory.write("signet.toml", &format!("{ADMIN}{jwt}{google}{toml}"));
    };
    let mut options = json!({
        "emailAndPassword": { "enabled": true }, "plugins": [{ "id": "jwt" }, { "id": "admin" }],
        "socialProviders": { "google": { "clientId": "g", "clientSecret": "s" } },
    });
    let mut place = &mut options;
    for step in name.split('.') {
        place = &mut place[step];
    }
    *place = value.clone();
    database.directory.write("options.json", &options.to_string());
    let own = [("BETTER_AUTH_SECRET", SECRET)];
    configure("");
    let examined = database.examined("--options options.json", &own);
    assert_eq!(examined.of_level("bad"), ["difference"], "{name}: {examined:#?}");
    configure(toml);
    let examined = database.examined("--options options.json", &own);
    assert!(examined.of_level("bad").is_empty(), "{name}: {examined:#?}");
}

#[tokio::test]
async fn options_that_let_people_in_or_out_are_bad_until_they_are_set() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let google = |option: &str| {
            format!("social_providers.google = {{ client_id = \"g\", client_secret = \"s\", {option} }}\n")
        };
        for (name, value, toml) in [
            ("disabledPaths", json!(["/sign-up/email"]), "disabled_paths = [\"/sign-up/email\"]\n"),
            ("trustedOrigins", json!(["https://a.example"]), "trusted_origins = [\"https://a.example\"]\n"),
            ("account.accountLinking.enabled", json!(false), "account.account_linking.enabled = false\n"),
            ("account.encryptOAuthTokens", json!(true), "account.encrypt_oauth_tokens = true\n"),
            ("account.storeStateStrategy", json!("cookie"), "account.store_state_strategy = \"cookie\"\n"),
            ("socialProviders.google.disableSignUp", json!(true), &google("disable_sign_up = true")),
            ("socialProviders.google.hd", json!("corp.example"), &google("hd = \"corp.example\"")),
        ] {
            is_bad_until_set(&database, name, &value, toml);
        }
    })
    .await;
}

#[tokio::test]
async fn a_provider_of_ones_own_is_bad_until_it_is_the_same_here() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let plugins = json!([{ "id": "jwt" }, { "id": "admin" }, { "id": "generic-oauth", "options": { "config": [
            { "providerId": "acme", "clientId": "c", "clientSecret": "hush", "discoveryUrl": "https://acme.example/d" },
        ] } }]);
        let options = json!({ "emailAndPassword": { "enabled": true }, "plugins": plugins });
        database.directory.write("options.json", &options.to_string());
        let examined = |client: &str| {
            let acme = format!(
                "config = [{{ provider_id = \"acme\", client_id = \"{client}\", client_secret = \"hush\", \
                 discovery_url = \"https://acme.example/d\" }}]\n"
            );
            let acme = if client.is_empty() { String::new() } else { acme };
            let text = format!("{ADMIN}[plugins.jwt]\nenabled = true\n[plugins.generic_oauth]\nenabled = true\n{acme}");
            database.directory.write("signet.toml", &text);
            database.examined("--options options.json", &[("BETTER_AUTH_SECRET", SECRET)])
        };
        let absent = examined("");
        absent.is_bad_for(&["difference"]);
        assert!(absent.text("difference").contains("\"acme\"") && !absent.report.to_string().contains("hush"));
        examined("other").is_bad_for(&["difference"]);
        examined("c").is_bad_for(&[]);
    })
    .await;
}

#[tokio::test]
async fn rows_of_ended_sessions_that_an_old_better_auth_preserved_are_bad() {
    on(Engine::Sqlite, async |place| {
        let database = Database::new(place).await;
        let session = json!({ "storeSessionInDatabase": true, "preserveSessionInDatabase": true });
        let options = json!({
            "emailAndPassword": { "enabled": true }, "plugins": [{ "id": "admin" }],
            "secondaryStorage": {}, "session": session,
        });
        database.directory.write("options.json", &options.to_string());
        let examine = || database.examined("--options options.json", &[("BETTER_AUTH_SECRET", SECRET)]);
        assert!(!examine().of_level("bad").contains(&"sessions-preserved"), "these tables are late ones");
        database.place.run("ALTER TABLE jwks DROP COLUMN alg; ALTER TABLE jwks DROP COLUMN crv").await;
        examine().has("bad", "sessions-preserved");
    })
    .await;
}
