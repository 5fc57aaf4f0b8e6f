//! The first admin of a server without users: whoever opens the link that its start has printed. The link is good for one
//! admin and for a short time, and with any admin there it is good for nothing.

use secrecy::{ExposeSecret, SecretString};

use super::admins::{self, AdminUsers};
use crate::base::random::ALPHANUMERIC;
use crate::base::{Random, Result};
use crate::store::first_admin::{FirstOne, Made, WhoAdministers};
use crate::store::{Store, User};

/// How long a link is good, in seconds.
pub const LIFE: i64 = 15 * 60;
/// 256 bits.
const TOKEN: usize = 43;

/// Who makes the first admin, and of which role.
pub struct FirstAdmin {
    store: Store,
    admins: AdminUsers,
    default_role: String,
    /// The first of the roles of admins.
    role: String,
}

impl FirstAdmin {
    /// None where no role makes an admin.
    pub fn new(store: Store, admins: &AdminUsers, default_role: &str) -> Option<Self> {
        let (role, default_role) = (admins.roles.first()?.clone(), default_role.to_owned());
        Some(Self { store, admins: admins.clone(), default_role, role })
    }

    /// The role of the first admin.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// The token of a new link, if there are no users yet. It is kept as a digest alone; links that other replicas have made
    /// stay good, each for its time.
    pub async fn invite(&self, random: &Random) -> Result<Option<SecretString>> {
        if self.store.has_users().await? {
            return Ok(None);
        }
        let token = SecretString::from(random.text(TOKEN, ALPHANUMERIC));
        let ends = self.store.clock().now().plus_seconds(LIFE);
        self.store.put_first_admin_link(token.expose_secret(), ends).await?;
        Ok(Some(token))
    }

    /// Whether the link of a token would make an admin at this moment.
    pub async fn is_open(&self, token: &str) -> Result<bool> {
        self.store.makes_first_admin(token, &self.who(&|user| self.is_admin(user))).await
    }

    /// Whether anybody is an admin already.
    pub async fn is_made(&self) -> Result<bool> {
        self.store.has_admin(&self.who(&|user| self.is_admin(user))).await
    }

    /// Makes the first admin and spends the link, or neither.
    pub async fn make(&self, token: &str, one: FirstOne) -> Result<Made> {
        self.store.make_first_admin(token, one, &self.who(&|user| self.is_admin(user))).await
    }

    fn is_admin(&self, user: &User) -> bool {
        self.admins.include_with_default(user, &self.default_role)
    }

    fn who<'a>(&'a self, includes: &'a (dyn Fn(&User) -> bool + Send + Sync)) -> WhoAdministers<'a> {
        let AdminUsers { roles, ids, .. } = &self.admins;
        WhoAdministers { roles, ids, without_role: admins::is_one_of(roles, &self.default_role), includes }
    }
}
