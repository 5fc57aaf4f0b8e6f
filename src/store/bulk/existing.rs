//! Those of a batch whose address is there already: skipped, refused, or given what has come.

use std::collections::HashMap;

use super::batch::{LINKED, Putting};
use super::{Existing, Incoming, Put};
use crate::base::Result;
use crate::store::account::Account;
use crate::store::audit::{Line, import};
use crate::store::engine::value::runs;
use crate::store::engine::{Tx, Value};
use crate::store::many::LIST;
use crate::store::user::User;

const TAKEN: &str = "There is a user with this address.";

impl Putting<'_> {
    /// Decides about those who were not made since somebody is there already. Who was changed comes back.
    pub(super) async fn settle(
        &self,
        tx: &mut Tx<'_>,
        puts: &mut [Option<Put>],
        lines: &mut Vec<Line>,
    ) -> Result<Vec<String>> {
        let open: Vec<usize> = (0..puts.len()).filter(|place| puts[*place].is_none()).collect();
        let mut there = self.there(tx, &open).await?;
        let mut updated = Vec::new();
        for place in open {
            let Some(user) = there.get_mut(&self.users[place].email) else { continue };
            puts[place] = Some(match self.existing {
                Existing::Skip => Put::Skipped,
                Existing::Refuse => Put::Refused(TAKEN.to_owned()),
                Existing::Update => self.update(tx, &self.users[place], user, lines).await?,
            });
            if puts[place] == Some(Put::Updated) {
                updated.push(user.id.clone());
            }
        }
        Ok(updated)
    }

    /// Those users of some places who are there, by their addresses.
    async fn there(&self, tx: &mut Tx<'_>, places: &[usize]) -> Result<HashMap<String, User>> {
        let emails: Vec<Value> = places.iter().map(|place| self.users[*place].email.as_str().into()).collect();
        let mut there = HashMap::new();
        for run in runs(&emails, LIST) {
            let template = "SELECT {user.*} FROM {user} WHERE {user.email} IN ({LIST:user.email})";
            for row in tx.fetch_all(&self.store.many("there", template, run.len())?, run).await? {
                // A column that does not tell upper from lower case may have another spelling.
                there.insert(row.text("user.email")?.to_lowercase(), User::read(&row, self.store.layout())?);
            }
        }
        Ok(there)
    }

    /// Gives a user who is there what has come. `there` is as the user is then: another line may tell of them again.
    async fn update(&self, tx: &mut Tx<'_>, user: &Incoming, there: &mut User, lines: &mut Vec<Line>) -> Result<Put> {
        let id = there.id.clone();
        let id = id.as_str();
        let owners = self.owners(tx, user.accounts.iter().filter(|account| account.account_id.is_some())).await?;
        if owners.iter().any(|(key, owner)| owner != id && user.accounts.iter().any(|account| account.is(key))) {
            return Ok(Put::Refused(LINKED.to_owned()));
        }
        let key = self.store.key("user", id)?;
        let now = self.store.clock().now();
        let (columns, at) = (self.columns(user)?, user.updated_at.unwrap_or(now));
        let (statement, values) = self.store.update("user", "id", key.clone(), columns, at)?;
        let rows = tx.fetch_all(&statement, &values).await?;
        let mut has_new_password = false;
        let mut missing = Vec::new();
        for account in &user.accounts {
            let has_it = if account.account_id.is_some() {
                owners.keys().any(|key| account.is(key))
            } else {
                has_new_password = true;
                let set_password = &self.store.statements().bulk.set_password;
                tx.execute(set_password, &[key.clone(), account.hash(), now.into()]).await? > 0
            };
            if !has_it {
                missing.push(self.account(account, id, now));
            }
        }
        let linked = self.store.insert_all(tx, "account", " RETURNING {account.*}", &missing).await?;
        let linked = linked.iter().map(Account::read).collect::<Result<Vec<_>>>()?;
        for row in &rows {
            let before = std::mem::replace(there, User::read(row, self.store.layout())?);
            lines.extend(import::updated(before, there, has_new_password, linked.clone()));
        }
        Ok(Put::Updated)
    }

    /// The columns that are given of a user, by their logical names.
    fn columns(&self, user: &Incoming) -> Result<Vec<(String, Value)>> {
        let core = [
            user.name.clone().map(|name| ("name", Value::from(name))),
            user.email_verified.map(|verified| ("emailVerified", verified.into())),
            user.image.clone().map(|image| ("image", image.into())),
            user.created_at.map(|moment| ("createdAt", moment.into())),
        ];
        let core = core.into_iter().flatten().map(|(name, value)| (name.to_owned(), value));
        Ok(core.chain(self.store.layout().changed_more("user", &user.given)?).collect())
    }
}
