//! discovery: the documents by which verifiers configure themselves from an issuer alone (RFC 8414, OpenID Connect
//! Discovery 1.0). They say what there is: tokens and their keys. Nobody is authorised here, and no ID token is issued to
//! clients: there is no authorization endpoint, and the lists of what it could do are empty.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use url::Url;

use super::Plugin;
use crate::base::{Error, Result};
use crate::crypto::digest;
use crate::http::config::SiteConfig;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::etag;
use crate::http::reply::Reply;
use crate::moments::Moments;

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// What the documents tell.
pub struct Discovered<'a> {
    /// Of the default tokens.
    pub issuer: &'a str,
    pub algorithms: Vec<&'static str>,
    /// Where the key set is, below the base path.
    pub jwks_path: &'a str,
    /// Whether resource servers may ask about tokens.
    pub introspects: bool,
    /// Where the feed of revocations is, below the base path, if it is on.
    pub revocations_path: Option<&'a str>,
}

/// The plugin, which needs nothing but the issuer's tokens.
///
/// # Errors
/// None in practice.
pub fn plugin(site: &SiteConfig, discovered: &Discovered<'_>) -> Result<Plugin> {
    let body = serde_json::to_vec(&document(site, discovered)).map_err(Error::broken)?;
    let served = Arc::new(Served { etag: format!("\"{}\"", digest::fingerprint(&body)), body: body.into() });
    let endpoints = paths(discovered.issuer).into_iter().map(|path| endpoint(&path, Arc::clone(&served)));
    Ok(Plugin { moments: Arc::new(Discovery), endpoints: endpoints.collect() })
}

/// The plugin has no say in anything.
struct Discovery;

impl Moments for Discovery {}

struct Served {
    body: Bytes,
    etag: String,
}

fn endpoint(path: &str, served: Arc<Served>) -> Endpoint {
    Endpoint::get(path, async move |cx: &Cx, (): ()| Ok(answer(&served, cx))).head().unlimited().at_origin()
}

fn answer(served: &Served, cx: &Cx) -> Reply {
    let current = etag::is_current(cx, &served.etag);
    let reply = if current { Reply::not_modified() } else { Reply::raw_json(served.body.clone()) };
    reply.header("cache-control", "public, max-age=300").header("etag", served.etag.clone())
}

/// Where the documents are, below the origin: at its top, and where each standard looks for an issuer with a path.
fn paths(issuer: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::from([OPENID.to_owned(), OAUTH.to_owned()]);
    let path = Url::parse(issuer).ok().filter(Url::has_host).map(|url| url.path().trim_end_matches('/').to_owned());
    if let Some(path) = path.filter(|path| !path.is_empty()) {
        paths.extend([format!("{path}{OPENID}"), format!("{OAUTH}{path}"), format!("{OPENID}{path}")]);
    }
    paths
}

fn document(site: &SiteConfig, discovered: &Discovered<'_>) -> Map<String, Value> {
    let at = |path: &str| json!(format!("{}{}{path}", site.origin, site.base_path.trim_end_matches('/')));
    let mut document = Map::from_iter([
        ("issuer".to_owned(), json!(discovered.issuer)),
        ("jwks_uri".to_owned(), at(discovered.jwks_path)),
        ("id_token_signing_alg_values_supported".to_owned(), json!(discovered.algorithms)),
        ("subject_types_supported".to_owned(), json!(["public"])),
        ("response_types_supported".to_owned(), json!([])),
        ("grant_types_supported".to_owned(), json!([])),
    ]);
    if discovered.introspects {
        for name in ["introspection", "revocation"] {
            let path = if name == "revocation" { "/oauth2/revoke" } else { "/oauth2/introspect" };
            document.insert(format!("{name}_endpoint"), at(path));
            let methods = json!(["client_secret_basic", "client_secret_post"]);
            document.insert(format!("{name}_endpoint_auth_methods_supported"), methods);
        }
    }
    if let Some(path) = discovered.revocations_path {
        document.insert("signet_revocations_uri".to_owned(), at(path));
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_are_where_each_standard_looks_for_an_issuer() {
        let of = |issuer: &str| paths(issuer).into_iter().collect::<Vec<_>>();
        let top = [OAUTH, OPENID];
        for issuer in ["https://a.example.com", "https://a.example.com/", "no url", "urn:issuer"] {
            assert_eq!(of(issuer), top, "{issuer}");
        }
        let expected = [
            "/.well-known/oauth-authorization-server",
            "/.well-known/oauth-authorization-server/api/auth",
            "/.well-known/openid-configuration",
            "/.well-known/openid-configuration/api/auth",
            "/api/auth/.well-known/openid-configuration",
        ];
        assert_eq!(of("https://a.example.com/api/auth"), expected);
        assert_eq!(of("https://a.example.com/api/auth/"), expected);
    }
}
