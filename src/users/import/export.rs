//! A user as a line of our own format.

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::store::{Account, User};

/// The line of a user, its password's hash only where that is wanted. Tokens of providers stay where they are.
pub fn line(user: User, accounts: &[Account], with_hash: bool) -> Map<String, Value> {
    let mut line = Map::new();
    let core = [
        ("id", json!(user.id)),
        ("email", json!(user.email)),
        ("emailVerified", json!(user.email_verified)),
        ("name", json!(user.name)),
        ("image", json!(user.image)),
        ("createdAt", json!(user.created_at)),
        ("updatedAt", json!(user.updated_at)),
    ];
    line.extend(core.map(|(name, value)| (name.to_owned(), value)));
    line.extend(user.more);
    let (with_password, linked): (Vec<_>, Vec<_>) =
        accounts.iter().partition(|account| account.provider_id == "credential");
    let hash = with_password.first().and_then(|account| account.password.as_ref()).filter(|_| with_hash);
    if let Some(hash) = hash {
        line.insert("passwordHash".to_owned(), hash.expose_secret().into());
    }
    let linked: Vec<Value> = linked.into_iter().map(account).collect();
    line.insert("accounts".to_owned(), linked.into());
    line
}

fn account(account: &Account) -> Value {
    let mut shown = json!({ "providerId": account.provider_id, "accountId": account.account_id });
    if let (Some(scope), Some(shown)) = (&account.scope, shown.as_object_mut()) {
        shown.insert("scope".to_owned(), scope.as_str().into());
    }
    shown
}
