//! `[[gateway.routes]]`.

use std::time::Duration;

use actix_web::http::header::HeaderName;
use toml::Value;
use url::Url;

use super::path;
use crate::base::text::place::Place;
use crate::config::{Given, Item, Section, Unset};
use crate::http::config::SiteConfig;

/// How long it may take to be connected, until there is a head of an answer, and how long nothing may move: in seconds.
const CONNECT_TIMEOUT: i64 = 5;
const RESPONSE_TIMEOUT: i64 = 60;
const IDLE_TIMEOUT: i64 = 300;
/// The longest that any of them may be.
const LONGEST: i64 = 86_400;

/// Whose requests go where, and with what.
#[derive(Clone, Debug)]
pub struct RouteConfig {
    /// Without a `/` at its end; empty for everything.
    pub prefix: String,
    /// Its path is without a `/` at its end, but for `/` itself.
    pub upstream: Url,
    /// The template of the tokens; absent for the default token.
    pub template: Option<String>,
    /// Whether the upstream sees paths without the prefix.
    pub strip_prefix: bool,
    pub require_session: bool,
    /// Whoever has one of these roles may pass; everybody where there are none.
    pub require_role: Vec<String>,
    pub connect_timeout: Duration,
    /// From the last byte of a request to the head of its answer.
    pub response_timeout: Duration,
    /// How long nothing may move in either direction.
    pub idle_timeout: Duration,
    /// The longest body of a request, in bytes.
    pub body_limit: Option<u64>,
    /// Headers of requests that are dropped beside the usual ones.
    pub drop_headers: Vec<HeaderName>,
}

impl RouteConfig {
    /// The prefix as an operator writes it.
    pub fn label(&self) -> &str {
        if self.prefix.is_empty() { "/" } else { &self.prefix }
    }

    /// Who gets its tokens.
    fn target(&self) -> String {
        self.upstream.origin().ascii_serialization()
    }
}

const NAME: &str = "routes";

/// Reads `[[gateway.routes]]`. `has_roles`: whether users have a field of roles; `templates`: the names of all templates,
/// none where no tokens are signed.
pub fn read(
    root: &mut Section<'_>,
    site: &SiteConfig,
    has_roles: bool,
    templates: Option<Vec<&str>>,
) -> Vec<RouteConfig> {
    let mut section = root.table("gateway");
    let doc = "Other services that answer behind this one: a table each, with `prefix` and `upstream`, and perhaps \
               `template`, `strip_prefix`, `require_session`, `require_role`, `connect_timeout`, `response_timeout`, \
               `idle_timeout`, `body_limit`, `drop_headers`. docs/gateway.md has all keys.";
    let routes = section.ask(NAME, "list of tables", Unset::Is("[]".to_owned()), doc, |given| routes(&given, site));
    let routes = routes.unwrap_or_default();
    if !routes.is_empty() && templates.is_none() {
        section.refuse(NAME, "need tokens, and the jwt plugin is off; set `plugins.jwt.enabled`");
    }
    let templates = templates.unwrap_or_default();
    for (route, name) in routes.iter().filter_map(|route| Some((route, route.template.as_deref()?))) {
        if !templates.contains(&name) {
            let text = format!(
                "names the template {name:?} for {:?}; there is none in `plugins.jwt.templates`",
                route.label()
            );
            section.refuse(NAME, text);
        }
    }
    for route in &routes {
        if !route.require_role.is_empty() && !has_roles {
            let text = format!(
                "has `require_role` for {:?}, and users have no `role`; enable the admin plugin",
                route.label()
            );
            section.refuse(NAME, text);
        }
    }
    warn(&mut section, &routes);
    routes
}

/// What a token can be used for beside what it is for.
fn warn(section: &mut Section<'_>, routes: &[RouteConfig]) {
    for (place, route) in routes.iter().enumerate() {
        if route.template.is_none() {
            let text = format!(
                "has no `template` for {:?}: its tokens are default ones, which every service takes that takes any, and \
                 which browsers can have too; name a template with an `audience` of its own",
                route.label()
            );
            section.warn(NAME, text);
        }
        if route.upstream.scheme() == "http"
            && Place::of(&route.upstream) == Place::Public
            && has_domain(&route.upstream)
        {
            let text = format!(
                "sends the tokens of {:?} in clear; that is for a network of your own, else use https",
                route.label()
            );
            section.warn(NAME, text);
        }
        let shared = routes[..place]
            .iter()
            .filter(|other| other.template.is_some())
            .find(|other| other.template == route.template && other.target() != route.target());
        if let Some(other) = shared {
            let text = format!(
                "has one kind of token for {:?} and {:?}: each of these services could use it with the other; give each a \
                 template with an `audience` of its own",
                other.label(),
                route.label()
            );
            section.warn(NAME, text);
        }
    }
}

/// Whether a host is a name of the public kind: one without a dot is of a network of one's own.
fn has_domain(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host.trim_end_matches('.').contains(['.', ':']))
}

fn routes(given: &Given<'_>, site: &SiteConfig) -> Result<Vec<RouteConfig>, String> {
    let Value::Array(tables) = given.value else { return Err(given.mismatch("a list of tables, [[gateway.routes]]")) };
    let mut routes: Vec<RouteConfig> = Vec::new();
    for (place, table) in (1..).zip(tables) {
        let table = table.as_table().ok_or_else(|| format!("has an entry {place} that is no table"))?;
        let route =
            route(&mut Item::new(table), site).map_err(|fault| format!("has a fault in entry {place}: {fault}"))?;
        if routes.iter().any(|other| other.prefix.eq_ignore_ascii_case(&route.prefix)) {
            return Err(format!("has the prefix {:?} twice", route.label()));
        }
        routes.push(route);
    }
    Ok(routes)
}

fn route(item: &mut Item<'_>, site: &SiteConfig) -> Result<RouteConfig, String> {
    let prefix = item.text("prefix")?.ok_or("`prefix` is missing")?;
    let prefix = path::configured(&prefix)
        .ok_or("`prefix` must be a path like \"/api/tasks\", of letters, digits and `-._~/`")?;
    if !site.base_path.is_empty() && path::covers(&path::lax(&site.base_path), &path::lax(&prefix)) {
        return Err(format!("`prefix` lies below {:?}, where the endpoints of this server are", site.base_path));
    }
    if site.base_path.is_empty() && prefix.is_empty() {
        return Err("`prefix` is \"/\", where the endpoints of this server are; set `base_path`".into());
    }
    let upstream = upstream(&item.text("upstream")?.ok_or("`upstream` is missing")?, site)?;
    let require_session = item.flag("require_session", true)?;
    let require_role = item.texts("require_role")?.unwrap_or_default();
    if !require_session && !require_role.is_empty() {
        return Err("`require_role` wants a session; leave `require_session` out".into());
    }
    if require_role.iter().any(|role| role.trim().is_empty() || role.contains(',')) {
        return Err("`require_role` must name roles, each a text of its own without a comma".into());
    }
    let route = RouteConfig {
        prefix,
        upstream,
        template: item.text("template")?,
        strip_prefix: item.flag("strip_prefix", false)?,
        require_session,
        require_role,
        connect_timeout: span(item, "connect_timeout", CONNECT_TIMEOUT)?,
        response_timeout: span(item, "response_timeout", RESPONSE_TIMEOUT)?,
        idle_timeout: span(item, "idle_timeout", IDLE_TIMEOUT)?,
        body_limit: item.count("body_limit")?,
        drop_headers: drop_headers(item)?,
    };
    item.finish()?;
    Ok(route)
}

fn upstream(text: &str, site: &SiteConfig) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| format!("`upstream` is not a URL ({error})"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("`upstream` must be an http(s) URL".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("`upstream` must not hold a user or a password".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("`upstream` must not have a query or a fragment".into());
    }
    let written = text.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("/");
    let path = path::configured(written).ok_or("`upstream` must have a path of letters, digits and `-._~/` alone")?;
    url.set_path(&path);
    if url.origin().ascii_serialization() == site.origin {
        return Err("`upstream` is this server's own address".into());
    }
    Ok(url)
}

fn span(item: &mut Item<'_>, name: &str, default: i64) -> Result<Duration, String> {
    let seconds = item.seconds(name)?.unwrap_or(default);
    if seconds > LONGEST {
        return Err(format!("`{name}` is longer than a day"));
    }
    Ok(Duration::from_secs(seconds.unsigned_abs()))
}

fn drop_headers(item: &mut Item<'_>) -> Result<Vec<HeaderName>, String> {
    let names = item.texts("drop_headers")?.unwrap_or_default();
    names
        .iter()
        .map(|name| name.parse().map_err(|_| format!("`drop_headers` holds {name:?}, which is no header's name")))
        .collect()
}
