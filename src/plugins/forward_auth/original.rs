//! The request that a proxy asks about, as the proxy tells of it.

use url::Url;

use crate::base::text::origin::TrustedOrigins;
use crate::http::cx::Cx;
use crate::http::router::WIDE;

/// The longest address that anybody is sent back to.
const LONGEST: usize = 2048;

/// The methods that change nothing (RFC 9110 §9.2.1).
const SAFE: [&str; 4] = ["GET", "HEAD", "OPTIONS", "TRACE"];

/// The request that a proxy asks about. What a proxy tells twice and differently it does not tell.
pub struct Original {
    /// Every method that anything names; empty where nothing does.
    methods: Vec<String>,
    /// Where the visitor was going, as it was told. It may be anything.
    address: Option<String>,
    /// Whether the proxy passes a redirect on, as all do but nginx.
    pub may_redirect: bool,
}

impl Original {
    pub fn of(cx: &Cx) -> Self {
        let Some(rest) = cx.params.get(WIDE).filter(|rest| rest.contains('/')) else { return Self::told(cx) };
        // Envoy asks with the method and the path themselves.
        let path = &rest[rest.find('/').unwrap_or_default()..];
        let query = Some(cx.raw_query()).filter(|query| !query.is_empty());
        let target = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        Self { methods: vec![cx.method().to_owned()], address: address(cx, "host", &target), may_redirect: true }
    }

    /// As Traefik and Caddy tell of it (`X-Forwarded-…`), or as nginx is configured to (`X-Original-…`).
    fn told(cx: &Cx) -> Self {
        let methods = ["x-forwarded-method", "x-original-method"].map(|name| cx.header_values(name));
        let forwarded = cx.header("x-forwarded-uri").is_some();
        let original = ["x-original-url", "x-original-uri"].iter().any(|name| cx.header(*name).is_some());
        let address = match (forwarded, original) {
            (true, false) => cx.only_header("x-forwarded-uri").and_then(|uri| address(cx, "x-forwarded-host", &uri)),
            (false, true) => match (cx.only_header("x-original-url"), cx.only_header("x-original-uri")) {
                (Some(url), None) => Some(url),
                (None, Some(uri)) => address(cx, "x-forwarded-host", &uri),
                _ => None,
            },
            _ => None,
        };
        Self { methods: methods.concat(), address, may_redirect: forwarded && !original }
    }

    /// Whether a page elsewhere could do harm with this request in a visitor's name: then its origin matters. Of a
    /// request whose method nobody tells, it matters wherever a browser names it.
    pub fn needs_an_origin(&self, cx: &Cx) -> bool {
        // A page of any origin may open a WebSocket, with cookies and without asking first.
        let opens_a_socket =
            ["sec-websocket-key", "sec-websocket-version"].iter().any(|name| cx.header(*name).is_some());
        let changes = self.methods.iter().any(|method| !SAFE.contains(&method.as_str()));
        let unknown = self.methods.is_empty() && cx.header("origin").is_some();
        opens_a_socket || changes || unknown
    }

    /// Whether a browser is loading a page with it, and shows what it is answered.
    pub fn is_a_page_load(&self, cx: &Cx) -> bool {
        let reads = self.methods.iter().all(|method| method == "GET" || method == "HEAD");
        let navigates = match cx.header("sec-fetch-mode") {
            Some(mode) => mode.trim().eq_ignore_ascii_case("navigate"),
            None => cx.header_list("accept").is_some_and(|types| types.to_ascii_lowercase().contains("text/html")),
        };
        reads && navigates
    }

    /// Where the visitor was going, if that is at a trusted origin.
    pub fn return_address(&self, trusted: &TrustedOrigins) -> Option<Url> {
        let address = self.address.as_deref().filter(|address| address.len() <= LONGEST)?;
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
        if !address.bytes().all(plain) || !trusted.trusts(address) {
            return None;
        }
        let url = Url::parse(address).ok()?;
        let fits = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
        fits.then_some(url)
    }
}

/// The address of a target, with the scheme and the host that the proxy names; none where any part could be read as another.
fn address(cx: &Cx, host: &'static str, target: &str) -> Option<String> {
    let scheme = cx.only_header("x-forwarded-proto")?;
    let host = cx.only_header(host)?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    let fits = matches!(scheme.as_str(), "http" | "https")
        && !host.is_empty()
        && host.bytes().all(is_plain)
        && target.starts_with('/');
    fits.then(|| format!("{scheme}://{host}{target}"))
}
