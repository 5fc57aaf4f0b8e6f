//! A batch of users on its way in: those who are new are made, each with its accounts.

use std::collections::HashMap;

use super::{Existing, Incoming, Put};
use crate::base::{Result, Timestamp};
use crate::store::account::NewAccount;
use crate::store::audit::{Line, import};
use crate::store::engine::value::runs;
use crate::store::engine::{Row, Tx, Value};
use crate::store::many::LIST;
use crate::store::{Store, values};

pub(super) const LINKED: &str = "An account at a provider is another user's.";
const UNIQUE: &str = "The id or another value that must be unique is another user's.";

/// A batch that is in.
pub(super) struct Done {
    /// What became of each.
    pub(super) puts: Vec<Put>,
    /// The ids of those that were changed.
    pub(super) updated: Vec<String>,
    /// What is to be written down about single ones.
    pub(super) lines: Vec<Line>,
}

/// A batch on its way in.
pub(super) struct Putting<'a> {
    pub(super) store: &'a Store,
    pub(super) users: &'a [Incoming],
    pub(super) existing: Existing,
}

impl Putting<'_> {
    pub(super) async fn put(&self, tx: &mut Tx<'_>) -> Result<Done> {
        tx.lock_all(self.links(0..self.users.len()).map(|(_, account)| account.lock())).await?;
        let ids = self.users.iter().map(|user| user.id.clone().or_else(|| self.store.new_id("user")));
        let mut ids: Vec<Option<String>> = ids.collect();
        let rows = self.users.iter().zip(&ids).map(|(user, id)| self.row(user, id.as_deref()));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let come = self.store.insert_all(tx, "user", " ON CONFLICT DO NOTHING RETURNING {user.*}", &rows).await?;
        let key = |row: &Row| Ok((row.text("user.email")?, row.text("user.id")?));
        let mut come: HashMap<String, String> = come.iter().map(key).collect::<Result<_>>()?;
        // Of two with one id or one address in this batch one alone has come.
        let mut puts: Vec<Option<Put>> = Vec::with_capacity(ids.len());
        for (user, id) in self.users.iter().zip(&mut ids) {
            let is_it = come.get(&user.email).is_some_and(|come| id.as_ref().is_none_or(|id| id == come));
            puts.push(is_it.then_some(Put::Created));
            if is_it {
                *id = come.remove(&user.email);
            }
        }
        let ids: Vec<String> = ids.into_iter().map(Option::unwrap_or_default).collect();
        self.take_back_linked(tx, &mut puts, &ids).await?;
        let made = (0..puts.len()).filter(|place| puts[*place] == Some(Put::Created));
        let mut lines: Vec<_> =
            made.clone().flat_map(|place| import::created(&ids[place], &self.users[place])).collect();
        let accounts = made.flat_map(|place| {
            let user = &self.users[place];
            let now = user.created_at.unwrap_or_else(|| self.store.clock().now());
            let ids = &ids;
            user.accounts.iter().map(move |account| self.account(account, &ids[place], now))
        });
        self.store.insert_all(tx, "account", "", &accounts.collect::<Vec<_>>()).await?;
        let updated = self.settle(tx, &mut puts, &mut lines).await?;
        let puts = puts.into_iter().map(|put| put.unwrap_or_else(|| Put::Refused(UNIQUE.to_owned()))).collect();
        Ok(Done { puts, updated, lines })
    }

    pub(super) fn account(&self, account: &NewAccount, user_id: &str, now: Timestamp) -> Vec<Value> {
        account.values(self.store.new_id("account").as_deref(), user_id, now, self.store.layout())
    }

    fn row(&self, user: &Incoming, id: Option<&str>) -> Result<Vec<Value>> {
        let now = self.store.clock().now();
        let created_at = user.created_at.unwrap_or(now);
        let name = user.name.as_deref().unwrap_or_else(|| user.email.split('@').next().unwrap_or_default());
        let core = values![
            id,
            name,
            user.email.as_str(),
            user.email_verified.unwrap_or(false),
            user.image.as_deref(),
            created_at,
            user.updated_at.unwrap_or(created_at),
        ];
        Ok(core.into_iter().chain(self.store.layout().new_more("user", &user.more)?).collect())
    }

    /// The accounts at providers of some of the users, with their places.
    fn links(&self, places: impl Iterator<Item = usize>) -> impl Iterator<Item = (usize, &NewAccount)> {
        let linked = |account: &&NewAccount| account.account_id.is_some();
        places.flat_map(move |place| {
            self.users[place].accounts.iter().filter(linked).map(move |account| (place, account))
        })
    }

    /// Takes those back who were made and whose account at a provider is another's, in the database or in this batch.
    async fn take_back_linked(&self, tx: &mut Tx<'_>, puts: &mut [Option<Put>], ids: &[String]) -> Result<()> {
        let made: Vec<_> = (0..puts.len()).filter(|place| puts[*place].is_some()).collect();
        let links = self.links(made.iter().copied()).map(|(_, account)| account);
        let mut taken = self.owners(tx, links).await?;
        for place in made {
            let keys: Vec<_> = self.links(place..place + 1).map(|(_, account)| account.linked()).collect();
            if keys.iter().any(|key| taken.contains_key(key)) {
                let delete = &self.store.statements().users.delete;
                tx.fetch_all(delete, self.store.layout().id("user", &ids[place]).as_slice()).await?;
                puts[place] = Some(Put::Refused(LINKED.to_owned()));
            } else {
                taken.extend(keys.into_iter().map(|key| (key, ids[place].clone())));
            }
        }
        Ok(())
    }

    /// Whose the accounts at providers are that are there already.
    pub(super) async fn owners(
        &self,
        tx: &mut Tx<'_>,
        accounts: impl Iterator<Item = &NewAccount>,
    ) -> Result<HashMap<(String, String), String>> {
        let keys: Vec<Value> = accounts.map(|account| Value::from(account.account_id.as_deref())).collect();
        let template = "SELECT {account.*} FROM {account} WHERE {account.accountId} IN ({LIST:account.accountId})";
        let mut owners = HashMap::new();
        for run in runs(&keys, LIST) {
            let statement = self.store.many("owners", template, run.len())?;
            for row in tx.fetch_all(&statement, run).await? {
                let key = (row.text("account.providerId")?, row.text("account.accountId")?);
                owners.insert(key, row.text("account.userId")?);
            }
        }
        Ok(owners)
    }
}

impl NewAccount {
    /// The provider, and the account's id there.
    pub(super) fn linked(&self) -> (String, String) {
        (self.provider_id.clone(), self.account_id.clone().unwrap_or_default())
    }

    /// Whether it is the account of a provider and its id there.
    pub(super) fn is(&self, (provider_id, account_id): &(String, String)) -> bool {
        self.provider_id == *provider_id && self.account_id.as_ref() == Some(account_id)
    }
}
