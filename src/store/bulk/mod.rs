//! Users by the thousand: put in with their accounts, and read out.

mod batch;
mod existing;
mod page;

use std::time::Duration;

use serde_json::{Map, Value as Json};

use self::batch::{Done, Putting};
pub use self::page::Page;
use super::account::NewAccount;
use super::audit::{Action, Line};
use super::{Store, transaction};
use crate::base::{Error, Result, Timestamp};

/// How long a statement may take: no request waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

statements! {
    pub(super) struct Bulk {
        page: "SELECT {user.*} FROM {user} WHERE {user.id} > {$1:user.id} ORDER BY {user.id} LIMIT 1000",
        first_page: "SELECT {user.*} FROM {user} ORDER BY {user.id} LIMIT 1000",
        accounts: "SELECT {account.*} FROM {account} \
            WHERE {account.userId} >= {$1:account.userId} AND {account.userId} <= {$2:account.userId} \
            ORDER BY {account.userId}, {account.createdAt}, {account.id}",
        // Of several rows the oldest counts, as at sign-in.
        set_password: "UPDATE {account} SET {account:password} = $2, {account:updatedAt} = $3 \
            WHERE {account.id} = (SELECT oldest.{account:id} FROM {account} AS oldest \
            WHERE oldest.{account:userId} = {$1:account.userId} AND oldest.{account:providerId} = 'credential' \
            ORDER BY oldest.{account:createdAt}, oldest.{account:id} LIMIT 1)",
    }
}

/// A user who comes from elsewhere.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// None for a fresh one. It fits the layout.
    pub id: Option<String>,
    /// In lower case.
    pub email: String,
    pub name: Option<String>,
    pub email_verified: Option<bool>,
    pub image: Option<String>,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    /// The additional fields that are given.
    pub given: Map<String, Json>,
    /// The additional fields of a new user: with their defaults.
    pub more: Map<String, Json>,
    /// Whether a new user would have another role than this one has.
    pub has_own_role: bool,
    /// With a password at most one.
    pub accounts: Vec<NewAccount>,
}

/// What becomes of an address that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// The user stays as it is.
    Skip,
    Refuse,
    /// The user gets what is given: fields, password, accounts that it lacks.
    Update,
}

/// What became of one who came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    Created,
    Updated,
    Skipped,
    /// And why.
    Refused(String),
}

impl Store {
    /// Puts users in, all in one transaction, and says what became of each. Nobody is told of them; the audit trail has one
    /// line, and others about those who were there before and about new ones with a role of their own. What the database
    /// refuses of one is no harm to the others. With `rehearse` all is undone.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database is away, [`Error::Broken`] for what is the matter with all of them; then
    /// none was put.
    pub async fn put_users(&self, users: &[Incoming], existing: Existing, rehearse: bool) -> Result<Vec<Put>> {
        match self.put_all(users, existing, rehearse).await {
            Err(Error::Invalid(_) | Error::Refused(_)) => {}
            outcome => return outcome,
        }
        let mut puts = Vec::with_capacity(users.len());
        for user in users {
            match self.put_all(std::slice::from_ref(user), existing, rehearse).await {
                Ok(put) => puts.extend(put),
                Err(error @ (Error::Invalid(_) | Error::Refused(_))) => puts.push(Put::Refused(error.plain_message())),
                Err(error) => return Err(error),
            }
        }
        Ok(puts)
    }

    async fn put_all(&self, users: &[Incoming], existing: Existing, rehearse: bool) -> Result<Vec<Put>> {
        let mut rehearsed = None;
        let outcome = transaction!(self, |tx| {
            tx.take_time(PATIENCE).await?;
            let Done { puts, updated, mut lines } = Putting { store: self, users, existing }.put(tx).await?;
            let count = |wanted: &Put| puts.iter().filter(|put| *put == wanted).count();
            let (created, changed) = (count(&Put::Created), count(&Put::Updated));
            if created + changed > 0 {
                lines.insert(0, Line::new(Action::UsersImported).with("created", created).with("updated", changed));
                self.audit_in(tx, lines).await?;
            }
            if rehearse {
                rehearsed = Some(puts);
                // So that it is undone.
                return Err(Error::uncoded(400, "Rehearsed"));
            }
            Ok((puts, updated))
        });
        if let Some(puts) = rehearsed {
            return Ok(puts);
        }
        let (puts, updated) = outcome?;
        for id in updated {
            self.forget_copies_of(&id).await?;
        }
        Ok(puts)
    }
}
