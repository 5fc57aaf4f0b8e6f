//! The account cookie: the account at a provider that its user has signed in with last, with its tokens, encrypted, so that
//! they are there without a database (`account.store_account_cookie`).

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::base::{Random, Timestamp};
use crate::crypto::{CacheSealer, Secrets};
use crate::store::Account;

/// Writes and reads the cookie.
pub struct AccountCookie {
    sealer: CacheSealer,
    /// For how many seconds it is good.
    pub max_age: i64,
}

impl AccountCookie {
    pub fn new(secrets: &Secrets, max_age: i64) -> Self {
        Self { sealer: CacheSealer::for_accounts(secrets), max_age }
    }

    /// The cookie's value; `None` where that would be too long. A password's hash is never in it.
    pub fn seal(&self, account: &Account, now: Timestamp, random: &Random) -> Option<String> {
        let secret = |text: &Option<SecretString>| text.as_ref().map(|text| text.expose_secret().to_owned());
        let content = json!({
            "id": account.id,
            "accountId": account.account_id,
            "providerId": account.provider_id,
            "userId": account.user_id,
            "accessToken": secret(&account.access_token),
            "refreshToken": secret(&account.refresh_token),
            "idToken": secret(&account.id_token),
            "accessTokenExpiresAt": account.access_token_expires_at,
            "refreshTokenExpiresAt": account.refresh_token_expires_at,
            "scope": account.scope,
            "createdAt": account.created_at,
            "updatedAt": account.updated_at,
        });
        let mut content: Map<String, Value> = content.as_object().cloned().unwrap_or_default();
        content.retain(|_, value| !value.is_null());
        self.sealer.seal(content, self.max_age, now, random)
    }

    /// The account of a cookie that this deployment has written and that is still good.
    pub fn open(&self, value: &str, now: Timestamp) -> Option<Account> {
        let content = self.sealer.open(value, now)?.content;
        let text = |name: &str| content.get(name).and_then(Value::as_str).map(str::to_owned);
        let secret = |name: &str| text(name).map(SecretString::from);
        let moment = |name: &str| text(name).as_deref().and_then(Timestamp::parse);
        Some(Account {
            id: text("id")?,
            account_id: text("accountId")?,
            provider_id: text("providerId")?,
            user_id: text("userId")?,
            access_token: secret("accessToken"),
            refresh_token: secret("refreshToken"),
            id_token: secret("idToken"),
            access_token_expires_at: moment("accessTokenExpiresAt"),
            refresh_token_expires_at: moment("refreshTokenExpiresAt"),
            scope: text("scope"),
            password: None,
            created_at: moment("createdAt")?,
            updated_at: moment("updatedAt")?,
        })
    }
}
