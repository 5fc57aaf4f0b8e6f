//! Posts the notices.

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;
use url::Url;

use super::CARRIER;
use super::config::WebhooksConfig;
use crate::base::Clock;
use crate::crypto::WebhookSigner;
use crate::outbound::Outbound;
use crate::outbox::{Carrier, Outcome};
use crate::store::outbox::Message;

/// Brings notices to the application.
pub struct Messenger {
    url: Url,
    signer: Option<WebhookSigner>,
    outbound: Outbound,
    clock: Clock,
}

impl Messenger {
    pub fn new(config: &WebhooksConfig, outbound: Outbound, clock: Clock) -> Self {
        Self { url: config.url.clone(), signer: config.signer.clone(), outbound, clock }
    }

    async fn post(&self, message: &Message, content: Value) -> Outcome {
        let Value::String(body) = content else { return Outcome::Later("it is of another release".to_owned()) };
        let posted = self.outbound.post_signed(&self.url, self.signer.as_ref(), &message.id, self.clock.now(), body);
        posted.await.map_or_else(Outcome::Later, |()| Outcome::Left)
    }
}

impl Carrier for Messenger {
    fn name(&self) -> &'static str {
        CARRIER
    }

    fn carry<'a>(&'a self, message: &'a Message, content: Value) -> Pin<Box<dyn Future<Output = Outcome> + 'a>> {
        Box::pin(self.post(message, content))
    }
}
