//! What an administrator does to a user, in one transaction.

use super::engine::{Row, Value};
use super::notice::Notice;
use super::session::tokens;
use super::user::{NewUser, User, UserChanges};
use super::{Created, Store, Tx, transaction};
use crate::base::code::Code;
use crate::base::{Error, Result};

/// Changes of a user by somebody else.
#[derive(Clone, Debug, Default)]
pub struct Act {
    pub changes: UserChanges,
    /// Another address, in lower case.
    pub email: Option<String>,
    pub ends_sessions: bool,
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    User(Box<User>),
    /// Another user has the address.
    EmailTaken,
    Unknown,
}

/// Who acts, where that has to hold still at the moment of the act. Such acts come one after the other, so that of two who
/// take each other's rights the second finds its own gone.
pub struct Warrant<'a> {
    pub actor: &'a str,
    pub holds: &'a (dyn Fn(&User) -> bool + Send + Sync),
    /// What refuses the act, with 403.
    pub refusal: Code,
}

impl Store {
    /// Makes a user who has no way to sign in yet.
    pub async fn create_user_alone(&self, new: NewUser) -> Result<Created> {
        let values = new.values(self.new_id("user").as_deref(), self.layout())?;
        let users = &self.statements().users;
        transaction!(self, |tx| {
            let Some(row) = tx.fetch_optional(&users.insert, &values).await? else { return Ok(Created::EmailTaken) };
            let user = User::read(&row, self.layout())?;
            self.tell(tx, || Ok(vec![Notice::UserCreated(user.clone())])).await?;
            Ok(Created::User(user))
        })
    }

    /// Changes a user as an administrator does. With another address, links for a new password that went to the old one
    /// are no good any more.
    ///
    /// # Errors
    /// The warrant's refusal.
    pub async fn administer(&self, id: &str, act: Act, warrant: Option<&Warrant<'_>>) -> Result<Done> {
        let Some(key) = self.layout().id("user", id) else { return Ok(Done::Unknown) };
        let Act { changes, email, ends_sessions } = act;
        let mut columns = changes.columns(self.layout())?;
        columns.extend(email.clone().map(|email| ("email".to_owned(), Value::from(email))));
        let (statement, values) = self.update("user", "id", key.clone(), columns, self.clock().now())?;
        let users = &self.statements().users;
        if email.is_some() {
            self.forget_resets_in_secondary(id).await?;
        }
        if ends_sessions {
            self.adopt_all_of(id).await?;
        }
        let (ending, ended) = self.ending_all_of(key.clone());
        let (done, sessions) = transaction!(self, |tx| {
            self.check(tx, warrant).await?;
            if let Some(email) = &email {
                // The index decides between two that want the same one at once.
                let owner = tx.fetch_optional(&users.by_email, &[email.into()]).await?;
                let owner = owner.map(|row| row.text("user.id")).transpose()?;
                if owner.is_some_and(|owner| owner != id) {
                    return Ok((Done::EmailTaken, Vec::new()));
                }
            }
            let changed = self.change_user_in(tx, &key, &statement, &values).await?;
            let Some((user, mut notices)) = changed else { return Ok((Done::Unknown, Vec::new())) };
            if email.is_some() {
                tx.execute(self.forgetting_resets(), &[id.into()]).await?;
            }
            let mut sessions: Vec<Row> = Vec::new();
            if ends_sessions {
                self.end_unlisted(id, self.clock().now()).await?;
                sessions = tx.fetch_all(ending, &ended).await?;
            }
            self.tell(tx, || {
                notices.extend(self.ended(&sessions)?);
                Ok(notices)
            })
            .await?;
            Ok((Done::User(Box::new(user)), tokens(&sessions)?))
        })?;
        self.forget_copies(sessions).await;
        self.forget_copies_of(id).await?;
        Ok(done)
    }

    /// Whether a warrant holds at this moment, and until the transaction ends.
    pub(super) async fn check(&self, tx: &mut Tx<'_>, warrant: Option<&Warrant<'_>>) -> Result<()> {
        let Some(Warrant { actor, holds, refusal }) = warrant else { return Ok(()) };
        tx.lock("the administrators").await?;
        let actor = match self.layout().id("user", actor) {
            Some(id) => tx.fetch_optional(&self.statements().users.by_id, &[id]).await?,
            None => None,
        };
        let actor = actor.map(|row| User::read(&row, self.layout())).transpose()?;
        if actor.is_some_and(|actor| holds(&actor)) { Ok(()) } else { Err(Error::refused(403, *refusal)) }
    }
}
