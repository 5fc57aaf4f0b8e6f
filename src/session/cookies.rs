//! Set-Cookie as Better Auth writes it: names, attributes and their order, signatures, deletion.

use std::fmt;
use std::time::Duration;

use actix_web::http::header::HttpDate;
use percent_encoding::percent_decode_str;

use super::config::cookies::{CookieAttributes, CookieConfig, SameSite};
use crate::base::Timestamp;
use crate::base::text::encode_component;
use crate::crypto::cookie::CookieSigner;

/// What a cookie may measure in bytes with its name and attributes.
const LONGEST_COOKIE: usize = 4050;
const MOST_CHUNKS: usize = 100;

/// The cookies by Better Auth's own keys, which `advanced.cookies` renames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieKey {
    SessionToken,
    SessionData,
    DontRemember,
    AccountData,
    /// Which flow at a provider this browser has begun.
    State,
    /// The flow itself, encrypted.
    OauthState,
}

impl CookieKey {
    pub const ALL: [Self; 6] =
        [Self::SessionToken, Self::SessionData, Self::DontRemember, Self::AccountData, Self::State, Self::OauthState];

    fn text(self) -> &'static str {
        match self {
            Self::SessionToken => "session_token",
            Self::SessionData => "session_data",
            Self::DontRemember => "dont_remember",
            Self::AccountData => "account_data",
            Self::State => "state",
            Self::OauthState => "oauth_state",
        }
    }
}

/// One `Set-Cookie` line.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie {
    pub key: CookieKey,
    /// The signed value before it is percent-encoded; `None` where the cookie is deleted.
    pub value: Option<String>,
    /// The header's value.
    pub line: String,
}

impl SetCookie {
    /// The name that the browser keeps it under.
    pub fn name(&self) -> &str {
        self.line.split_once('=').map_or("", |(name, _)| name)
    }
}

/// The name alone: the value is a credential.
impl fmt::Debug for SetCookie {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("SetCookie").field(&self.key).finish()
    }
}

/// Writes and reads the cookies of a deployment.
pub struct Cookies {
    signer: CookieSigner,
    shapes: [Shape; CookieKey::ALL.len()],
}

/// A cookie's name and what follows its Max-Age, computed once.
struct Shape {
    name: String,
    before_path: String,
    after: String,
    max_age: Option<i64>,
}

impl Cookies {
    pub fn new(config: &CookieConfig, signer: CookieSigner) -> Self {
        Self { signer, shapes: CookieKey::ALL.map(|key| Shape::new(config, key)) }
    }

    /// The name under which a cookie is sent and, alone, read: with its prefix, and `__Secure-` where that is on.
    pub fn name(&self, key: CookieKey) -> &str {
        &self.shape(key).name
    }

    /// Signs a value and sets it, for `max_age` seconds or, with `None`, for as long as the browser is open.
    pub fn set(&self, key: CookieKey, value: &str, max_age: Option<i64>) -> SetCookie {
        let signed = self.signer.sign(value);
        let line = self.shape(key).line(&encode_component(&signed), max_age);
        SetCookie { key, value: Some(signed), line }
    }

    /// Sets a value that is protected in another way than by a signature.
    pub fn set_sealed(&self, key: CookieKey, value: &str, max_age: Option<i64>) -> SetCookie {
        let line = self.shape(key).line(&encode_component(value), max_age);
        SetCookie { key, value: Some(value.to_owned()), line }
    }

    /// The value of a cookie as it was received, for which no signature vouches.
    pub fn unsigned(received: &str) -> String {
        percent_decode_str(received).decode_utf8_lossy().into_owned()
    }

    /// Deletes a cookie: its name and attributes, no value, `Max-Age=0`.
    pub fn expire(&self, key: CookieKey) -> SetCookie {
        SetCookie { key, value: None, line: self.shape(key).line("", Some(0)) }
    }

    /// Sets a value that needs no encoding and may be long: in one cookie or, where that would be longer than browsers take,
    /// in chunks `NAME.0`, `NAME.1`, …. What the request carries of the cookie and is not set anew is deleted. A value
    /// that needs more than a hundred chunks is not set.
    pub fn set_long(&self, key: CookieKey, value: &str, max_age: Option<i64>, carried: &[&str]) -> Vec<SetCookie> {
        let shape = self.shape(key);
        let set = |name: String, part: &str| {
            let line = shape.line_of(&name, part, max_age);
            (name, SetCookie { key, value: Some(part.to_owned()), line })
        };
        let whole = set(shape.name.clone(), value);
        let set = if whole.1.line.len() <= LONGEST_COOKIE {
            vec![whole]
        } else {
            let length = LONGEST_COOKIE.saturating_sub(shape.line_of(&format!("{}.99", shape.name), "", max_age).len());
            // The letters are ASCII, so that a chunk is a text again.
            let chunks = value.as_bytes().chunks(length.max(1)).map(String::from_utf8_lossy);
            chunks.enumerate().map(|(place, chunk)| set(format!("{}.{place}", shape.name), &chunk)).collect()
        };
        if set.len() > MOST_CHUNKS {
            return self.expire_chunks(key, carried);
        }
        let stale: Vec<_> = carried.iter().copied().filter(|name| !set.iter().any(|(new, _)| new == name)).collect();
        self.expire_chunks(key, &stale).into_iter().chain(set.into_iter().map(|(_, cookie)| cookie)).collect()
    }

    /// The names that a request carries of a cookie that may be in chunks, with the place of each: `NAME` and `NAME.N`.
    pub fn places_of<'n>(&self, key: CookieKey, carried: &[&'n str]) -> Vec<(Option<u8>, &'n str)> {
        let name = self.name(key);
        let place = |rest: &str| match rest.strip_prefix('.') {
            None => rest.is_empty().then_some(None),
            Some(place) => place.parse().ok().filter(|number: &u8| number.to_string() == place).map(Some),
        };
        carried.iter().filter_map(|carried| Some((place(carried.strip_prefix(name)?)?, *carried))).collect()
    }

    /// Deletes a cookie and its chunks as a request carries them.
    pub fn expire_chunks(&self, key: CookieKey, carried: &[&str]) -> Vec<SetCookie> {
        let expired =
            self.places_of(key, carried).into_iter().map(|(_, name)| self.shape(key).line_of(name, "", Some(0)));
        expired.map(|line| SetCookie { key, value: None, line }).collect()
    }

    /// The lifetime that the deployment gave a cookie by hand.
    pub fn configured_max_age(&self, key: CookieKey) -> Option<i64> {
        self.shape(key).max_age
    }

    /// The value of a cookie as it was received, if its signature holds.
    pub fn open(&self, received: &str) -> Option<String> {
        self.signer.open(received)
    }

    fn shape(&self, key: CookieKey) -> &Shape {
        &self.shapes[key as usize]
    }
}

impl Shape {
    fn new(config: &CookieConfig, key: CookieKey) -> Self {
        let own = config.overrides.get(key.text());
        let name = own.and_then(|own| own.name.clone()).unwrap_or_else(|| format!("{}.{}", config.prefix, key.text()));
        let name = if config.secure { format!("__Secure-{name}") } else { name };
        let base = CookieAttributes {
            path: Some("/".into()),
            http_only: Some(true),
            secure: Some(config.secure),
            same_site: Some(SameSite::Lax),
            domain: config.domain.clone(),
            ..CookieAttributes::default()
        };
        let layers = [own.map(|own| &own.attributes), Some(&config.default_attributes), Some(&base)];
        let first =
            |pick: &dyn Fn(&CookieAttributes) -> Option<String>| layers.iter().flatten().find_map(|layer| pick(layer));
        let flag = |pick: &dyn Fn(&CookieAttributes) -> Option<bool>| {
            layers.iter().flatten().find_map(|layer| pick(layer)).unwrap_or(false)
        };
        let part =
            |label: &str, value: Option<String>| value.map(|value| format!("; {label}={value}")).unwrap_or_default();
        let mark = |label: &str, on: bool| if on { format!("; {label}") } else { String::new() };
        let before_path = part("Domain", first(&|layer| layer.domain.clone()));
        let after = [
            part("Path", first(&|layer| layer.path.clone())),
            part("Expires", first(&|layer| layer.expires.map(http_date))),
            mark("HttpOnly", flag(&|layer| layer.http_only)),
            mark("Secure", flag(&|layer| layer.secure)),
            part("SameSite", first(&|layer| layer.same_site.map(|same_site| word(same_site).to_owned()))),
            mark("Partitioned", flag(&|layer| layer.partitioned)),
        ]
        .concat();
        let max_age = layers.iter().flatten().find_map(|layer| layer.max_age);
        Self { name, before_path, after, max_age }
    }

    fn line(&self, value: &str, max_age: Option<i64>) -> String {
        self.line_of(&self.name, value, max_age)
    }

    fn line_of(&self, name: &str, value: &str, max_age: Option<i64>) -> String {
        let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        format!("{name}={value}{age}{}{}", self.before_path, self.after)
    }
}

fn word(same_site: SameSite) -> &'static str {
    match same_site {
        SameSite::Strict => "Strict",
        SameSite::Lax => "Lax",
        SameSite::None => "None",
    }
}

/// A moment as HTTP writes it (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(moment: Timestamp) -> String {
    std::time::UNIX_EPOCH
        .checked_add(Duration::from_secs(moment.seconds().unsigned_abs()))
        .map(|time| HttpDate::from(time).to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::crypto::Secrets;
    use crate::session::config::cookies::CookieOverride;

    fn config() -> CookieConfig {
        CookieConfig {
            prefix: "better-auth".into(),
            secure: false,
            domain: None,
            default_attributes: CookieAttributes::default(),
            overrides: BTreeMap::new(),
        }
    }

    fn cookies(config: &CookieConfig) -> Cookies {
        let secrets = Secrets::new(vec![], Some("a-secret-for-tests-of-at-least-32-characters".into()));
        Cookies::new(config, CookieSigner::new(&secrets.unwrap()))
    }

    /// A line without its value.
    fn shape(line: &str) -> String {
        let (name, rest) = line.split_once('=').expect("a name");
        let (_, attributes) = rest.split_once(';').expect("attributes");
        format!("{name};{attributes}")
    }

    fn line(config: &CookieConfig, max_age: Option<i64>) -> String {
        shape(&cookies(config).set(CookieKey::SessionToken, "t", max_age).line)
    }

    #[test]
    fn t27_attributes_come_in_better_auths_order() {
        assert_eq!(
            line(&config(), Some(604_800)),
            "better-auth.session_token; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
        );
        assert_eq!(line(&config(), None), "better-auth.session_token; Path=/; HttpOnly; SameSite=Lax");
        let all = CookieConfig {
            secure: true,
            domain: Some(".example.com".into()),
            default_attributes: CookieAttributes {
                expires: Some(Timestamp::from_millis(784_111_777_000)),
                partitioned: Some(true),
                ..CookieAttributes::default()
            },
            ..config()
        };
        assert_eq!(
            line(&all, Some(5)),
            "__Secure-better-auth.session_token; Max-Age=5; Domain=.example.com; Path=/; \
             Expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly; Secure; SameSite=Lax; Partitioned"
        );
    }

    #[test]
    fn t27_a_secure_cookie_has_the_prefix_and_the_attribute_and_no_domain_unless_configured() {
        let secure = CookieConfig { secure: true, ..config() };
        assert_eq!(line(&secure, None), "__Secure-better-auth.session_token; Path=/; HttpOnly; Secure; SameSite=Lax");
        for key in CookieKey::ALL {
            assert!(cookies(&secure).name(key).starts_with("__Secure-better-auth."));
            assert!(cookies(&config()).name(key).starts_with("better-auth."));
        }
    }

    #[test]
    fn a_name_of_ones_own_replaces_prefix_and_key_for_its_cookie_alone() {
        let strict = CookieAttributes { same_site: Some(SameSite::Strict), ..CookieAttributes::default() };
        let sid = CookieOverride { name: Some("sid".into()), attributes: strict };
        let config = CookieConfig {
            prefix: "acme".into(),
            overrides: BTreeMap::from([("session_token".into(), sid)]),
            ..config()
        };
        let written = cookies(&config);
        assert_eq!(line(&config, Some(3600)), "sid; Max-Age=3600; Path=/; HttpOnly; SameSite=Strict");
        let other = shape(&written.set(CookieKey::DontRemember, "true", None).line);
        assert_eq!(other, "acme.dont_remember; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(cookies(&CookieConfig { secure: true, ..config }).name(CookieKey::SessionToken), "__Secure-sid");
    }

    #[test]
    fn attributes_of_one_cookie_win_over_the_defaults_and_these_over_better_auths() {
        let own = CookieAttributes { path: Some("/own".into()), http_only: Some(true), ..CookieAttributes::default() };
        let config = CookieConfig {
            default_attributes: CookieAttributes {
                path: Some("/all".into()),
                http_only: Some(false),
                secure: Some(true),
                domain: Some("example.org".into()),
                max_age: Some(60),
                ..CookieAttributes::default()
            },
            overrides: BTreeMap::from([("session_token".into(), CookieOverride { name: None, attributes: own })]),
            ..config()
        };
        let written = cookies(&config);
        assert_eq!(
            line(&config, None),
            "better-auth.session_token; Domain=example.org; Path=/own; HttpOnly; Secure; SameSite=Lax"
        );
        let other = shape(&written.set(CookieKey::DontRemember, "true", None).line);
        assert_eq!(other, "better-auth.dont_remember; Domain=example.org; Path=/all; Secure; SameSite=Lax");
        assert_eq!(written.configured_max_age(CookieKey::DontRemember), Some(60));
    }

    #[test]
    fn a_deletion_is_the_same_cookie_without_a_value_and_without_time() {
        let deleted = cookies(&config()).expire(CookieKey::SessionData);
        assert_eq!(deleted.line, "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        assert_eq!(deleted.value, None);
    }

    #[test]
    fn a_value_is_signed_and_percent_encoded_as_a_whole_and_opens_as_it_was() {
        let cookies = cookies(&config());
        for value in ["token", "a.b", "é;= \r\n"] {
            let set = cookies.set(CookieKey::SessionToken, value, None);
            let (_, rest) = set.line.split_once('=').unwrap();
            let encoded = rest.split(';').next().unwrap();
            assert!(encoded.ends_with("%3D"), "{encoded}");
            assert!(
                encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()%".contains(&byte)),
                "{encoded}"
            );
            assert_eq!(cookies.open(encoded).as_deref(), Some(value));
            assert_eq!(set.value.and_then(|signed| cookies.open(&signed)).as_deref(), Some(value));
        }
    }

    #[test]
    fn only_chunks_of_our_own_cache_are_expired_under_their_names() {
        let carried = [
            "better-auth.session_data",
            "better-auth.session_data.0",
            "better-auth.session_data.99",
            "better-auth.session_data.",
            "better-auth.session_data.x",
            "better-auth.session_data_own",
            "better-auth.session_token",
        ];
        let lines = cookies(&config()).expire_chunks(CookieKey::SessionData, &carried);
        let names: Vec<_> = lines.iter().filter_map(|cookie| cookie.line.split('=').next()).collect();
        assert_eq!(names, carried[..3]);
    }

    fn named(set: &[SetCookie]) -> Vec<(&str, usize)> {
        set.iter().map(|cookie| (cookie.name(), cookie.line.len())).collect()
    }

    #[test]
    fn a_long_value_is_cut_where_better_auth_cuts_it() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/vectors/cookie-cache.json")).unwrap();
        let chunked = vectors["chunked"]["set_cookie_names_and_lengths"].as_array().unwrap();
        let length: u64 = chunked.iter().map(|chunk| chunk[2].as_u64().unwrap()).sum();
        let value: String = ('a'..='z').cycle().take(length as usize).collect();
        let cookies = cookies(&config());
        let set = cookies.set_long(CookieKey::SessionData, &value, Some(300), &[]);
        for (ours, theirs) in set.iter().zip(chunked) {
            assert_eq!(ours.name(), theirs[0]);
            assert_eq!(ours.line.len() as u64, theirs[1].as_u64().unwrap());
            assert!(ours.line.ends_with("; Max-Age=300; Path=/; HttpOnly; SameSite=Lax"));
        }
        assert_eq!(set.len(), chunked.len());
        assert_eq!(set.iter().filter_map(|cookie| cookie.value.as_deref()).collect::<String>(), value);
    }

    #[test]
    fn one_cookie_is_as_long_as_browsers_take_and_not_a_letter_longer() {
        let cookies = cookies(&config());
        let set = |length: usize| cookies.set_long(CookieKey::SessionData, &"x".repeat(length), Some(300), &[]);
        assert_eq!(named(&set(3980)), [("better-auth.session_data", 4050)]);
        assert_eq!(named(&set(3981)), [("better-auth.session_data.0", 4049), ("better-auth.session_data.1", 76)]);
    }

    #[test]
    fn what_the_browser_has_of_an_earlier_value_is_deleted_first() {
        let cookies = cookies(&config());
        let carried = ["better-auth.session_data", "better-auth.session_data.0", "better-auth.session_data.3", "own"];
        let set = |length: usize| cookies.set_long(CookieKey::SessionData, &"x".repeat(length), Some(300), &carried);
        let names = |set: &[SetCookie]| -> Vec<(String, bool)> {
            set.iter().map(|cookie| (cookie.name().to_owned(), cookie.value.is_some())).collect()
        };
        let expected = |names: &[(&str, bool)]| -> Vec<(String, bool)> {
            names.iter().map(|(end, set)| (format!("better-auth.session_data{end}"), *set)).collect()
        };
        assert_eq!(names(&set(10)), expected(&[(".0", false), (".3", false), ("", true)]));
        assert_eq!(names(&set(5000)), expected(&[("", false), (".3", false), (".0", true), (".1", true)]));
    }

    #[test]
    fn a_value_that_needs_more_than_a_hundred_chunks_is_not_set() {
        let cookies = cookies(&config());
        let set = |chunks: usize| {
            cookies.set_long(
                CookieKey::SessionData,
                &"x".repeat(chunks * 3977),
                Some(300),
                &["better-auth.session_data"],
            )
        };
        assert_eq!(set(100).iter().filter(|cookie| cookie.value.is_some()).count(), 100);
        assert_eq!(named(&set(101)).len(), 1);
        assert!(set(101).iter().all(|cookie| cookie.value.is_none()));
    }

    #[test]
    fn chunks_are_known_by_one_spelling_of_their_place() {
        let carried = [
            "better-auth.session_data.10",
            "better-auth.session_data.2",
            "better-auth.session_data.02",
            "better-auth.session_data.+1",
            "better-auth.session_data.256",
        ];
        let cookies = cookies(&config());
        assert_eq!(
            cookies.places_of(CookieKey::SessionData, &carried),
            [(Some(10), carried[0]), (Some(2), carried[1])]
        );
    }
}
