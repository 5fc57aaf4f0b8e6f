//! Mails by SMTP.

use std::time::Duration;

use lettre::message::{Mailbox, Message, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Protection, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use super::config::{SmtpConfig, Tls};
use super::template::Written;
use crate::base::error::chain;
use crate::outbox::Outcome;

/// How long a step of the conversation with the mail server may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How many connections there may be to the mail server.
const CONNECTIONS: u32 = 4;

/// A mail server, and whom mails are from.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

impl Smtp {
    /// # Errors
    /// Where TLS cannot be made ready.
    pub fn new(config: &SmtpConfig) -> Result<Self, String> {
        let parameters = || TlsParameters::new(config.host.clone()).map_err(|error| error.to_string());
        let protection = match config.tls {
            Tls::Tls => Protection::Wrapper(parameters()?),
            Tls::StartTls => Protection::Required(parameters()?),
            Tls::Opportunistic => Protection::Opportunistic(parameters()?),
            Tls::None => Protection::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(protection)
            .timeout(Some(TIMEOUT))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS));
        if let Some((user, password)) = &config.credentials {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), from: config.from.clone(), reply_to: config.reply_to.clone() })
    }

    /// Sends a mail, with the message's id as its own.
    pub async fn send(&self, id: &str, to: &str, written: Written) -> Outcome {
        let mail = match self.mail(id, to, written) {
            Ok(mail) => mail,
            Err(fault) => return Outcome::Never(fault),
        };
        match self.transport.send(mail).await {
            Ok(_) => Outcome::Left,
            Err(error) if is_about_the_recipient(&error) => Outcome::Never(chain(&error)),
            Err(error) => Outcome::Later(chain(&error)),
        }
    }

    fn mail(&self, id: &str, to: &str, written: Written) -> Result<Message, String> {
        let to: Address = to.parse().map_err(|error| format!("its address is none for SMTP: {error}"))?;
        let mut builder = Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(written.subject);
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let body = MultiPart::alternative_plain_html(written.text, written.html);
        builder.multipart(body).map_err(|error| error.to_string())
    }
}

/// Whether a refusal is this mail's for good (RFC 5321 §4.2.3), and not the server's, which a new password mends.
fn is_about_the_recipient(error: &lettre::transport::smtp::Error) -> bool {
    error.status().is_some_and(|code| matches!(u16::from(code), 550..=553 | 555))
}
