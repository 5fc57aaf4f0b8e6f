//! Users read out by the thousand, each with its accounts.

use std::collections::HashMap;

use super::PATIENCE;
use crate::base::Result;
use crate::store::account::Account;
use crate::store::user::User;
use crate::store::{Store, transaction, values};

/// A page of users, each with its accounts, the oldest first.
pub type Page = Vec<(User, Vec<Account>)>;

impl Store {
    /// The users after the one of an id, or the first ones; none after the last.
    pub async fn page_of_users(&self, after: Option<&str>) -> Result<Page> {
        let bulk = &self.statements().bulk;
        transaction!(self, |tx| {
            tx.take_time(PATIENCE).await?;
            let rows = match after.and_then(|id| self.layout().id("user", id)) {
                Some(after) => tx.fetch_all(&bulk.page, &[after]).await?,
                None => tx.fetch_all(&bulk.first_page, &[]).await?,
            };
            let users = rows.iter().map(|row| User::read(row, self.layout())).collect::<Result<Vec<_>>>()?;
            let (Some(first), Some(last)) = (users.first(), users.last()) else { return Ok(Vec::new()) };
            let rows = tx.fetch_all(&bulk.accounts, &values![&first.id, &last.id]).await?;
            let mut accounts: HashMap<String, Vec<Account>> = HashMap::new();
            for account in rows.iter().map(Account::read) {
                let account = account?;
                accounts.entry(account.user_id.clone()).or_default().push(account);
            }
            Ok(users
                .into_iter()
                .map(|user| {
                    let accounts = accounts.remove(&user.id).unwrap_or_default();
                    (user, accounts)
                })
                .collect())
        })
    }
}
