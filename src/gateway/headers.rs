//! Which headers pass. What is about one connection stays on it (RFC 9110 §7.6.1), and what says who somebody is comes from
//! nobody but us.

use actix_web::http::header::{HeaderMap as Theirs, HeaderName as TheirName};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::cookies::OurCookies;

/// What is about one connection, whether `Connection` names it or not.
const HOP_BY_HOP: [&str; 12] = [
    "connection",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
];

/// What is written anew for the upstream.
const WRITTEN: [&str; 6] = ["content-length", "cookie", "forwarded", "host", "via", "x-request-id"];

/// By which services take somebody for somebody, an address for a client's, or a path for another: whole names.
const IDENTITY: [&str; 40] = [
    "authorization",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "client-ip",
    "fastly-client-ip",
    "remote-email",
    "remote-groups",
    "remote-name",
    "remote-user",
    "true-client-ip",
    "x-access-token",
    "x-api-user",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-email",
    "x-forwarded",
    "x-goog-iap-jwt-assertion",
    "x-groups",
    "x-id-token",
    "x-jwt",
    "x-jwt-assertion",
    "x-jwt-claims",
    "x-jwt-payload",
    "x-original-uri",
    "x-original-url",
    "x-principal",
    "x-real-ip",
    "x-rewrite-url",
    "x-role",
    "x-roles",
    "x-session-id",
    "x-subject",
    "x-token",
    "x-user",
    "x-user-email",
    "x-user-id",
    "x-user-name",
    "x-userid",
    "x-userinfo",
    "x-username",
];

/// The same: how names begin.
const IDENTITY_BEGINNINGS: [&str; 20] = [
    "cf-access-",
    "remote-user-",
    "ssl-client-",
    "tailscale-user-",
    "x-amzn-oidc-",
    "x-auth-",
    "x-authenticated-",
    "x-authentik-",
    "x-client-cert",
    "x-consumer-",
    "x-forwarded-",
    "x-goog-authenticated-user-",
    "x-ms-client-principal",
    "x-ms-token-",
    "x-original-",
    "x-remote-",
    "x-ssl-",
    "x-user-",
    "x-webauth-",
    "x-vouch-",
];

/// Names of that beginning that say nothing of the kind.
const HARMLESS: [&str; 1] = ["x-user-agent"];

/// Takes what may pass of a request's headers.
pub fn onward(given: &Theirs, extra: &[TheirName], ours: &OurCookies) -> HeaderMap {
    let named = named_by_connection(given);
    let mut passed = HeaderMap::with_capacity(given.len() + 8);
    for (name, value) in given {
        let text = name.as_str();
        if passes(text) && !named.iter().any(|named| named == text) && !extra.contains(name) {
            copy(&mut passed, text, value.as_bytes());
        }
    }
    let is_named = named.iter().any(|name| name == "cookie");
    let lines = given.get_all("cookie").filter(|_| !is_named).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let kept: Vec<String> = lines.filter_map(|line| ours.without_ours(&line)).collect();
    if !kept.is_empty() && !extra.iter().any(|name| name == "cookie") {
        copy(&mut passed, "cookie", kept.join("; ").as_bytes());
    }
    passed
}

/// Whether a header of a request may pass. CGI and its heirs read `_` as `-`, so it is read so here.
fn passes(name: &str) -> bool {
    let folded = name.contains('_').then(|| name.replace('_', "-"));
    let name = folded.as_deref().unwrap_or(name);
    let is_identity =
        IDENTITY.contains(&name) || IDENTITY_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    let is_ours = HOP_BY_HOP.contains(&name) || WRITTEN.contains(&name);
    !is_ours && (!is_identity || HARMLESS.contains(&name))
}

/// The names that `Connection` lists, in lower case.
fn named_by_connection(given: &Theirs) -> Vec<String> {
    let lines = given.get_all("connection").filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect()
}

fn copy(into: &mut HeaderMap, name: &str, value: &[u8]) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
        into.append(name, value);
    }
}

/// What an answer's header may do to the browser beyond its own content.
pub struct Judged<'j> {
    pub ours: &'j OurCookies,
    /// The token that went to the upstream.
    pub token: Option<&'j [u8]>,
    /// Whether scripts of the page that asks may read answers that came with cookies.
    pub page_is_trusted: bool,
}

/// The headers of an answer that may pass, those of its connection left out.
pub fn back<'h>(
    given: &'h HeaderMap,
    judged: &'h Judged<'_>,
) -> impl Iterator<Item = (&'h HeaderName, &'h HeaderValue)> {
    let lines = given.get_all("connection").into_iter().filter_map(|value| value.to_str().ok());
    let named: Vec<String> =
        lines.flat_map(|line| line.split(',')).map(|name| name.trim().to_ascii_lowercase()).collect();
    given.iter().filter(move |(name, value)| {
        let text = name.as_str();
        let stays = HOP_BY_HOP.contains(&text) || text == "content-length" || named.iter().any(|named| named == text);
        !stays && judged.let_pass(text, value.as_bytes())
    })
}

impl Judged<'_> {
    fn let_pass(&self, name: &str, value: &[u8]) -> bool {
        match name {
            "set-cookie" => self.ours.let_pass(value) && !self.holds_the_token(value),
            // Another address of the same service, past us.
            "alt-svc" | "authorization" | "x-request-id" => false,
            "access-control-allow-credentials" => self.page_is_trusted,
            // Would end the session in this browser.
            "clear-site-data" => !mentions(value, b"cookies") && !mentions(value, b"*"),
            _ => !self.holds_the_token(value),
        }
    }

    fn holds_the_token(&self, value: &[u8]) -> bool {
        self.token.is_some_and(|token| mentions(value, token))
    }
}

fn mentions(value: &[u8], text: &[u8]) -> bool {
    value.len() >= text.len() && value.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t68_no_header_that_names_somebody_passes_however_it_is_written() {
        for name in [
            "authorization",
            "x-user-id",
            "x_user_id",
            "x-auth-request-email",
            "x-forwarded-user",
            "x-forwarded-for",
            "remote-user",
            "remote_user",
            "x-remote-user",
            "x-webauth-user",
            "x-authentik-username",
            "x-ms-client-principal-id",
            "x-original-url",
            "cf-access-jwt-assertion",
            "x-ssl-client-cert",
            "proxy-authorization",
            "cookie",
            "forwarded",
            "x-request-id",
            "te",
            "upgrade",
            "http2-settings",
        ] {
            assert!(!passes(name), "{name}");
        }
        for name in
            ["accept", "content-type", "range", "x-requested-with", "x-csrf-token", "x-user-agent", "user-agent"]
        {
            assert!(passes(name), "{name}");
        }
    }
}
