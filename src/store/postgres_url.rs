//! A Postgres URL as operators and providers write it, made into what the driver takes, with libpq's meanings.

use url::Url;

/// What the driver reads in a URL.
const KNOWN: &[&str] = &[
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];
const MODES: &[&str] = &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// A URL for the driver, and what is unwise about the one that was given.
pub struct PostgresUrl {
    pub url: Url,
    pub warnings: Vec<String>,
}

/// Reads a URL. Neither a fault nor a warning repeats a value that could be a secret.
///
/// The driver knows no channel binding, which proves in the password's exchange that nobody stands in between. Where it
/// is required, the server's certificate has to prove it: `verify-full`. And `sslmode=require` with a CA of one's own
/// checks the certificate, as it does with libpq.
pub fn read(text: &str) -> Result<PostgresUrl, String> {
    // The parser's own words never quote the URL.
    let mut url = Url::parse(text)
        .map_err(|error| format!("is not a URL: {error}; escape special letters of the password as %XX"))?;
    if url.path().trim_start_matches('/').is_empty() && !url.query_pairs().any(|(name, _)| name == "dbname") {
        return Err("names no database; write postgres://USER@HOST/NAME".to_owned());
    }
    let mut warnings = Vec::new();
    let mut kept: Vec<(String, String)> = Vec::new();
    let (mut mode, mut root, mut binds) = (None, None, false);
    for (name, value) in url.query_pairs().into_owned() {
        match name.as_str() {
            "sslmode" | "ssl-mode" => mode = Some(value),
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" => root = Some(value),
            "channel_binding" => binds = value == "require",
            known if KNOWN.contains(&known) || known.starts_with("options[") => kept.push((name, value)),
            _ => warnings.push(format!("has the parameter `{name}`, which is not used")),
        }
    }
    if mode.as_deref().is_some_and(|mode| !MODES.contains(&mode)) {
        return Err(format!("has an unknown sslmode; use {}", MODES.join(", ")));
    }
    if binds && matches!(mode.as_deref(), Some("disable" | "allow")) {
        return Err("requires channel binding, and its sslmode allows a connection without TLS".to_owned());
    }
    if binds || root.as_deref() == Some("system") {
        mode = Some("verify-full".to_owned());
    }
    // "system" is libpq's word for the public authorities, which are trusted anyway.
    let root = root.filter(|file| file != "system");
    if let Some(file) = &root {
        std::fs::metadata(file).map_err(|error| format!("names the CA {file:?} as sslrootcert: {error}"))?;
        if mode.as_deref() == Some("require") {
            mode = Some("verify-ca".to_owned());
        }
    }
    if mode.as_deref() == Some("verify-ca") {
        warnings
            .push("takes a certificate for any name, of a public authority too; use sslmode=verify-full".to_owned());
    }
    kept.extend(mode.map(|mode| ("sslmode".to_owned(), mode)));
    kept.extend(root.map(|file| ("sslrootcert".to_owned(), file)));
    url.query_pairs_mut().clear().extend_pairs(kept);
    Ok(PostgresUrl { url, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn driver(text: &str) -> (String, Vec<String>) {
        let PostgresUrl { url, warnings } = read(text).unwrap_or_else(|fault| panic!("{text} {fault}"));
        (url.query().unwrap_or_default().to_owned(), warnings)
    }

    #[test]
    fn neons_url_is_taken_and_its_channel_binding_replaced_by_the_certificate() {
        let neon = "postgres://u:p@ep-x-pooler.region.aws.neon.tech/db?sslmode=require&channel_binding=require";
        assert_eq!(driver(neon), ("sslmode=verify-full".to_owned(), Vec::new()));
        let options: sqlx::postgres::PgConnectOptions = read(neon).unwrap().url.as_str().parse().unwrap();
        assert_eq!(options.get_host(), "ep-x-pooler.region.aws.neon.tech");
        assert_eq!(options.get_database(), Some("db"));
        assert!(matches!(options.get_ssl_mode(), sqlx::postgres::PgSslMode::VerifyFull));
    }

    #[test]
    fn channel_binding_that_is_not_required_changes_nothing() {
        for binding in ["prefer", "disable"] {
            let (query, warnings) = driver(&format!("postgres://h/db?sslmode=require&channel_binding={binding}"));
            assert_eq!((query.as_str(), warnings.len()), ("sslmode=require", 0));
        }
        assert!(read("postgres://h/db?sslmode=disable&channel_binding=require").is_err());
    }

    #[test]
    fn a_ca_of_ones_own_is_checked_also_where_only_tls_is_required() {
        let ca = tempfile::NamedTempFile::new().unwrap();
        let ca = ca.path().display();
        let (query, warnings) = driver(&format!("postgres://h/db?sslmode=require&sslrootcert={ca}"));
        assert!(query.starts_with("sslmode=verify-ca&sslrootcert="), "{query}");
        assert_eq!(warnings.len(), 1);
        assert_eq!(driver(&format!("postgres://h/db?sslmode=verify-full&sslrootcert={ca}")).1, Vec::<String>::new());
        assert_eq!(driver("postgres://h/db?sslrootcert=system").0, "sslmode=verify-full");
        let fault = read("postgres://u:pa55@h/db?sslrootcert=/no/such.pem").err().unwrap();
        assert!(fault.contains("/no/such.pem") && !fault.contains("pa55"), "{fault}");
    }

    #[test]
    fn what_the_driver_does_not_know_is_left_out_and_told_without_its_value() {
        let (query, warnings) = driver("postgres://h/db?pgbouncer=true&sslpassword=canary&application_name=a%20b");
        assert_eq!(query, "application_name=a+b");
        assert_eq!(warnings.len(), 2);
        assert!(warnings[1].contains("sslpassword") && !warnings.join(" ").contains("canary"), "{warnings:?}");
        assert!(read("postgres://h/db?sslmode=verify").is_err());
    }
}
