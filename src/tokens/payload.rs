//! The payload of a token: Better Auth's default (the whole user), or the claims that the configuration names.

use std::cell::OnceCell;

use serde_json::{Map, Value, json};

use super::config::{Audience, SESSION, TokenConfig};
use super::roles;
use crate::base::{Random, Timestamp};
use crate::moments::Shown;
use crate::store::IMPERSONATED_BY;

/// The claims that RFC 7519 §4.1 registers. No field of a user stands for one, whatever a deployment calls its fields.
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// How payloads are made.
pub struct Payloads {
    issuer: String,
    /// None: tokens are for nobody in particular.
    audience: Option<Value>,
    /// Seconds from `iat` to `exp`.
    lifetime: i64,
    subject: Option<String>,
    /// Better Auth's `definePayload` as data: claim names to values with references.
    defined: Option<Map<String, Value>>,
    random: Random,
}

impl Payloads {
    /// By a configuration; issuer and audience are the origin where it names none.
    pub fn new(config: &TokenConfig, origin: &str, random: Random) -> Self {
        Self {
            issuer: config.issuer.clone().unwrap_or_else(|| origin.to_owned()),
            audience: audience(&config.audience, origin),
            lifetime: config.expiration_time,
            subject: config.subject.clone(),
            defined: config.claims.clone(),
            random,
        }
    }

    /// `iat`, the user's fields or the defined claims, `sub`, then `exp`, `iss` and `aud` where they are not defined.
    pub fn payload(&self, shown: &Shown, now: Timestamp) -> Map<String, Value> {
        let (iat, source) = (now.seconds(), Source { shown, random: &self.random, jti: OnceCell::new() });
        let mut payload = Map::new();
        payload.insert("iat".into(), iat.into());
        match &self.defined {
            None => payload.extend(own_fields(&shown.user)),
            Some(defined) => payload.extend(defined.iter().map(|(name, value)| (name.clone(), source.resolve(value)))),
        }
        payload.insert("sub".into(), self.subject(&source));
        let ends = payload["iat"].as_i64().unwrap_or(iat).saturating_add(self.lifetime);
        let ends = end_of_impersonation(&shown.session).map_or(ends, |end| end.min(ends));
        let ours = [("exp", Some(json!(ends))), ("iss", Some(json!(self.issuer))), ("aud", self.audience.clone())];
        for (name, value) in ours {
            if let Some(value) = value {
                payload.entry(name).or_insert(value);
            }
        }
        payload
    }

    /// The `iss` of all tokens, unless a claim of that name with a reference makes it each token's own.
    pub fn issuer(&self) -> &str {
        self.constant("iss").and_then(Value::as_str).unwrap_or(&self.issuer)
    }

    /// Whom all tokens are for.
    pub fn audience(&self) -> Vec<String> {
        match self.constant("aud").or(self.audience.as_ref()) {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// Seconds from `iat` to `exp`.
    pub fn lifetime(&self) -> i64 {
        self.lifetime
    }

    /// Whether the claim `sid` is the session's id.
    pub fn sid_is_the_session(&self) -> bool {
        self.constant("sid").and_then(Value::as_str) == Some(SESSION)
    }

    /// Whether `sub` is the user's id.
    pub fn subject_is_the_id(&self) -> bool {
        self.subject.as_deref().is_none_or(|subject| subject == "{user.id}")
    }

    /// A claim that was defined in place of one of ours.
    fn constant(&self, name: &str) -> Option<&Value> {
        self.defined.as_ref()?.get(name)
    }

    fn subject(&self, source: &Source<'_>) -> Value {
        let id = || source.shown.user.get("id").cloned().unwrap_or_default();
        self.subject.as_ref().map_or_else(id, |template| text(&source.resolve(&Value::String(template.clone()))))
    }
}

/// The user's fields that are no registered claims: a field of the user's own never stands in for one.
fn own_fields(user: &Map<String, Value>) -> impl Iterator<Item = (String, Value)> {
    let own = user.iter().filter(|(name, _)| !REGISTERED.contains(&name.as_str()));
    own.map(|(name, value)| (name.clone(), value.clone()))
}

/// When an admin's time in the place of a user is over, in seconds: what they take along as a token is over then, too.
fn end_of_impersonation(session: &Map<String, Value>) -> Option<i64> {
    session.get(IMPERSONATED_BY).filter(|by| !by.is_null())?;
    let end = session.get("expiresAt").and_then(Value::as_str).and_then(Timestamp::parse);
    end.map(Timestamp::seconds)
}

/// One audience is a text unless it was configured as a list.
fn audience(configured: &Audience, origin: &str) -> Option<Value> {
    match configured {
        Audience::Origin => Some(origin.into()),
        Audience::One(one) => Some(one.as_str().into()),
        Audience::Several(several) => Some(several.as_slice().into()),
        Audience::Nobody => None,
    }
}

/// What references are resolved from.
struct Source<'a> {
    shown: &'a Shown,
    random: &'a Random,
    /// One for a token, however often it is referred to.
    jti: OnceCell<String>,
}

impl Source<'_> {
    /// A value with its references resolved: `"{user.email}"` alone keeps its JSON type, within a text it becomes text.
    fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::String(template) => self.resolve_text(template),
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
            Value::Object(members) => members.iter().map(|(name, item)| (name.clone(), self.resolve(item))).collect(),
            other => other.clone(),
        }
    }

    fn resolve_text(&self, template: &str) -> Value {
        if let Some(reference) = template.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
            && !reference.contains('}')
            && let Some(value) = self.look_up(reference)
        {
            return value;
        }
        let mut parts = template.split('{');
        let mut resolved = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            match part.split_once('}').and_then(|(reference, rest)| Some((self.look_up(reference)?, rest))) {
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

    /// `user.email`, `session.id`, `roles`, `jti`; `None` for what is no reference, `null` for a field that is not there.
    fn look_up(&self, reference: &str) -> Option<Value> {
        match reference {
            "roles" => return Some(roles(&self.shown.user).into()),
            "jti" => return Some(self.jti.get_or_init(|| self.random.id()).as_str().into()),
            _ => {}
        }
        let (object, field) = reference.split_once('.')?;
        let fields = match object {
            "user" => &self.shown.user,
            "session" => &self.shown.session,
            _ => return None,
        };
        Some(fields.get(field).cloned().unwrap_or_default())
    }
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

    const ORIGIN: &str = "https://auth.example.com";
    const NOW: i64 = 1_795_173_988;

    fn config() -> TokenConfig {
        TokenConfig::default()
    }

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    /// The payload for Zoë, whose user object has more fields besides.
    fn payload_with(config: &TokenConfig, more: Value) -> Map<String, Value> {
        let mut user =
            object(json!({"name": "Zoë", "email": "zoe@example.com", "emailVerified": false, "image": null}));
        user.extend(object(more));
        user.insert("id".into(), "u1".into());
        let shown = Shown { user, session: object(json!({"id": "s1", "activeOrganizationId": null})) };
        Payloads::new(config, ORIGIN, Random::seeded(1)).payload(&shown, Timestamp::from_millis(NOW * 1000 + 999))
    }

    fn payload(config: &TokenConfig) -> String {
        Value::Object(payload_with(config, json!({}))).to_string()
    }

    fn defined(claims: Value) -> TokenConfig {
        TokenConfig { claims: Some(object(claims)), ..config() }
    }

    #[test]
    fn the_default_payload_has_better_auths_members_in_its_order() {
        let expected = r#"{"iat":1795173988,"name":"Zoë","email":"zoe@example.com","emailVerified":false,"image":null,"id":"u1","sub":"u1","exp":1795174888,"iss":"https://auth.example.com","aud":"https://auth.example.com"}"#;
        assert_eq!(payload(&config()), expected);
    }

    #[test]
    fn issuer_and_audience_are_as_configured_a_list_where_a_list_was_given() {
        for (audience, expected) in [
            (Audience::One("a".into()), json!("a")),
            (Audience::Several(vec!["a".into()]), json!(["a"])),
            (Audience::Several(vec!["a".into(), "b".into()]), json!(["a", "b"])),
        ] {
            let config = TokenConfig { issuer: Some("me".into()), audience, ..config() };
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
        let config = TokenConfig {
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
            let config = TokenConfig { subject: Some(subject.into()), ..config() };
            assert_eq!(payload_with(&config, json!({}))["sub"], expected, "{subject}");
        }
    }

    #[test]
    fn t81_what_an_admin_takes_along_from_the_place_of_a_user_ends_with_the_time_there() {
        let until = |seconds: i64| Timestamp::from_seconds(NOW + seconds);
        for (session, life) in [
            (json!({"expiresAt": until(60), "impersonatedBy": "ada"}), 60),
            (json!({"expiresAt": until(3600), "impersonatedBy": "ada"}), 900),
            (json!({"expiresAt": until(60), "impersonatedBy": null}), 900),
            (json!({"expiresAt": until(60)}), 900),
        ] {
            let shown = Shown { user: object(json!({"id": "u1"})), session: object(session.clone()) };
            let payload = Payloads::new(&config(), ORIGIN, Random::seeded(1)).payload(&shown, until(0));
            assert_eq!(payload["exp"], NOW + life, "{session}");
        }
    }

    #[test]
    fn a_token_for_nobody_has_no_audience() {
        let config = TokenConfig { audience: Audience::Nobody, claims: Some(Map::new()), ..config() };
        assert_eq!(
            payload(&config),
            r#"{"iat":1795173988,"sub":"u1","exp":1795174888,"iss":"https://auth.example.com"}"#
        );
        assert!(Payloads::new(&config, ORIGIN, Random::seeded(1)).audience().is_empty());
    }

    #[test]
    fn roles_are_a_list_and_every_token_has_a_jti_of_its_own() {
        let config = defined(json!({ "roles": "{roles}", "jti": "{jti}", "again": "{jti}" }));
        for (role, expected) in [(json!("admin, user"), json!(["admin", "user"])), (json!(null), json!([]))] {
            let payload = payload_with(&config, json!({ "role": role }));
            assert_eq!((&payload["roles"], &payload["jti"]), (&expected, &payload["again"]));
        }
        let payloads = Payloads::new(&config, ORIGIN, Random::seeded(1));
        let shown = Shown { user: Map::new(), session: Map::new() };
        let jti = || payloads.payload(&shown, Timestamp::from_millis(0))["jti"].as_str().expect("a text").to_owned();
        let (one, other) = (jti(), jti());
        assert!(one != other && one.len() >= 22, "{one}");
    }
}
