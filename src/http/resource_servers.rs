//! `[resource_servers]`: the backends that may ask about tokens, and how they show who they are (RFC 6749 §2.3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::body::Body;
use super::cx::Cx;
use super::endpoint::Input;
use super::query::Query;
use super::refusals;
use super::reply::Reply;
use crate::base::Result;
use crate::config::{Section, Unset};
use crate::crypto::TokenDigest;
use crate::store::audit::{Action, Line};

/// The fewest characters of a secret: what `signet secret` prints has 43.
const SHORTEST: usize = 32;

/// A backend that may ask about tokens.
#[derive(Clone, Debug)]
pub struct ResourceServer {
    pub name: String,
    digest: TokenDigest,
    /// The tokens that it may ask about are for one of these; empty for all.
    audience: Vec<String>,
}

/// Those that are configured.
#[derive(Clone, Debug, Default)]
pub struct ResourceServers(Vec<ResourceServer>);

/// A form as RFC 7662 and RFC 7009 have it, or the same as JSON. It is judged once it is known who sends it.
pub struct Form(Map<String, Value>);

/// Why a request gets an error in the shape of RFC 6749 §5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Nobody, or nobody who can be known.
    Client,
    /// What is wrong with the request.
    Request(&'static str),
}

impl ResourceServers {
    /// Reads `[resource_servers]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.table("resource_servers");
        let names = section.own_names();
        Self(names.into_iter().filter_map(|name| ResourceServer::read(&mut section.table(&name), name)).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// [`ResourceServers::authenticate`]; credentials that are nobody's leave a line in the audit trail.
    ///
    /// # Errors
    /// 503 where the line cannot be written.
    pub async fn recognise(&self, cx: &Cx, form: &Form) -> Result<Result<&ResourceServer, Denied>> {
        let authorization = cx.header("authorization");
        let known = self.authenticate(authorization.as_deref(), form);
        let are_shown = authorization.is_some() || form.0.contains_key("client_secret");
        if are_shown && known.as_ref().is_err_and(|denied| *denied == Denied::Client) {
            refusals::guess(cx, Line::refused(Action::ResourceServerRefused, "invalid_client")).await?;
        }
        Ok(known)
    }

    /// Whoever sends a request: by `Authorization: Basic`, or by `client_id` and `client_secret` in the form.
    ///
    /// # Errors
    /// [`Denied::Client`]; [`Denied::Request`] where it is shown in two ways.
    fn authenticate(&self, authorization: Option<&str>, form: &Form) -> Result<&ResourceServer, Denied> {
        let in_form = form.0.contains_key("client_secret");
        let shown = match authorization.and_then(basic) {
            Some(_) if in_form => return Err(Denied::Request("send the credentials in one way")),
            Some(readings) => readings.to_vec(),
            None => {
                let field = |name: &str| form.text(name).ok_or(Denied::Client).map(str::to_owned);
                vec![(field("client_id")?, field("client_secret")?)]
            }
        };
        shown.iter().find_map(|(name, secret)| self.found(name, secret)).ok_or(Denied::Client)
    }

    fn found(&self, name: &str, secret: &str) -> Option<&ResourceServer> {
        // Compared for an unknown name as well.
        let digest = TokenDigest::of(secret);
        self.0.iter().fold(None, |found, server| {
            let fits = server.digest.is(&digest) & (server.name == name);
            if fits { Some(server) } else { found }
        })
    }
}

impl ResourceServer {
    fn read(section: &mut Section<'_>, name: String) -> Option<Self> {
        let doc =
            "What it shows itself by, at least 32 characters: `signet secret` makes one. Only its digest is kept.";
        let secret = section.secret("secret", "none; this or `secret_sha256` is required", doc);
        let doc = "In place of the secret, so that this file holds none: what `printf %s SECRET | sha256sum` prints.";
        let digest = section.ask("secret_sha256", "64 hexadecimal digits", Unset::Says("none"), doc, |given| {
            let digest = given.text().and_then(TokenDigest::from_hex);
            digest.ok_or_else(|| "must be 64 hexadecimal digits, as `sha256sum` prints them".to_owned())
        });
        let doc = "It may ask about and revoke tokens for one of these audiences. Without, all tokens.";
        let audience = section.list("audience", &[], doc);
        if section.has("audience") && (audience.is_empty() || audience.iter().any(String::is_empty)) {
            section.refuse("audience", "is empty; leave it out for all audiences");
        }
        let given = ["secret", "secret_file", "secret_env"].iter().any(|name| section.has(name));
        match (given, section.has("secret_sha256")) {
            (true, true) => section.refuse("secret_sha256", "stands beside `secret`; keep one of them"),
            (false, false) => section.refuse("secret", "is missing; use what `signet secret` prints"),
            _ => {}
        }
        if secret.as_ref().is_some_and(|secret| secret.expose_secret().chars().count() < SHORTEST) {
            section.refuse("secret", "has fewer than 32 characters; use what `signet secret` prints");
        }
        let digest = digest.or_else(|| Some(TokenDigest::of(secret?.expose_secret())))?;
        Some(Self { name, digest, audience })
    }

    /// Whether it may know of a token with these audiences.
    pub fn sees(&self, claims: &Map<String, Value>) -> bool {
        let ours = |audience: &Value| audience.as_str().is_some_and(|one| self.audience.iter().any(|ours| ours == one));
        self.audience.is_empty()
            || match claims.get("aud") {
                Some(Value::Array(several)) => several.iter().any(ours),
                Some(one) => ours(one),
                None => false,
            }
    }
}

impl Form {
    /// A field that is there once and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A form without fields, for requests that have none.
    pub fn none() -> Self {
        Self(Map::new())
    }
}

impl Input for Form {
    fn read(body: &Body, _: &Query) -> Result<Self> {
        Ok(Self(body.fields().cloned().unwrap_or_default()))
    }
}

impl Denied {
    /// # Errors
    /// None in practice.
    pub fn reply(self) -> Result<Reply> {
        let (status, error, description) = match self {
            Self::Client => (401, "invalid_client", "the credentials are not those of a resource server"),
            Self::Request(fault) => (400, "invalid_request", fault),
        };
        let reply = Reply::json(&json!({ "error": error, "error_description": description }))?.status(status);
        Ok(match self {
            Self::Client => reply.header("www-authenticate", "Basic realm=\"signet\", charset=\"UTF-8\""),
            Self::Request(_) => reply,
        })
    }
}

/// The name and the secret of `Authorization: Basic`, each form-encoded before they were put together (RFC 6749 §2.3.1),
/// and, since many clients leave that out, as they are.
fn basic(authorization: &str) -> Option<[(String, String); 2]> {
    let (scheme, text) = authorization.trim().split_once(' ')?;
    let bytes = STANDARD.decode(text.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, secret) = text.split_once(':')?;
    Some([(decoded(name), decoded(secret)), (name.to_owned(), secret.to_owned())])
}

fn decoded(text: &str) -> String {
    let pair = form_urlencoded::parse(format!("x={}", text.replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned());
    pair.unwrap_or_default()
}
