//! What is shown of a configuration, on the command line and to admins: no secret, whichever key has it.

use std::collections::BTreeSet;

use super::Setting;
use crate::app::Config;
use crate::config::Reader;

/// Stands in every secret.
const CANARY: &str = "canary-kJ8vQ2mZpX4tR7wB9nL1cF6hD3sG5yAe";

/// Each key that is a secret, with a secret in it; several texts where not all go together.
const CANARIES: [&str; 2] = [
    r#"
        secret = "CANARY"
        secrets = [{ version = 2, value = "CANARY2" }]
        [database]
        url = "postgres://signet:CANARY@db:5432/auth?sslpassword=CANARY"
        direct_url = "postgres://signet:CANARY@db:5432/auth"
        [email_and_password.password.firebase]
        signer_key = "Y2FuYXJ5LWtKOHZRMm1acFg0dFI3d0I5bkwxY0Y2aEQzc0c1eUFl"
        salt_separator = "Bw=="
        [mail]
        transport = "smtp"
        from = "Signet <signet@example.com>"
        smtp_url = "smtps://mailer:CANARY@mail.example.com"
        [webhooks]
        enabled = true
        url = "https://user:p'CANARY@app.example.com/hook/CANARY?key=CANARY"
        secret = "CANARY"
        [admin]
        tokens = ["CANARY"]
        [plugins.forward_auth]
        enabled = true
        secret = "CANARY"
        [plugins.jwt.templates.backend]
        algorithm = "HS256"
        secret = "CANARY3"
        previous_secret = "CANARY4"
        [plugins.generic_oauth]
        enabled = true
        config = [{ provider_id = "acme", client_id = "a", client_secret = "CANARY", discovery_url = "https://acme.example/d" }]
        [social_providers.github]
        client_id = "a"
        client_secret = "CANARY"
        [resource_servers.api]
        secret = "CANARY5"
        [secondary_storage]
        url = "redis://user:CANARY@redis:6379/0"
    "#,
    r#"
        [mail]
        transport = "webhook"
        webhook_url = "https://app.example.com/services/T0/CANARY"
        webhook_secret = "CANARY"
        [secondary_storage]
        url = "redis-sentinel://a,b/main"
        password = "CANARY"
    "#,
];

/// Another text of the sort: secrets of mail by host and name.
const BY_HOST: &str = r#"
    [mail]
    transport = "smtp"
    from = "Signet <signet@example.com>"
    host = "mail.example.com"
    username = "mailer"
    password = "CANARY"
"#;

/// `social_providers.NAME.client_secret` of `social_providers.github.client_secret`.
fn general(key: &str) -> String {
    let owners = ["social_providers.", "resource_servers.", "plugins.jwt.templates."];
    let named = owners.iter().find_map(|owner| Some((owner, key.strip_prefix(owner)?)));
    named.map_or_else(
        || key.to_owned(),
        |(owner, rest)| format!("{owner}NAME.{}", rest.split_once('.').map_or("", |(_, key)| key)),
    )
}

#[test]
fn t89_no_secret_is_shown_whichever_key_has_it() {
    let mut seen = BTreeSet::new();
    for text in CANARIES.into_iter().chain([BY_HOST]) {
        let setting = Setting::file(&text.replace("CANARY", CANARY));
        let (config, record) = setting.load().unwrap_or_else(|faults| panic!("{faults:?}"));
        for shown in [record.show(), format!("{:?}", config.settings)] {
            assert!(!shown.contains("canary-kJ8") && !shown.contains("Y2FuYXJ5"), "{shown}");
        }
        let given = config.settings.iter().filter(|setting| setting.secret && setting.source.contains("signet.toml"));
        seen.extend(given.map(|setting| general(&setting.key)));
    }
    let mut sample = Reader::sample();
    Config::read(&mut sample);
    let all = sample.keys().into_iter().filter(|entry| entry.secret);
    let all: BTreeSet<String> = all.map(|entry| general(&entry.path)).collect();
    assert_eq!(seen, all, "every key that is a secret needs its canary here");
}

#[test]
fn t89_a_key_that_sounds_like_a_secret_is_one_or_is_known_to_be_none() {
    // Names of columns, spans of time, switches, lengths, addresses.
    let none = [
        "expires_in",
        "enabled",
        "min_password_length",
        "max_password_length",
        "revoke_sessions_on_password_reset",
        "refresh_token_reuse_interval",
        "fields",
        "endpoint",
        "secret_sha256",
    ];
    let mut sample = Reader::sample();
    Config::read(&mut sample);
    let mut unknown = Vec::new();
    for entry in sample.keys().iter().filter(|entry| !entry.secret) {
        let sounds = ["secret", "password", "token", "credential", "private"]
            .iter()
            .any(|word| entry.path.rsplit('.').next().is_some_and(|name| name.contains(word)));
        let is_switch = entry.kind.contains("`true`");
        if sounds
            && !is_switch
            && !entry.path.contains("fields")
            && !none.iter().any(|known| entry.path.ends_with(known))
        {
            unknown.push(entry.path.clone());
        }
    }
    assert_eq!(unknown, Vec::<String>::new(), "a secret is asked for with `secret` or `ask_masked`");
}
