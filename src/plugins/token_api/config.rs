//! `[plugins.token_api]`.

use serde_json::{Map, Value};

use crate::config::{Section, Unset};
use crate::tokens::config::{Audience, KeyChoice, TemplateConfig, TokenConfig};

/// Sign-in for clients without a session: access tokens, and refresh tokens that renew them.
#[derive(Clone, Debug)]
pub struct TokenApiConfig {
    pub enabled: bool,
    /// Where its routes are, below the origin.
    pub base_path: String,
    /// The kind of its access tokens.
    pub template: Option<String>,
    /// How long a refresh token lives, in seconds.
    pub refresh_token_expires_in: i64,
    /// For how long one that was just spent gives its successor once more, in seconds.
    pub reuse_interval: i64,
    /// Whether whoever has a token may read others by their names.
    pub read_others: bool,
}

const DAY: i64 = 86_400;
/// The life of an access token of the built-in kind, in seconds.
const ACCESS_LIFE: i64 = 1_800;
/// No template of a deployment can be called so.
const BUILT_IN: &str = "signet:token-api";

impl TokenApiConfig {
    /// Reads `[plugins.token_api]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut plugins = root.table("plugins");
        let mut section = plugins.table("token_api");
        let doc = "`POST /login` answers with an access token, `POST /refresh` renews it.";
        let enabled = section.bool("enabled", false, doc);
        let unset = Unset::Is("\"/api/v1\"".to_owned());
        let doc = "Where its routes are, below the origin.";
        let base_path = section.ask("base_path", "path", unset, doc, |given| {
            let path = given.text().filter(|path| is_plain(path)).map(str::to_owned);
            path.ok_or_else(|| "must be a path like \"/api/v1\"".to_owned())
        });
        let doc = "The template of its access tokens (`[plugins.jwt.templates]`), with the claims `jti = \"{jti}\"` and \
                   `sid = \"{session.id}\"`.";
        let template = section.optional_text("template", "the key ring's tokens of 30 minutes", doc);
        let doc = "How long a refresh token lives. Each use gives another one, which lives as long again.";
        let refresh_token_expires_in = section.span("refresh_token_expires_in", 7 * DAY, 60..=400 * DAY, doc);
        let doc = "For how long a refresh token that was just spent gives its successor once more, to a client that got no \
                   answer. Later the whole family ends.";
        let reuse_interval = section.span("refresh_token_reuse_interval", 10, 0..=60, doc);
        let doc = "Whoever has a token may read others by their user names, without their addresses.";
        let read_others = section.bool("read_others", false, doc);
        Self {
            enabled,
            base_path: base_path.unwrap_or_else(|| "/api/v1".to_owned()),
            template,
            refresh_token_expires_in,
            reuse_interval,
            read_others,
        }
    }

    /// Holds it against the rest of the configuration, and adds the built-in kind of its tokens where none is named.
    pub fn settle(
        &self,
        root: &mut Section<'_>,
        site_path: &str,
        has_keys: bool,
        has_names: bool,
        templates: &mut Vec<TemplateConfig>,
    ) {
        let mut section = root.at(&["plugins", "token_api"]);
        if !self.enabled {
            return;
        }
        if !has_keys {
            section.refuse("enabled", "needs keys to sign with: set plugins.jwt.enabled = true");
        }
        if !has_names {
            let text = "is on without plugins.username.enabled: users log in by their address alone";
            section.warn("enabled", text);
        }
        if self.base_path == site_path || is_below(&self.base_path, site_path) || is_below(site_path, &self.base_path) {
            section.refuse("base_path", "is taken: base_url has the other routes there; choose a path beside it");
        }
        let Some(name) = &self.template else { return templates.push(built_in()) };
        let claims = templates.iter().find(|template| template.name == *name).map(|template| &template.token.claims);
        let Some(claims) = claims else {
            return section.refuse("template", format!("names {name:?}, and there is no plugins.jwt.templates.{name}"));
        };
        let says = |claim: &str, value: &str| {
            claims.as_ref().and_then(|claims| claims.get(claim)).and_then(Value::as_str) == Some(value)
        };
        if !says("jti", "{jti}") || !says("sid", "{session.id}") {
            let text = "names a template whose tokens cannot be taken back; give it the claims jti = \"{jti}\" and \
                        sid = \"{session.id}\"";
            section.refuse("template", text);
        }
    }

    /// The name of the template of its access tokens.
    pub fn template_name(&self) -> &str {
        self.template.as_deref().unwrap_or(BUILT_IN)
    }
}

/// What the key ring signs, for the origin, as an access token (RFC 9068 §2.1).
fn built_in() -> TemplateConfig {
    let claims = [("jti", "{jti}"), ("sid", "{session.id}")];
    let claims: Map<_, _> = claims.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let token = TokenConfig {
        audience: Audience::Origin,
        expiration_time: ACCESS_LIFE,
        claims: Some(claims),
        ..TokenConfig::default()
    };
    TemplateConfig {
        name: BUILT_IN.to_owned(),
        key: KeyChoice::Default,
        token,
        typ: Some("at+jwt".to_owned()),
        roles: None,
        endpoint: false,
    }
}

fn is_below(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/')) && !other.is_empty()
}

/// Whether a path is of plain segments, and no part of a cookie's attribute could be read in it.
fn is_plain(path: &str) -> bool {
    let mut segments = path.split('/');
    let plain = |segment: &str| {
        !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    segments.next() == Some("") && path.len() > 1 && segments.all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_is_of_plain_segments() {
        for path in ["/api/v1", "/v1", "/a-b/c_d/1"] {
            assert!(is_plain(path), "{path}");
        }
        for path in ["", "/", "api/v1", "/api/v1/", "/api//v1", "/api/:id", "/a;b", "/ä", "/a b", "/../x"] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
