//! Writes the notices.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::CARRIER;
use super::config::WebhooksConfig;
use super::event::Event;
use crate::base::{Clock, Error, Field, Result, Timestamp};
use crate::outbox::Packer;
use crate::store::notice::{Notice, Posting, Witness};
use crate::store::{Account, Session};
use crate::users::answer;

/// Makes a message of what happens, if the application wants to know.
pub struct Reporter {
    events: Vec<Event>,
    user_fields: Vec<Field>,
    packer: Packer,
    clock: Clock,
}

/// What an application gets.
#[derive(Serialize)]
struct Body {
    r#type: &'static str,
    timestamp: Timestamp,
    data: Value,
}

impl Reporter {
    pub fn new(config: &WebhooksConfig, user_fields: Vec<Field>, packer: Packer, clock: Clock) -> Self {
        Self { events: config.events.clone(), user_fields, packer, clock }
    }

    /// Whom a notice is about, and what it says. Never a token, a hash or a field that answers do not show.
    fn written(&self, notice: &Notice) -> (String, Value) {
        match notice {
            Notice::UserCreated(user)
            | Notice::UserUpdated { user, .. }
            | Notice::UserDeleted(user)
            | Notice::EmailVerified(user)
            | Notice::PasswordChanged(user) => (user.id.clone(), Value::Object(answer::user(user, &self.user_fields))),
            Notice::SessionCreated(row) | Notice::SessionRevoked(row) | Notice::ExpiredSessionDeleted(row) => {
                (row.user_id.clone(), session(row))
            }
            Notice::AccountLinked(row) | Notice::AccountUnlinked(row) => (row.user_id.clone(), account(row)),
        }
    }
}

impl Witness for Reporter {
    fn told(&self, notice: &Notice) -> Result<Option<Posting>> {
        let Some(event) = Event::of(notice).filter(|event| self.events.contains(event)) else { return Ok(None) };
        let (user_id, data) = self.written(notice);
        let body = Body { r#type: event.name(), timestamp: self.clock.now(), data };
        // As text: what is signed is the same at each attempt, to the byte.
        let body = serde_json::to_string(&body).map_err(Error::broken)?;
        self.packer.pack(CARRIER, &user_id, &body).map(Some)
    }

    fn posted(&self) -> Arc<Notify> {
        self.packer.posted()
    }
}

fn session(session: &Session) -> Value {
    json!({
        "id": session.id,
        "userId": session.user_id,
        "createdAt": session.created_at,
        "expiresAt": session.expires_at,
        "ipAddress": session.ip_address,
        "userAgent": session.user_agent,
    })
}

fn account(account: &Account) -> Value {
    json!({
        "id": account.id,
        "userId": account.user_id,
        "providerId": account.provider_id,
        "accountId": account.account_id,
    })
}
