//! An answer on its way back: its head as the client gets it, and its body as it comes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{self, BodyStream, SizedStream};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LENGTH, HeaderName as TheirName, HeaderValue as TheirValue};
use actix_web::http::{Method, StatusCode, Version};
use actix_web::{HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::{Stream, stream};
use reqwest::Response;
use reqwest::header::HeaderMap;
use tokio::time::timeout;

use super::Way;
use super::asked::Asked;
use super::fault::{Failures, Fault};
use crate::base::Result;
use crate::base::error::chain;
use crate::gateway::headers::{self, Judged};
use crate::gateway::upload::Upload;
use crate::http::connection::Streaming;

impl Way {
    /// The answer as the client gets it; its body follows as it comes.
    ///
    /// # Errors
    /// 502 where the service switches to a protocol that nobody asked for.
    pub(super) fn relay(&self, asked: &Asked<'_>, answer: Response, upload: Option<Upload>) -> Result<HttpResponse> {
        let status = StatusCode::from_u16(answer.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
        if status.is_informational() {
            return Err(self.fault(&Fault::Broken(format!("its status is {status}"))));
        }
        let mut response = HttpResponse::build(status);
        self.dress(asked, answer.headers(), &mut response);
        let length = announced(answer.headers());
        // Such an answer's length is about what is not sent.
        let is_bare = matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED);
        if let Some(length) = length.filter(|_| status == StatusCode::NOT_MODIFIED) {
            response.insert_header((CONTENT_LENGTH, length));
        }
        if is_bare || (*asked.request.method() == Method::HEAD && length.is_none()) {
            return Ok(response.body(body::None::new()));
        }
        let relay = Relay {
            answer,
            upload,
            idle: self.route.idle_timeout,
            failures: Arc::clone(&self.failures),
            label: Arc::clone(&self.label),
            _streaming: asked.streaming(self.route.idle_timeout),
        };
        Ok(match length {
            Some(length) => response.body(SizedStream::new(length, relay.into_stream())),
            None if asked.upgrades || asked.request.version() < Version::HTTP_11 => {
                // After what is no upgrade after all, nothing more can come on this connection; HTTP/1.0 has no chunks.
                response.force_close().no_chunking(0);
                let mut response = response.body(BodyStream::new(relay.into_stream()));
                response.headers_mut().remove(CONTENT_LENGTH);
                response
            }
            None => response.body(BodyStream::new(relay.into_stream())),
        })
    }

    /// Passes headers of an answer on.
    pub(super) fn dress(&self, asked: &Asked<'_>, given: &HeaderMap, response: &mut HttpResponseBuilder) {
        let judged = Judged {
            ours: &self.ours,
            token: asked.token.and_then(|token| token.as_bytes().strip_prefix(b"Bearer ")),
            page_is_trusted: asked.page_is_trusted,
        };
        for (name, value) in headers::back(given, &judged) {
            let name = TheirName::from_bytes(name.as_str().as_bytes());
            if let (Ok(name), Ok(value)) = (name, TheirValue::from_bytes(value.as_bytes())) {
                response.append_header((name, value));
            }
        }
        if asked.token.is_some() && !says_who_keeps_it(given) {
            response.append_header((CACHE_CONTROL, "private"));
        }
    }
}

/// The body of an answer.
struct Relay {
    answer: Response,
    /// What the client still sends.
    upload: Option<Upload>,
    idle: Duration,
    failures: Arc<Failures>,
    label: Arc<str>,
    _streaming: Option<Streaming>,
}

impl Relay {
    fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> {
        stream::unfold(Some(self), |relay| async {
            let mut relay = relay?;
            match relay.next().await {
                Ok(piece) => Some((Ok(piece?), Some(relay))),
                Err(error) => {
                    relay.failures.broken_off.add();
                    tracing::warn!(route = &*relay.label, "an answer of the upstream broke off: {error}");
                    Some((Err(error), None))
                }
            }
        })
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            match timeout(self.idle, self.answer.chunk()).await {
                Ok(Ok(piece)) => return Ok(piece),
                Ok(Err(error)) => return Err(io::Error::other(chain(&error.without_url()))),
                // The other direction may have moved meanwhile.
                Err(_) if self.upload.as_ref().is_some_and(|upload| upload.rested() < self.idle) => {}
                Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, "nothing came for too long")),
            }
        }
    }
}

/// Whether an answer says itself who may keep it. A cache before us sees no `Authorization`, which would have told it to
/// keep only what says so (RFC 9111 §3.5).
fn says_who_keeps_it(headers: &HeaderMap) -> bool {
    const SAYS: [&str; 5] = ["public", "s-maxage", "must-revalidate", "private", "no-store"];
    let lines = headers.get_all("cache-control").into_iter().filter_map(|value| value.to_str().ok());
    let mut words =
        lines.flat_map(|line| line.split(',')).map(|word| word.split('=').next().unwrap_or_default().trim());
    words.any(|word| SAYS.iter().any(|says| word.eq_ignore_ascii_case(says)))
}

/// How long an answer says that it is.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get("content-length")?.to_str().ok()?.trim().parse().ok()
}
