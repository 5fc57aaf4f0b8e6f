//! The postman: takes what is wanted from the outbox, has it written, and sends it on its way.

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use super::CARRIER;
use super::config::{MailConfig, Transport};
use super::letter::Letter;
use super::smtp::Smtp;
use super::template::Templates;
use super::wanted::Wanted;
use super::webhook::Webhook;
use super::writer::{Asked, Writer};
use crate::base::Clock;
use crate::outbound::Outbound;
use crate::outbox::{Carrier, Outcome};
use crate::store::outbox::Message;

/// Writes mails and sends them.
pub struct Postman {
    writer: Writer,
    templates: Templates,
    app_name: String,
    way: Way,
}

/// How letters leave.
enum Way {
    Log,
    Smtp(Box<Smtp>),
    Webhook(Box<Webhook>),
}

impl Postman {
    /// None where no mail is sent: what waits then waits for better days.
    ///
    /// # Errors
    /// Where the connection to the mail server cannot be made ready.
    pub fn new(
        config: &MailConfig,
        app_name: &str,
        writer: Writer,
        outbound: Outbound,
        clock: Clock,
    ) -> Result<Option<Self>, String> {
        let way = match &config.transport {
            Transport::None => return Ok(None),
            Transport::Log => Way::Log,
            Transport::Smtp(server) => Way::Smtp(Box::new(Smtp::new(server)?)),
            Transport::Webhook { url, signer } => {
                Way::Webhook(Box::new(Webhook { url: url.clone(), signer: signer.clone(), outbound, clock }))
            }
        };
        let (templates, app_name) = (config.templates.clone(), app_name.to_owned());
        Ok(Some(Self { writer, templates, app_name, way }))
    }

    async fn send(&self, message: &Message, content: Value) -> Outcome {
        let Ok(wanted) = serde_json::from_value::<Wanted>(content) else {
            return Outcome::Later("it is of another release".to_owned());
        };
        match self.writer.write(wanted, Asked { at: message.created_at, attempts: message.attempts }).await {
            Ok(Some(letter)) => self.deliver(&message.id, &letter).await,
            Ok(None) => Outcome::Left,
            Err(error) => Outcome::Later(error.chain()),
        }
    }

    async fn deliver(&self, id: &str, letter: &Letter) -> Outcome {
        match &self.way {
            Way::Log => log(letter),
            Way::Webhook(webhook) => webhook.send(id, letter).await,
            Way::Smtp(smtp) => match self.templates.write(letter, &self.app_name) {
                Ok(written) => smtp.send(id, &letter.to, written).await,
                Err(fault) => Outcome::Never(fault),
            },
        }
    }
}

/// For trying out: the link is in the log, to be followed by hand.
fn log(letter: &Letter) -> Outcome {
    let (url, otp) = (letter.url.as_deref(), letter.otp.as_deref());
    tracing::info!(to = letter.to, kind = letter.kind.as_str(), url, otp, "a mail, which is sent nowhere else");
    Outcome::Left
}

impl Carrier for Postman {
    fn name(&self) -> &'static str {
        CARRIER
    }

    fn carry<'a>(&'a self, message: &'a Message, content: Value) -> Pin<Box<dyn Future<Output = Outcome> + 'a>> {
        Box::pin(self.send(message, content))
    }
}
