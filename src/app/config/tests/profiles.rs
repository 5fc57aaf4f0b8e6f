//! Every profile of the conformance harness, as TOML made the way the harness makes it.

use std::fs;

use serde_json::{Map, Value as Json, json};

use super::{Setting, faults};

/// What keeps a profile from loading: the keys that are not built yet. Profiles that are not listed load.
const WAITING: &[(&str, &[&str])] = &[
    ("anonymous", &["plugins.anonymous.enabled"]),
    ("email-otp", &["plugins.email_otp.enabled"]),
    ("magic-link", &["plugins.magic_link.enabled"]),
    ("multi-session", &["plugins.multi_session.enabled"]),
    ("one-time-token", &["plugins.one_time_token.enabled"]),
    ("two-factor", &["plugins.two_factor.enabled"]),
];

#[test]
fn every_profile_loads_or_is_refused_by_exactly_the_keys_that_are_not_built_yet() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/profiles");
    let mut seen = Vec::new();
    for file in fs::read_dir(folder).expect("the profiles").map(|file| file.expect("a file").path()) {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).expect("a profile").replace("{oidc}", "http://127.0.0.1:4002");
        let profile: Json = serde_json::from_str(&text).expect("JSON");
        let setting = Setting::file(&toml(&profile));
        let expected = WAITING.iter().find(|(waiting, _)| *waiting == name).map_or(&[][..], |(_, keys)| keys);
        let mut keys = Vec::new();
        if expected.is_empty() {
            setting.load().unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
        } else {
            for line in faults(setting) {
                assert!(line.contains("is not supported yet"), "{name}: {line}");
                keys.push(line.split('`').nth(1).expect("a key").to_owned());
            }
        }
        keys.sort();
        assert_eq!(keys, expected, "{name}");
        seen.push(name);
    }
    assert!(WAITING.iter().all(|(name, _)| seen.iter().any(|seen| seen == name)), "a profile is gone: {seen:?}");
}

/// The settings with which the harness starts a server for a profile.
fn toml(profile: &Json) -> String {
    let mut config = json!({ "baseURL": "http://127.0.0.1:4000", "rateLimit": { "enabled": false } });
    let set = |config: &mut Json, name: &str, value| config[name] = value;
    for (name, value) in profile["options"].as_object().expect("options") {
        set(&mut config, name, value.clone());
    }
    set(&mut config, "server", json!({ "bind": "127.0.0.1:4000", "opsBind": "off" }));
    let mail = match profile["mail"].as_bool() {
        Some(true) => json!({ "transport": "webhook", "webhookUrl": "http://127.0.0.1:4001/mail" }),
        _ => json!({ "transport": "none" }),
    };
    set(&mut config, "mail", mail);
    if profile["mailOnDelete"] == true {
        config["mail"]["deleteAccount"] = json!(true);
    }
    if profile["stateless"] == true {
        set(&mut config, "database", json!({ "url": "none" }));
    }
    let mut plugins = json!({ "jwt": { "enabled": false } });
    for (name, settings) in profile["plugins"].as_object().expect("plugins") {
        let enabled = Map::from_iter([("enabled".to_owned(), json!(true))]);
        plugins[name] =
            Json::Object(enabled.into_iter().chain(settings.as_object().cloned().unwrap_or_default()).collect());
    }
    set(&mut config, "plugins", plugins);
    let table: toml::Table = serde_json::from_value(renamed(&config, "")).expect("TOML");
    table.to_string()
}

/// Tables whose keys are the operator's own names and stay as they are.
const OWN_NAMES: &[&str] = &["additionalFields", "customRules", "cookies", "fields"];

fn renamed(value: &Json, parent: &str) -> Json {
    match value {
        Json::Object(table) => {
            let name = |name: &str| if OWN_NAMES.contains(&parent) { name.to_owned() } else { snake(name) };
            table.iter().map(|(key, value)| (name(key), renamed(value, key))).collect()
        }
        Json::Array(items) => items.iter().map(|item| renamed(item, "")).collect(),
        value => value.clone(),
    }
}

/// `disableCSRFCheck` is `disable_csrf_check`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.replace("OAuth", "Oauth").chars().collect();
    let mut text = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let after_small = place > 0 && !letters[place - 1].is_ascii_uppercase();
        let before_small = place > 0 && letters.get(place + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (after_small || before_small) {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}
