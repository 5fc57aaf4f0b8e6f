//! A cookie's name and attributes, in Better Auth's order.

use std::time::Duration;

use actix_web::http::header::HttpDate;

use super::CookieKey;
use crate::base::Timestamp;
use crate::session::config::cookies::{CookieAttributes, CookieConfig, SameSite};

/// A cookie's name and what follows its Max-Age, computed once.
pub(super) struct Shape {
    pub(super) name: String,
    before_path: String,
    after: String,
    pub(super) max_age: Option<i64>,
}

impl Shape {
    pub(super) fn new(config: &CookieConfig, key: CookieKey) -> Self {
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

    pub(super) fn line(&self, value: &str, max_age: Option<i64>) -> String {
        self.line_of(&self.name, value, max_age)
    }

    pub(super) fn line_of(&self, name: &str, value: &str, max_age: Option<i64>) -> String {
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
