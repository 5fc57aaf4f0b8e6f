//! `[secondary_storage]`.

use std::fs;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use toml::Value;
use url::Url;

use crate::config::{MASK, Section};

/// Where the storage is, and what its keys begin with.
#[derive(Clone, Debug)]
pub struct SecondaryConfig {
    pub address: Address,
    pub key_prefix: String,
    /// How long an operation may take, all in all.
    pub timeout: Duration,
    /// The certificates, as PEM, that a server's may be signed by besides those of the public authorities.
    pub ca: Option<Vec<u8>>,
}

/// Where the storage is.
#[derive(Clone, Debug)]
pub enum Address {
    /// In this process.
    Memory,
    /// One server, by its URL.
    One(SecretString),
    /// The server that Sentinels name.
    Sentinel { nodes: Nodes, master: String, database: i64 },
    /// A cluster, of which some nodes are known.
    Cluster(Nodes),
}

/// Several servers, and how to get in.
#[derive(Clone, Debug, Default)]
pub struct Nodes {
    pub hosts: Vec<(String, u16)>,
    pub username: Option<String>,
    pub password: Option<SecretString>,
    pub tls: bool,
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
/// What Better Auth's storage puts before each key.
const PREFIX: &str = "better-auth:";
const TIMEOUT_MS: i64 = 200;

impl SecondaryConfig {
    /// Reads `[secondary_storage]`; None where there is none.
    pub fn read(root: &mut Section<'_>, production: bool) -> Option<Self> {
        let mut section = root.table("secondary_storage");
        let doc = "Redis for sessions, rate limits and single-use values: `redis://` or `rediss://USER:PASSWORD@HOST:PORT/NUMBER`, \
            `redis-sentinel://…@HOST:PORT,HOST:PORT/MASTER/NUMBER`, `redis-cluster://…@HOST:PORT,HOST:PORT` (with TLS \
            `rediss-…`), or `memory` for a server that is alone.";
        let url = section.secret("url", "none", doc);
        let address = url.and_then(|url| match address(url.expose_secret()) {
            Ok(address) => Some(address),
            Err(fault) => {
                section.refuse("url", fault);
                None
            }
        });
        if let Some(address) = &address {
            section.resolve("url", Value::from(address.shown()).to_string());
        }
        let listed = listed(&mut section);
        let key_prefix = section.text("key_prefix", PREFIX, "What each key begins with; Better Auth's own unless set.");
        let doc = "How many milliseconds Redis has for an operation, all in all.";
        let timeout = section.integer("timeout_ms", TIMEOUT_MS, 10..=10_000, doc);
        let timeout = Duration::from_millis(timeout.unsigned_abs());
        let ca = ca(&mut section);
        if address.is_some() && listed.is_some() {
            section.refuse("url", "names one storage, and `sentinels` or `cluster` another; keep one of them");
        }
        let address = address.or(listed)?;
        if production && matches!(address, Address::Memory) {
            section.warn("url", "is memory: it ends with the process, and no other replica sees it");
        }
        Some(Self { address, key_prefix, timeout, ca })
    }
}

/// Reads the certificates of an authority of one's own.
fn ca(section: &mut Section<'_>) -> Option<Vec<u8>> {
    const NAME: &str = "ca_file";
    let doc = "With TLS: a PEM file with the certificate of the authority that signed the servers'.";
    let path = section.optional_text(NAME, "the public authorities", doc)?;
    let fault = match fs::read(&path) {
        Ok(pem) if pem.windows(BEGIN.len()).any(|window| window == BEGIN) => return Some(pem),
        Ok(_) => format!("{path:?} holds no certificate"),
        Err(error) => format!("{path:?} cannot be read: {error}"),
    };
    section.refuse(NAME, fault);
    None
}

/// Reads the storage where it is given by lists.
fn listed(section: &mut Section<'_>) -> Option<Address> {
    let sentinels = section.list("sentinels", &[], "The Sentinels that name the server, each `HOST:PORT`.");
    let master = section.optional_text("master", "none", "What the Sentinels call the server.");
    let cluster = section.list("cluster", &[], "Some nodes of a cluster, each `HOST:PORT`.");
    let username =
        section.optional_text("username", "none", "With `sentinels` and `cluster`: the user of the servers.");
    let password = section.secret("password", "none", "With `sentinels` and `cluster`: the password of the servers.");
    let tls = section.bool("tls", false, "With `sentinels` and `cluster`: whether the servers speak TLS.");
    let doc = "With `sentinels`: the number of the server's database.";
    let database = section.integer("database", 0, 0..=i64::from(u16::MAX), doc);
    if !sentinels.is_empty() && !cluster.is_empty() {
        section.refuse("cluster", "is one storage, and `sentinels` names another; keep one of them");
    }
    let (name, list) = if cluster.is_empty() { ("sentinels", sentinels) } else { ("cluster", cluster) };
    if list.is_empty() {
        return None;
    }
    let default = if name == "sentinels" { 26_379 } else { 6_379 };
    let hosts = match list.iter().map(|node| host(node, default)).collect::<Result<Vec<_>, _>>() {
        Ok(hosts) => hosts,
        Err(fault) => {
            section.refuse(name, fault);
            return None;
        }
    };
    let nodes = Nodes { hosts, username, password, tls };
    match (name, master) {
        ("cluster", _) => Some(Address::Cluster(nodes)),
        (_, Some(master)) => Some(Address::Sentinel { nodes, master, database }),
        (_, None) => {
            section.refuse("master", "is missing: what the Sentinels call the server");
            None
        }
    }
}

/// The storage that a text names. No fault repeats the text, which may hold a password.
fn address(text: &str) -> Result<Address, String> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return match text.trim_end_matches(':') {
            "memory" => Ok(Address::Memory),
            _ => Err("must be a redis:// or rediss:// URL, or \"memory\"".to_owned()),
        };
    };
    match scheme {
        "redis" | "rediss" => match redis::parse_redis_url(text) {
            Some(url) if url.has_host() => Ok(Address::One(SecretString::from(text))),
            _ => Err("is not a URL; escape special letters of the password as %XX".to_owned()),
        },
        "redis-sentinel" | "rediss-sentinel" => {
            let (nodes, path) = several(scheme, rest, 26_379)?;
            let (master, database) = path.split_once('/').unwrap_or((&path, "0"));
            let database = database.parse().map_err(|_| "has a database that is no number".to_owned())?;
            match master {
                "" => Err("names no master: write redis-sentinel://HOST:PORT/MASTER".to_owned()),
                master => Ok(Address::Sentinel { nodes, master: master.to_owned(), database }),
            }
        }
        "redis-cluster" | "rediss-cluster" => several(scheme, rest, 6_379).map(|(nodes, _)| Address::Cluster(nodes)),
        _ => Err("must be a redis:// or rediss:// URL, or one of redis-sentinel:// and redis-cluster://".to_owned()),
    }
}

/// `USER:PASSWORD@HOST:PORT,HOST:PORT/PATH`.
fn several(scheme: &str, rest: &str, port: u16) -> Result<(Nodes, String), String> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, hosts) = authority.rsplit_once('@').map_or(("", authority), |(before, after)| (before, after));
    // The parser decodes what is escaped.
    let url = Url::parse(&format!("redis://{credentials}@host"))
        .or_else(|_| Url::parse("redis://host"))
        .map_err(|error| format!("is not a URL: {error}"))?;
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let hosts = hosts.split(',').map(|node| host(node, port)).collect::<Result<_, _>>()?;
    let nodes = Nodes {
        hosts,
        username: Some(decoded(url.username())).filter(|name| !name.is_empty()),
        password: url.password().map(|password| SecretString::from(decoded(password))),
        tls: scheme.starts_with("rediss"),
    };
    Ok((nodes, path.trim_matches('/').to_owned()))
}

/// `HOST:PORT`, `HOST`, `[::1]:PORT`.
fn host(node: &str, port: u16) -> Result<(String, u16), String> {
    let wrong = || "must hold names like `HOST:PORT`".to_owned();
    let url = Url::parse(&format!("redis://{}", node.trim())).map_err(|_| wrong())?;
    let plain = url.username().is_empty() && url.password().is_none() && matches!(url.path(), "" | "/");
    let host = url.host_str().filter(|host| plain && !host.is_empty()).ok_or_else(wrong)?;
    Ok((host.to_owned(), url.port().unwrap_or(port)))
}

impl Address {
    /// The address without what is secret in it.
    fn shown(&self) -> String {
        let hosts = |nodes: &Nodes| {
            let hosts: Vec<_> = nodes.hosts.iter().map(|(host, port)| format!("{host}:{port}")).collect();
            hosts.join(",")
        };
        match self {
            Self::Memory => "memory".to_owned(),
            Self::One(url) => masked(url.expose_secret()).unwrap_or_else(|| MASK.to_owned()),
            Self::Sentinel { nodes, master, .. } => format!("redis-sentinel://{}/{master}", hosts(nodes)),
            Self::Cluster(nodes) => format!("redis-cluster://{}", hosts(nodes)),
        }
    }
}

fn masked(url: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    if url.password().is_some() {
        url.set_password(Some(MASK)).ok()?;
    }
    if url.query().is_some() {
        url.set_query(Some(MASK));
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        address(text).unwrap_or_else(|fault| panic!("{text}: {fault}")).shown()
    }

    #[test]
    fn a_storage_is_one_server_sentinels_a_cluster_or_memory() {
        for (text, expected) in [
            ("redis://localhost", "redis://localhost"),
            ("redis://localhost:6380/2", "redis://localhost:6380/2"),
            ("memory", "memory"),
            ("memory:", "memory"),
            ("redis-sentinel://a,b:1,[::1]:2/main", "redis-sentinel://a:26379,b:1,[::1]:2/main"),
            ("rediss-cluster://a:1,b", "redis-cluster://a:1,b:6379"),
        ] {
            assert_eq!(shown(text), expected);
        }
        let Ok(Address::Sentinel { nodes, master, database }) = address("rediss-sentinel://u:p%40@a:1/main/3") else {
            panic!("it is one");
        };
        assert_eq!((nodes.username.as_deref(), nodes.tls, master.as_str(), database), (Some("u"), true, "main", 3));
        assert_eq!(nodes.password.unwrap().expose_secret(), "p@");
    }

    #[test]
    fn t89_a_password_is_neither_shown_nor_repeated_in_a_fault() {
        assert!(!shown("rediss://user:hunter2@localhost:6379/0").contains("hunter2"));
        assert!(!shown("redis-cluster://:hunter2@a,b").contains("hunter2"));
        for text in ["http://u:hunter2@a", "redis://u:hunter2@", "redis-sentinel://u:hunter2@a:1", "hunter2"] {
            let fault = address(text).expect_err(text);
            assert!(!fault.contains("hunter2"), "{fault}");
        }
    }
}
