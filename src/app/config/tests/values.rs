use secrecy::ExposeSecret;
use serde_json::json;

use super::{Setting, config, fault, faults, load, warnings};
use crate::base::FieldKind;
use crate::crypto::CacheForm;
use crate::crypto::jose::{Algorithm, KeyKind};
use crate::crypto::password::PasswordAlgorithm;
use crate::logs::config::LogFormat;
use crate::session::config::cookies::SameSite;
use crate::store::IdKind;
use crate::store::config::DatabaseUrl;
use crate::tokens::config::{Audience, KeyChoice};

#[test]
fn values_of_the_wrong_kind_are_refused_with_the_right_one() {
    for (toml, line) in [
        ("app_name = 1", "`app_name` (signet.toml:1): must be a text in quotes, not a number"),
        (
            "[session]\nexpires_in = true",
            "`session.expires_in` (signet.toml:2): must be a number of seconds or a span like \"15m\", not true or false",
        ),
        (
            "[session]\nexpires_in = 0",
            "`session.expires_in` (signet.toml:2): is 0, and must be from 1 to 315360000 seconds",
        ),
        (
            "[email_and_password]\nenabled = \"yes\"",
            "`email_and_password.enabled` (signet.toml:2): must be true or false, not a text",
        ),
        (
            "[email_and_password.password]\nalgorithm = \"bcrypt\"",
            "`email_and_password.password.algorithm` (signet.toml:2): \"bcrypt\" is not known; use \"argon2id\", \"scrypt\"",
        ),
        (
            "trusted_origins = \"https://a.example.com\"",
            "`trusted_origins` (signet.toml:1): must be a list of texts, [\"…\", \"…\"], not a text",
        ),
        (
            "[server]\nbind = \"3000\"",
            "`server.bind` (signet.toml:2): must be an address and a port, like \"127.0.0.1:3000\", \"0.0.0.0:3000\" or \"[::]:3000\"",
        ),
        (
            "[advanced.database]\ngenerate_id = false",
            "`advanced.database.generate_id` (signet.toml:2): \"false\" is not supported yet; use \"uuid\", \"serial\"",
        ),
    ] {
        assert_eq!(fault(toml), line);
    }
}

#[test]
fn a_tokens_life_has_a_unit_and_is_never_a_bare_number() {
    let line = fault("[plugins.jwt.jwt]\nexpiration_time = 900");
    assert_eq!(
        line,
        "`plugins.jwt.jwt.expiration_time` (signet.toml:2): must be a span with a unit: write \"900s\" for 900 seconds, or e.g. \"15m\""
    );
    assert!(fault("[plugins.jwt.jwt]\nexpiration_time = \"900\"").contains("write \"900s\""));
    assert!(fault("[plugins.jwt.jwt]\nexpiration_time = \"-5m\"").contains("is -300 seconds"));
    assert_eq!(config("[plugins.jwt.jwt]\nexpiration_time = \"900s\"").jwt.token.expiration_time, 900);
}

#[test]
fn sessions_take_seconds_or_spans() {
    let session = config("[session]\nexpires_in = \"1h\"\nupdate_age = 0\nfresh_age = 1").session;
    assert_eq!((session.expires_in, session.update_age, session.fresh_age), (3600, 0, 1));
}

#[test]
fn secrets_have_versions_of_which_the_first_is_current() {
    for toml in [
        "secrets = \"2:new-secret-of-at-least-32-characters, 1:old-secret:of-at-least-32-characters\"",
        "[[secrets]]\nversion = 2\nvalue = \"new-secret-of-at-least-32-characters\"\n[[secrets]]\nversion = 1\nvalue = \"old-secret:of-at-least-32-characters\"",
    ] {
        let secrets = config(toml).secrets.secrets;
        let secrets: Vec<_> = secrets.iter().map(|(version, secret)| (*version, secret.expose_secret())).collect();
        assert_eq!(secrets, [(2, "new-secret-of-at-least-32-characters"), (1, "old-secret:of-at-least-32-characters")]);
    }
    for (toml, text) in [
        ("secrets = \"new-secret\"", "must be like"),
        ("secrets = \"two:secret\"", "each version must be a whole number"),
        ("secrets = \"-1:secret\"", "each version must be a whole number"),
        ("secrets = \"1:\"", "has no secret for version 1"),
        ("secrets = \"1:a,1:b\"", "has version 1 twice"),
        ("secrets = []", "is empty"),
        ("secrets = [{ version = 1, value = \"a\", extra = 1 }]", "must be like"),
    ] {
        let line = fault(toml);
        assert!(line.starts_with(&format!("`secrets` (signet.toml:1): {text}")), "{line}");
    }
}

#[test]
fn the_database_is_a_file_or_postgres() {
    for (url, path) in [
        ("data/x.db", "data/x.db"),
        ("/data/x.db", "/data/x.db"),
        ("sqlite:x.db", "x.db"),
        ("sqlite://x.db", "x.db"),
        ("sqlite:///data/x.db", "/data/x.db"),
    ] {
        let DatabaseUrl::Sqlite(found) = config(&format!("[database]\nurl = {url:?}")).database.url else {
            panic!("{url}")
        };
        assert_eq!(found.to_string_lossy(), path);
    }
    for url in ["postgres://u@db/auth", "postgresql://u:p%40ss@db:5432/auth?sslmode=require"] {
        assert!(matches!(config(&format!("[database]\nurl = {url:?}")).database.url, DatabaseUrl::Postgres(_)));
    }
    for url in [
        "",
        "mysql://db/auth",
        "postgres://db",
        "postgres://u:pa55 word@d b/auth",
        "sqlite::memory:",
        "sqlite:x?mode=ro",
    ] {
        let line = fault(&format!("[database]\nurl = {url:?}"));
        assert!(line.starts_with("`database.url` (signet.toml:2): ") && !line.contains("pa55"), "{line}");
    }
}

#[test]
fn ids_are_letters_and_digits_or_uuids() {
    assert_eq!(config("").database.ids, IdKind::Text);
    assert_eq!(config("[advanced.database]\ngenerate_id = \"uuid\"").database.ids, IdKind::Uuid);
}

#[test]
fn additional_fields_keep_their_order_and_settings() {
    let toml = "[user.additional_fields]\nplan = { type = \"string\", required = false, default_value = \"free\", input = false }\n\
                [user.additional_fields.age]\ntype = \"number\"\nreturned = false\nunique = true\nfield_name = \"user_age\"\n\
                [session.additional_fields]\ntags = { type = \"string[]\", default_value = [\"a\"] }";
    let config = config(toml);
    let [plan, age] = &config.user.additional_fields[..] else { panic!("two fields") };
    assert_eq!(
        (plan.name.as_str(), plan.kind, plan.required, plan.input, plan.returned),
        ("plan", FieldKind::String, false, false, true)
    );
    assert_eq!(plan.default, Some(json!("free")));
    assert_eq!(
        (age.name.as_str(), age.kind, age.required, age.input, age.returned),
        ("age", FieldKind::Number, true, true, false)
    );
    assert_eq!((age.unique, age.column.as_deref()), (true, Some("user_age")));
    assert_eq!(config.session.additional_fields[0].default, Some(json!(["a"])));
}

#[test]
fn additional_fields_that_cannot_be_are_refused() {
    for (toml, text) in [
        ("email = { type = \"string\" }", "is a core field already"),
        ("id = { type = \"string\" }", "is a core field already"),
        ("\"a b\" = { type = \"string\" }", "must be a name of letters"),
        ("age = { type = \"int\" }", "\"int\" is not known"),
        ("age = { required = true }", "is missing; write"),
        ("age = { type = \"number\", default_value = \"x\" }", "must be a value of the field's type, not a text"),
        ("mail = { type = \"string\", field_name = \"email\" }", "shares the column `email`"),
        ("a = { type = \"string\" }\nb = { type = \"string\", field_name = \"a\" }", "shares the column `a`"),
    ] {
        let lines = faults(super::Setting::file(&format!("[user.additional_fields]\n{toml}")));
        assert!(lines.iter().any(|line| line.contains(text)), "{toml}: {lines:?}");
    }
}

#[test]
fn tables_and_columns_have_names_of_the_deployment() {
    let toml = "[user]\nmodel_name = \"users\"\n[user.fields]\nemailVerified = \"email_verified\"\n\
                [plugins.jwt.schema.jwks]\nmodel_name = \"keys\"\n[plugins.jwt.schema.jwks.fields]\npublicKey = \"public_key\"";
    let names = config(toml).names.tables;
    assert_eq!(names["user"].model_name.as_deref(), Some("users"));
    assert_eq!(names["user"].fields["emailVerified"], "email_verified");
    assert_eq!(names["session"].model_name.as_deref(), Some("session"));
    assert_eq!(names["jwks"].model_name.as_deref(), Some("keys"));
    assert_eq!(names["jwks"].fields["publicKey"], "public_key");
    assert!(fault("[user.fields]\nemailVerifed = \"x\"").contains("did you mean `emailVerified`?"));
    assert!(fault("[user.fields]\nname = \"email\"").contains("shares the column `email`"));
    assert!(fault("[user]\nmodel_name = \"\"").contains("must be a table name"));
    assert!(fault("[user]\nmodel_name = \"Session\"").contains("as another table is called"));
    let moved =
        "[user.fields]\nname = \"full_name\"\n[user.additional_fields.nick]\ntype = \"string\"\nfield_name = \"name\"";
    assert_eq!(config(moved).user.additional_fields[0].column.as_deref(), Some("name"));
}

#[test]
fn cookies_follow_the_base_url_and_their_settings() {
    let cookies = config("").site.cookies;
    assert!(!cookies.secure && cookies.prefix == "better-auth" && cookies.domain.is_none());
    assert!(config("base_url = \"https://localhost\"").site.cookies.secure);
    assert!(config("[advanced]\nuse_secure_cookies = true").site.cookies.secure);
    let toml = "base_url = \"https://auth.localhost\"\n[advanced]\ncookie_prefix = \"shop\"\n\
                cross_sub_domain_cookies = { enabled = true, domain = \".auth.localhost\" }\n\
                default_cookie_attributes = { partitioned = true, max_age = 60, expires = 2030-01-01T00:00:00Z }\n\
                [advanced.cookies.session_token]\nname = \"sid\"\nattributes = { same_site = \"Strict\", path = \"/api\" }";
    let cookies = config(toml).site.cookies;
    assert_eq!((cookies.prefix.as_str(), cookies.domain.as_deref()), ("shop", Some(".auth.localhost")));
    assert_eq!(cookies.default_attributes.partitioned, Some(true));
    assert_eq!(
        cookies.default_attributes.expires.map(|moment| moment.to_string()).as_deref(),
        Some("2030-01-01T00:00:00.000Z")
    );
    let token = &cookies.overrides["session_token"];
    assert_eq!((token.name.as_deref(), token.attributes.same_site), (Some("sid"), Some(SameSite::Strict)));
}

#[test]
fn cookies_that_no_browser_takes_are_refused() {
    let shared = |domain: &str| {
        format!(
            "base_url = \"https://auth.localhost\"\n[advanced.cross_sub_domain_cookies]\nenabled = true\ndomain = {domain:?}"
        )
    };
    for toml in [
        "[advanced]\ncookie_prefix = \"my shop\"".to_owned(),
        "[advanced.cookies.session_token]\nname = \"a;b\"".to_owned(),
        "[advanced.default_cookie_attributes]\npath = \"/; Secure\"".to_owned(),
        "[advanced.default_cookie_attributes]\ndomain = \"a b\"".to_owned(),
        shared("example.com"),
        shared("h.localhost"),
    ] {
        assert_eq!(faults(super::Setting::file(&toml)).len(), 1, "{toml}");
    }
}

#[test]
fn keys_and_claims_are_as_configured() {
    let toml = "[plugins.jwt.jwt]\nissuer = \"https://issuer.example.com\"\naudience = [\"a\", \"b\"]\nsubject = \"{user.email}\"\n\
                claims = { z = \"{user.email}\", a = 1, nested = { list = [true] } }\n\
                [plugins.jwt.jwks]\nrotation_interval = 12\npublish_lead = 0\njwks_path = \"/keys.json\"\nkey_pair_config = { alg = \"ES256\" }";
    let jwt = config(toml).jwt;
    assert_eq!(jwt.token.audience, Audience::Several(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(
        jwt.token.claims.map(|claims| json!(claims).to_string()).as_deref(),
        Some("{\"z\":\"{user.email}\",\"a\":1,\"nested\":{\"list\":[true]}}")
    );
    assert_eq!(
        (jwt.jwks.key_kind.algorithm, jwt.jwks.rotation_interval, jwt.jwks.publish_lead),
        (Algorithm::ES256, Some(12), 0)
    );
    let one = config("[plugins.jwt.jwt]\naudience = \"a\"").jwt;
    assert_eq!(one.token.audience, Audience::One("a".to_owned()));
    assert_eq!(config("[plugins.jwt.jwks]\nrotation_interval = false").jwt.jwks.rotation_interval, None);
    for path in ["", "/", "jwks", "/../jwks", "/{x}", "/a//b"] {
        assert!(fault(&format!("[plugins.jwt.jwks]\njwks_path = {path:?}")).contains("must be a path"), "{path}");
    }
    assert_eq!(warnings("[plugins.jwt.jwks]\ndisable_private_key_encryption = true").len(), 1);
}

#[test]
fn every_algorithm_has_keys_of_its_own_kind() {
    let pair = |settings: &str| format!("[plugins.jwt.jwks]\nkey_pair_config = {{ {settings} }}");
    let kind = |settings: &str| config(&pair(settings)).jwt.jwks.key_kind;
    for algorithm in Algorithm::ALL {
        assert_eq!(kind(&format!("alg = \"{algorithm}\"")), KeyKind { algorithm, modulus_length: 2048 });
    }
    assert_eq!(kind("alg = \"EdDSA\", crv = \"Ed25519\"").algorithm, Algorithm::EdDSA);
    assert_eq!(kind("alg = \"PS256\", modulus_length = 3072").modulus_length, 3072);
    for (settings, named) in [
        ("alg = \"ES256\", crv = \"Ed25519\"", "crv"),
        ("alg = \"RS256\", crv = \"Ed25519\"", "crv"),
        ("modulus_length = 2048", "modulus_length"),
        ("alg = \"ES512\", modulus_length = 2048", "modulus_length"),
        ("alg = \"RS256\", modulus_length = 2047", "2048"),
        ("alg = \"RS256\", modulus_length = 8193", "8192"),
        ("alg = \"HS256\"", "\"HS256\" is not known"),
    ] {
        assert!(fault(&pair(settings)).contains(named), "{settings}");
    }
}

#[test]
fn passwords_have_bounds_that_fit_and_hashes_that_cost_something() {
    let passwords = config("[email_and_password]\nmin_password_length = 12\npassword = { algorithm = \"scrypt\" }")
        .email_and_password;
    assert_eq!((passwords.min_password_length, passwords.max_password_length), (12, 128));
    assert_eq!(passwords.password.algorithm, PasswordAlgorithm::Scrypt);
    assert!(fault("[email_and_password]\nmin_password_length = 200").contains("no password would fit"));
    assert_eq!(
        warnings("[email_and_password.password]\nmemory_kib = 1024"),
        ["email_and_password.password.memory_kib"]
    );
}

#[test]
fn what_means_off_is_accepted_before_it_is_built() {
    for toml in [
        "[mail]\ntransport = \"none\"",
        "[server]\nops_bind = \"off\"",
        "[plugins.username]\nenabled = false\nmin_username_length = 4",
        "[telemetry]\nenabled = false",
        "[gateway]\nroutes = []",
    ] {
        load(toml).unwrap_or_else(|faults| panic!("{toml}: {faults:#?}"));
    }
}

#[test]
fn code_of_better_auth_is_refused_with_what_stands_in_its_place() {
    let line = fault("[plugins.jwt.jwt]\ndefine_payload = \"x\"");
    assert!(
        line.ends_with("is code in Better Auth and no setting; write the claims in `plugins.jwt.jwt.claims`"),
        "{line}"
    );
}

#[test]
fn a_plugin_whose_switch_is_left_out_is_off_and_warned_about() {
    let toml = "[plugins.bearer]\nrequire_signature = true";
    assert!(!config(toml).bearer.enabled);
    assert_eq!(warnings(toml), ["plugins.bearer.enabled"]);
}

#[test]
fn error_pages_are_urls_or_paths() {
    assert_eq!(
        config("[on_api_error]\nerror_url = \"https://app.example.com/oops?from=auth\"").error_url.as_deref(),
        Some("https://app.example.com/oops?from=auth")
    );
    for url in ["javascript:alert(1)", "//evil.example.com", "oops"] {
        assert!(
            fault(&format!("[on_api_error]\nerror_url = {url:?}")).starts_with("`on_api_error.error_url`"),
            "{url}"
        );
    }
}

#[test]
fn pages_keep_out_of_the_apis_paths() {
    for path in ["/api/auth", "/api/auth/id"] {
        let fault = fault(&format!("[pages]\nbase_path = {path:?}"));
        assert!(fault.contains("must not be /api/auth or lie below it"), "{fault}");
    }
    assert_eq!(config("[pages]\nbase_path = \"/api\"").pages.base_path, "/api");
    assert_eq!(config("base_path = \"/\"\n[pages]\nbase_path = \"/id\"").pages.base_path, "/id");
}

#[test]
fn the_operations_listener_stands_beside_the_main_one_unless_that_has_no_port_of_its_own() {
    let ops_bind = |toml: &str| config(&format!("[server]\n{toml}")).server.ops_bind.map(|address| address.to_string());
    assert_eq!(ops_bind("").as_deref(), Some("127.0.0.1:3001"));
    assert_eq!(ops_bind("bind = \"[::]:8080\"").as_deref(), Some("127.0.0.1:8081"));
    assert_eq!(ops_bind("bind = \"127.0.0.1:0\""), None);
    assert_eq!(ops_bind("bind = \"127.0.0.1:65535\""), None);
    assert_eq!(ops_bind("ops_bind = \"off\""), None);
    assert_eq!(ops_bind("bind = \"127.0.0.1:0\"\nops_bind = \"[::1]:9000\"").as_deref(), Some("[::1]:9000"));
    assert!(fault("[server]\nops_bind = \"9000\"").ends_with("or \"off\""));
    assert!(fault("[server]\nops_bind = 9000").contains("an address in quotes, or \"off\""));
}

#[test]
fn the_log_has_better_auths_levels_and_a_format() {
    let filter = |toml: &str| config(toml).log.filter();
    assert_eq!(filter(""), "warn,actix_http=off,signet=info");
    assert_eq!(filter("[logger]\nlevel = \"debug\""), "warn,actix_http=off,signet=debug");
    assert_eq!(filter("[logger]\nlevel = \"success\""), "warn,actix_http=off,signet=info");
    assert_eq!(filter("[logger]\nlevel = \"error\""), "error");
    assert_eq!(filter("[logger]\nlevel = \"debug\"\ndisabled = true"), "off");
    assert_eq!(config("").log.format, LogFormat::Auto);
    assert_eq!(config("[log]\nformat = \"json\"").log.format, LogFormat::Json);
    assert!(!config("[logger]\ndisable_colors = true").log.colours);
    assert!(fault("[logger]\nlevel = \"verbose\"").starts_with("`logger.level`"));
}

#[test]
fn a_required_field_of_a_session_has_a_default() {
    let line = fault("[session.additional_fields.device]\ntype = \"string\"");
    assert!(line.contains("`session.additional_fields.device`") && line.contains("has no default"), "{line}");
    load("[session.additional_fields.device]\ntype = \"string\"\ndefault_value = \"none\"").expect("it has one");
    load("[session.additional_fields.device]\ntype = \"string\"\nrequired = false").expect("it may be absent");
}

#[test]
fn without_a_database_the_cookie_is_encrypted_and_lives_as_long_as_the_session() {
    let nowhere = "[database]\nurl = \"none\"\n[session]\nexpires_in = \"30d\"\n";
    let off = "[plugins.jwt]\nenabled = false\n";
    let cache = config(&format!("{nowhere}{off}")).session.cookie_cache;
    assert_eq!((cache.enabled, cache.max_age, cache.form), (true, 2_592_000, CacheForm::Jwe));
    assert!(cache.stateless && warnings(&format!("{nowhere}{off}")).is_empty());
    assert_eq!(warnings(nowhere), ["plugins.jwt.enabled"]);
    let other = "[session.cookie_cache]\nenabled = false\nstrategy = \"compact\"\nmax_age = 5\nrefresh_cache = true\n";
    assert!(config(&format!("{nowhere}{other}")).session.cookie_cache.enabled);
    let warned = warnings(&format!("{nowhere}{other}{off}"));
    assert_eq!(warned, ["enabled", "strategy", "max_age"].map(|key| format!("session.cookie_cache.{key}")));
}

#[test]
fn a_cookie_cache_beside_a_database_is_only_a_cache() {
    let cache =
        config("[session.cookie_cache]\nenabled = true\nmax_age = \"1m\"\nstrategy = \"JWT\"").session.cookie_cache;
    assert_eq!((cache.enabled, cache.max_age, cache.form), (true, 60, CacheForm::Jwt));
    assert!(!cache.stateless && !config("").session.cookie_cache.enabled);
    let unwise = "[session.cookie_cache]\nenabled = true\nmax_age = \"2h\"\nrefresh_cache = true";
    let warned = warnings(unwise);
    assert_eq!(warned, ["session.cookie_cache.max_age", "session.cookie_cache.refresh_cache"]);
    for (key, value) in
        [("max_age", "0"), ("max_age", "34560001"), ("strategy", "\"none\""), ("always_read", "[\"token\"]")]
    {
        let line = fault(&format!("[session.cookie_cache]\n{key} = {value}"));
        assert!(line.starts_with(&format!("`session.cookie_cache.{key}`")), "{line}");
    }
}

#[test]
fn a_template_is_signed_as_it_says_and_by_the_ring_where_it_says_nothing() {
    let toml = "[plugins.jwt.templates.node]\nalgorithm = \"ES256\"\naudience = false\ntype = \"at+jwt\"\nexpiration_time = \"2h\"\n\
                [plugins.jwt.templates.other]\nroles = [\"admin\"]\nendpoint = false\nclaims = { sid = \"{session.id}\" }";
    let jwt = config(toml).jwt;
    let [node, other] = jwt.templates.as_slice() else { panic!("{:?}", jwt.templates) };
    assert!(matches!(node.key, KeyChoice::Ring(Algorithm::ES256)) && matches!(other.key, KeyChoice::Default));
    assert_eq!((&node.token.audience, node.typ.as_deref()), (&Audience::Nobody, Some("at+jwt")));
    assert_eq!((node.endpoint, other.endpoint, other.roles.as_deref()), (true, false, Some(&["admin".to_owned()][..])));
    let algorithms: Vec<_> = jwt.key_kinds().iter().map(|kind| kind.algorithm).collect();
    assert_eq!((algorithms, jwt.longest_life()), (vec![Algorithm::EdDSA, Algorithm::ES256], 7200));
}

#[test]
fn t55_a_shared_secret_is_long_enough_of_its_own_and_there() {
    let hs256 = |more: &str| format!("[plugins.jwt.templates.py]\nalgorithm = \"HS256\"\n{more}");
    let secret = |length: usize| hs256(&format!("secret = \"{}\"", "x".repeat(length)));
    for length in [5, 31] {
        let line = fault(&secret(length));
        assert!(line.contains("plugins.jwt.templates.py.secret") && line.contains("fewer than 32 bytes"), "{line}");
    }
    assert!(matches!(config(&secret(32)).jwt.templates[0].key, KeyChoice::Shared(_, None)));
    assert!(fault(&hs256("")).contains("`plugins.jwt.templates.py.secret`: is missing"), "{}", fault(&hs256("")));
    assert!(fault(&hs256("secret_env = \"NOT_SET\"")).contains("names the variable NOT_SET, which is not set"));
    let stray = format!("[plugins.jwt.templates.py]\nsecret = \"{}\"", "x".repeat(32));
    assert!(fault(&stray).contains("goes with `algorithm = \"HS256\"` alone"));
}

#[test]
fn t55_a_shared_secret_that_is_the_servers_own_is_refused_or_warned_about() {
    let own = "kJ8vQ2mZpX4tR7wB9nL1cF6hD3sG5yAe";
    let shares = |more: &str| {
        format!(
            "secret = \"{own}\"\n[plugins.jwt.templates.py]\nalgorithm = \"HS256\"\nsecret_env = \"BETTER_AUTH_SECRET_TOO\"\n{more}"
        )
    };
    let load = |more: &str| Setting::file(&shares(more)).with("BETTER_AUTH_SECRET_TOO", own).load();
    let lines: Vec<String> = load("").expect_err("it is refused").iter().map(ToString::to_string).collect();
    assert!(lines[0].contains("can forge session cookies") && !lines[0].contains(own), "{lines:?}");
    let (config, record) = load("allow_session_secret = true").expect("it is allowed");
    assert_eq!(config.jwt.templates.len(), 1);
    let warned: Vec<_> = record.warnings.iter().map(|warning| warning.key.as_str()).collect();
    assert!(warned.contains(&"plugins.jwt.templates.py.secret"), "{warned:?}");
}

#[test]
fn t66_no_template_defines_the_claims_that_signet_vouches_for() {
    for claim in ["iat", "exp", "nbf", "iss", "aud", "sub"] {
        let line = fault(&format!("[plugins.jwt.templates.x.claims]\n{claim} = \"y\""));
        assert!(line.contains("plugins.jwt.templates.x.claims") && line.contains(claim), "{line}");
    }
}

#[test]
fn nobody_who_administers_and_long_impersonations_are_warned_of() {
    let admin = |more: &str| warnings(&format!("[plugins.admin]\nenabled = true\n{more}"));
    assert_eq!(admin("admin_roles = []"), ["plugins.admin.admin_roles"]);
    assert_eq!(admin("admin_roles = []\nadmin_user_ids = [\"x\"]"), [""; 0]);
    assert_eq!(admin("admin_roles = [\"boss\"]"), ["plugins.admin.admin_roles"]);
    assert_eq!(admin("impersonation_session_duration = \"61m\""), ["plugins.admin.impersonation_session_duration"]);
    assert_eq!(admin("impersonation_session_duration = \"1h\""), [""; 0]);
}
