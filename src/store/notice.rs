//! What happens to users and sessions, written down and told to a witness within the transaction in which it happens. What
//! that makes of it goes into the outbox with the same commit: what was undone is told to nobody, and what lasts is told for
//! certain.

use std::sync::Arc;

use tokio::sync::Notify;

use super::account::Account;
use super::engine::{Row, Statement, Value};
use super::session::Session;
use super::user::User;
use super::{Store, Tx, transaction};
use crate::base::Result;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Notice {
    UserCreated(User),
    UserUpdated {
        before: Box<User>,
        user: User,
    },
    UserDeleted(User),
    /// The address that the user has now was not verified before.
    EmailVerified(User),
    PasswordChanged(User),
    /// At a provider; never the one with a password.
    AccountLinked(Account),
    AccountUnlinked(Account),
    SessionCreated(Session),
    /// Ended before its time.
    SessionRevoked(Session),
    /// Its row went with others', but it had expired before: of interest for its last tokens alone.
    ExpiredSessionDeleted(Session),
}

/// A message for the outbox.
pub struct Posting {
    pub id: String,
    /// Messages to one recipient leave in the order in which they were committed.
    pub recipient: String,
    /// Sealed.
    pub content: String,
}

/// Whoever is told.
pub trait Witness: Send + Sync {
    /// What is to leave because of this; None where nobody wants to know.
    ///
    /// # Errors
    /// What undoes the act.
    fn told(&self, notice: &Notice) -> Result<Option<Posting>>;

    /// What is notified once a posting is committed.
    fn posted(&self) -> Arc<Notify>;
}

impl Store {
    /// Has a witness told from now on. The first one stays.
    pub fn watch(&self, witness: Arc<dyn Witness>) {
        self.0.witness.get_or_init(|| witness);
    }

    /// Whether anybody is to know what happens.
    pub(super) fn is_watched(&self) -> bool {
        self.is_audited() || self.0.witness.get().is_some()
    }

    /// Whether anybody is to know of sessions that end.
    fn is_told_of_ends(&self) -> bool {
        self.is_watched() || self.listed_for().is_some()
    }

    /// Lists the sessions that end, writes the audit trail, and tells the witness, if there is one. The last thing that a
    /// transaction does: from here to its end it holds up those that have something to tell of the same user, so that the
    /// outbox has the order of the commits.
    pub(super) async fn tell(&self, tx: &mut Tx<'_>, notices: impl FnOnce() -> Result<Vec<Notice>>) -> Result<()> {
        if !self.is_told_of_ends() {
            return Ok(());
        }
        let notices = notices()?;
        self.list_ended(tx, &notices).await?;
        self.audit_notices(tx, &notices).await?;
        let Some(witness) = self.0.witness.get() else { return Ok(()) };
        let mut locked = None;
        for notice in notices {
            let Some(Posting { id, recipient, content }) = witness.told(&notice)? else { continue };
            if locked.as_ref() != Some(&recipient) {
                tx.lock(&format!("the outbox of {recipient}")).await?;
            }
            self.post_in(tx, &id, &recipient, &content).await?;
            tx.wake(witness.posted());
            locked = Some(recipient);
        }
        Ok(())
    }

    /// The rows of a statement that changes something, and what they tell of, both or neither. Where nobody is told it is
    /// the statement alone.
    pub(super) async fn fetch_and_tell(
        &self,
        statement: &Statement,
        values: &[Value],
        notices: impl Fn(&[Row]) -> Result<Vec<Notice>>,
    ) -> Result<Vec<Row>> {
        if !self.is_watched() {
            return self.fetch_all(statement, values).await;
        }
        self.fetch_in_and_tell(statement, values, notices).await
    }

    /// As [`Store::fetch_and_tell`], of a statement that ends sessions.
    pub(super) async fn end_and_tell(&self, statement: &Statement, values: &[Value]) -> Result<Vec<Row>> {
        if !self.is_told_of_ends() {
            return self.fetch_all(statement, values).await;
        }
        self.fetch_in_and_tell(statement, values, |rows| self.ended(rows)).await
    }

    async fn fetch_in_and_tell(
        &self,
        statement: &Statement,
        values: &[Value],
        notices: impl Fn(&[Row]) -> Result<Vec<Notice>>,
    ) -> Result<Vec<Row>> {
        transaction!(self, |tx| {
            let rows = tx.fetch_all(statement, values).await?;
            self.tell(tx, || notices(&rows)).await?;
            Ok(rows)
        })
    }

    /// Changes a user by a statement, and tells of it.
    pub(super) async fn change_user(
        &self,
        id: &Value,
        statement: &Statement,
        values: &[Value],
    ) -> Result<Option<User>> {
        if !self.is_watched() {
            let row = self.fetch_optional(statement, values).await?;
            return row.map(|row| User::read(&row, self.layout())).transpose();
        }
        transaction!(self, |tx| {
            let Some((user, notices)) = self.change_user_in(tx, id, statement, values).await? else { return Ok(None) };
            self.tell(tx, || Ok(notices)).await?;
            Ok(Some(user))
        })
    }

    /// [`Store::change_user`] within a transaction, which has yet to tell of it.
    pub(super) async fn change_user_in(
        &self,
        tx: &mut Tx<'_>,
        id: &Value,
        statement: &Statement,
        values: &[Value],
    ) -> Result<Option<(User, Vec<Notice>)>> {
        // Nobody else changes it from here to the end.
        let hold = &self.statements().users.hold;
        let before = if self.is_watched() { tx.fetch_optional(hold, std::slice::from_ref(id)).await? } else { None };
        let before = before.map(|row| User::read(&row, self.layout())).transpose()?;
        let Some(row) = tx.fetch_optional(statement, values).await? else { return Ok(None) };
        let user = User::read(&row, self.layout())?;
        let notices = before.map(|before| changes(&before, &user)).unwrap_or_default();
        Ok(Some((user, notices)))
    }

    /// A user of whom something is to be told; None where nobody is.
    pub(super) async fn user_to_tell_of(&self, tx: &mut Tx<'_>, id: &Value) -> Result<Option<User>> {
        if !self.is_watched() {
            return Ok(None);
        }
        let row = tx.fetch_optional(&self.statements().users.by_id, std::slice::from_ref(id)).await?;
        row.map(|row| User::read(&row, self.layout())).transpose()
    }
}

fn changes(before: &User, after: &User) -> Vec<Notice> {
    let was_verified = before.email_verified && before.email == after.email;
    let verified = (after.email_verified && !was_verified).then(|| Notice::EmailVerified(after.clone()));
    let updated = Notice::UserUpdated { before: Box::new(before.clone()), user: after.clone() };
    [updated].into_iter().chain(verified).collect()
}
