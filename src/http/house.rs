//! The parts that handlers work with, and what follows from several of them.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::config::SiteConfig;
use super::page::ErrorPage;
use super::rate_limit::RateLimits;
use crate::base::text::origin::TrustedOrigins;
use crate::base::{Clock, Field, Random, Result};
use crate::crypto::jose::Hs256;
use crate::crypto::password::Passwords;
use crate::mail::{Mail, Wanted};
use crate::moments::{Edit, Moments};
use crate::oauth::OAuth;
use crate::outbound::Outbound;
use crate::session::Sessions;
use crate::store::{Session, Store, User};
use crate::tokens::Tokens;
use crate::users::admins::Admins;
use crate::users::config::{EmailAndPasswordConfig, EmailVerificationConfig, UserConfig};
use crate::users::first_admin::FirstAdmin;
use crate::users::guards::Guards;
use crate::users::sign_ins::SignIns;
use crate::users::{answer, fields};

/// The parts that handlers work with, put together once at start.
pub struct House {
    pub site: SiteConfig,
    pub trusted: TrustedOrigins,
    pub email_and_password: EmailAndPasswordConfig,
    pub email_verification: EmailVerificationConfig,
    pub user: UserConfig,
    /// Where `/error` sends browsers.
    pub error_url: Option<String>,
    /// What it shows where it sends them nowhere.
    pub error_page: Arc<dyn ErrorPage>,
    /// Plugins' fields first, then the deployment's own.
    pub user_fields: Vec<Field>,
    pub session_fields: Vec<Field>,
    pub store: Store,
    pub sessions: Sessions,
    pub passwords: Passwords,
    pub mail: Mail,
    /// Signs and verifies the tokens of mailed links.
    pub mail_tokens: Hs256,
    pub clock: Clock,
    pub random: Random,
    /// Asks providers, applications and other servers.
    pub outbound: Outbound,
    /// Accounts at other providers.
    pub oauth: OAuth,
    pub moments: Vec<Arc<dyn Moments>>,
    pub admins: Admins,
    /// Who makes the first admin. None where nobody can: without the admin plugin, without passwords, without a database.
    pub first_admin: Option<FirstAdmin>,
    pub guards: Guards,
    pub sign_ins: SignIns,
    /// The tokens that backends verify. None where the jwt plugin is off.
    pub tokens: Option<Arc<Tokens>>,
    pub rate_limits: RateLimits,
    /// Whether there is no database: then cookies are all that lasts, and rows end with the process.
    pub stateless: bool,
}

impl House {
    /// The additional fields of a user who is to be made, from what somebody has set.
    ///
    /// # Errors
    /// As [`fields::for_creation`].
    pub fn new_fields(&self, given: &Map<String, Value>) -> Result<Map<String, Value>> {
        let mut fields = fields::for_creation(&self.user_fields, given)?;
        self.moments.iter().for_each(|plugin| plugin.complete_user(&mut fields));
        Ok(fields)
    }

    /// Lets the plugins judge and complete what a body says of a user.
    ///
    /// # Errors
    /// The refusal of whichever plugin refuses it first.
    pub async fn edit_user(&self, edit: Edit<'_>, body: &mut Map<String, Value>) -> Result<()> {
        for plugin in &self.moments {
            plugin.edit_user(edit, body).await?;
        }
        Ok(())
    }

    /// The field of a user, and what it holds, that somebody means who signs in with a name that is no address.
    pub fn find_by_name(&self, typed: &str) -> Option<(&'static str, String)> {
        self.moments.iter().find_map(|plugin| plugin.find_by_name(typed))
    }

    /// Mails a link that verifies a user's address, where mail is sent.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub async fn mail_verification(&self, user: &User, page: Option<String>) -> Result<()> {
        if !self.mail.is_on() {
            return Ok(());
        }
        self.mail.send(&user.email, &Wanted::Verification { email: user.email.clone(), page }).await
    }

    /// [`House::mail_verification`] to somebody who has just signed up at a provider that vouches for no address.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub async fn mail_newcomer(&self, user: &User, page: Option<String>) -> Result<()> {
        let is_wanted = self.email_verification.send_on_sign_up == Some(true) && !user.email_verified;
        if is_wanted { self.mail_verification(user, page).await } else { Ok(()) }
    }

    /// A user as answers show it.
    pub fn shown_user(&self, user: &User) -> Map<String, Value> {
        self.without_gaps(answer::user(user, &self.user_fields))
    }

    /// A session as answers show it.
    pub fn shown_session(&self, session: &Session) -> Map<String, Value> {
        self.without_gaps(answer::session(session, &self.session_fields))
    }

    /// Without a database, fields that nobody has set are absent, not null.
    pub(super) fn without_gaps(&self, mut fields: Map<String, Value>) -> Map<String, Value> {
        fields.retain(|_, value| !(self.stateless && value.is_null()));
        fields
    }
}
