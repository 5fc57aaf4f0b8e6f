//! admin: what a user's role and ban mean, and what those who administer do to users. The first admin is made by whoever
//! opens the set-up link of an empty server, or by an operator (`signet users create --admin`), or named in `admin_user_ids`.

pub mod access;
pub mod config;

mod ban_user;
mod counts;
mod create_user;
mod get_user;
mod given;
mod has_permission;
mod impersonate_user;
mod list_user_sessions;
mod list_users;
mod one;
mod remove_user;
mod revoke_user_session;
mod revoke_user_sessions;
mod set_role;
mod set_user_password;
mod setup;
mod staff;
mod stop_impersonating;
mod unban_user;
mod update_user;

use std::sync::Arc;

use serde_json::{Map, Value};

use self::config::AdminConfig;
use self::counts::Counts;
use super::Plugin;
use crate::base::{Clock, Error, Result, Timestamp, code};
use crate::http::endpoint::Endpoint;
use crate::moments::{Asking, Moments};
use crate::store::{Store, UserChanges};

/// The plugin, if it is enabled.
pub fn plugin(config: &AdminConfig, store: Store, clock: Clock) -> Option<Plugin> {
    let admin = Admin { config: config.clone(), counts: Counts::default(), store, clock };
    config.enabled.then(|| {
        let admin = Arc::new(admin);
        Plugin { endpoints: endpoints(&admin), moments: admin }
    })
}

fn endpoints(admin: &Arc<Admin>) -> Vec<Endpoint> {
    let each = [
        set_role::endpoint,
        get_user::endpoint,
        create_user::endpoint,
        update_user::endpoint,
        list_users::endpoint,
        list_user_sessions::endpoint,
        ban_user::endpoint,
        unban_user::endpoint,
        impersonate_user::endpoint,
        stop_impersonating::endpoint,
        revoke_user_session::endpoint,
        revoke_user_sessions::endpoint,
        remove_user::endpoint,
        set_user_password::endpoint,
        has_permission::endpoint,
    ];
    each.iter().map(|endpoint| endpoint(Arc::clone(admin))).chain([setup::endpoint()]).collect()
}

/// What the plugin's endpoints share.
struct Admin {
    config: AdminConfig,
    counts: Counts,
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
        self.store.update_user(user_id, ban_user::lifted()).await.map(drop)
    }

    fn refusal(&self) -> Error {
        Error::worded(403, Some(code::BANNED_USER.name.into()), self.config.banned_user_message.clone())
    }
}

/// Changes of additional fields alone.
fn changes<const N: usize>(fields: [(&str, Value); N]) -> UserChanges {
    let more = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    UserChanges { more, ..UserChanges::default() }
}
