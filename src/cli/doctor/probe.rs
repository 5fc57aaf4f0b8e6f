//! Sends one token to the endpoint.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};

use crate::cli::Failure;
use crate::outbound::Outbound;

/// How often a request is sent that is told to come later.
const TRIES: u32 = 3;
/// What it waits for that, where it is told no span.
const LATER: u64 = 1;
/// The longest that it waits.
const LONGEST_WAIT: u64 = 10;

/// Asks one endpoint.
pub struct Probe {
    url: String,
    method: Method,
    name: HeaderName,
    before: String,
    after: String,
    pause: Duration,
    outbound: Outbound,
}

/// The status of an answer, or why there is none.
pub type Answer = Result<u16, String>;

impl Probe {
    pub fn new(url: &str, method: &str, header: &str, pause: Duration) -> Result<Self, Failure> {
        let wrong = |text: String| Failure::Misconfigured(vec![text]);
        let is_web = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_web {
            return Err(wrong(format!("{url} is no http(s) URL.")));
        }
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| wrong(format!("{method} is no method.")))?;
        let usage = || wrong("--header has the form 'Authorization: Bearer {}'.".to_owned());
        let (name, value) = header.split_once(':').ok_or_else(usage)?;
        let (before, after) = value.trim().split_once("{}").ok_or_else(usage)?;
        let name = name.trim().parse().map_err(|_| usage())?;
        let (before, after) = (before.to_owned(), after.to_owned());
        Ok(Self { url: url.to_owned(), method, name, before, after, pause, outbound: Outbound::default() })
    }

    /// Sends a token, or none. An endpoint that says 429 is asked again a little later.
    pub async fn send(&self, token: Option<&str>) -> Answer {
        for _ in 1..TRIES {
            match self.send_once(token).await? {
                (429, later) => tokio::time::sleep(Duration::from_secs(later)).await,
                (status, _) => return Ok(status),
            }
        }
        self.send_once(token).await.map(|(status, _)| status)
    }

    async fn send_once(&self, token: Option<&str>) -> Result<(u16, u64), String> {
        tokio::time::sleep(self.pause).await;
        let client = self.outbound.client().map_err(|error| error.to_string())?;
        let mut request = client.request(self.method.clone(), &self.url);
        if let Some(token) = token {
            let value = format!("{}{token}{}", self.before, self.after);
            let value = HeaderValue::from_str(&value).map_err(|_| "the token fits into no header".to_owned())?;
            request = request.header(self.name.clone(), value);
        }
        let answer = self.outbound.send(request).await.map_err(|error| error.to_string())?;
        let later = answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        Ok((answer.status, later.unwrap_or(LATER).min(LONGEST_WAIT)))
    }
}
