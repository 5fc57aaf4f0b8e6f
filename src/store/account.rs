//! Accounts: the ways in which a user signs in. The one with a password has the provider `credential`.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use super::engine::{Row, Value};
use super::layout::Layout;
use super::notice::Notice;
use super::provider::ProviderTokens;
use super::session::{NewSession, Session, tokens};
use super::user::User;
use super::{Statements, Store, issuer, transaction};
use crate::base::{Error, Result, Timestamp, code};

/// Branches of a CASE over `password`: as many letters of a hash as tell one kind from another.
macro_rules! kinds_of_hashes {
    () => {
        "WHEN substr(password, 1, 2) = '$2' THEN substr(password, 1, 6) \
         WHEN substr(password, 1, 15) = '$bcrypt-sha256$' THEN substr(password, 1, 27) \
         WHEN substr(password, 1, 6) = 'bcrypt' THEN substr(password, 1, 20) \
         WHEN substr(password, 1, 7) = 'pbkdf2_' THEN substr(password, 1, 21) \
         WHEN substr(password, 1, 7) = '$pbkdf2' THEN substr(password, 1, 21) \
         WHEN substr(password, 1, 7) = '$scrypt' THEN substr(password, 1, 23) \
         WHEN substr(password, 1, 9) = '$fbscrypt' THEN substr(password, 1, 24) \
         WHEN substr(password, 1, 6) = 'scrypt' THEN substr(password, 1, 13) \
         WHEN substr(password, 1, 6) = 'argon2' THEN substr(password, 1, 38) "
    };
}
pub(crate) use kinds_of_hashes;

statements! {
    pub(super) struct Accounts {
        insert: "INSERT INTO {+account}",
        of_user: "SELECT {account.*} FROM {account} WHERE {account.userId} = {$1:account.userId} \
            ORDER BY {account.createdAt}, {account.id}",
        credential: "SELECT {account.*} FROM {account} \
            WHERE {account.userId} = {$1:account.userId} AND {account.providerId} = 'credential' \
            ORDER BY {account.createdAt}, {account.id} LIMIT 1",
        set_password: "UPDATE {account} SET {account:password} = $2, {account:updatedAt} = $3 \
            WHERE {account.id} = {$1:account.id}",
        swap_password: "UPDATE {account} SET {account:password} = $2, {account:updatedAt} = $3 \
            WHERE {account.id} = {$1:account.id} AND {account.password} = {$4:account.password}",
        set_password_of: "UPDATE {account} SET {account:password} = $2, {account:updatedAt} = $3 \
            WHERE {account.id} = {$1:account.id} AND {account.userId} = {$4:account.userId}",
        delete: "DELETE FROM {account} \
            WHERE {account.id} = {$1:account.id} AND {account.userId} = {$2:account.userId} RETURNING {account.*}",
        // Ids are random, so the first ones are a fair sample. As many letters as tell one kind from another.
        password_samples: concat!(
            "SELECT MIN(password) AS sample FROM ( \
            SELECT {account.password} AS password FROM {account} \
            WHERE {account.providerId} = 'credential' AND {account.password} IS NOT NULL \
            ORDER BY {account.id} LIMIT 5000 \
            ) AS few GROUP BY CASE \
            WHEN substr(password, 33, 1) = ':' THEN ':' ",
            kinds_of_hashes!(),
            "ELSE substr(password, 1, 31) END"
        ),
    }
}

/// An account as its row has it.
#[derive(Clone)]
pub struct Account {
    /// The row's id.
    pub id: String,
    /// The user's id at the provider; the user's own for `credential`.
    pub account_id: String,
    pub provider_id: String,
    pub user_id: String,
    pub access_token: Option<SecretString>,
    pub refresh_token: Option<SecretString>,
    pub id_token: Option<SecretString>,
    pub access_token_expires_at: Option<Timestamp>,
    pub refresh_token_expires_at: Option<Timestamp>,
    /// Separated by commas.
    pub scope: Option<String>,
    /// The hash.
    pub password: Option<SecretString>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What became of an account that was to be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlinked {
    Gone,
    /// It stays, whichever was meant: without any the user could never sign in again.
    Last,
    /// The user has no such account.
    Unknown,
}

/// An account to be made with its user.
#[derive(Clone, Default)]
pub struct NewAccount {
    pub provider_id: String,
    /// None for the user's own id, as `credential` has it.
    pub account_id: Option<String>,
    /// Who vouches for the user at the provider: the `iss` of its ID token, where that differs from user to user.
    pub issuer: Option<String>,
    /// The hash.
    pub password: Option<SecretString>,
    /// Of the provider.
    pub tokens: ProviderTokens,
}

impl NewAccount {
    /// The account of a user who signs in with a password, of which this is the hash.
    pub fn credential(hash: SecretString) -> Self {
        Self { provider_id: "credential".to_owned(), password: Some(hash), ..Self::default() }
    }

    /// The hash as a value.
    pub(super) fn hash(&self) -> Value {
        Value::from(self.password.as_ref().map(ExposeSecret::expose_secret))
    }

    pub(super) fn values(&self, id: Option<&str>, user_id: &str, now: Timestamp, layout: &Layout) -> Vec<Value> {
        let secret = |secret: &Option<SecretString>| Value::from(secret.as_ref().map(ExposeSecret::expose_secret));
        let tokens = &self.tokens;
        let mut values = vec![
            id.into(),
            self.account_id.as_deref().unwrap_or(user_id).into(),
            self.provider_id.as_str().into(),
            user_id.into(),
            secret(&tokens.access_token),
            secret(&tokens.refresh_token),
            secret(&tokens.id_token),
            tokens.access_token_expires_at.into(),
            tokens.refresh_token_expires_at.into(),
            tokens.scope.as_deref().into(),
            secret(&self.password),
            now.into(),
            now.into(),
        ];
        if layout.has("account", "issuer") {
            values.push(issuer::of(&self.provider_id, self.issuer.as_deref()).into());
        }
        values
    }
}

impl Account {
    /// With other tokens, as they would be in its row.
    pub fn with(self, tokens: ProviderTokens) -> Self {
        let ProviderTokens { access_token, refresh_token, id_token, scope, .. } = tokens;
        Self {
            access_token,
            refresh_token,
            id_token,
            access_token_expires_at: tokens.access_token_expires_at,
            refresh_token_expires_at: tokens.refresh_token_expires_at,
            scope: scope.or(self.scope),
            ..self
        }
    }

    pub(super) fn read(row: &Row) -> Result<Self> {
        let secret = |alias| Ok::<_, Error>(row.optional_text(alias)?.map(SecretString::from));
        Ok(Self {
            id: row.text("account.id")?,
            account_id: row.text("account.accountId")?,
            provider_id: row.text("account.providerId")?,
            user_id: row.text("account.userId")?,
            access_token: secret("account.accessToken")?,
            refresh_token: secret("account.refreshToken")?,
            id_token: secret("account.idToken")?,
            access_token_expires_at: row.optional_time("account.accessTokenExpiresAt")?,
            refresh_token_expires_at: row.optional_time("account.refreshTokenExpiresAt")?,
            scope: row.optional_text("account.scope")?,
            password: secret("account.password")?,
            created_at: row.time("account.createdAt")?,
            updated_at: row.time("account.updatedAt")?,
        })
    }

    /// From a left join, where there may be none.
    pub(super) fn read_joined(row: &Row) -> Result<Option<Self>> {
        match row.optional_text("account.id")? {
            Some(_) => Self::read(row).map(Some),
            None => Ok(None),
        }
    }
}

impl Store {
    /// All of a user's accounts, the oldest first.
    pub async fn accounts_of(&self, user_id: &str) -> Result<Vec<Account>> {
        let Some(user_id) = self.layout().id("user", user_id) else { return Ok(Vec::new()) };
        let rows = self.fetch_all(&self.statements().accounts.of_user, &[user_id]).await?;
        rows.iter().map(Account::read).collect()
    }

    /// A user's account with a password.
    pub async fn credential_account(&self, user_id: &str) -> Result<Option<Account>> {
        let Some(user_id) = self.layout().id("user", user_id) else { return Ok(None) };
        let row = self.fetch_optional(&self.statements().accounts.credential, &[user_id]).await?;
        row.map(|row| Account::read(&row)).transpose()
    }

    /// Replaces the hash of an account's row, with `only_if` only if it still is that one; whether it did.
    pub async fn set_password(&self, account_id: &str, hash: &str, only_if: Option<&str>) -> Result<bool> {
        let Some(id) = self.layout().id("account", account_id) else { return Ok(false) };
        let now = self.clock().now().into();
        let accounts = &self.statements().accounts;
        let changed = match only_if {
            Some(old) => self.execute(&accounts.swap_password, &[id, hash.into(), now, old.into()]).await?,
            None => self.execute(&accounts.set_password, &[id, hash.into(), now]).await?,
        };
        Ok(changed > 0)
    }

    /// Deletes an account's row if it is this user's and, unless that is allowed, not the last one. Of two requests at
    /// once the second sees what the first has left.
    pub async fn unlink_account(&self, id: &str, user_id: &str, even_last: bool) -> Result<Unlinked> {
        let lock = format!("the accounts of {user_id}");
        let Some(user_id) = self.layout().id("user", user_id) else { return Ok(Unlinked::Unknown) };
        let id = self.layout().id("account", id);
        let accounts = &self.statements().accounts;
        transaction!(self, |tx| {
            tx.lock(&lock).await?;
            if !even_last && tx.fetch_all(&accounts.of_user, std::slice::from_ref(&user_id)).await?.len() == 1 {
                return Ok(Unlinked::Last);
            }
            let Some(id) = &id else { return Ok(Unlinked::Unknown) };
            let deleted = tx.fetch_all(&accounts.delete, &[id.clone(), user_id.clone()]).await?;
            self.tell(tx, || unlinked(&deleted)).await?;
            Ok(if deleted.is_empty() { Unlinked::Unknown } else { Unlinked::Gone })
        })
    }

    /// A hash of each kind and strength that a look at a few thousand accounts finds; of some there are several.
    pub async fn password_samples(&self) -> Result<Vec<SecretString>> {
        let rows = self.fetch_all(&self.statements().accounts.password_samples, &[]).await?;
        rows.iter().map(|row| row.text("sample").map(SecretString::from)).collect()
    }

    /// Adds an account to a user. False if there is no such user.
    pub async fn create_account(&self, user_id: &str, account: NewAccount) -> Result<bool> {
        if self.user_by_id(user_id).await?.is_none() {
            return Ok(false);
        }
        let Some(key) = self.layout().id("user", user_id) else { return Ok(false) };
        let is_password = account.password.is_some();
        let values = account.values(self.new_id("account").as_deref(), user_id, self.clock().now(), self.layout());
        transaction!(self, |tx| {
            let made = tx.execute(&self.statements().accounts.insert, &values).await? > 0;
            let user = if is_password { self.user_to_tell_of(tx, &key).await? } else { None };
            self.tell(tx, || Ok(user.map(Notice::PasswordChanged).into_iter().collect())).await?;
            Ok(made)
        })
    }

    /// Replaces the hash of a user's account and, with a new session, all of the user's sessions by that one, in one
    /// transaction. The new session is returned. Without the account it is 400 `CREDENTIAL_ACCOUNT_NOT_FOUND`.
    pub async fn change_password(
        &self,
        account_id: &str,
        user_id: &str,
        hash: &str,
        replace_sessions: Option<NewSession>,
    ) -> Result<Option<Session>> {
        let missing = || Error::refused(400, code::CREDENTIAL_ACCOUNT_NOT_FOUND);
        let id = self.layout().id("account", account_id).ok_or_else(missing)?;
        // A Better Auth beside takes what is older than the word for ended, and the new session is to go on.
        let before = replace_sessions.as_ref().map(|new| new.created_at);
        if before.is_some() {
            self.adopt_all_of(user_id).await?;
        }
        let key = self.layout().id("user", user_id).ok_or_else(missing)?;
        let new =
            replace_sessions.map(|new| new.values(self.new_id("session").as_deref(), self.layout())).transpose()?;
        let password = [id, hash.into(), self.clock().now().into(), key.clone()];
        let Statements { accounts, sessions, .. } = self.statements();
        let (end_sessions, ended) = self.ending_all_of(key.clone());
        let (session, tokens) = transaction!(self, |tx| {
            if tx.execute(&accounts.set_password_of, &password).await? == 0 {
                return Err(missing());
            }
            let (mut ended_ones, mut session) = (Vec::new(), None);
            if let (Some(new), Some(before)) = (&new, before) {
                self.end_unlisted(user_id, before).await?;
                ended_ones = tx.fetch_all(end_sessions, &ended).await?;
                let row = tx.fetch_one(&sessions.insert, new).await?;
                session = Some(Session::read(&row, self.layout())?);
            }
            let user = self.user_to_tell_of(tx, &key).await?;
            self.tell(tx, || {
                let changed = user.map(Notice::PasswordChanged).into_iter();
                let created = session.clone().map(Notice::SessionCreated);
                Ok(changed.chain(self.ended(&ended_ones)?).chain(created).collect())
            })
            .await?;
            Ok((session, tokens(&ended_ones)?))
        })?;
        self.forget_copies(tokens).await;
        if let Some(session) = &session {
            self.tell_of_session(&session.token).await;
        }
        Ok(session)
    }

    /// Sets a user's password, with an account for it where there is none, and perhaps ends all sessions, in one
    /// transaction. False if there is no such user.
    pub async fn reset_password(&self, user_id: &str, hash: &SecretString, end_sessions: bool) -> Result<bool> {
        let Some(key) = self.layout().id("user", user_id) else { return Ok(false) };
        if end_sessions {
            self.adopt_all_of(user_id).await?;
        }
        let now = self.clock().now();
        let new = NewAccount::credential(hash.clone());
        let new = new.values(self.new_id("account").as_deref(), user_id, now, self.layout());
        let lock = format!("the accounts of {user_id}");
        let Statements { users, accounts, .. } = self.statements();
        let (ending, ended) = self.ending_all_of(key.clone());
        let (done, tokens) = transaction!(self, |tx| {
            // Of two resets at once the second finds the account that the first has made.
            tx.lock(&lock).await?;
            let key = std::slice::from_ref(&key);
            let Some(user) = tx.fetch_optional(&users.by_id, key).await? else { return Ok((false, Vec::new())) };
            match tx.fetch_optional(&accounts.credential, key).await? {
                Some(row) => {
                    let id = Value::from(row.text("account.id")?);
                    tx.execute(&accounts.set_password, &[id, hash.expose_secret().into(), now.into()]).await?;
                }
                None => drop(tx.execute(&accounts.insert, &new).await?),
            }
            let mut ended_ones = Vec::new();
            if end_sessions {
                self.end_unlisted(user_id, now).await?;
                ended_ones = tx.fetch_all(ending, &ended).await?;
            }
            self.tell(tx, || {
                let changed = Notice::PasswordChanged(User::read(&user, self.layout())?);
                Ok([changed].into_iter().chain(self.ended(&ended_ones)?).collect())
            })
            .await?;
            Ok((true, tokens(&ended_ones)?))
        })?;
        self.forget_copies(tokens).await;
        Ok(done)
    }
}

/// What is told of accounts whose rows were deleted.
pub(super) fn unlinked(rows: &[Row]) -> Result<Vec<Notice>> {
    rows.iter().map(|row| Account::read(row).map(Notice::AccountUnlinked)).collect()
}

impl fmt::Debug for Account {
    /// Without the hash and the tokens, which are secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Account")
            .field("id", &self.id)
            .field("provider_id", &self.provider_id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NewAccount {
    /// Without the hash.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("NewAccount").field("provider_id", &self.provider_id).finish_non_exhaustive()
    }
}
