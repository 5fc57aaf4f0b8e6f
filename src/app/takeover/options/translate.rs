//! Better Auth's names and values in Signet's spelling.

use serde_json::Value as Json;
use toml::Value;

use super::table::{FRAMEWORKS, HARMLESS, HOLLOW, LISTS, NAMED, PLUGINS_BUILT, TEXTS};

/// A setting as a line of `signet.toml`.
#[derive(Clone, Debug)]
pub struct Setting {
    names: Vec<String>,
    value: Value,
    /// Better Auth's name for it.
    pub theirs: String,
    /// The environment variable that the value is to stand in, since it is secret.
    pub variable: Option<String>,
    /// Whether it is Better Auth's default, which nobody has written down.
    pub implied: bool,
}

impl Setting {
    fn new(names: Vec<String>, value: Value, theirs: &str) -> Self {
        Self { names, value, theirs: theirs.to_owned(), variable: None, implied: false }
    }

    fn implied(path: &str, value: impl Into<Value>) -> Self {
        let names = path.split('.').map(str::to_owned).collect();
        Self { implied: true, ..Self::new(names, value.into(), "Better Auth's default") }
    }

    /// The key, as the loader writes it.
    pub fn path(&self) -> String {
        let quoted = |name: &String| {
            let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            if !name.is_empty() && name.bytes().all(bare) {
                name.clone()
            } else {
                Json::from(name.as_str()).to_string()
            }
        };
        self.names.iter().map(quoted).collect::<Vec<_>>().join(".")
    }

    /// The second name of the key: a provider's, or a plugin's.
    pub fn part(&self) -> &str {
        self.names.get(1).map_or("", String::as_str)
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    pub fn line(&self) -> String {
        format!("{} = {}", self.path(), self.value)
    }
}

/// All the options as settings, and Better Auth's defaults where Signet's are others.
pub fn settings(options: &Json) -> Vec<Setting> {
    const ELSEWHERE: [&str; 8] =
        ["plugins", "secret", "secrets", "database", "secondaryStorage", "databaseHooks", "hooks", "experimental"];
    let mut all = Vec::new();
    for (name, value) in options.as_object().into_iter().flatten() {
        if !ELSEWHERE.contains(&name.as_str()) {
            walk(&mut all, vec![snake(name)], name, value);
        }
    }
    let plugins = options["plugins"].as_array().map(Vec::as_slice).unwrap_or_default();
    plugins.iter().for_each(|entry| plugin(&mut all, entry));
    let defaults = [
        Setting::implied("email_and_password.enabled", false),
        Setting::implied("email_and_password.password.algorithm", "scrypt"),
        Setting::implied("plugins.jwt.enabled", false),
        Setting::implied("plugins.jwt.jwks.rotation_interval", false),
    ];
    let has_jwt = all.iter().any(|setting| setting.path() == "plugins.jwt.enabled");
    for default in defaults {
        let moot = !has_jwt && default.path().starts_with("plugins.jwt.jwks");
        if !moot && !all.iter().any(|setting| setting.path() == default.path()) {
            all.push(default);
        }
    }
    all
}

/// What is left in JSON of code: an object that had functions.
pub fn hollow(options: &Json) -> Vec<(&'static str, &'static str)> {
    let there =
        |path: &str| path.split('.').try_fold(options, |place, name| place.get(name)).is_some_and(Json::is_object);
    HOLLOW.iter().copied().filter(|(path, _)| there(path)).collect()
}

fn plugin(all: &mut Vec<Setting>, entry: &Json) {
    let Some(id) = entry["id"].as_str() else { return };
    if FRAMEWORKS.contains(&id) {
        return;
    }
    let name = snake(&id.replace('-', "_"));
    let (names, theirs) = (vec!["plugins".to_owned(), name.clone()], format!("the plugin {id}"));
    let enabled = names.iter().cloned().chain(["enabled".to_owned()]).collect();
    all.push(Setting::new(enabled, Value::Boolean(true), &theirs));
    if PLUGINS_BUILT.contains(&name.as_str()) {
        walk_members(all, &names, &theirs, &entry["options"]);
    }
}

fn walk_members(all: &mut Vec<Setting>, names: &[String], theirs: &str, value: &Json) {
    let above = names.join(".");
    for (name, member) in value.as_object().into_iter().flatten() {
        let own = NAMED.contains(&above.as_str());
        let spelt = if own { name.clone() } else { snake(name) };
        let names = names.iter().cloned().chain([spelt]).collect();
        walk(all, names, &format!("{theirs}.{name}"), member);
    }
}

fn walk(all: &mut Vec<Setting>, names: Vec<String>, theirs: &str, value: &Json) {
    let path = names.join(".");
    let is_role = path.strip_prefix("plugins.admin.roles.").is_some_and(|name| !name.contains('.'));
    match value {
        Json::Null => {}
        Json::Object(members) if is_role || path == "plugins.admin.ac" => {
            if let Some(allowed) = members.get("statements").and_then(|allowed| toml_of(allowed, true)) {
                all.push(Setting::new(names, allowed, theirs));
            }
        }
        Json::Object(members) if names.last().is_some_and(|last| is_foreign(last)) => {
            all.push(Setting::new(names, foreign(members), theirs));
        }
        Json::Object(_) => walk_members(all, &names, theirs, value),
        _ => all.extend(leaf(names, theirs, value)),
    }
}

fn leaf(mut names: Vec<String>, theirs: &str, value: &Json) -> Option<Setting> {
    let path = names.join(".");
    if let ("social_providers", Some(last)) = (names[0].as_str(), names.last().filter(|last| is_secret(last))) {
        let variable = format!("{}_{}", names[1], last).to_ascii_uppercase().replace('-', "_");
        let key = format!("{last}_env");
        names.pop();
        names.push(key);
        let value = Value::from(variable.clone());
        return Some(Setting { variable: Some(variable), ..Setting::new(names, value, theirs) });
    }
    let value = match value {
        _ if names.last().is_some_and(|last| is_secret(last)) => Value::from(PUT_IT_HERE),
        Json::Number(number) if TEXTS.contains(&path.as_str()) => Value::from(number.to_string()),
        Json::String(text) if LISTS.contains(&path.as_str()) => {
            Value::Array(text.split(',').map(|item| Value::from(item.trim())).collect())
        }
        value => toml_of(value, false)?,
    };
    Some(Setting::new(names, value, theirs))
}

/// What stands in the place of a secret that has no variable.
const PUT_IT_HERE: &str = "PUT-THE-SECRET-HERE";

/// Whether a table is of parameters or headers for somebody else's server, who has named them.
fn is_foreign(name: &str) -> bool {
    name.ends_with("_params") || name.ends_with("_headers")
}

/// Such a table: the names are kept, and of the values those that are known to be no secret.
fn foreign(members: &serde_json::Map<String, Json>) -> Value {
    let shown = |name: &str, member: &Json| match HARMLESS.contains(&name.to_ascii_lowercase().as_str()) {
        true => toml_of(member, true),
        false => (!member.is_null()).then(|| Value::from(PUT_IT_HERE)),
    };
    let kept = members.iter().filter_map(|(name, member)| Some((name.clone(), shown(name, member)?)));
    Value::Table(kept.collect())
}

fn is_secret(name: &str) -> bool {
    ["secret", "password", "passphrase", "private_key", "secret_key", "api_key", "assertion", "token"]
        .iter()
        .any(|end| name == *end || name.ends_with(&format!("_{end}")))
        && !name.starts_with("encrypt")
}

/// JSON as TOML, keys in snake case unless they are somebody's own. Nothing for null.
fn toml_of(value: &Json, own_names: bool) -> Option<Value> {
    Some(match value {
        Json::Null => return None,
        Json::Bool(flag) => Value::Boolean(*flag),
        Json::Number(number) => number.as_i64().map(Value::Integer).or_else(|| number.as_f64().map(Value::Float))?,
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::Array(items.iter().filter_map(|item| toml_of(item, own_names)).collect()),
        Json::Object(members) => Value::Table(
            members
                .iter()
                .filter_map(|(name, member)| {
                    let name = if own_names { name.clone() } else { snake(name) };
                    let value = match member {
                        Json::String(_) if !own_names && is_secret(&name) => Value::from(PUT_IT_HERE),
                        Json::Object(members) if !own_names && is_foreign(&name) => foreign(members),
                        member => toml_of(member, own_names)?,
                    };
                    Some((name, value))
                })
                .collect(),
        ),
    })
}

/// `baseURL` as `base_url`, `encryptOAuthTokens` as `encrypt_oauth_tokens`.
fn snake(name: &str) -> String {
    let name = name.replace("OAuth", "Oauth");
    let letters: Vec<char> = name.chars().collect();
    let mut spelt = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(place + 1);
        let ends_a_word = before.is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit());
        let ends_an_acronym =
            before.is_some_and(|before| before.is_ascii_uppercase()) && after.is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (ends_a_word || ends_an_acronym) {
            spelt.push('_');
        }
        spelt.push(letter.to_ascii_lowercase());
    }
    spelt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_the_configuration_has_them() {
        for (theirs, ours) in [
            ("baseURL", "base_url"),
            ("encryptOAuthTokens", "encrypt_oauth_tokens"),
            ("disableCSRFCheck", "disable_csrf_check"),
            ("onAPIError", "on_api_error"),
            ("ipv6Subnet", "ipv6_subnet"),
            ("modelName", "model_name"),
            ("storeOTP", "store_otp"),
        ] {
            assert_eq!(snake(theirs), ours);
        }
    }

    #[test]
    fn parameters_for_a_provider_keep_their_names_and_show_no_secret() {
        let config = serde_json::json!([{
            "providerId": "acme",
            "authorizationUrlParams": { "apiKey": "LEAK", "Access_Type": "offline" },
            "tokenUrlParams": { "client_assertion": "LEAK", "audience": "api" },
            "discoveryHeaders": { "X-Api-Key": "LEAK" },
        }]);
        let options = serde_json::json!({ "plugins": [{ "id": "generic-oauth", "options": { "config": config } }] });
        let all = settings(&options);
        let line = all.iter().find(|setting| setting.path().ends_with(".config")).expect("the list").line();
        assert!(!line.contains("LEAK"), "{line}");
        for kept in ["apiKey", "Access_Type", "offline", "client_assertion", "audience = \"api\"", "X-Api-Key"] {
            assert!(line.contains(kept), "{kept}: {line}");
        }
    }
}
