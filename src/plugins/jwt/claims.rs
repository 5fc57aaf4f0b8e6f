//! The payload of a token: Better Auth's default (the whole user), or the claims that the configuration names.

use serde_json::{Map, Value, json};

use super::config::JwtConfig;
use crate::base::Timestamp;
use crate::moments::Shown;

/// The claims that RFC 7519 §4.1 registers. No field of a user stands for one, whatever a deployment calls its fields.
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// How payloads are made.
pub struct Claims {
    issuer: String,
    audience: Value,
    /// Seconds from `iat` to `exp`.
    lifetime: i64,
    subject: Option<String>,
    /// Better Auth's `definePayload` as data: claim names to values with references.
    defined: Option<Map<String, Value>>,
}

impl Claims {
    pub fn new(config: &JwtConfig, origin: &str) -> Self {
        Self {
            issuer: config.issuer.clone().unwrap_or_else(|| origin.to_owned()),
            audience: audience(config, origin),
            lifetime: config.expiration_time,
            subject: config.subject.clone(),
            defined: config.claims.clone(),
        }
    }

    /// `iat`, the user's fields or the defined claims, `sub`, then `exp`, `iss` and `aud` where they are not defined.
    pub fn payload(&self, shown: &Shown, now: Timestamp) -> Map<String, Value> {
        let iat = now.seconds();
        let mut payload = Map::new();
        payload.insert("iat".into(), iat.into());
        match &self.defined {
            None => payload.extend(own_fields(&shown.user)),
            Some(defined) => payload.extend(defined.iter().map(|(name, value)| (name.clone(), resolve(value, shown)))),
        }
        payload.insert("sub".into(), self.subject(shown));
        let ends = payload["iat"].as_i64().unwrap_or(iat).saturating_add(self.lifetime);
        for (name, value) in [("exp", json!(ends)), ("iss", json!(self.issuer)), ("aud", self.audience.clone())] {
            payload.entry(name).or_insert(value);
        }
        payload
    }

    fn subject(&self, shown: &Shown) -> Value {
        let id = || shown.user.get("id").cloned().unwrap_or_default();
        self.subject.as_ref().map_or_else(id, |template| text(&resolve(&Value::String(template.clone()), shown)))
    }
}

/// The user's fields that are no registered claims: a field of the user's own never stands in for one.
fn own_fields(user: &Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    let own = user.iter().filter(|(name, _)| !REGISTERED.contains(&name.as_str()));
    own.map(|(name, value)| (name.clone(), value.clone()))
}

/// One audience is a text unless it was configured as a list.
fn audience(config: &JwtConfig, origin: &str) -> Value {
    match config.audience.as_deref() {
        None => origin.into(),
        Some([one]) if !config.audience_is_list => one.as_str().into(),
        Some(several) => several.into(),
    }
}

/// A value with its references resolved: `"{user.email}"` alone keeps its JSON type, within a text it becomes text.
fn resolve(value: &Value, shown: &Shown) -> Value {
    match value {
        Value::String(template) => resolve_text(template, shown),
        Value::Array(items) => items.iter().map(|item| resolve(item, shown)).collect(),
        Value::Object(members) => members.iter().map(|(name, item)| (name.clone(), resolve(item, shown))).collect(),
        other => other.clone(),
    }
}

fn resolve_text(template: &str, shown: &Shown) -> Value {
    if let Some(reference) = template.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
        && !reference.contains('}')
        && let Some(value) = look_up(reference, shown)
    {
        return value;
    }
    let mut parts = template.split('{');
    let mut resolved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}').and_then(|(reference, rest)| Some((look_up(reference, shown)?, rest))) {
            Some((value, rest)) => {
                resolved.push_str(text(&value).as_str().unwrap_or_default());
                resolved.push_str(rest);
            }
            None => {
                resolved.push('{');
                resolved.push_str(part);
            }
        }
    }
    Value::String(resolved)
}

/// `user.email`, `session.id`; `None` for what is no reference, `null` for a field that is not there.
fn look_up(reference: &str, shown: &Shown) -> Option<Value> {
    let (object, field) = reference.split_once('.')?;
    let fields = match object {
        "user" => &shown.user,
        "session" => &shown.session,
        _ => return None,
    };
    Some(fields.get(field).cloned().unwrap_or_default())
}

fn text(value: &Value) -> Value {
    match value {
        Value::String(_) => value.clone(),
        Value::Null => Value::String(String::new()),
        other => Value::String(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::jose::Algorithm;
    use crate::plugins::jwt::config::JwksConfig;

    const ORIGIN: &str = "https://auth.example.com";
    const NOW: i64 = 1_795_173_988;

    fn config() -> JwtConfig {
        let jwks = JwksConfig {
            key_kind: Algorithm::EdDSA.into(),
            jwks_path: "/jwks".into(),
            rotation_interval: None,
            grace_period: 0,
            cache_max_age: 0,
            publish_lead: 0,
            poll_interval: 1,
            import_dir: None,
            disable_private_key_encryption: false,
        };
        JwtConfig {
            enabled: true,
            disable_setting_jwt_header: false,
            issuer: None,
            audience: None,
            audience_is_list: false,
            expiration_time: 900,
            claims: None,
            subject: None,
            jwks,
        }
    }

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    /// The payload for Zoë, whose user object has more fields besides.
    fn payload_with(config: &JwtConfig, more: Value) -> Map<String, Value> {
        let mut user =
            object(json!({"name": "Zoë", "email": "zoe@example.com", "emailVerified": false, "image": null}));
        user.extend(object(more));
        user.insert("id".into(), "u1".into());
        let shown = Shown { user, session: object(json!({"id": "s1", "activeOrganizationId": null})) };
        Claims::new(config, ORIGIN).payload(&shown, Timestamp::from_millis(NOW * 1000 + 999))
    }

    fn payload(config: &JwtConfig) -> String {
        Value::Object(payload_with(config, json!({}))).to_string()
    }

    fn defined(claims: Value) -> JwtConfig {
        JwtConfig { claims: Some(object(claims)), ..config() }
    }

    #[test]
    fn the_default_payload_has_better_auths_members_in_its_order() {
        let expected = r#"{"iat":1795173988,"name":"Zoë","email":"zoe@example.com","emailVerified":false,"image":null,"id":"u1","sub":"u1","exp":1795174888,"iss":"https://auth.example.com","aud":"https://auth.example.com"}"#;
        assert_eq!(payload(&config()), expected);
    }

    #[test]
    fn issuer_and_audience_are_as_configured_a_list_where_a_list_was_given() {
        let list = |list: &[&str]| Some(list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        for (audience, is_list, expected) in [
            (list(&["a"]), false, json!("a")),
            (list(&["a"]), true, json!(["a"])),
            (list(&["a", "b"]), true, json!(["a", "b"])),
        ] {
            let config = JwtConfig { issuer: Some("me".into()), audience, audience_is_list: is_list, ..config() };
            let payload = payload_with(&config, json!({}));
            assert_eq!((&payload["iss"], &payload["aud"]), (&json!("me"), &expected));
        }
    }

    #[test]
    fn t66_no_field_of_a_user_stands_in_for_a_registered_claim() {
        let more =
            json!({"iss": "x", "sub": "x", "aud": "x", "exp": 1, "nbf": 1, "iat": 1, "jti": "x", "role": "member"});
        assert_eq!(
            Value::Object(payload_with(&config(), more)).to_string(),
            payload(&config()).replace(r#""id":"#, r#""role":"member","id":"#)
        );
    }

    #[test]
    fn t66_what_a_user_writes_is_never_resolved_again() {
        let config = defined(json!({"nick": "{user.nick}", "both": "{user.nick} {user.id}"}));
        let payload = payload_with(&config, json!({"nick": "{user.email}{session.id}"}));
        assert_eq!(payload["nick"], "{user.email}{session.id}");
        assert_eq!(payload["both"], "{user.email}{session.id} u1");
    }

    /// The case that was captured from Better Auth, but for `sub`, which is configured by another name here.
    #[test]
    fn defined_claims_win_and_keep_their_place_but_sub_is_the_subject() {
        let config = JwtConfig {
            subject: Some("SUB-{user.id}".into()),
            ..defined(json!({
                "email": "{user.email}", "iat": 5, "exp": 9_999_999_999_i64, "iss": "p-iss", "aud": "p-aud", "nbf": 1,
                "jti": "jid", "sub": "ignored", "sid": "{session.id}", "custom": {"a": 1},
            }))
        };
        let expected = r#"{"iat":5,"email":"zoe@example.com","exp":9999999999,"iss":"p-iss","aud":"p-aud","nbf":1,"jti":"jid","sub":"SUB-u1","sid":"s1","custom":{"a":1}}"#;
        assert_eq!(payload(&config), expected);
    }

    #[test]
    fn without_definitions_of_their_own_exp_iss_and_aud_come_last_and_exp_counts_from_iat() {
        assert_eq!(
            payload(&defined(json!({"role": "x", "iat": 0}))),
            r#"{"iat":0,"role":"x","sub":"u1","exp":900,"iss":"https://auth.example.com","aud":"https://auth.example.com"}"#
        );
    }

    #[test]
    fn a_reference_alone_keeps_its_type_and_within_a_text_becomes_text() {
        let more = json!({"age": 36, "admin": true, "tags": ["a"], "nothing": null});
        let config = defined(json!({
            "age": "{user.age}", "admin": "{user.admin}", "tags": "{user.tags}", "nothing": "{user.nothing}",
            "absent": "{user.absent}", "text": "{user.age}/{user.admin}/{user.tags}/{user.nothing}/{session.id}",
            "deep": [{"id": "{user.id}"}], "number": 1,
        }));
        let mut payload = payload_with(&config, more);
        payload.retain(|name, _| config.claims.as_ref().is_some_and(|claims| claims.contains_key(name)));
        let expected = json!({
            "age": 36, "admin": true, "tags": ["a"], "nothing": null, "absent": null, "text": "36/true/[\"a\"]//s1",
            "deep": [{"id": "u1"}], "number": 1,
        });
        assert_eq!(Value::Object(payload), expected);
    }

    #[test]
    fn what_is_no_reference_stays_as_it_is() {
        for text in ["{", "}", "{}", "{user}", "{users.id}", "{account.id}", "a{b}c", "{{", "plain"] {
            assert_eq!(payload_with(&defined(json!({"x": text})), json!({}))["x"], text, "{text}");
        }
        assert_eq!(payload_with(&defined(json!({"x": "{{user.id}}"})), json!({}))["x"], "{u1}");
    }

    #[test]
    fn the_subject_is_a_text_also_where_its_reference_is_none() {
        for (subject, expected) in
            [("{user.id}", "u1"), ("{user.emailVerified}", "false"), ("{user.image}", ""), ("x", "x")]
        {
            let config = JwtConfig { subject: Some(subject.into()), ..config() };
            assert_eq!(payload_with(&config, json!({}))["sub"], expected, "{subject}");
        }
    }
}
