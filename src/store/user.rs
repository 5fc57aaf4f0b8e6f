//! Users, and what is done to a user and its rows in one transaction.

use serde_json::{Map, Value as Json};

use super::account::{Account, NewAccount};
use super::administration::Warrant;
use super::engine::{Row, Value};
use super::layout::Layout;
use super::notice::Notice;
use super::session::tokens;
use super::{Statements, Store, transaction, values};
use crate::base::{Result, Timestamp};

const WITH_PASSWORD: &str = "SELECT {user.*}, {account.*} FROM {user} \
    LEFT JOIN {account} ON {account.userId} = {user.id} AND {account.providerId} = 'credential' \
    WHERE {user.email} = {$1:user.email} ORDER BY {account.createdAt}, {account.id} LIMIT 1";

statements! {
    pub(super) struct Users {
        by_id: "SELECT {user.*} FROM {user} WHERE {user.id} = {$1:user.id}",
        by_email: "SELECT {user.*} FROM {user} WHERE {user.email} = {$1:user.email}",
        with_password: WITH_PASSWORD,
        // The index on the address decides between two that sign up with the same one.
        insert: "INSERT INTO {+user} ON CONFLICT ({user:email}) DO NOTHING RETURNING {user.*}",
        // The index on the address decides between two that want the same one.
        set_email: "UPDATE {user} SET {user:email} = $3, {user:emailVerified} = $4, {user:updatedAt} = $5 \
            WHERE {user.id} = {$1:user.id} AND {user.email} = {$2:user.email} \
            AND NOT EXISTS (SELECT 1 FROM {user} AS other WHERE other.{user:email} = {$3:user.email}) RETURNING {user.*}",
        // Changes nothing, and keeps others from it until the transaction ends.
        hold: "UPDATE {user} SET {user:updatedAt} = {user.updatedAt} WHERE {user.id} = {$1:user.id} RETURNING {user.*}",
        delete: "DELETE FROM {user} WHERE {user.id} = {$1:user.id} RETURNING {user.*}",
        delete_sessions: "DELETE FROM {session} WHERE {session.userId} = {$1:session.userId} \
            RETURNING {session.*}",
        delete_accounts: "DELETE FROM {account} WHERE {account.userId} = {$1:account.userId} RETURNING {account.*}",
    }
}

/// A user as its row has it.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub image: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The additional fields in the order of their declaration, also those that are not returned to clients.
    pub more: Map<String, Json>,
}

/// A user to be made. Its id comes from the store.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub name: String,
    /// In lower case: addresses are compared byte by byte.
    pub email: String,
    pub email_verified: bool,
    pub image: Option<String>,
    /// When it is created and updated.
    pub created_at: Timestamp,
    /// Additional fields by name, with their defaults applied; those left out are NULL.
    pub more: Map<String, Json>,
}

/// What becomes of a sign-up.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    User(User),
    /// Another user has the address, or was a moment faster.
    EmailTaken,
}

/// What changes on a user; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    pub name: Option<String>,
    /// `Some(None)` takes the image away.
    pub image: Option<Option<String>>,
    pub email_verified: Option<bool>,
    /// Additional fields by name.
    pub more: Map<String, Json>,
}

impl User {
    pub(super) fn read(row: &Row, layout: &Layout) -> Result<Self> {
        Ok(Self {
            id: row.text("user.id")?,
            name: row.text("user.name")?,
            email: row.text("user.email")?,
            email_verified: row.bool("user.emailVerified")?,
            image: row.optional_text("user.image")?,
            created_at: row.time("user.createdAt")?,
            updated_at: row.time("user.updatedAt")?,
            more: layout.read_more("user", row)?,
        })
    }
}

impl NewUser {
    pub(super) fn values(self, id: Option<&str>, layout: &Layout) -> Result<Vec<Value>> {
        let more = layout.new_more("user", &self.more)?;
        let core =
            values![id, self.name, self.email, self.email_verified, self.image, self.created_at, self.created_at];
        Ok(core.into_iter().chain(more).collect())
    }
}

impl UserChanges {
    /// The user that it makes of another, where no database does it.
    pub fn applied_to(self, mut user: User, now: Timestamp) -> User {
        user.name = self.name.unwrap_or(user.name);
        user.image = self.image.unwrap_or(user.image);
        user.email_verified = self.email_verified.unwrap_or(user.email_verified);
        user.more.extend(self.more);
        User { updated_at: now, ..user }
    }

    pub(super) fn columns(self, layout: &Layout) -> Result<Vec<(String, Value)>> {
        let mut columns = Vec::new();
        columns.extend(self.name.map(|name| ("name".to_owned(), Value::from(name))));
        columns.extend(self.image.map(|image| ("image".to_owned(), Value::from(image))));
        columns.extend(self.email_verified.map(|verified| ("emailVerified".to_owned(), Value::from(verified))));
        columns.extend(layout.changed_more("user", &self.more)?);
        Ok(columns)
    }
}

impl Store {
    /// The user of an id.
    pub async fn user_by_id(&self, id: &str) -> Result<Option<User>> {
        let Some(id) = self.layout().id("user", id) else { return Ok(None) };
        let row = self.fetch_optional(&self.statements().users.by_id, &[id]).await?;
        row.map(|row| User::read(&row, self.layout())).transpose()
    }

    /// The user of an address, which is given in lower case.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let row = self.fetch_optional(&self.statements().users.by_email, &values![email]).await?;
        row.map(|row| User::read(&row, self.layout())).transpose()
    }

    /// The user of an address and its account with a password, in one query.
    pub async fn user_with_password(&self, email: &str) -> Result<Option<(User, Option<Account>)>> {
        let row = self.fetch_optional(&self.statements().users.with_password, &values![email]).await?;
        row.map(|row| Ok((User::read(&row, self.layout())?, Account::read_joined(&row)?))).transpose()
    }

    /// The user whose additional field has a value. The field is one that is unique.
    pub async fn user_by_field(&self, field: &str, value: &str) -> Result<Option<User>> {
        let template = format!("SELECT {{user.*}} FROM {{user}} WHERE {{user.{field}}} = {{$1:user.{field}}}");
        let row = self.fetch_optional(&self.renderer().statement("user by field", &template)?, &values![value]).await?;
        row.map(|row| User::read(&row, self.layout())).transpose()
    }

    /// As [`Store::user_with_password`], by an additional field that is unique.
    pub async fn user_with_password_by(&self, field: &str, value: &str) -> Result<Option<(User, Option<Account>)>> {
        let template = WITH_PASSWORD.replace("user.email}", &format!("user.{field}}}"));
        let statement = self.renderer().statement("user with password by field", &template)?;
        let row = self.fetch_optional(&statement, &values![value]).await?;
        row.map(|row| Ok((User::read(&row, self.layout())?, Account::read_joined(&row)?))).transpose()
    }

    /// Makes a user and its first account, or neither.
    pub async fn create_user(&self, new: NewUser, account: NewAccount) -> Result<Created> {
        let (id, account_row, created_at) = (self.new_id("user"), self.new_id("account"), new.created_at);
        let user = new.values(id.as_deref(), self.layout())?;
        let Statements { users, accounts, .. } = self.statements();
        transaction!(self, |tx| {
            let Some(row) = tx.fetch_optional(&users.insert, &user).await? else { return Ok(Created::EmailTaken) };
            let user = User::read(&row, self.layout())?;
            let account = account.values(account_row.as_deref(), &user.id, created_at, self.layout());
            tx.execute(&accounts.insert, &account).await?;
            self.tell(tx, || Ok(vec![Notice::UserCreated(user.clone())])).await?;
            Ok(Created::User(user))
        })
    }

    /// Changes a user, and when it was updated; None if there is no such user.
    pub async fn update_user(&self, id: &str, changes: UserChanges) -> Result<Option<User>> {
        let Some(key) = self.layout().id("user", id) else { return Ok(None) };
        let columns = changes.columns(self.layout())?;
        let (statement, values) = self.update("user", "id", key.clone(), columns, self.clock().now())?;
        let user = self.change_user(&key, &statement, &values).await?;
        self.forget_copies_of(id).await?;
        Ok(user)
    }

    /// Gives a user another address, if the old one still is its own and the new one nobody's; None if not. Links for a
    /// new password that went to the old address are no good any more.
    pub async fn change_email(&self, id: &str, from: &str, to: &str, verified: bool) -> Result<Option<User>> {
        let Some(key) = self.layout().id("user", id) else { return Ok(None) };
        let values = [key.clone(), from.into(), to.into(), verified.into(), self.clock().now().into()];
        let users = &self.statements().users;
        self.forget_resets_in_secondary(id).await?;
        let changed = transaction!(self, |tx| {
            let changed = self.change_user_in(tx, &key, &users.set_email, &values).await?;
            let Some((user, notices)) = changed else { return Ok(None) };
            tx.execute(self.forgetting_resets(), &values![id]).await?;
            self.tell(tx, || Ok(notices)).await?;
            Ok(Some(user))
        })?;
        self.forget_copies_of(id).await?;
        Ok(changed)
    }

    /// Deletes a user with its sessions and accounts; whether there was one. Databases of old do not cascade.
    pub async fn delete_user(&self, id: &str) -> Result<bool> {
        self.delete_user_by(id, None).await
    }

    /// [`Store::delete_user`] by somebody else.
    ///
    /// # Errors
    /// The warrant's refusal.
    pub async fn delete_user_by(&self, id: &str, warrant: Option<&Warrant<'_>>) -> Result<bool> {
        // What Redis alone has of the user's sessions is forgotten with the rest.
        self.adopt_all_of(id).await?;
        let Some(key) = self.layout().id("user", id) else { return Ok(false) };
        let users = &self.statements().users;
        let (tokens, deleted) = transaction!(self, |tx| {
            self.check(tx, warrant).await?;
            self.end_unlisted(id, self.clock().now()).await?;
            let id = std::slice::from_ref(&key);
            let sessions = tx.fetch_all(&users.delete_sessions, id).await?;
            tx.fetch_all(&users.delete_accounts, id).await?;
            let user = tx.fetch_optional(&users.delete, id).await?;
            self.tell(tx, || {
                let user = user.as_ref().map(|row| User::read(row, self.layout())).transpose()?;
                Ok(self.deleted(&sessions)?.into_iter().chain(user.map(Notice::UserDeleted)).collect())
            })
            .await?;
            Ok((tokens(&sessions)?, user.is_some()))
        })?;
        self.forget_copies(tokens).await;
        Ok(deleted)
    }
}
