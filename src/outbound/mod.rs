//! The requests that Signet itself makes, of providers and of applications: bounded in time and in size, never sent on by
//! a redirect, through the proxy that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name. Certificates are checked against
//! those of the system, or of `SSL_CERT_FILE`, and where there are none against a list that is built in.

mod signed;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use rustls::{ClientConfig, RootCertStore};

use crate::base::error::chain;

/// How long an exchange may take, from looking up the name to the last byte.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long it may take to be connected.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

/// Makes requests. Cheap to clone; what a client costs is paid at the first request.
#[derive(Clone, Default)]
pub struct Outbound(Arc<OnceLock<Client>>);

/// What was answered, whatever the status.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why there is no answer, without the address and so without what its query held.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Outbound {
    /// What requests are built with.
    ///
    /// # Errors
    /// Where the system's certificates or the proxy's address cannot be used.
    pub fn client(&self) -> Result<&Client, Failure> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        let client = build()?;
        Ok(self.0.get_or_init(|| client))
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// Where nobody answers in time, or at too great length.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let mut answer = request.send().await.map_err(failure)?;
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(failure)? {
            if body.len() + piece.len() > LONGEST_ANSWER {
                return Err(Failure(format!("the answer is longer than {LONGEST_ANSWER} bytes")));
            }
            body.extend_from_slice(&piece);
        }
        let headers = std::mem::take(answer.headers_mut());
        Ok(Answer { status: answer.status().as_u16(), headers, body: body.freeze() })
    }
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

fn build() -> Result<Client, Failure> {
    let client = Client::builder()
        .tls_backend_preconfigured(tls()?)
        .user_agent(concat!("signet/", env!("CARGO_PKG_VERSION")))
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none());
    client.build().map_err(failure)
}

/// Makes clients of services of the operator's own: without a proxy between, without an end to how long these may answer.
pub struct Direct(ClientConfig);

impl Direct {
    /// # Errors
    /// Where the system's certificates cannot be used.
    pub fn new() -> Result<Self, Failure> {
        tls().map(Self)
    }

    /// # Errors
    /// Where TLS cannot be set up.
    pub fn client(&self, connect_timeout: Duration, protocols: Protocols) -> Result<Client, Failure> {
        let mut tls = self.0.clone();
        let client = Client::builder()
            .connect_timeout(connect_timeout)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            // Node ends a connection that has rested for 5 seconds, perhaps at the moment that it is used again.
            .pool_idle_timeout(Duration::from_secs(4));
        let client = match protocols {
            Protocols::All => client,
            Protocols::Http1 => {
                tls.alpn_protocols = vec![b"http/1.1".to_vec()];
                client.http1_only()
            }
        };
        client.tls_backend_preconfigured(tls).build().map_err(failure)
    }
}

/// Which protocols a client may speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocols {
    All,
    /// The one that has upgrades.
    Http1,
}

fn tls() -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config =
        config.map_err(|error| Failure(error.to_string()))?.with_root_certificates(roots()).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

/// With its causes: the outermost of reqwest's says no more than that something failed.
fn failure(error: reqwest::Error) -> Failure {
    Failure(chain(&error.without_url()))
}
