//! The cookies' names and attributes.

use std::collections::BTreeMap;

use toml::Value;
use url::{Host, Url};

use crate::base::Timestamp;
use crate::config::{Given, Section, Unset};

/// How cookies are called and written.
#[derive(Clone, Debug)]
pub struct CookieConfig {
    /// Stands before a `.` in front of every name.
    pub prefix: String,
    /// `Secure`, and `__Secure-` before every name.
    pub secure: bool,
    /// `Domain`, where cookies are shared between subdomains.
    pub domain: Option<String>,
    pub default_attributes: CookieAttributes,
    /// By logical name, like `session_token`; they win over the defaults.
    pub overrides: BTreeMap<String, CookieOverride>,
}

/// What is different about one cookie.
#[derive(Clone, Debug, Default)]
pub struct CookieOverride {
    /// In place of the prefix and the logical name.
    pub name: Option<String>,
    pub attributes: CookieAttributes,
}

/// Attributes that are configured; absent ones are as Better Auth has them.
#[derive(Clone, Debug, Default)]
pub struct CookieAttributes {
    pub same_site: Option<SameSite>,
    pub path: Option<String>,
    pub domain: Option<String>,
    pub http_only: Option<bool>,
    pub secure: Option<bool>,
    /// Seconds.
    pub max_age: Option<i64>,
    pub expires: Option<Timestamp>,
    pub partitioned: Option<bool>,
}

/// Whether a cookie goes along with requests from other sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    Strict,
    Lax,
    None,
}

impl CookieConfig {
    /// Reads what `[advanced]` says of cookies.
    pub fn read(root: &mut Section<'_>, base_url: &Url) -> Self {
        let mut advanced = root.table("advanced");
        let prefix = advanced.text("cookie_prefix", "better-auth", "What cookie names start with, before a `.`.");
        if !is_token(&prefix) {
            advanced.refuse("cookie_prefix", "must be letters, digits and `-_.`");
        }
        let doc = "`Secure` cookies, whose names start with `__Secure-`.";
        let secure = advanced.optional_bool("use_secure_cookies", "`true` where `base_url` is https", doc);
        let https = base_url.scheme() == "https";
        let secure = secure.unwrap_or(https);
        if https && !secure {
            advanced.warn("use_secure_cookies", "is off on an https site: cookies would also travel over plain http");
        }
        advanced.resolve("use_secure_cookies", secure.to_string());
        let domain = shared_domain(&mut advanced.table("cross_sub_domain_cookies"), base_url);
        let default_attributes = CookieAttributes::read(&mut advanced.table("default_cookie_attributes"), secure);
        let mut cookies = advanced.table("cookies");
        let overrides = cookies.own_names().into_iter().map(|name| {
            let cookie = CookieOverride::read(&mut cookies.table(&name), secure);
            (name, cookie)
        });
        Self { prefix, secure, domain, default_attributes, overrides: overrides.collect() }
    }
}

/// The domain of cookies that are shared between subdomains.
fn shared_domain(section: &mut Section<'_>, base_url: &Url) -> Option<String> {
    let enabled = section.bool("enabled", false, "Cookies are shared between the subdomains of `domain`.");
    let domain =
        section.optional_text("domain", "the host of `base_url`", "The domain whose subdomains share cookies.");
    if !enabled {
        return None;
    }
    let host = base_url.host_str().unwrap_or_default();
    let domain = domain.unwrap_or_else(|| host.to_owned());
    let bare = domain.strip_prefix('.').unwrap_or(&domain).to_ascii_lowercase();
    let covers = host == bare || host.strip_suffix(bare.as_str()).is_some_and(|rest| rest.ends_with('.'));
    if !is_domain(&bare) || matches!(base_url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))) {
        section.refuse("domain", "must be a domain: browsers share no cookies between addresses");
    } else if !covers {
        section.refuse("domain", format!("must be {host} or a domain above it: browsers refuse cookies for any other"));
    }
    Some(domain)
}

impl CookieOverride {
    fn read(section: &mut Section<'_>, secure: bool) -> Self {
        let doc = "The cookie's whole name, in place of prefix and logical name.";
        let name = section.optional_text("name", "prefix, `.`, and the logical name", doc);
        if name.as_deref().is_some_and(|name| !is_token(name)) {
            section.refuse("name", "must be letters, digits and `-_.`");
        }
        Self { name, attributes: CookieAttributes::read(&mut section.table("attributes"), secure) }
    }
}

impl CookieAttributes {
    fn read(section: &mut Section<'_>, secure_by_default: bool) -> Self {
        const AS_IS: &str = "as it is";
        let words = [("lax", SameSite::Lax), ("strict", SameSite::Strict), ("none", SameSite::None)];
        let doc = "Whether the cookie goes along with requests from other sites.";
        let same_site = section.optional_choice("same_site", AS_IS, &words, &[], doc);
        let path = section.optional_text("path", AS_IS, "The path below which the cookie is sent.");
        if path.as_deref().is_some_and(|path| !path.starts_with('/') || !is_attribute(path)) {
            section.refuse("path", "must start with `/` and hold no `;`");
        }
        let domain = section.optional_text("domain", AS_IS, "The domain whose subdomains get the cookie.");
        if domain.as_deref().is_some_and(|domain| !is_domain(domain.strip_prefix('.').unwrap_or(domain))) {
            section.refuse("domain", "must be a domain");
        }
        let http_only = section.optional_bool("http_only", AS_IS, "Hidden from scripts in pages.");
        if http_only == Some(false) {
            section.warn("http_only", "is off: any script in your pages can steal sessions");
        }
        let secure = section.optional_bool("secure", AS_IS, "Sent over https alone.");
        if same_site == Some(SameSite::None) && !secure.unwrap_or(secure_by_default) {
            section.warn("same_site", "is none without `secure`: browsers refuse such cookies");
        }
        let max_age =
            section.ask("max_age", "seconds", Unset::Says(AS_IS), "How long browsers keep the cookie.", |given| {
                let age = given.value.as_integer().ok_or_else(|| given.mismatch("a whole number of seconds"))?;
                // RFC 6265bis: browsers cut it at 400 days.
                (0..=34_560_000)
                    .contains(&age)
                    .then_some(age)
                    .ok_or_else(|| format!("is {age}, and must be from 0 to 34560000, 400 days"))
            });
        let expires =
            section.ask("expires", "date and time", Unset::Says(AS_IS), "When browsers drop the cookie.", moment);
        let doc = "A cookie jar for each site that embeds this one.";
        let partitioned = section.optional_bool("partitioned", AS_IS, doc);
        Self { same_site, path, domain, http_only, secure, max_age, expires, partitioned }
    }
}

/// An RFC 9110 token: what cookies and headers may be called.
pub fn is_token(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(letter)
}

fn is_attribute(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b';')
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        !label.is_empty() && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// A moment as TOML writes it, with or without quotes.
fn moment(given: Given<'_>) -> Result<Timestamp, String> {
    let text = match given.value {
        Value::Datetime(date) => date.to_string(),
        _ => given.text().ok_or_else(|| given.mismatch("a date and time"))?.to_owned(),
    };
    Timestamp::parse(&text).ok_or_else(|| "must be a date and time with a zone, like 2030-01-01T00:00:00Z".to_owned())
}
