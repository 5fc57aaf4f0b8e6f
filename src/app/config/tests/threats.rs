use super::{SECRET, Setting, config, fault, faults, load, production, warnings};
use crate::http::config::OriginCheck;

#[test]
fn t88_the_built_in_secret_is_refused_everywhere() {
    let line = fault("secret = \"better-auth-secret-12345678901234567890\"");
    assert!(line.starts_with("`secret` (signet.toml:1): is the secret that Better Auth's source gives away"), "{line}");
    let line = fault("secrets = \"2:better-auth-secret-12345678901234567890\"");
    assert!(line.starts_with("`secrets` (signet.toml:1): is the secret that"), "{line}");
}

#[test]
fn t88_production_without_a_secret_is_refused() {
    let line = fault("base_url = \"https://auth.example.com\"");
    assert_eq!(line, "`secret`: is missing; set BETTER_AUTH_SECRET to what `signet secret` prints");
    let line = faults(Setting::file("base_url = \"https://auth.example.com\"\nsecret = \"\""));
    assert_eq!(line[0], "`secret` (signet.toml:2): is empty");
}

#[test]
fn t88_a_short_secret_is_refused_in_production_and_warned_about_elsewhere() {
    let short = &SECRET[..31];
    let line = fault(&format!("base_url = \"https://auth.example.com\"\nsecret = \"{short}\""));
    assert!(line.starts_with("`secret` (signet.toml:2): has fewer than 32 characters"), "{line}");
    assert!(!line.contains(short));
    let line = fault(&format!("base_url = \"https://auth.example.com\"\nsecrets = \"2:{SECRET},1:{short}\""));
    assert!(line.starts_with("`secrets` (signet.toml:2): has fewer than 32 characters"), "{line}");
    assert_eq!(warnings(&format!("secret = \"{short}\"")), ["secret"]);
}

#[test]
fn t88_a_guessable_secret_is_refused_in_production() {
    for secret in ["a".repeat(64), "secret".repeat(8), "0123456789".repeat(4)] {
        let line = fault(&format!("base_url = \"https://auth.example.com\"\nsecret = \"{secret}\""));
        assert!(line.starts_with("`secret` (signet.toml:2): is easy to guess"), "{line}");
    }
    load(&production("")).expect("a random one is accepted");
}

#[test]
fn t88_plain_http_is_refused_in_production() {
    for host in ["auth.example.com", "8.8.8.8", "[2606:4700::1111]", "auth", "localhost.example.com"] {
        let line = fault(&format!("base_url = \"http://{host}\"\nsecret = \"{SECRET}\""));
        assert!(line.starts_with("`base_url` (signet.toml:1): is http in production"), "{host}: {line}");
    }
    for host in ["localhost:3000", "app.localhost", "127.0.0.1", "127.8.8.8:80", "[::1]:3000", "[::ffff:127.0.0.1]"] {
        let config = config(&format!("base_url = \"http://{host}\""));
        assert!(!config.site.production, "{host}");
    }
    for host in ["10.0.0.7", "192.168.1.5:3000", "[fd00::1]"] {
        let toml = format!("base_url = \"http://{host}\"\nsecret = \"{SECRET}\"");
        assert_eq!(warnings(&toml), ["base_url"], "a private network is warned about");
        assert!(config(&toml).site.production, "{host}");
    }
}

#[test]
fn t88_trusted_origins_that_anybody_can_match_are_refused_in_production() {
    for origin in ["*", "https://*", "*.com", "*example.com"] {
        let line = fault(&production(&format!("trusted_origins = [{origin:?}]")));
        assert!(line.starts_with("`trusted_origins` (signet.toml:3): holds"), "{line}");
        assert_eq!(warnings(&format!("trusted_origins = [{origin:?}]")), ["trusted_origins"]);
    }
    let lines = faults(Setting::file(&production("")).with("BETTER_AUTH_TRUSTED_ORIGINS", "*"));
    assert!(lines[0].starts_with("`trusted_origins` (environment variable BETTER_AUTH_TRUSTED_ORIGINS)"), "{lines:?}");
    load(&production("trusted_origins = [\"https://*.example.com\"]")).expect("a domain of one's own is accepted");
}

#[test]
fn t88_switched_off_checks_are_warned_about() {
    for (switch, key) in [
        ("disable_csrf_check = true", "advanced.disable_csrf_check"),
        ("disable_origin_check = true", "advanced.disable_origin_check"),
        ("disable_origin_check = [\"/public/data\"]", "advanced.disable_origin_check"),
        ("use_secure_cookies = false", "advanced.use_secure_cookies"),
        ("default_cookie_attributes = { http_only = false }", "advanced.default_cookie_attributes.http_only"),
    ] {
        assert_eq!(warnings(&production(&format!("[advanced]\n{switch}"))), [key]);
    }
}

#[test]
fn t42_each_switch_turns_off_only_itself() {
    let site = config("[advanced]\ndisable_csrf_check = true").site;
    assert!(site.disable_csrf_check == Some(true) && site.disable_origin_check == OriginCheck::On);
    let site = config("[advanced]\ndisable_origin_check = true").site;
    assert!(site.disable_csrf_check.is_none() && site.disable_origin_check == OriginCheck::Off);
    let site = config("[advanced]\ndisable_origin_check = [\"/public/data\"]").site;
    assert!(site.disable_csrf_check.is_none());
    assert_eq!(site.disable_origin_check, OriginCheck::OffFor(vec!["/public/data".to_owned()]));
}

#[test]
fn t88_an_operations_listener_is_for_this_machine_unless_it_is_told_and_then_warned_of() {
    let server = config("[server]\nbind = \"0.0.0.0:3000\"").server;
    assert_eq!(server.ops_bind, Some("127.0.0.1:3001".parse().unwrap()), "the main listener may be open");
    assert_eq!(warnings("[server]\nops_bind = \"127.0.0.1:9000\""), Vec::<String>::new());
    for address in ["0.0.0.0:9000", "[::]:9000", "10.0.0.7:9000"] {
        assert_eq!(warnings(&format!("[server]\nops_bind = {address:?}")), ["server.ops_bind"], "{address}");
    }
    let line = fault("[server]\nops_bind = \"127.0.0.1:3000\"");
    assert_eq!(line, "`server.ops_bind` (signet.toml:2): is where the server itself listens");
}

#[test]
fn t88_unknown_keys_are_refused_in_development_too() {
    assert!(fault("[advanced]\ndisable_csrf_cheque = true").contains("did you mean `disable_csrf_check`?"));
}

#[cfg(unix)]
#[test]
fn t88_a_secret_in_a_file_that_everybody_may_read_is_warned_of() {
    let public = |toml: &str| {
        let setting = Setting::file(toml);
        setting.mode("signet.toml", 0o644);
        setting
    };
    let warnings = |setting: Setting| {
        let (_, record) = setting.load().expect("it loads");
        record.warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let lines = warnings(public(&production("")));
    assert!(lines.len() == 1 && lines[0].contains("everybody on this machine may read: run `chmod 600"), "{lines:?}");
    let database = "base_url = \"https://auth.example.com\"\n[database]\nurl = \"postgres://u:pa55@db/auth\"";
    let lines = warnings(public(database).with("BETTER_AUTH_SECRET", SECRET));
    assert!(lines.len() == 1 && lines[0].starts_with("`database.url`"), "{lines:?}");
    let harmless = "base_url = \"https://auth.example.com\"\n[database]\nurl = \"postgres://u@db/auth\"";
    assert!(warnings(public(harmless).with("BETTER_AUTH_SECRET", SECRET)).is_empty());
    let setting = public("base_url = \"https://auth.example.com\"\nsecret_file = \"FILE\"");
    let path = setting.write("key", SECRET);
    setting.write("signet.toml", &format!("base_url = \"https://auth.example.com\"\nsecret_file = {path:?}"));
    assert!(warnings(setting).is_empty(), "a path is no secret");
}

#[test]
fn t88_a_network_that_is_none_is_refused() {
    for network in ["10.0.0.0/33", "10.0.0", "::1/129", "proxy.example.com"] {
        let line = fault(&format!("[advanced.ip_address]\ntrusted_proxies = [{network:?}]"));
        assert!(line.starts_with("`advanced.ip_address.trusted_proxies` (signet.toml:2): holds"), "{line}");
    }
    let networks = config("[advanced.ip_address]\ntrusted_proxies = [\"10.0.0.0/24\", \"::1\"]").site.client_address;
    assert_eq!(networks.trusted_proxies.len(), 2);
}

#[test]
fn t88_a_provider_is_refused_while_it_is_not_built() {
    let line = fault("[social_providers.line]\nclient_id = \"x\"");
    assert!(line.starts_with("`social_providers.line` (signet.toml:2): is not supported yet"), "{line}");
    load("[social_providers.line]\nenabled = false\nclient_id = \"x\"").expect("what is off is accepted");
}

#[test]
fn t88_a_protection_that_is_not_built_is_never_taken_for_granted() {
    for (toml, key) in [
        ("[telemetry]\nenabled = true", "telemetry.enabled"),
        ("[plugins.two_factor]", "plugins.two_factor"),
        ("[email_and_password]\nrequire_email_verification = true", "email_and_password.require_email_verification"),
        ("[email_and_password.password]\nhash = \"x\"", "email_and_password.password.hash"),
    ] {
        let line = fault(toml);
        assert_eq!(line.split('`').nth(1), Some(key), "{line}");
    }
}
