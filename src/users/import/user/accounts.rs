//! The accounts of a row: the one with the password, and those at providers.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{Reader, optional};
use crate::store::{NewAccount, ProviderTokens};
use crate::users::import::text::{json, text};

impl Reader<'_> {
    /// The account with the password, and those at providers.
    pub(super) fn accounts(&mut self, row: &Map<String, Value>) -> Result<Vec<NewAccount>, String> {
        let mut accounts = Vec::new();
        if let Some(hash) = optional(row, "passwordHash", text)? {
            if (self.verifies)(&hash) {
                accounts.push(NewAccount::credential(SecretString::from(hash)));
            } else if self.drop_unknown_hashes {
                *self.left_out.entry("passwordHash".to_owned()).or_default() += 1;
            } else {
                return Err("`passwordHash` is malformed, of an unknown kind, or too costly to verify. With \
                    --drop-unknown-hashes the user comes without a password."
                    .to_owned());
            }
        }
        match row.get("accounts").map(|value| (value, json(value))) {
            None => {}
            Some((_, Some(Value::Array(items)))) => {
                for item in &items {
                    accounts.push(linked(item).ok_or("`accounts` has an entry without `providerId` and `accountId`.")?);
                }
            }
            Some((Value::String(text), None)) => {
                for item in text.split([';', ' ']).filter(|item| !item.is_empty()) {
                    let (provider, id) = item.split_once(':').ok_or("`accounts` is not of the form provider:id.")?;
                    accounts.push(at_provider(provider, id, None).ok_or("`accounts` has an empty entry.")?);
                }
            }
            Some(_) => return Err("`accounts` is no list.".to_owned()),
        }
        let mut keys: Vec<_> = accounts.iter().map(|account| (&account.provider_id, &account.account_id)).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() < accounts.len() {
            return Err("`accounts` has an entry twice.".to_owned());
        }
        Ok(accounts)
    }
}

fn linked(item: &Value) -> Option<NewAccount> {
    let part = |name: &str| item.get(name).and_then(text);
    at_provider(&part("providerId")?, &part("accountId")?, part("scope"))
}

fn at_provider(provider_id: &str, account_id: &str, scope: Option<String>) -> Option<NewAccount> {
    let fits = !provider_id.is_empty() && !account_id.is_empty() && provider_id != "credential";
    let tokens = ProviderTokens { scope, ..ProviderTokens::default() };
    fits.then(|| NewAccount {
        provider_id: provider_id.to_owned(),
        account_id: Some(account_id.to_owned()),
        tokens,
        ..NewAccount::default()
    })
}
