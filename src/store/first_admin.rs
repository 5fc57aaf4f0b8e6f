//! The first admin: links of which one makes one. They are rows of `verification` in the database, also where other values
//! are in Redis, so that one transaction spends a link and makes the user.

use super::engine::{Row, Statement, Value};
use super::notice::Notice;
use super::session::{NewSession, Session};
use super::user::{NewUser, User};
use super::{NewAccount, Statements, Store, transaction, values};
use crate::base::{Error, Result, Timestamp};
use crate::crypto::digest;

/// What the rows say beside a link's digest. Another program's rows may have names that their sender chose, and say
/// something else.
const VALUE: &str = "makes the first admin";

statements! {
    pub(super) struct FirstAdmins {
        anybody: "SELECT {user.id} FROM {user} LIMIT 1",
        find: "SELECT {verification.id} FROM {verification} \
            WHERE {verification.identifier} = {$1:verification.identifier} AND {verification.value} = {$2:verification.value} \
            AND {verification.expiresAt} > $3",
        forget: "DELETE FROM {verification} \
            WHERE {verification.identifier} LIKE 'signet-first-admin:%' AND {verification.expiresAt} <= $1",
        forget_all: "DELETE FROM {verification} WHERE {verification.identifier} LIKE 'signet-first-admin:%'",
    }
}

/// Which users are admins: the database finds those who may be, and `includes` decides.
pub struct WhoAdministers<'a> {
    /// The names of their roles.
    pub roles: &'a [String],
    pub ids: &'a [String],
    /// Whether those are who have no role.
    pub without_role: bool,
    pub includes: &'a (dyn Fn(&User) -> bool + Send + Sync),
}

/// Who becomes the first admin.
pub struct FirstOne {
    pub user: NewUser,
    pub account: NewAccount,
    /// Its user is made with it.
    pub session: NewSession,
}

/// What becomes of it.
pub enum Made {
    Admin(Box<(User, Session)>),
    /// The link is spent, too old or none at all, or there is an admin.
    Closed,
    /// Another user has the address. The link is as good as before.
    EmailTaken,
}

impl Store {
    /// Whether there is any user.
    pub async fn has_users(&self) -> Result<bool> {
        Ok(self.fetch_optional(&self.statements().first_admins.anybody, &[]).await?.is_some())
    }

    /// Remembers a link by the digest of its token alone, and forgets those that are too old.
    pub async fn put_first_admin_link(&self, token: &str, expires_at: Timestamp) -> Result<()> {
        let now = self.clock().now();
        self.execute(&self.statements().first_admins.forget, &values![now]).await?;
        let row = values![self.new_id("verification"), identifier(token), VALUE, expires_at, now, now];
        self.execute(&self.statements().verifications.insert, &row).await?;
        Ok(())
    }

    /// Whether a link would make an admin at this moment.
    pub async fn makes_first_admin(&self, token: &str, admins: &WhoAdministers<'_>) -> Result<bool> {
        let find = values![identifier(token), VALUE, self.clock().now()];
        if self.fetch_optional(&self.statements().first_admins.find, &find).await?.is_none() {
            return Ok(false);
        }
        Ok(!self.has_admin(admins).await?)
    }

    /// Whether anybody is an admin.
    pub async fn has_admin(&self, admins: &WhoAdministers<'_>) -> Result<bool> {
        let (candidates, wanted) = self.candidates(admins)?;
        self.include_one(&self.fetch_all(&candidates, &wanted).await?, admins)
    }

    /// Makes the first admin, with an account and a session, and spends all links, in one transaction. Such transactions
    /// come one after the other, so that of any number one makes an admin.
    pub async fn make_first_admin(&self, token: &str, one: FirstOne, admins: &WhoAdministers<'_>) -> Result<Made> {
        let FirstOne { user, account, session } = one;
        let created_at = user.created_at;
        let (user_id, account_id, session_id) = (self.new_id("user"), self.new_id("account"), self.new_id("session"));
        let user = user.values(user_id.as_deref(), self.layout())?;
        let find = values![identifier(token), VALUE, self.clock().now()];
        let (candidates, wanted) = self.candidates(admins)?;
        let Statements { users, accounts, sessions, first_admins, .. } = self.statements();
        let made = transaction!(self, |tx| {
            tx.lock("the administrators").await?;
            if tx.fetch_optional(&first_admins.find, &find).await?.is_none() {
                return Ok(Made::Closed);
            }
            if self.include_one(&tx.fetch_all(&candidates, &wanted).await?, admins)? {
                return Ok(Made::Closed);
            }
            let Some(row) = tx.fetch_optional(&users.insert, &user).await? else { return Ok(Made::EmailTaken) };
            let user = User::read(&row, self.layout())?;
            tx.execute(&first_admins.forget_all, &[]).await?;
            let account = account.clone().values(account_id.as_deref(), &user.id, created_at, self.layout());
            tx.execute(&accounts.insert, &account).await?;
            let session = NewSession { user_id: user.id.clone(), ..session.clone() };
            let session = session.values(session_id.as_deref(), self.layout())?;
            let session = Session::read(&tx.fetch_one(&sessions.insert, &session).await?, self.layout())?;
            self.tell(tx, || Ok(vec![Notice::UserCreated(user.clone()), Notice::SessionCreated(session.clone())]))
                .await?;
            Ok(Made::Admin(Box::new((user, session))))
        })?;
        if let Made::Admin(made) = &made {
            self.tell_of_session(&made.1.token).await;
        }
        Ok(made)
    }

    /// What finds the users who may be admins.
    fn candidates(&self, admins: &WhoAdministers<'_>) -> Result<(Statement, Vec<Value>)> {
        let (mut values, mut conditions) = (Vec::new(), Vec::new());
        for role in admins.roles {
            values.push(Value::from(role.as_str()));
            conditions.push(format!("{{position}}(CAST({{user.role}} AS TEXT), ${}) > 0", values.len()));
        }
        for id in admins.ids.iter().filter_map(|id| self.layout().id("user", id)) {
            values.push(id);
            conditions.push(format!("{{user.id}} = {{${}:user.id}}", values.len()));
        }
        if admins.without_role {
            conditions.push("{user.role} IS NULL OR CAST({user.role} AS TEXT) = ''".to_owned());
        }
        if conditions.is_empty() {
            return Err(Error::broken("no role makes an admin"));
        }
        let template = format!("SELECT {{user.*}} FROM {{user}} WHERE {}", conditions.join(" OR "));
        Ok((self.renderer().statement("who may be an admin", &template)?, values))
    }

    fn include_one(&self, rows: &[Row], admins: &WhoAdministers<'_>) -> Result<bool> {
        for row in rows {
            if (admins.includes)(&User::read(row, self.layout())?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn identifier(token: &str) -> String {
    format!("signet-first-admin:{}", digest::base64url(token))
}
