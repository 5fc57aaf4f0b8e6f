use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::super::Config;
use super::{SECRET, Setting, config, fault, faults, load};
use crate::config::{MASK, Source, Sources};
use crate::store::config::DatabaseUrl;

#[test]
fn without_any_source_everything_has_its_default() {
    let directory = tempfile::tempdir().expect("a directory");
    let sources = Sources { directory: directory.path().to_owned(), ..Sources::default() };
    let (config, record) = Config::load(&sources).expect("the defaults are good");
    assert_eq!(config.site.base_url.as_str(), "http://localhost:3000/api/auth");
    assert_eq!(config.site.origin, "http://localhost:3000");
    assert!(!config.site.production);
    assert!(config.secrets.secret.is_none(), "the command line makes one");
    assert!(matches!(config.database.url, DatabaseUrl::Sqlite(path) if path == *"signet-data/signet.db"));
    assert!(config.email_and_password.enabled && config.jwt.enabled && !config.bearer.enabled);
    assert!(record.warnings.is_empty(), "{:#?}", record.warnings);
    assert!(record.entries.iter().all(|entry| entry.source == Source::Default));
}

#[test]
fn the_environment_wins_over_the_file() {
    let toml = "[session]\nexpires_in = 60\nupdate_age = 30\n";
    let (config, record) = Setting::file(toml).with("SIGNET__SESSION__EXPIRES_IN", "120").load().expect("good");
    assert_eq!((config.session.expires_in, config.session.update_age), (120, 30));
    let source = |path| record.entry(path).expect("a key").source.clone();
    assert_eq!(source("session.expires_in"), Source::Variable("SIGNET__SESSION__EXPIRES_IN".into()));
    assert!(matches!(source("session.update_age"), Source::File { line: 3, .. }));
    assert_eq!(source("session.fresh_age"), Source::Default);
}

#[test]
fn better_auths_own_variables_are_read() {
    let (config, _) = Setting::file("trusted_origins = [\"https://one.example.com\"]")
        .with("BETTER_AUTH_SECRET", SECRET)
        .with("AUTH_SECRET", "another-one-that-is-overruled-by-its-longer-name")
        .with("BETTER_AUTH_URL", "https://auth.example.com")
        .with("BETTER_AUTH_TRUSTED_ORIGINS", "https://two.example.com, https://three.example.com")
        .with("DATABASE_URL", "postgres://signet:pa55@db/auth")
        .with("REDIS_URL", "")
        .load()
        .expect("good");
    assert_eq!(config.secrets.secret.expect("a secret").expose_secret(), SECRET);
    assert_eq!(config.site.origin, "https://auth.example.com");
    let origins = ["https://one.example.com", "https://two.example.com", "https://three.example.com"];
    assert_eq!(config.site.trusted_origins, origins);
    assert!(matches!(config.database.url, DatabaseUrl::Postgres(_)));
}

#[test]
fn a_variable_is_toml_where_it_looks_like_it_and_text_otherwise() {
    let (config, _) = Setting::file("")
        .with("SIGNET__DISABLED_PATHS", "[\"/sign-up/email\"]")
        .with("SIGNET__TRUSTED_ORIGINS", "https://a.example.com,https://b.example.com")
        .with("SIGNET__ADVANCED__COOKIE_PREFIX", "2026")
        .with("SIGNET__SERVER__BIND", "[::1]:4000")
        .with("SIGNET__PLUGINS__JWT__ENABLED", "false")
        .with("SIGNET__PLUGINS__JWT__JWT__EXPIRATION_TIME", "\"1h\"")
        .with("SIGNET__USER__ADDITIONAL_FIELDS__shoeSize", "{ type = \"number\" }")
        .load()
        .unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(config.site.disabled_paths, ["/sign-up/email"]);
    assert_eq!(config.site.trusted_origins, ["https://a.example.com", "https://b.example.com"]);
    assert_eq!(config.site.cookies.prefix, "2026");
    assert_eq!(config.site.base_url.as_str(), "http://localhost:4000/api/auth");
    assert!(!config.jwt.enabled);
    assert_eq!(config.jwt.token.expiration_time, 3600);
    assert_eq!(config.user.additional_fields[0].name, "shoeSize");
}

#[test]
fn a_misspelt_variable_is_refused_by_its_name() {
    let lines = faults(Setting::file("").with("SIGNET__SESSION__EXPIRE_IN", "60"));
    assert_eq!(
        lines,
        [
            "`session.expire_in` (environment variable SIGNET__SESSION__EXPIRE_IN): unknown key; did you mean `expires_in`?"
        ]
    );
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let sources = Sources { file: Some(PathBuf::from("/nowhere/signet.toml")), ..Sources::default() };
    let lines = Config::load(&sources).expect_err("no file");
    assert!(lines[0].to_string().starts_with("/nowhere/signet.toml: cannot be read"), "{}", lines[0]);
}

#[test]
fn what_is_not_toml_is_refused_with_its_line_and_without_quoting_it() {
    let line = fault("app_name = \"Shop\"\nsecret = \"hunter2hunter2\nx = 1\n");
    assert!(line.starts_with("signet.toml:2: is not TOML: "), "{line}");
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn a_secret_may_be_a_file() {
    let setting = Setting::file("");
    let path = setting.write("key", &format!("{SECRET}\n"));
    let (config, record) = setting.with("SIGNET__SECRET_FILE", &path.display().to_string()).load().expect("good");
    assert_eq!(config.secrets.secret.expect("a secret").expose_secret(), SECRET);
    assert_eq!(record.entry("secret").and_then(|entry| entry.value.clone()), Some(format!("\"{MASK}\"")));
}

#[test]
fn a_secret_file_that_is_missing_or_empty_is_refused() {
    assert!(
        fault("secret_file = \"/nowhere/key\"").starts_with("`secret_file` (signet.toml:1): \"/nowhere/key\" cannot")
    );
    let setting = Setting::file("");
    let path = setting.write("key", "\n");
    let lines = faults(setting.with("SIGNET__SECRET_FILE", &path.display().to_string()));
    assert_eq!(lines, ["`secret_file` (environment variable SIGNET__SECRET_FILE): is empty"]);
}

#[test]
fn a_secret_and_its_file_in_one_layer_are_refused_and_across_layers_the_later_wins() {
    let line = fault(&format!("secret = \"{SECRET}\"\nsecret_file = \"key\""));
    assert_eq!(line, "`secret` (signet.toml:1): is given twice: keep either `secret` or `secret_file`");
    let (config, _) =
        Setting::file("secret_file = \"/nowhere/key\"").with("BETTER_AUTH_SECRET", SECRET).load().expect("good");
    assert_eq!(config.secrets.secret.expect("a secret").expose_secret(), SECRET);
}

#[test]
fn what_is_shown_is_toml_with_secrets_masked() {
    let (config, record) = Setting::file(
        "secrets = [{ version = 2, value = \"new-secret-zwölf-x9Q\" }]\n[session]\nexpires_in = \"1h\"\n",
    )
    .with("BETTER_AUTH_SECRET", SECRET)
    .with("DATABASE_URL", "postgres://signet:pa55word@db:5432/auth?sslpassword=pa55word")
    .load()
    .expect("good");
    let shown = record.show();
    for leaked in [SECRET, "new-secret", "pa55word"] {
        assert!(!shown.contains(leaked) && !format!("{config:?}{record:?}").contains(leaked), "{leaked} leaks");
    }
    let table: toml::Table = shown.parse().unwrap_or_else(|error| panic!("{error}\n{shown}"));
    assert_eq!(table["secret"].as_str(), Some(MASK));
    assert_eq!(table["session"]["expires_in"].as_str(), Some("1h"));
    assert_eq!(table["base_url"].as_str(), Some("http://localhost:3000/api/auth"));
    let line = |start: &str| shown.lines().find(|line| line.starts_with(start)).expect("a line").to_owned();
    assert!(line("secret ").ends_with("# environment variable BETTER_AUTH_SECRET"), "{shown}");
    assert!(line("session.expires_in").ends_with("signet.toml:3"), "{shown}");
    assert!(line("session.fresh_age").ends_with("# default"), "{shown}");
    assert!(line("database.url").contains("postgres://signet:********@db:5432/auth?"), "{shown}");
}

#[test]
fn unknown_keys_are_refused_with_what_was_probably_meant() {
    for (toml, line) in [
        ("[session]\nexpire_in = 1", "`session.expire_in` (signet.toml:2): unknown key; did you mean `expires_in`?"),
        ("[sesion]\nexpires_in = 1", "`sesion` (signet.toml:2): unknown key; did you mean `session`?"),
        ("baseURL = \"http://localhost\"", "`baseURL` (signet.toml:1): unknown key; did you mean `base_url`?"),
        (
            "max_password_length = 9",
            "`max_password_length` (signet.toml:1): unknown key; did you mean `email_and_password.max_password_length`?",
        ),
        (
            "[plugins.usrname]\nenabled = true",
            "`plugins.usrname` (signet.toml:2): unknown key; did you mean `username`?",
        ),
        (
            "[user.additional_fields.age]\ntype = \"number\"\nrequire = true",
            "`user.additional_fields.age.require` (signet.toml:3): unknown key; did you mean `required`?",
        ),
        ("zzz = 1", "`zzz` (signet.toml:1): unknown key; remove it, or look it up in docs/configuration.md"),
        ("session = 5", "`session` (signet.toml:1): is a table of keys, not a single value"),
        (
            "[session.expires_in]\nseconds = 5",
            "`session.expires_in` (signet.toml:2): must be a single value, not a table",
        ),
    ] {
        assert_eq!(fault(toml), line);
    }
}

#[test]
fn every_fault_is_reported_at_once_each_on_one_line() {
    let toml = "secret = 5\nwhat = 1\n\"new\\nline\" = 1\n[session]\nexpires_in = -1\n[telemetry]\nenabled = true\n";
    let Err(faults) = load(toml) else { panic!("it loads") };
    let keys: Vec<_> = faults.iter().map(|fault| fault.key.as_str()).collect();
    assert_eq!(keys, ["secret", "session.expires_in", "telemetry.enabled", "what", "\"new\\nline\""]);
    assert!(faults.iter().all(|fault| fault.to_string().lines().count() == 1), "{faults:#?}");
}

#[test]
fn the_base_path_is_the_base_urls_or_the_default() {
    for (toml, url, path) in [
        ("base_url = \"http://localhost:3000/\"", "http://localhost:3000/api/auth", "/api/auth"),
        ("base_url = \"http://localhost:3000/auth/\"", "http://localhost:3000/auth", "/auth"),
        ("base_path = \"/auth\"", "http://localhost:3000/auth", "/auth"),
        ("base_path = \"/\"", "http://localhost:3000/", ""),
        ("base_url = \"http://localhost/auth\"\nbase_path = \"/auth\"", "http://localhost/auth", "/auth"),
    ] {
        let site = config(toml).site;
        assert_eq!((site.base_url.as_str(), site.base_path.as_str()), (url, path), "{toml}");
    }
    assert!(fault("base_url = \"http://localhost/a\"\nbase_path = \"/b\"").starts_with("`base_path`"));
}

#[cfg(not(feature = "otlp"))]
#[test]
fn traces_are_refused_by_a_build_that_sends_none() {
    let why = "needs a Signet that sends traces, and this one was built without; build it with `cargo build --release --features otlp`, or remove it";
    assert_eq!(
        fault("[otlp]\nendpoint = \"http://collector:4318\""),
        format!("`otlp.endpoint` (signet.toml:2): {why}")
    );
    // What a platform sets for all that it runs is no wish.
    let variable = Setting::file("").with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
    assert!(variable.load().is_ok());
}
