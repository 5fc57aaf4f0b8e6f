//! A request on its way to the upstream, until the head of the answer is there.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::BodyStream;
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::web::Payload;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Request, Response};
use tokio::time::{Instant, sleep_until, timeout};

use super::Way;
use super::asked::{Asked, is_safe};
use super::fault::{Fault, fault_of};
use crate::base::{RequestId, Result};
use crate::gateway::upload::{Outgoing, State, Upload};
use crate::gateway::{headers, tunnel};
use crate::outbound::Protocols;

/// In such a time a client sends at least so much of a body, for as long as there is no answer.
const PACE: (Duration, u64) = (Duration::from_secs(30), 1024);
/// How often a body that is under way is looked at.
const LOOK: Duration = Duration::from_secs(1);

impl Way {
    /// A request and its answer.
    pub(super) async fn exchange(
        &self,
        asked: &Asked<'_>,
        payload: Payload,
        length: Option<u64>,
    ) -> Result<HttpResponse> {
        let has_body =
            length.is_some_and(|length| length > 0) || asked.request.headers().contains_key(TRANSFER_ENCODING);
        let (upload, body) = if has_body {
            let (upload, body) = Upload::begin(payload, length, self.route.body_limit);
            (Some(upload), Some(body))
        } else {
            (None, None)
        };
        let client = self.clients.client(Protocols::All)?;
        let answer = match self.send(&client, asked, body, upload.as_ref()).await {
            // The pool lent a connection that the upstream was about to end. Nothing else may be sent twice.
            Err(Fault::Broken(_)) if upload.is_none() && is_safe(asked.request.method()) => {
                self.send(&client, asked, None, None).await
            }
            outcome => outcome,
        };
        let answer = answer.map_err(|fault| self.fault(&fault))?;
        self.relay(asked, answer, upload)
    }

    /// An upgrade, or why there is none.
    pub(super) async fn tunnel(&self, asked: &Asked<'_>, payload: Payload) -> Result<HttpResponse> {
        let client = self.clients.client(Protocols::Http1)?;
        let answer = self.send(&client, asked, None, None).await.map_err(|fault| self.fault(&fault))?;
        if answer.status() != reqwest::StatusCode::SWITCHING_PROTOCOLS {
            return self.relay(asked, answer, None);
        }
        let mut response = HttpResponse::SwitchingProtocols();
        self.dress(asked, answer.headers(), &mut response);
        let upgraded = timeout(self.route.response_timeout, answer.upgrade()).await;
        let upgraded = upgraded.map_err(|_| self.fault(&Fault::TooSlow))?;
        let upgraded = upgraded.map_err(|error| self.fault(&fault_of(error)))?;
        let idle = self.route.idle_timeout;
        let bytes = tunnel::open(upgraded, payload, idle, asked.streaming(idle));
        Ok(response.upgrade("websocket").body(BodyStream::new(bytes)))
    }

    /// Sends a request and waits for the head of its answer.
    async fn send(
        &self,
        client: &Client,
        asked: &Asked<'_>,
        body: Option<Outgoing>,
        upload: Option<&Upload>,
    ) -> std::result::Result<Response, Fault> {
        let mut request = Request::new(asked.method(), asked.url.clone());
        *request.headers_mut() = self.headers(asked);
        *request.body_mut() = body.map(reqwest::Body::wrap);
        let sending = client.execute(request);
        let Some(upload) = upload else {
            return match timeout(self.route.response_timeout, sending).await {
                Ok(answer) => answer.map_err(fault_of),
                Err(_) => Err(Fault::TooSlow),
            };
        };
        let mut pace = Pace::from(0);
        tokio::pin!(sending);
        loop {
            tokio::select! {
                answer = &mut sending => return answer.map_err(|error| match upload.progress.state.get() {
                    State::TooLong => Fault::TooLong,
                    State::BrokenOff => Fault::ClientLeft,
                    State::Client | State::Upstream | State::Done => fault_of(error),
                }),
                () = sleep_until(Instant::now() + LOOK) => {}
            }
            let progress = &upload.progress;
            match progress.state.get() {
                State::Client if !pace.is_kept(progress.taken.get()) => return Err(Fault::ClientTooSlow),
                State::Client => {}
                State::TooLong => return Err(Fault::TooLong),
                State::BrokenOff => return Err(Fault::ClientLeft),
                State::Upstream | State::Done => {
                    pace = Pace::from(progress.taken.get());
                    if progress.moved_at.get().elapsed() > self.route.response_timeout {
                        return Err(Fault::TooSlow);
                    }
                }
            }
        }
    }

    /// The headers that the upstream gets.
    fn headers(&self, asked: &Asked<'_>) -> HeaderMap {
        let mut passed = headers::onward(asked.request.headers(), &self.route.drop_headers, &self.ours);
        self.site.tell(asked.request, asked.rule, &mut passed);
        if let Some(id) = RequestId::current().and_then(|id| HeaderValue::from_str(id.as_str()).ok()) {
            passed.insert("x-request-id", id);
        }
        if let Some(token) = asked.token {
            passed.insert(AUTHORIZATION, token.clone());
        }
        if asked.upgrades {
            passed.insert("connection", HeaderValue::from_static("upgrade"));
            passed.insert("upgrade", HeaderValue::from_static("websocket"));
        }
        passed
    }
}

/// How fast a client sends a body.
struct Pace {
    since: Instant,
    taken: u64,
}

impl Pace {
    fn from(taken: u64) -> Self {
        Self { since: Instant::now(), taken }
    }

    fn is_kept(&mut self, taken: u64) -> bool {
        let (span, least) = PACE;
        if self.since.elapsed() < span {
            return true;
        }
        let is_kept = taken - self.taken >= least;
        *self = Self::from(taken);
        is_kept
    }
}
