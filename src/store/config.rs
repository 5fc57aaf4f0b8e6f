//! `[database]`, the kind of ids, and the names of tables and columns.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use toml::Value;
use url::Url;

use crate::base::Field;
use crate::config::{MASK, Section, is_column};
use crate::store::ids::IdKind;
use crate::store::layout::{Casing, TableNames};
use crate::store::postgres_url::{self, PostgresUrl};

/// Where the data is and how long to wait for it.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    pub url: DatabaseUrl,
    /// The Postgres server itself, where `url` leads to a pooler.
    pub direct_url: Option<SecretString>,
    pub max_connections: u32,
    /// How long opening a connection may take.
    pub connect_timeout: Duration,
    /// How long a request waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long one statement may run.
    pub statement_timeout: Duration,
    pub ids: IdKind,
    pub casing: Option<Casing>,
    pub use_plural: bool,
    /// In which times without a zone are read and written.
    pub time_zone: Option<String>,
}

/// The engine and how to reach it.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// The database's file.
    Sqlite(PathBuf),
    /// Nowhere: sessions are in cookies, and all else in the memory of the process, with which it ends.
    Nowhere,
    /// A `postgres://` URL, which may hold a password.
    Postgres(SecretString),
}

/// The URL of no database.
const NOWHERE: &str = "none";

/// The file that is used where nothing is configured, and the directory of all else that Signet keeps.
pub const DEFAULT_FILE: &str = "signet-data/signet.db";

impl DatabaseConfig {
    /// Reads `[database]` and `advanced.database.generate_id`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.table("database");
        let doc = "`sqlite:PATH`, a path, `postgres://USER:PASSWORD@HOST/NAME`, or `none`: sessions are in cookies, and all \
            else ends with the process.";
        let given = section.secret("url", "`\"sqlite:signet-data/signet.db\"`", doc);
        let url = given.map(|text| address(&mut section, "url", &text));
        let url = url.unwrap_or_else(|| DatabaseUrl::Sqlite(PathBuf::from(DEFAULT_FILE)));
        section.resolve("url", Value::from(url.shown()).to_string());
        let direct_url = direct_url(&mut section, &url);
        let max_connections = section.integer("max_connections", 10, 1..=10_000, "The size of the pool.");
        let connect_timeout = section.duration("connect_timeout", 2, 1..=60, "How long opening a connection may take.");
        let acquire_timeout = section.duration(
            "acquire_timeout",
            2,
            1..=60,
            "How long a request waits for a free connection, before it is answered 503.",
        );
        let statement_timeout = section.duration("statement_timeout", 5, 1..=600, "How long one statement may run.");
        let doc = "How the columns of tables that are made are spelt: `emailVerified` or `email_verified`. Columns that are \
            there are found in either spelling.";
        let casing = section.optional_choice(
            "casing",
            "that of the tables that are there, else `\"camel\"`",
            &[("camel", Casing::Camel), ("snake", Casing::Snake)],
            &[],
            doc,
        );
        let doc = "Whether Better Auth's tables are called `users`, `sessions` and so on, as its Drizzle adapter's \
            `usePlural` has them.";
        let use_plural = section.bool("use_plural", false, doc);
        let time_zone = time_zone(&mut section, &url);
        let doc = "What ids are in tables that are made: absent for 32 letters and digits, `\"uuid\"`, or `\"serial\"` for \
            numbers. Tables that are there tell by their columns.";
        let ids = root.at(&["advanced", "database"]).optional_choice(
            "generate_id",
            "text ids",
            &[("uuid", IdKind::Uuid), ("serial", IdKind::SERIAL)],
            &["false"],
            doc,
        );
        Self {
            url,
            direct_url,
            max_connections: u32::try_from(max_connections).unwrap_or(u32::MAX),
            connect_timeout,
            acquire_timeout,
            statement_timeout,
            ids: ids.unwrap_or(IdKind::Text),
            casing,
            use_plural,
            time_zone,
        }
    }
}

/// Reads a key that names a database.
fn address(section: &mut Section<'_>, name: &str, text: &SecretString) -> DatabaseUrl {
    match DatabaseUrl::parse(text) {
        Ok((url, warnings)) => {
            warnings.into_iter().for_each(|warning| section.warn(name, warning));
            url
        }
        Err(fault) => {
            section.refuse(name, fault);
            DatabaseUrl::Sqlite(PathBuf::new())
        }
    }
}

/// Reads `time_zone`.
fn time_zone(section: &mut Section<'_>, url: &DatabaseUrl) -> Option<String> {
    const NAME: &str = "time_zone";
    let doc = "The zone of times in columns without one (`timestamp`), on Postgres, by its IANA name. Better Auth 1.2 wrote \
        the local time of its server there; Drizzle and Prisma write UTC.";
    let zone = section.optional_text(NAME, "`\"UTC\"`", doc)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-' | b'/');
    if zone.is_empty() || !zone.bytes().all(is_plain) {
        section.refuse(NAME, "must be the IANA name of a time zone, as `Europe/Berlin`");
    }
    if !matches!(url, DatabaseUrl::Postgres(_)) {
        section.refuse(NAME, "goes with a postgres:// URL in `database.url`; times in SQLite have their zone");
    }
    Some(zone)
}

/// Reads `direct_url`.
fn direct_url(section: &mut Section<'_>, url: &DatabaseUrl) -> Option<SecretString> {
    const NAME: &str = "direct_url";
    let doc = "The Postgres server itself, where `url` leads to a pooler (PgBouncer, Neon): replicas hear there at once \
        that keys changed.";
    let text = section.secret(NAME, "none", doc)?;
    match (address(section, NAME, &text), url) {
        (direct @ DatabaseUrl::Postgres(_), DatabaseUrl::Postgres(_)) => {
            section.resolve(NAME, Value::from(direct.shown()).to_string());
        }
        _ => section.refuse(NAME, "goes with a postgres:// URL in `database.url`, and is one itself"),
    }
    Some(text)
}

impl DatabaseUrl {
    /// The database that a text names, and what is unwise about it.
    fn parse(text: &SecretString) -> Result<(Self, Vec<String>), String> {
        let text = text.expose_secret();
        if text == NOWHERE {
            return Ok((Self::Nowhere, Vec::new()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let PostgresUrl { warnings, .. } = postgres_url::read(text)?;
            return Ok((Self::Postgres(SecretString::from(text)), warnings));
        }
        let path = match text.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None if text.contains("://") => {
                return Err("must be a path, sqlite:PATH or postgres://…; other databases are not known".to_owned());
            }
            None => text,
        };
        match path {
            "" => Err("names no file; write sqlite:PATH".to_owned()),
            _ if path.contains(":memory:") => {
                Err("must be a file: a database in memory ends with its connection".to_owned())
            }
            _ if path.contains('?') => Err("takes no parameters for SQLite; give the path alone".to_owned()),
            path => Ok((Self::Sqlite(PathBuf::from(path)), Vec::new())),
        }
    }

    /// The URL without what is secret in it.
    fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Nowhere => NOWHERE.to_owned(),
            Self::Postgres(url) => masked(url).unwrap_or_else(|| MASK.to_owned()),
        }
    }

    /// The directory of the SQLite file, where there is one.
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => path.parent(),
            Self::Postgres(_) | Self::Nowhere => None,
        }
    }
}

/// A Postgres URL with its password masked, also where it stands among the parameters.
fn masked(url: &SecretString) -> Option<String> {
    let mut url = Url::parse(url.expose_secret()).ok()?;
    if url.password().is_some() {
        url.set_password(Some(MASK)).ok()?;
    }
    if url.query_pairs().any(|(name, _)| name.contains("password")) {
        url.set_query(Some(MASK));
    }
    Some(url.into())
}

/// What tables and columns are called, by Better Auth's logical names.
#[derive(Clone, Debug, Default)]
pub struct NamesConfig {
    /// `user`, `session`, `account`, `verification`, `rateLimit`, `jwks`: always all of them.
    pub tables: HashMap<String, TableNames>,
}

/// Each table, where its names are configured, and its core fields but `id`, which can't be renamed.
const TABLES: &[(&str, &[&str], &[&str])] = &[
    ("user", &["user"], USER_FIELDS),
    ("session", &["session"], SESSION_FIELDS),
    (
        "account",
        &["account"],
        &[
            "accountId",
            "providerId",
            "userId",
            "accessToken",
            "refreshToken",
            "idToken",
            "accessTokenExpiresAt",
            "refreshTokenExpiresAt",
            "scope",
            "password",
            "createdAt",
            "updatedAt",
        ],
    ),
    ("verification", &["verification"], &["identifier", "value", "expiresAt", "createdAt", "updatedAt"]),
    ("rateLimit", &["rate_limit"], &["key", "count", "lastRequest"]),
    (
        "jwks",
        &["plugins", "jwt", "schema", "jwks"],
        &["publicKey", "privateKey", "createdAt", "expiresAt", "alg", "crv"],
    ),
];

/// The core fields of a user but `id`.
pub const USER_FIELDS: &[&str] = &["name", "email", "emailVerified", "image", "createdAt", "updatedAt"];
/// The core fields of a session but `id`.
pub const SESSION_FIELDS: &[&str] =
    &["expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId"];

impl NamesConfig {
    /// Reads `model_name` and `fields` of every table. The additional fields of users and sessions share their tables'
    /// columns, so that no two may have the same.
    pub fn read(root: &mut Section<'_>, user: &[Field], session: &[Field]) -> Self {
        let mut tables: HashMap<String, TableNames> = HashMap::new();
        for (table, path, core) in TABLES {
            let more = match *table {
                "user" => user,
                "session" => session,
                _ => &[],
            };
            let mut section = root.at(path);
            let names = table_names(&mut section, table, core, more);
            let name = |names: &TableNames| names.model_name.as_deref().unwrap_or_default().to_ascii_lowercase();
            if tables.values().any(|other| name(other) == name(&names)) {
                section.refuse("model_name", format!("is `{}`, as another table is called", name(&names)));
            }
            tables.insert((*table).to_owned(), names);
        }
        Self { tables }
    }
}

/// Reads the names of one table.
fn table_names(section: &mut Section<'_>, table: &str, core: &[&str], more: &[Field]) -> TableNames {
    let model_name = section.text("model_name", table, "The table's name.");
    if !is_column(&model_name) {
        section.refuse("model_name", "must be a table name of 1 to 63 letters");
    }
    let mut renamed = HashMap::new();
    let mut fields = section.table("fields");
    for field in core {
        let Some(column) = fields.optional_text(field, "the field's name", "The field's column.") else { continue };
        if !is_column(&column) {
            fields.refuse(field, "must be a column name of 1 to 63 letters");
        }
        renamed.insert((*field).to_owned(), column);
    }
    // SQLite takes names in any case for the same.
    let mut taken = HashSet::from(["id".to_owned()]);
    for field in core {
        let column = renamed.get(*field).map_or(*field, String::as_str);
        if !taken.insert(column.to_ascii_lowercase()) {
            fields.refuse(field, format!("shares the column `{column}` with another field"));
        }
    }
    for field in more {
        let column = field.column.as_deref().unwrap_or(&field.name);
        if !taken.insert(column.to_ascii_lowercase()) {
            let text = format!("shares the column `{column}` with another field; give it a `field_name`");
            section.table("additional_fields").refuse(&field.name, text);
        }
    }
    TableNames { model_name: Some(model_name), fields: renamed }
}
