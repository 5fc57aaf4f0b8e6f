//! Mails. A request says what it wants mailed; the outbox keeps that, and the postman writes the letter and sends it by
//! SMTP or by a webhook. So no answer waits for a mail server, nor tells by its time whether a mail went out.

pub mod config;
pub mod letter;
mod postman;
mod smtp;
mod template;
pub mod wanted;
mod webhook;
mod writer;

use std::sync::Arc;

use crate::base::Result;
use crate::outbox::Outbox;

use self::config::MailConfig;
pub use self::postman::Postman;
pub use self::wanted::Wanted;
pub use self::writer::{Lives, Writer};

/// The outbox's name for mails.
pub const CARRIER: &str = "mail";

/// Where requests leave what they want mailed.
pub struct Mail {
    outbox: Arc<Outbox>,
    is_on: bool,
    confirms_deletion: bool,
}

impl Mail {
    pub fn new(config: &MailConfig, outbox: Arc<Outbox>) -> Self {
        Self { outbox, is_on: config.is_on(), confirms_deletion: config.delete_account }
    }

    /// Whether mail is sent at all.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// Whether the end of an account is confirmed by mail.
    pub fn confirms_deletion(&self) -> bool {
        self.confirms_deletion
    }

    /// Has something mailed to an address. Mails to one address keep their order.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub async fn send(&self, to: &str, wanted: &Wanted) -> Result<()> {
        self.outbox.post(CARRIER, to, wanted, wanted.line()).await
    }
}
