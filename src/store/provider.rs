//! Accounts at providers: found by the provider's name for the user, made with a user or added to one, and their tokens.
//! No index keeps two rows with the same key apart in Better Auth's tables, so whoever adds one holds a lock of its name.

use secrecy::{ExposeSecret, SecretString};

use super::account::{Account, NewAccount, unlinked};
use super::audit::{Action, Line};
use super::engine::Value;
use super::notice::Notice;
use super::session::tokens;
use super::user::{NewUser, User};
use super::{Statements, Store, transaction, values};
use crate::base::{Result, Timestamp};

statements! {
    pub(super) struct Providers {
        // The oldest of several rows, which Better Auth may have left, is the one that counts.
        by_key: "SELECT {account.*}, {user.*} FROM {account} JOIN {user} ON {user.id} = {account.userId} \
            WHERE {account.accountId} = {$2:account.accountId} AND {account.providerId} = {$1:account.providerId} \
            ORDER BY {account.createdAt}, {account.id} LIMIT 1",
        of_user: "SELECT {account.*} FROM {account} \
            WHERE {account.id} = {$1:account.id} AND {account.userId} = {$2:account.userId}",
        user: "SELECT {user.*} FROM {user} WHERE {user.id} = {$1:user.id}",
        prove: "UPDATE {user} SET {user:emailVerified} = $3, {user:updatedAt} = $4 \
            WHERE {user.id} = {$1:user.id} AND {user.email} = {$2:user.email} AND {user.emailVerified} <> $3 RETURNING {user.*}",
        // A change of address keeps out of the way of whoever has the new one.
        adopt: "UPDATE {user} SET {user:name} = COALESCE($2, {user.name}), {user:image} = COALESCE($3, {user.image}), \
            {user:email} = $4, {user:emailVerified} = $5, {user:updatedAt} = $6 \
            WHERE {user.id} = {$1:user.id} \
            AND NOT EXISTS (SELECT 1 FROM {user} AS others WHERE others.{user:email} = {$4:user.email} AND others.{user:id} <> {$1:user.id}) \
            RETURNING {user.*}",
        // Only while the row still holds the token that was given to the provider.
        renew: "UPDATE {account} SET {account:accessToken} = $4, {account:refreshToken} = $5, {account:idToken} = $6, \
            {account:accessTokenExpiresAt} = $7, {account:refreshTokenExpiresAt} = $8, {account:updatedAt} = $9 \
            WHERE {account.id} = {$1:account.id} AND {account.userId} = {$2:account.userId} \
            AND {account.refreshToken} = {$3:account.refreshToken} RETURNING {account.*}",
        // One row a name: whoever writes it, or finds its time over, holds it.
        reserve: "INSERT INTO {+verification} ON CONFLICT ({verification:id}) DO UPDATE \
            SET {verification:value} = excluded.{verification:value}, \
            {verification:expiresAt} = excluded.{verification:expiresAt}, \
            {verification:updatedAt} = excluded.{verification:updatedAt} \
            WHERE {verification.expiresAt} <= excluded.{verification:updatedAt} RETURNING {verification.*}",
        sweep: "DELETE FROM {verification} WHERE {verification.expiresAt} < $1",
        release: "DELETE FROM {verification} WHERE {verification.id} = {$1:verification.id} AND {verification.value} = {$2:verification.value}",
    }
}

/// What a provider handed out, as the row keeps it: sealed where the deployment asks for that.
#[derive(Clone, Default)]
pub struct ProviderTokens {
    pub access_token: Option<SecretString>,
    pub refresh_token: Option<SecretString>,
    pub id_token: Option<SecretString>,
    pub access_token_expires_at: Option<Timestamp>,
    pub refresh_token_expires_at: Option<Timestamp>,
    /// Separated by commas.
    pub scope: Option<String>,
}

/// What became of a user who was to be made with an account at a provider.
pub enum SignedUp {
    User(Box<(User, Account)>),
    /// Another user has the address.
    EmailTaken,
    /// The account was linked a moment ago.
    AccountTaken,
}

/// What became of an account that was to be linked to a user.
pub enum Linked {
    Done(Box<Account>),
    /// It is linked already, to this user or another.
    Taken,
    /// The user is gone.
    NoUser,
}

/// A profile that takes the place of a user's own.
pub struct Adopted {
    pub name: Option<String>,
    pub image: Option<String>,
    /// In lower case.
    pub email: String,
    pub email_verified: bool,
}

impl ProviderTokens {
    /// The columns that are set, by name: what a provider leaves out stays as it is.
    fn columns(self) -> Vec<(String, Value)> {
        let text = |name: &str, value: Option<SecretString>| {
            value.map(|value| (name.to_owned(), Value::from(value.expose_secret())))
        };
        let time = |name: &str, value: Option<Timestamp>| value.map(|value| (name.to_owned(), Value::from(value)));
        let columns = [
            text("accessToken", self.access_token),
            text("refreshToken", self.refresh_token),
            text("idToken", self.id_token),
            time("accessTokenExpiresAt", self.access_token_expires_at),
            time("refreshTokenExpiresAt", self.refresh_token_expires_at),
            self.scope.map(|scope| ("scope".to_owned(), Value::from(scope))),
        ];
        columns.into_iter().flatten().collect()
    }
}

impl Store {
    /// The account of a provider's key and its user.
    pub async fn account_by_key(&self, provider_id: &str, account_id: &str) -> Result<Option<(Account, User)>> {
        let row = self.fetch_optional(&self.statements().providers.by_key, &values![provider_id, account_id]).await?;
        row.map(|row| Ok((Account::read(&row)?, User::read(&row, self.layout())?))).transpose()
    }

    /// A user's account by its row's id.
    pub async fn account_of(&self, id: &str, user_id: &str) -> Result<Option<Account>> {
        let (Some(id), Some(user_id)) = (self.layout().id("account", id), self.layout().id("user", user_id)) else {
            return Ok(None);
        };
        let row = self.fetch_optional(&self.statements().providers.of_user, &[id, user_id]).await?;
        row.map(|row| Account::read(&row)).transpose()
    }

    /// Makes a user and the account through which it came, or neither.
    pub async fn sign_up_at_provider(&self, new: NewUser, account: NewAccount) -> Result<SignedUp> {
        let (lock, key, created_at) = (account.lock(), account.key(), new.created_at);
        let (id, account_row) = (self.new_id("user"), self.new_id("account"));
        let user = new.values(id.as_deref(), self.layout())?;
        let Statements { users, accounts, providers, .. } = self.statements();
        transaction!(self, |tx| {
            tx.lock(&lock).await?;
            if tx.fetch_optional(&providers.by_key, &key).await?.is_some() {
                return Ok(SignedUp::AccountTaken);
            }
            let Some(row) = tx.fetch_optional(&users.insert, &user).await? else { return Ok(SignedUp::EmailTaken) };
            let user = User::read(&row, self.layout())?;
            let account = account.values(account_row.as_deref(), &user.id, created_at, self.layout());
            tx.execute(&accounts.insert, &account).await?;
            let account = Account::read(&tx.fetch_one(&providers.by_key, &key).await?)?;
            self.tell(tx, || Ok(vec![Notice::UserCreated(user.clone()), Notice::AccountLinked(account.clone())]))
                .await?;
            Ok(SignedUp::User(Box::new((user, account))))
        })
    }

    /// Adds an account to a user. With `proves`, an address that the provider has verified, a user who had not proved it
    /// begins anew with this account: whoever made the user first may have been somebody else, so its passwords, other
    /// accounts and sessions are gone.
    pub async fn link_account(&self, user_id: &str, account: NewAccount, proves: Option<&str>) -> Result<Linked> {
        let Some(user) = self.layout().id("user", user_id) else { return Ok(Linked::NoUser) };
        let (lock, key, now) = (account.lock(), account.key(), self.clock().now());
        let account = account.values(self.new_id("account").as_deref(), user_id, now, self.layout());
        let proof = proves.map(|email| [user.clone(), email.into(), true.into(), now.into()]);
        if proof.is_some() {
            self.adopt_all_of(user_id).await?;
        }
        let (ending, ends) = self.ending_all_of(user.clone());
        let Statements { users, accounts, providers, .. } = self.statements();
        let (linked, tokens) = transaction!(self, |tx| {
            let rows = std::slice::from_ref(&user);
            tx.lock(&lock).await?;
            if tx.fetch_optional(&providers.by_key, &key).await?.is_some() {
                return Ok((Linked::Taken, Vec::new()));
            }
            if tx.fetch_optional(&providers.user, rows).await?.is_none() {
                return Ok((Linked::NoUser, Vec::new()));
            }
            let (mut notices, mut ended, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
            if let Some(proof) = &proof
                && let Some((_, changes)) = self.change_user_in(tx, &user, &providers.prove, proof).await?
            {
                notices = changes;
                self.end_unlisted(user_id, now).await?;
                ended = tx.fetch_all(ending, &ends).await?;
                dropped = tx.fetch_all(&users.delete_accounts, rows).await?;
            }
            tx.execute(&accounts.insert, &account).await?;
            let account = Account::read(&tx.fetch_one(&providers.by_key, &key).await?)?;
            self.tell(tx, || {
                let linked = Notice::AccountLinked(account.clone());
                Ok(notices.into_iter().chain(self.ended(&ended)?).chain(unlinked(&dropped)?).chain([linked]).collect())
            })
            .await?;
            Ok((Linked::Done(Box::new(account)), tokens(&ended)?))
        })?;
        self.forget_copies(tokens).await;
        Ok(linked)
    }

    /// Marks an address as verified if it still is the user's; the user if that changed anything.
    pub async fn prove_email(&self, user_id: &str, email: &str) -> Result<Option<User>> {
        let Some(id) = self.layout().id("user", user_id) else { return Ok(None) };
        let values = [id.clone(), email.into(), true.into(), self.clock().now().into()];
        let user = self.change_user(&id, &self.statements().providers.prove, &values).await?;
        self.forget_copies_of(user_id).await?;
        Ok(user)
    }

    /// Puts a provider's profile in the place of a user's own; None where another user has its address.
    pub async fn adopt_profile(&self, user_id: &str, profile: Adopted) -> Result<Option<User>> {
        let Some(id) = self.layout().id("user", user_id) else { return Ok(None) };
        let Adopted { name, image, email, email_verified } = profile;
        let now = self.clock().now();
        let values = [id.clone(), name.into(), image.into(), email.into(), email_verified.into(), now.into()];
        let user = self.change_user(&id, &self.statements().providers.adopt, &values).await?;
        self.forget_copies_of(user_id).await?;
        Ok(user)
    }

    /// Keeps the tokens of a sign-in, those that came; None where the account is gone.
    pub async fn keep_tokens(&self, account_id: &str, tokens: ProviderTokens) -> Result<Option<Account>> {
        let Some(id) = self.layout().id("account", account_id) else { return Ok(None) };
        let (statement, values) = self.update("account", "id", id, tokens.columns(), self.clock().now())?;
        let row = self.fetch_optional(&statement, &values).await?;
        row.map(|row| Account::read(&row)).transpose()
    }

    /// As [`Store::keep_tokens`], of an account that its user links once more.
    pub async fn link_again(&self, account_id: &str, tokens: ProviderTokens) -> Result<Option<Account>> {
        let Some(id) = self.layout().id("account", account_id) else { return Ok(None) };
        let (statement, values) = self.update("account", "id", id, tokens.columns(), self.clock().now())?;
        transaction!(self, |tx| {
            let row = tx.fetch_optional(&statement, &values).await?;
            let account = row.map(|row| Account::read(&row)).transpose()?;
            let line = account.as_ref().map(|account| Line::account(Action::AccountUpdated, account));
            self.audit_in(tx, line.into_iter().collect()).await?;
            Ok(account)
        })
    }

    /// Keeps refreshed tokens if the row still holds the refresh token that was spent for them; None otherwise.
    pub async fn renew_tokens(
        &self,
        account: &Account,
        spent: &str,
        tokens: ProviderTokens,
    ) -> Result<Option<Account>> {
        let (Some(id), Some(user_id)) =
            (self.layout().id("account", &account.id), self.layout().id("user", &account.user_id))
        else {
            return Ok(None);
        };
        let text = |secret: &Option<SecretString>| Value::from(secret.as_ref().map(ExposeSecret::expose_secret));
        let values = [
            id,
            user_id,
            spent.into(),
            text(&tokens.access_token),
            text(&tokens.refresh_token),
            text(&tokens.id_token),
            tokens.access_token_expires_at.into(),
            tokens.refresh_token_expires_at.into(),
            self.clock().now().into(),
        ];
        let row = self.fetch_optional(&self.statements().providers.renew, &values).await?;
        row.map(|row| Account::read(&row)).transpose()
    }

    /// Takes a name for some time, for one of any number of replicas; whether this one has it. `holder` is known to
    /// nobody else.
    pub async fn reserve(&self, name: &str, holder: &str, until: Timestamp) -> Result<bool> {
        let now = self.clock().now();
        let values = values![self.id_of(name), name, holder, until, now, now];
        Ok(self.fetch_optional(&self.statements().providers.reserve, &values).await?.is_some())
    }

    /// Gives a name back.
    pub async fn release(&self, name: &str, holder: &str) -> Result<()> {
        self.execute(&self.statements().providers.release, &values![self.id_of(name), holder]).await.map(drop)
    }

    /// Deletes the verification values that have expired; how many there were. Whoever begins a flow and does not come
    /// back leaves one.
    pub async fn sweep_verifications(&self) -> Result<u64> {
        self.execute(&self.statements().providers.sweep, &values![self.clock().now()]).await
    }

    /// The one id that a row of this name can have.
    fn id_of(&self, name: &str) -> String {
        self.id_for("verification", &format!("reserve:{name}"))
    }
}

impl NewAccount {
    fn key(&self) -> [Value; 2] {
        values![self.provider_id.as_str(), self.account_id.as_deref()]
    }

    pub(super) fn lock(&self) -> String {
        format!("the account {} at {}", self.account_id.as_deref().unwrap_or_default(), self.provider_id)
    }
}
