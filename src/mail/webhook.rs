//! Mails as JSON, posted to an application that sends them.

use url::Url;

use super::letter::Letter;
use crate::base::Clock;
use crate::crypto::WebhookSigner;
use crate::outbound::Outbound;
use crate::outbox::Outcome;

/// Where letters are posted.
pub struct Webhook {
    pub url: Url,
    pub signer: Option<WebhookSigner>,
    pub outbound: Outbound,
    pub clock: Clock,
}

impl Webhook {
    /// Posts a letter; any answer of 2xx takes it.
    pub async fn send(&self, id: &str, letter: &Letter) -> Outcome {
        match serde_json::to_string(letter) {
            Ok(body) => self.outbound.post_signed(&self.url, self.signer.as_ref(), id, self.clock.now(), body).await,
            Err(error) => Err(error.to_string()),
        }
        .map_or_else(Outcome::Later, |()| Outcome::Left)
    }
}
