//! Where a user who signs out here does so at the provider too (OpenID Connect RP-Initiated Logout 1.0 §2).

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::OAuth;
use super::provider::Provider;
use crate::base::Result;

/// What a sign-out asks for.
pub struct Leaving<'l> {
    pub user_id: &'l str,
    /// Where the browser goes afterwards, if the sign-out says.
    pub page: Option<&'l str>,
    /// Handed through to that page.
    pub state: Option<&'l str>,
    /// Against which pages of the configuration are read.
    pub base: &'l Url,
}

impl OAuth {
    /// Whether any provider may have to be told.
    pub fn knows_logout(&self) -> bool {
        self.providers.iter().any(Provider::may_log_out)
    }

    /// The logout URL of the provider that the user has been at last.
    pub async fn logout_url(&self, leaving: &Leaving<'_>) -> Result<Option<String>> {
        let mut accounts = self.store.accounts_of(leaving.user_id).await?;
        accounts.sort_by_key(|account| std::cmp::Reverse(account.updated_at));
        for account in accounts {
            let Some(provider) = self.provider(&account.provider_id).filter(|provider| provider.may_log_out()) else {
                continue;
            };
            let id_token = account.id_token.as_ref().and_then(|kept| self.wrapping.open(kept));
            if let Some(url) = provider.logout_url(id_token.as_ref(), leaving).await {
                return Ok(Some(url));
            }
        }
        Ok(None)
    }
}

impl Provider {
    fn may_log_out(&self) -> bool {
        let has_place = self.spec.discovery.is_some() || self.spec.endpoints.end_session.is_some();
        has_place && !self.spec.disable_provider_logout
    }

    async fn logout_url(&self, id_token: Option<&SecretString>, leaving: &Leaving<'_>) -> Option<String> {
        let endpoint = self.description().await.ok()?.endpoints.end_session?;
        let mut url = Url::parse(&endpoint).ok()?;
        let page = leaving.page.or(self.spec.post_logout_redirect_uri.as_deref());
        let page = page.and_then(|page| leaving.base.join(page).ok());
        {
            let mut query = url.query_pairs_mut();
            if let Some(token) = id_token {
                query.append_pair("id_token_hint", token.expose_secret());
            }
            if let Some(page) = &page {
                query.append_pair("post_logout_redirect_uri", page.as_str());
            }
            if page.is_some() || id_token.is_none() {
                query.append_pair("client_id", self.client_id());
            }
            if let (Some(state), Some(_)) = (leaving.state, &page) {
                query.append_pair("state", state);
            }
        }
        Some(url.into())
    }
}
