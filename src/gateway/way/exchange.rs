//! A request on its way to the upstream, until the head of the answer is there.

use actix_web::HttpResponse;
use actix_web::body::BodyStream;
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::web::Payload;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Request, Response};
use tokio::time::timeout;

use super::Way;
use super::asked::{Asked, is_safe};
use super::fault::{Fault, fault_of};
use super::pace::{cut_off, stuck};
use crate::base::{RequestId, Result};
use crate::gateway::upload::{Outgoing, Upload};
use crate::gateway::{headers, tunnel};
use crate::outbound::Protocols;

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
        tokio::select! {
            answer = sending => answer.map_err(|error| cut_off(upload).unwrap_or_else(|| fault_of(error))),
            fault = stuck(upload, self.route.response_timeout) => Err(fault),
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
