//! username: a name of their own that users sign in with, beside the address, and another one for show.

pub mod config;

mod is_username_available;
mod sign_in;

use std::sync::Arc;

use serde_json::{Map, Value};

use self::config::UsernameConfig;
use super::Plugin;
use crate::base::{Error, Result, code};
use crate::moments::{Asking, Edit, Moments};
use crate::store::Store;

/// The field that is unique.
const USERNAME: &str = "username";
const DISPLAY: &str = "displayUsername";

/// The plugin, if it is enabled.
pub fn plugin(config: &UsernameConfig, store: Store) -> Option<Plugin> {
    if !config.enabled {
        return None;
    }
    let names = Arc::new(Usernames { config: config.clone(), store });
    let endpoints =
        vec![sign_in::username::endpoint(Arc::clone(&names)), is_username_available::endpoint(Arc::clone(&names))];
    Some(Plugin { moments: names, endpoints })
}

/// What the plugin's endpoints share.
pub struct Usernames {
    config: UsernameConfig,
    store: Store,
}

impl Moments for Usernames {
    fn edit_user<'a>(&'a self, edit: Edit<'a>, body: &'a mut Map<String, Value>) -> Asking<'a> {
        Box::pin(self.edit(edit, body))
    }

    /// No name holds an `@`, and so no name is an address.
    fn find_by_name(&self, typed: &str) -> Option<(&'static str, String)> {
        self.config.judge(typed).ok().map(|()| (USERNAME, self.config.normalized(typed)))
    }
}

impl Usernames {
    /// Judges the name of a body, and puts it into the form in which it is kept. Who signs up with one of the two names
    /// alone gets the other by it, where it fits.
    async fn edit(&self, edit: Edit<'_>, body: &mut Map<String, Value>) -> Result<()> {
        if matches!(edit, Edit::SignUp) {
            self.borrow_display(body);
        }
        self.check_kept(edit, body).await?;
        let Some(Value::String(name)) = body.get(USERNAME) else { return Ok(()) };
        let name = name.clone();
        self.config.judge(&name).map_err(|fault| Error::refused(400, fault))?;
        let kept = self.config.normalized(&name);
        let holder = self.store.user_by_field(USERNAME, &kept).await?;
        let is_own = |id: &str| matches!(edit, Edit::Update { user_id, .. } if user_id == id);
        if holder.is_some_and(|holder| !is_own(&holder.id)) {
            return Err(Error::refused(400, code::USERNAME_IS_ALREADY_TAKEN));
        }
        if matches!(edit, Edit::SignUp) && self.config.has_display && !has_text(body, DISPLAY) {
            body.insert(DISPLAY.into(), name.into());
        }
        body.insert(USERNAME.into(), kept.into());
        Ok(())
    }

    /// A name for show that could be a user name is one.
    fn borrow_display(&self, body: &mut Map<String, Value>) {
        let Some(Value::String(display)) = body.get(DISPLAY) else { return };
        if !body.contains_key(USERNAME) && self.config.judge(display).is_ok() {
            body.insert(USERNAME.into(), display.as_str().into());
        }
    }

    /// Refuses another name, or none, to somebody who has one that stays.
    async fn check_kept(&self, edit: Edit<'_>, body: &Map<String, Value>) -> Result<()> {
        let Edit::Update { user_id, fields } = edit else { return Ok(()) };
        let Some(wanted) = body.get(USERNAME).filter(|_| self.config.immutable) else { return Ok(()) };
        let stored = self.store.user_by_id(user_id).await?;
        let fields = stored.as_ref().map_or(fields, |user| &user.more);
        let Some(Value::String(own)) = fields.get(USERNAME) else { return Ok(()) };
        match wanted.as_str() {
            Some(wanted) if self.config.normalized(wanted) == *own => Ok(()),
            _ => Err(Error::refused(400, code::USERNAME_IS_IMMUTABLE)),
        }
    }
}

fn has_text(body: &Map<String, Value>, name: &str) -> bool {
    body.get(name).is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
}
