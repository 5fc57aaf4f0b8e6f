//! How spans get to the collector: by a client that blocks, since the thread that sends them has nothing else to do.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use ureq::Agent;

/// How long a delivery may take, as OpenTelemetry has it by default.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The collector's answer is longer than that only by mistake.
const LONGEST_ANSWER: u64 = 1 << 16;

/// Delivers, and says once when that fails, and once when it succeeds again.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    failing: AtomicBool,
}

impl Default for Client {
    fn default() -> Self {
        let config = Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false);
        // Spans go where they were told to go, and nowhere else.
        let config = config.max_redirects(0).max_redirects_will_error(false);
        Self { agent: config.build().new_agent(), failing: AtomicBool::default() }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.send(request);
        match &answer {
            Ok(answer) if answer.status().is_success() => self.note_success(),
            Ok(answer) => self.note_failure(&format!("the collector answers {}", answer.status())),
            Err(error) => self.note_failure(&error.to_string()),
        }
        Ok(answer?)
    }
}

impl Client {
    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ureq::Error> {
        let (head, mut body) = self.agent.run(request.map(|body| body.to_vec()))?.into_parts();
        let body = body.with_config().limit(LONGEST_ANSWER).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }

    fn note_failure(&self, reason: &str) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::warn!("traces cannot be delivered to otlp.endpoint: {reason}; requests go on without");
        }
    }

    fn note_success(&self) {
        if self.failing.swap(false, Ordering::Relaxed) {
            tracing::info!("traces are delivered again");
        }
    }
}
