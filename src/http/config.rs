//! The site: its address, whom it trusts, its cookies, and the listener.

mod base_url;
mod connections;
pub mod cors;
mod origins;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZero;
use std::thread;
use std::time::Duration;

use actix_web::http::header::HeaderName;
use ipnet::IpNet;
use toml::Value;
use url::Url;

use super::address::AddressRule;
use crate::config::{Given, Section, Unset};
use crate::session::config::cookies::CookieConfig;

/// The listener.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    pub bind: SocketAddr,
    pub workers: usize,
    /// How many clients may be connected at a time.
    pub max_connections: usize,
    /// How long a connection may rest between requests.
    pub keep_alive: Duration,
    /// The longest body of a request, in bytes.
    pub body_limit: usize,
    /// How long requests in flight may take after a signal to stop.
    pub shutdown_timeout: Duration,
    /// For how long requests are still taken after a signal to stop.
    pub shutdown_delay: Duration,
    /// The listener for health and metrics.
    pub ops_bind: Option<SocketAddr>,
    /// Whether its address was configured. Where it was not, the server does without it if the address is taken.
    pub ops_bind_is_told: bool,
}

/// The site as its visitors see it.
#[derive(Clone, Debug)]
pub struct SiteConfig {
    /// What `issuer`s of one-time passwords and mails call the site.
    pub app_name: String,
    /// Origin and base path, without a trailing `/` but for the bare origin: what every link starts with.
    pub base_url: Url,
    /// Scheme, host and port where it isn't the scheme's own: `https://auth.example.com`.
    pub origin: String,
    /// `/api/auth`; empty where the endpoints are at the top.
    pub base_path: String,
    /// Whether the base URL's host is neither localhost nor a loopback address.
    pub production: bool,
    /// What is configured and what the environment adds, without the site's own origin.
    pub trusted_origins: Vec<String>,
    /// Paths below the base path that are answered 404.
    pub disabled_paths: Vec<String>,
    pub skip_trailing_slashes: bool,
    /// Said or left open: `false` keeps the check of origins where the check of pages is off.
    pub disable_csrf_check: Option<bool>,
    pub disable_origin_check: OriginCheck,
    pub client_address: AddressRule,
    pub cookies: CookieConfig,
}

/// Whether page addresses in requests are checked against the trusted origins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginCheck {
    On,
    Off,
    /// Off for these paths and what is below them, at a `/`.
    OffFor(Vec<String>),
}

impl ServerConfig {
    /// Reads `[server]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.table("server");
        let default = SocketAddr::from(([127, 0, 0, 1], 3000));
        let unset = Unset::Is(format!("\"{default}\""));
        let bind = section.ask("bind", "`\"ADDRESS:PORT\"`", unset, "Where the server listens.", |given| {
            let text = given.text().ok_or_else(|| given.mismatch("an address in quotes"))?;
            socket_address(text)
        });
        let doc = "Threads that answer requests.";
        let workers = section.optional_integer("workers", "the number of cores", 1..=512, doc);
        let workers = workers.map_or_else(|| thread::available_parallelism().map_or(1, NonZero::get), size);
        section.resolve("workers", workers.to_string());
        let max_connections = connections::read(&mut section);
        let doc = "How long a connection may rest between requests; longer than a proxy keeps those that it reuses.";
        let keep_alive = section.duration("keep_alive", 75, 1..=3_600, doc);
        let doc = "The longest body of a request, in bytes; routes that deal with credentials take at most 16384.";
        let body_limit = section.integer("body_limit", 1_048_576, 1_024..=104_857_600, doc);
        let doc = "How long requests in flight may take after a signal to stop.";
        let shutdown_timeout = section.duration("shutdown_timeout", 30, 0..=3_600, doc);
        let doc = "How long requests are still taken after a signal to stop, while `/health/ready` says no already: the time that a balancer needs to notice.";
        let shutdown_delay = section.duration("shutdown_delay", 0, 0..=3_600, doc);
        let bind = bind.unwrap_or(default);
        let ops_bind_is_told = section.has("ops_bind");
        let ops_bind = ops_bind(&mut section, bind);
        Self {
            bind,
            workers,
            max_connections,
            keep_alive,
            body_limit: size(body_limit),
            shutdown_timeout,
            shutdown_delay,
            ops_bind,
            ops_bind_is_told,
        }
    }
}

/// Reads where the operations listener listens: beside the main one, for this machine alone, unless it is told.
fn ops_bind(section: &mut Section<'_>, bind: SocketAddr) -> Option<SocketAddr> {
    const NAME: &str = "ops_bind";
    let kind = "`\"ADDRESS:PORT\"` or `\"off\"`";
    let doc = "Where `/health/live`, `/health/ready` and `/metrics` are served, to whoever asks.";
    let unset = Unset::Says("127.0.0.1 and the port after `bind`'s");
    let given = section.ask(NAME, kind, unset, doc, |given| match given.text() {
        Some("off") => Ok(None),
        Some(text) => socket_address(text).map(Some).map_err(|fault| format!("{fault}, or \"off\"")),
        None => Err(given.mismatch("an address in quotes, or \"off\"")),
    });
    // A main port of 0 is any free one, and there is no telling which port comes after it.
    let next = bind.port().checked_add(1).filter(|port| *port > 1);
    let ops_bind = given.unwrap_or_else(|| next.map(|port| SocketAddr::from(([127, 0, 0, 1], port))));
    section.resolve(NAME, ops_bind.map_or("\"off\"".to_owned(), |address| format!("\"{address}\"")));
    if ops_bind.is_some_and(|address| address == bind && address.port() != 0) {
        section.refuse(NAME, "is where the server itself listens");
    }
    if ops_bind.is_some_and(|address| !address.ip().is_loopback()) {
        section.warn(NAME, "lets others than this machine read health and metrics; keep it from the outer network");
    }
    ops_bind
}

fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "must be an address and a port, like \"127.0.0.1:3000\", \"0.0.0.0:3000\" or \"[::]:3000\"".to_owned()
    })
}

impl SiteConfig {
    /// Reads what the site is. Its default address follows the listener's port.
    pub fn read(root: &mut Section<'_>, server: &ServerConfig) -> Self {
        let app_name = root.text("app_name", "Better Auth", "What the site is called.");
        let address = base_url::read(root, server.bind.port());
        let trusted_origins = origins::trusted(root, address.production);
        let doc = "Paths below the base path that are answered 404.";
        let disabled_paths = root.list("disabled_paths", &[], doc);
        if let Some(path) = disabled_paths.iter().find(|path| !path.starts_with('/')) {
            root.refuse("disabled_paths", format!("holds {path:?}; each path starts with `/`"));
        }
        let cookies = CookieConfig::read(root, &address.url);
        let mut advanced = root.table("advanced");
        let doc = "A `/` at the end of a path is ignored.";
        let skip_trailing_slashes = advanced.bool("skip_trailing_slashes", false, doc);
        let doc = "Requests with cookies are accepted from any origin. Dangerous.";
        let unset = "`false`, or `true` where `disable_origin_check` is `true`";
        let disable_csrf_check = advanced.optional_bool("disable_csrf_check", unset, doc);
        if disable_csrf_check == Some(true) {
            advanced.warn(
                "disable_csrf_check",
                "lets every web page act for your users; list your pages in `trusted_origins` instead",
            );
        }
        let disable_origin_check = origin_check(&mut advanced);
        let client_address = client_address(&mut advanced.table("ip_address"));
        Self {
            app_name,
            origin: address.url.origin().ascii_serialization(),
            base_url: address.url,
            base_path: address.path,
            production: address.production,
            trusted_origins,
            disabled_paths,
            skip_trailing_slashes,
            disable_csrf_check,
            disable_origin_check,
            client_address,
            cookies,
        }
    }
}

fn origin_check(advanced: &mut Section<'_>) -> OriginCheck {
    const NAME: &str = "disable_origin_check";
    let kind = "`true`, `false`, or a list of paths";
    let doc = "Page addresses in requests are not checked: everywhere, or for these paths and below. Dangerous.";
    let check = advanced.ask(NAME, kind, Unset::Is("false".to_owned()), doc, |given| match given.value {
        Value::Boolean(true) => Ok(OriginCheck::Off),
        Value::Boolean(false) => Ok(OriginCheck::On),
        _ => match given.list() {
            Some(paths) if paths.iter().all(|path| path.starts_with('/')) => Ok(OriginCheck::OffFor(paths)),
            Some(_) => Err("must hold paths that start with `/`".to_owned()),
            None => Err(given.mismatch("true, false or a list of paths")),
        },
    });
    match check {
        Some(OriginCheck::OffFor(paths)) if paths.is_empty() => OriginCheck::On,
        Some(check @ (OriginCheck::Off | OriginCheck::OffFor(_))) => {
            advanced.warn(NAME, "lets your links send users to any site; list your pages in `trusted_origins` instead");
            check
        }
        _ => OriginCheck::On,
    }
}

/// Reads how a client's address is found.
fn client_address(section: &mut Section<'_>) -> AddressRule {
    let doc = "Headers in which a proxy names the client, the first usable one wins.";
    let headers = section.list("ip_address_headers", &["x-forwarded-for"], doc);
    if let Some(header) = headers.iter().find(|header| header.parse::<HeaderName>().is_err()) {
        section.refuse("ip_address_headers", format!("holds {header:?}, which is no header's name"));
    }
    let unset = Unset::Is("[]".to_owned());
    let kind = "list of addresses and networks";
    let doc = "Proxies whose headers are believed; a chain is then read from its right end.";
    let trusted_proxies = section.ask("trusted_proxies", kind, unset, doc, networks);
    let doc = "How many bits of an IPv6 address count: a whole network is one client.";
    let ipv6_subnet = section.integer("ipv6_subnet", 64, 0..=128, doc);
    AddressRule {
        headers: headers.iter().filter_map(|header| header.parse().ok()).collect(),
        trusted_proxies: trusted_proxies.unwrap_or_default(),
        ipv6_subnet: u8::try_from(ipv6_subnet).unwrap_or(128),
        disabled: section.bool("disable_ip_tracking", false, "Addresses are neither stored nor counted."),
    }
}

fn networks(given: Given<'_>) -> Result<Vec<IpNet>, String> {
    let items = given.list().ok_or_else(|| given.mismatch("a list of addresses and networks in quotes"))?;
    let network = |item: &String| {
        let address = item.parse::<IpAddr>().map(IpNet::from);
        let network = address.or_else(|_| item.parse());
        network
            .map_err(|_| format!("holds {item:?}; write addresses and networks, like \"10.0.0.7\" or \"10.0.0.0/24\""))
    };
    items.iter().map(network).collect()
}

fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
