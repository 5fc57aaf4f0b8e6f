//! A provider at work: where its endpoints are, how it is asked, and which keys its ID tokens are signed with.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::RequestBuilder;
use reqwest::header::{ACCEPT, AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::kept::Kept;
use super::spec::{ClientAuth, Discovery, Endpoints, Spec};
use super::tokens::Tokens;
use crate::base::{Clock, json};
use crate::crypto::jose::Algorithm;
use crate::crypto::jose::foreign::{KeySet, Named};
use crate::outbound::{Answer, Failure, Outbound};

/// A provider that is configured.
pub struct Provider {
    pub spec: Spec,
    pub(super) clock: Clock,
    pub(super) outbound: Outbound,
    described: Kept<Description>,
    keys: Kept<KeySet>,
}

/// What an OpenID provider says of itself (OpenID Connect Discovery 1.0 §3), and what is known without.
#[derive(Clone, Debug, Default)]
pub struct Description {
    pub endpoints: Endpoints,
    /// What its ID tokens may be signed with. Empty where it does not say: then it is none of OpenID's.
    pub algorithms: Vec<Algorithm>,
    /// Whether accounts are named by `sub`, as OpenID has it, not by `id`.
    pub is_openid: bool,
}

/// What came of asking a provider, in words for the log: never what it said, which may repeat what was sent.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("{0}")]
    Away(#[from] Failure),
    #[error("it answered {0}")]
    Status(u16),
    #[error("its answer is not what it should be")]
    Answer,
    #[error("its {0} is not known")]
    Unknown(&'static str),
}

impl Provider {
    pub fn new(spec: Spec, clock: Clock, outbound: Outbound) -> Self {
        let (described, keys) = (Kept::new(clock.clone()), Kept::new(clock.clone()));
        Self { spec, clock, outbound, described, keys }
    }

    pub fn id(&self) -> &str {
        &self.spec.id
    }

    /// What the provider asks accounts to be known by: the first of its clients.
    pub fn client_id(&self) -> &str {
        self.spec.client_ids.first().map(String::as_str).unwrap_or_default()
    }

    /// What is known of the provider. What the deployment sets goes before what discovery says.
    pub async fn description(&self) -> Result<Description, Trouble> {
        let own = &self.spec.endpoints;
        let Some(discovery) = &self.spec.discovery else {
            let is_openid = own.jwks.is_some() && !own.issuers.is_empty();
            let algorithms = self.spec.id_token.algorithms.clone();
            return Ok(Description { endpoints: own.clone(), algorithms, is_openid });
        };
        let found = self.described.get(|_| true, async || self.discover(discovery).await).await;
        let found = found.ok_or(Trouble::Unknown("description"))?;
        let endpoints = Endpoints {
            authorization: own.authorization.clone().or_else(|| found.endpoints.authorization.clone()),
            token: own.token.clone().or_else(|| found.endpoints.token.clone()),
            user_info: own.user_info.clone().or_else(|| found.endpoints.user_info.clone()),
            jwks: own.jwks.clone().or_else(|| found.endpoints.jwks.clone()),
            end_session: own.end_session.clone().or_else(|| found.endpoints.end_session.clone()),
            issuers: if own.issuers.is_empty() { found.endpoints.issuers.clone() } else { own.issuers.clone() },
        };
        Ok(Description { endpoints, algorithms: found.algorithms.clone(), is_openid: found.is_openid })
    }

    async fn discover(&self, discovery: &Discovery) -> Option<Description> {
        let asked = async {
            let request = self.outbound.client()?.get(&discovery.url).header(ACCEPT, "application/json");
            let request = discovery.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            object(&self.send(request).await?)
        };
        match asked.await {
            Ok(document) => Some(Description::read(&document, &discovery.url)),
            Err(trouble) => {
                tracing::warn!(provider = self.id(), "its discovery document cannot be read: {trouble}");
                None
            }
        }
    }

    /// Keys among which the one that an ID token names is, if the provider has it.
    pub async fn keys_for(&self, jwks: &str, named: &Named) -> Option<Arc<KeySet>> {
        let ask = async || {
            let asked = async {
                let request = self.outbound.client()?.get(jwks).header(ACCEPT, "application/json");
                KeySet::read(&self.send(request).await?.body).ok_or(Trouble::Answer)
            };
            asked
                .await
                .map_err(|trouble| tracing::warn!(provider = self.id(), "its keys cannot be read: {trouble}"))
                .ok()
        };
        self.keys.get(|keys| keys.has(named), ask).await
    }

    /// Exchanges a code (RFC 6749 §4.1.3).
    pub async fn exchange(&self, code: &str, verifier: &str, redirect_uri: &str) -> Result<Tokens, Trouble> {
        let mut form = vec![("grant_type", "authorization_code"), ("code", code)];
        if self.spec.authorization.pkce {
            form.push(("code_verifier", verifier));
        }
        form.push(("redirect_uri", redirect_uri));
        self.ask_for_tokens(form, &self.spec.token_params).await
    }

    /// Spends a refresh token (RFC 6749 §6).
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, Trouble> {
        let form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
        self.ask_for_tokens(form, &self.spec.refresh_params).await
    }

    async fn ask_for_tokens<'f>(
        &'f self,
        mut form: Vec<(&'f str, &'f str)>,
        more: &'f [(String, String)],
    ) -> Result<Tokens, Trouble> {
        let url = self.description().await?.endpoints.token.ok_or(Trouble::Unknown("token endpoint"))?;
        for (name, value) in more {
            if form.iter().all(|(taken, _)| taken != name) {
                form.push((name, value));
            }
        }
        let secret = self.spec.client_secret.as_ref().map(ExposeSecret::expose_secret);
        let mut request = self.outbound.client()?.post(&url).header(ACCEPT, "application/json");
        match (self.spec.client_auth, secret) {
            (ClientAuth::Basic, Some(secret)) => {
                request = request.header(AUTHORIZATION, basic(self.client_id(), secret));
            }
            (_, secret) => {
                form.push(("client_id", self.client_id()));
                form.extend(secret.map(|secret| ("client_secret", secret)));
            }
        }
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let now = self.clock.now();
        let tokens = Tokens::read(&object(&self.send(request).await?)?, now).ok_or(Trouble::Answer)?;
        let assumed = self.spec.access_token_expires_in.map(|seconds| now.plus_seconds(seconds));
        Ok(Tokens { access_expires_at: tokens.access_expires_at.or(assumed), ..tokens })
    }

    /// What a page says to whoever has an access token.
    pub async fn ask(&self, request: RequestBuilder, access_token: &SecretString) -> Result<Value, Trouble> {
        let request = request.bearer_auth(access_token.expose_secret()).header(ACCEPT, "application/json");
        json::parse(&self.send(request).await?.body).ok_or(Trouble::Answer)
    }

    /// Sends a request; what is no success is trouble.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Trouble> {
        let answer = self.outbound.send(request).await?;
        if answer.is_success() { Ok(answer) } else { Err(Trouble::Status(answer.status)) }
    }
}

impl Description {
    /// Reads a discovery document, of which only what is where it may be counts.
    fn read(document: &Map<String, Value>, found_at: &str) -> Self {
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        let endpoint = |name: &str| text(name).filter(|url| may_lead_to(found_at, url));
        let names = document.get("id_token_signing_alg_values_supported").and_then(Value::as_array);
        let names: Vec<&str> = names.into_iter().flatten().filter_map(Value::as_str).collect();
        Self {
            endpoints: Endpoints {
                authorization: endpoint("authorization_endpoint"),
                token: endpoint("token_endpoint"),
                user_info: endpoint("userinfo_endpoint"),
                jwks: endpoint("jwks_uri"),
                end_session: endpoint("end_session_endpoint"),
                issuers: text("issuer").into_iter().collect(),
            },
            is_openid: !names.is_empty(),
            algorithms: names.into_iter().filter_map(|name| name.parse().ok()).collect(),
        }
    }
}

/// Whether a discovery document may name an endpoint: on http(s), no worse protected than the document itself, and not by
/// the address of another machine, which would be one that only this server can reach.
fn may_lead_to(document: &str, endpoint: &str) -> bool {
    let (Ok(document), Ok(endpoint)) = (Url::parse(document), Url::parse(endpoint)) else { return false };
    let is_as_safe = endpoint.scheme() == "https" || (endpoint.scheme() == "http" && document.scheme() == "http");
    let is_by_name =
        matches!(endpoint.host(), Some(url::Host::Domain(name)) if !name.eq_ignore_ascii_case("localhost"));
    is_as_safe && (is_by_name || endpoint.host() == document.host())
}

fn object(answer: &Answer) -> Result<Map<String, Value>, Trouble> {
    json::object(&answer.body).ok_or(Trouble::Answer)
}

/// Both halves are form-encoded before they are joined (RFC 6749 §2.3.1).
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn t53_a_discovery_document_names_no_endpoint_that_only_this_server_can_reach() {
        let safe = "https://id.example.com/.well-known/openid-configuration";
        for endpoint in ["https://id.example.com/token", "https://elsewhere.example/token"] {
            assert!(may_lead_to(safe, endpoint), "{endpoint}");
        }
        for endpoint in [
            "http://id.example.com/token",
            "https://169.254.169.254/latest",
            "https://[::ffff:169.254.169.254]/",
            "https://0.0.0.0/",
            "https://2852039166/",
            "https://0xa9fea9fe/",
            "https://localhost/token",
            "file:///etc/passwd",
            "gopher://id.example.com/",
            "/token",
            "",
        ] {
            assert!(!may_lead_to(safe, endpoint), "{endpoint}");
        }
        assert!(may_lead_to("http://127.0.0.1:9000/d", "http://127.0.0.1:9001/token"));
    }

    #[test]
    fn a_document_is_read_with_the_algorithms_that_are_known_here() {
        let document = json!({
            "issuer": "https://id.example.com",
            "token_endpoint": "https://id.example.com/token",
            "jwks_uri": 5,
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", 7],
        });
        let read = Description::read(document.as_object().unwrap(), "https://id.example.com/d");
        assert_eq!(read.algorithms, [Algorithm::RS256]);
        assert!(read.is_openid && read.endpoints.jwks.is_none() && read.endpoints.token.is_some());
    }

    #[test]
    fn both_halves_of_basic_credentials_are_encoded() {
        assert_eq!(basic("a b", "c:d%"), format!("Basic {}", STANDARD.encode("a+b:c%3Ad%25")));
    }
}
