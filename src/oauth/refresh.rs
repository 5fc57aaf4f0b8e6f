//! New tokens for old ones. Many providers take a second use of a refresh token for a theft and end everything, so of
//! any number of requests on any number of replicas one spends it, and the others take what it got.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::OAuth;
use super::provider::Provider;
use super::tokens::Tokens;
use crate::base::Result;
use crate::store::{Account, ProviderTokens};

/// For how long one replica may keep the others waiting: longer than any exchange takes.
const HOLD: i64 = 15;
/// How often those who wait look, and how many times.
const PAUSE: Duration = Duration::from_millis(100);
const LOOKS: usize = 150;

impl OAuth {
    /// An account with tokens that are newer than those it has; None where the provider gave none, or nobody did in time.
    pub async fn refresh(&self, provider: &Provider, account: &Account) -> Result<Option<Account>> {
        let (name, holder) = (format!("refresh:{}", account.id), self.random.id());
        // Asked before anybody is kept waiting: what is held is held for one exchange.
        if let Err(trouble) = provider.description().await {
            tracing::warn!(provider = provider.id(), "tokens cannot be refreshed: {trouble}");
            return Ok(None);
        }
        for _ in 0..LOOKS {
            let until = self.clock.now().plus_seconds(HOLD);
            if self.store.reserve(&name, &holder, until).await? {
                let outcome = self.refresh_alone(provider, account).await;
                self.store.release(&name, &holder).await?;
                return outcome;
            }
            tokio::time::sleep(PAUSE).await;
            if let Some(changed) = self.changed(account).await? {
                return Ok(Some(changed));
            }
        }
        Ok(None)
    }

    async fn refresh_alone(&self, provider: &Provider, account: &Account) -> Result<Option<Account>> {
        if let Some(changed) = self.changed(account).await? {
            return Ok(Some(changed));
        }
        let Some(kept) = &account.refresh_token else { return Ok(None) };
        let Some(refresh_token) = self.wrapping.open(kept) else {
            tracing::error!(account = account.id, "a refresh token was sealed with a secret that is not configured");
            return Ok(None);
        };
        match provider.refresh(&refresh_token).await {
            Ok(tokens) => self.renew(account, kept.expose_secret(), &tokens).await,
            Err(trouble) => {
                tracing::warn!(provider = provider.id(), "tokens cannot be refreshed: {trouble}");
                Ok(None)
            }
        }
    }

    /// Keeps what came, unless a sign-in has brought something newer meanwhile.
    async fn renew(&self, account: &Account, spent: &str, tokens: &Tokens) -> Result<Option<Account>> {
        let new = self.wrapping.wrap(tokens);
        let renewed = ProviderTokens {
            access_token: new.access_token.or_else(|| account.access_token.clone()),
            refresh_token: new.refresh_token.or_else(|| account.refresh_token.clone()),
            id_token: new.id_token.or_else(|| account.id_token.clone()),
            access_token_expires_at: new.access_token_expires_at,
            refresh_token_expires_at: new.refresh_token_expires_at.or(account.refresh_token_expires_at),
            scope: None,
        };
        if let Some(kept) = self.store.renew_tokens(account, spent, renewed.clone()).await? {
            return Ok(Some(kept));
        }
        // Without a row, as where there is no database, what came is all that there is.
        let row = self.store.account_of(&account.id, &account.user_id).await?;
        Ok(Some(row.unwrap_or_else(|| account.clone().with(renewed))))
    }

    /// The account, if its tokens are others than those that were read.
    async fn changed(&self, account: &Account) -> Result<Option<Account>> {
        let now = self.store.account_of(&account.id, &account.user_id).await?;
        let text = |secret: &Option<SecretString>| secret.as_ref().map(|secret| secret.expose_secret().to_owned());
        let is_other = |now: &Account| {
            text(&now.access_token) != text(&account.access_token)
                || text(&now.refresh_token) != text(&account.refresh_token)
        };
        Ok(now.filter(is_other))
    }
}
