//! admin: what a user's role and ban mean. Who has which, an operator says (`signet users set-role`) or another program
//! on the same database.

pub mod config;

use std::sync::Arc;

use serde_json::{Map, Value};

use self::config::AdminConfig;
use super::Plugin;
use crate::base::{Clock, Error, Result, Timestamp, code};
use crate::moments::{Asking, Moments};
use crate::store::{Store, UserChanges};

/// The plugin, if it is enabled.
pub fn plugin(config: &AdminConfig, store: Store, clock: Clock) -> Option<Plugin> {
    let admin = Admin { config: config.clone(), store, clock };
    config.enabled.then(|| Plugin { moments: Arc::new(admin), endpoints: Vec::new() })
}

struct Admin {
    config: AdminConfig,
    store: Store,
    clock: Clock,
}

impl Moments for Admin {
    fn complete_user(&self, fields: &mut Map<String, Value>) {
        fields.entry("role").or_insert_with(|| self.config.default_role.as_str().into());
    }

    fn admit<'a>(&'a self, user_id: &'a str, fields: &'a Map<String, Value>) -> Asking<'a> {
        Box::pin(async move {
            match fields.get("banned") {
                Some(Value::Bool(true)) if self.is_over(fields) => self.lift(user_id).await,
                Some(Value::Bool(true)) => Err(self.refusal()),
                _ => Ok(()),
            }
        })
    }
}

impl Admin {
    fn is_over(&self, fields: &Map<String, Value>) -> bool {
        let ends = fields.get("banExpires").and_then(Value::as_str).and_then(Timestamp::parse);
        ends.is_some_and(|ends| ends < self.clock.now())
    }

    /// Clears a ban that has run out. The answer shows the user as it was before, as Better Auth's does.
    async fn lift(&self, user_id: &str) -> Result<()> {
        let nothing = ["banReason", "banExpires"].map(|name| (name.to_owned(), Value::Null));
        let more = Map::from_iter([("banned".to_owned(), Value::Bool(false))].into_iter().chain(nothing));
        self.store.update_user(user_id, UserChanges { more, ..UserChanges::default() }).await.map(drop)
    }

    fn refusal(&self) -> Error {
        Error::worded(403, Some(code::BANNED_USER.name.into()), self.config.banned_user_message.clone())
    }
}
