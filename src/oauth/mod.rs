//! Accounts at other providers: OAuth 2.0 and OpenID Connect as a client.
//!
//! ```text
//! spec      what a provider is, as data: built in (`providers/`) or the deployment's own
//! provider  a provider at work: what it says of itself, its keys, its tokens
//! authorize the URL at which a user meets it          state     what a flow remembers until the user comes back
//! id_token  whether an ID token is to be believed     profile   who somebody is, as the provider says
//! accounts  whose user that is here                   refresh   new tokens for old ones, once
//! errors    what providers say where nothing comes of it
//! ```

pub mod accounts;
pub mod authorize;
pub mod config;
pub mod errors;
mod id_token;
mod kept;
pub mod logout;
pub mod profile;
pub mod provider;
pub mod providers;
pub mod refresh;
pub mod spec;
pub mod state;
pub mod tokens;

use self::config::AccountConfig;
use self::provider::Provider;
use self::spec::Spec;
use self::state::States;
use self::tokens::Wrapping;
use crate::base::{Clock, Random};
use crate::crypto::{Sealer, Secrets};
use crate::outbound::Outbound;
use crate::store::Store;

/// The providers of a deployment, and what it wants of accounts there.
pub struct OAuth {
    pub account: AccountConfig,
    pub states: States,
    pub wrapping: Wrapping,
    providers: Vec<Provider>,
    store: Store,
    clock: Clock,
    random: Random,
}

impl OAuth {
    pub fn new(
        account: AccountConfig,
        specs: Vec<Spec>,
        secrets: &Secrets,
        (store, outbound): (Store, Outbound),
        (clock, random): (Clock, Random),
    ) -> Self {
        let providers = specs.into_iter().map(|spec| Provider::new(spec, clock.clone(), outbound.clone()));
        let wrapping =
            Wrapping { sealer: Sealer::new(secrets), seals: account.encrypt_oauth_tokens, random: random.clone() };
        Self {
            states: States::new(&account, secrets, store.clone(), clock.clone(), random.clone()),
            providers: providers.collect(),
            account,
            wrapping,
            store,
            clock,
            random,
        }
    }

    /// The names of all providers, as they are configured.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.providers.iter().map(Provider::id)
    }

    /// The provider of a name.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.id() == id)
    }
}
