//! Whose user somebody at a provider is here: the account's owner, the user of its address where both sides have
//! verified that, or a new one. Of several requests at once each sees what the others have made.

use serde_json::{Map, Value};

use super::OAuth;
use super::profile::Identity;
use super::provider::Provider;
use super::state::Link;
use super::tokens::Tokens;
use crate::base::text::email::Email;
use crate::base::{Error, Result};
use crate::store::{Account, Adopted, Linked, NewAccount, NewUser, ProviderTokens, SignedUp, User, UserChanges};

/// How often it is looked again for what others have just made.
const TRIES: usize = 4;

/// Somebody who signs in.
pub struct Arrival<'a> {
    pub provider: &'a Provider,
    pub identity: &'a Identity,
    pub email: Email,
    pub tokens: &'a Tokens,
    /// Whether the request asked for a user to be made.
    pub asks_for_sign_up: bool,
}

/// A user who may have a session.
pub struct Arrived {
    pub user: User,
    pub account: Account,
    pub is_new: bool,
}

/// Why somebody is not let in, in Better Auth's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    AccountNotLinked,
    SignUpDisabled,
    UnableToLinkAccount,
    UnableToUpdateAccount,
    UnableToCreateUser,
    EmailNotVerified,
}

/// Why an account is not linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotLinked {
    /// The provider has not verified the address, or linking is off.
    NotAllowed,
    OtherEmail,
    OthersAccount,
    Failed,
}

impl Reason {
    /// As `/sign-in/social` says it.
    pub fn words(self) -> &'static str {
        match self {
            Self::AccountNotLinked => "account not linked",
            Self::SignUpDisabled => "signup disabled",
            Self::UnableToLinkAccount => "unable to link account",
            Self::UnableToUpdateAccount => "unable to update account",
            Self::UnableToCreateUser => "unable to create user",
            Self::EmailNotVerified => "email not verified",
        }
    }

    /// As `/callback/:id` says it.
    pub fn code(self) -> String {
        self.words().replace(' ', "_")
    }
}

impl OAuth {
    /// The user of somebody who signs in. `more` gives the additional fields of a new user.
    pub async fn arrive(
        &self,
        arrival: &Arrival<'_>,
        more: impl Fn() -> Result<Map<String, Value>>,
    ) -> Result<std::result::Result<Arrived, Reason>> {
        let provider = arrival.provider;
        for _ in 0..TRIES {
            let outcome = match self.store.account_by_key(provider.id(), &arrival.identity.account_id).await? {
                Some((account, user)) => Some(self.come_back(arrival, account, user).await?),
                None => match self.store.user_by_email(arrival.email.as_str()).await? {
                    Some(user) => self.link_by_address(arrival, user).await?,
                    None => self.sign_up(arrival, &more).await?,
                },
            };
            let Some(outcome) = outcome else { continue };
            let requires = provider.spec.sign_up.require_email_verification;
            return Ok(outcome.and_then(|arrived| match requires && !arrived.user.email_verified {
                true => Err(Reason::EmailNotVerified),
                false => Ok(arrived),
            }));
        }
        Ok(Err(Reason::UnableToCreateUser))
    }

    /// The owner of an account.
    async fn come_back(
        &self,
        arrival: &Arrival<'_>,
        account: Account,
        user: User,
    ) -> Result<std::result::Result<Arrived, Reason>> {
        let account = if self.account.update_account_on_sign_in {
            // What was granted is changed by linking alone: this sign-in may have asked for less.
            match self.store.keep_tokens(&account.id, self.wrapping.wrap(arrival.tokens)).await? {
                Some(account) => account,
                None => return Ok(Err(Reason::UnableToUpdateAccount)),
            }
        } else {
            account
        };
        let proved = match arrival.identity.email_verified && !user.email_verified {
            true => self.store.prove_email(&user.id, arrival.email.as_str()).await?,
            false => None,
        };
        let user = self.adopt(arrival, proved.unwrap_or(user)).await?;
        Ok(Ok(Arrived { user, account, is_new: false }))
    }

    /// Links an account to the user of its address, if both sides have verified that. None where others were faster.
    async fn link_by_address(
        &self,
        arrival: &Arrival<'_>,
        user: User,
    ) -> Result<Option<std::result::Result<Arrived, Reason>>> {
        let rule = &self.account.linking;
        let is_sure_there = arrival.identity.email_verified || self.trusts(arrival.provider);
        let is_sure_here = user.email_verified || !rule.require_local_email_verified;
        if !is_sure_there || !is_sure_here || !rule.enabled || rule.disable_implicit_linking {
            return Ok(Some(Err(Reason::AccountNotLinked)));
        }
        let proves = arrival.identity.email_verified.then_some(arrival.email.as_str());
        let account = self.new_account(arrival.provider, arrival.identity, arrival.tokens);
        match self.store.link_account(&user.id, account, proves).await? {
            Linked::Done(account) => {
                let user = self.update_on_link(&user.id, arrival.identity).await?;
                let Some(user) = user else { return Ok(Some(Err(Reason::UnableToLinkAccount))) };
                let user = self.adopt(arrival, user).await?;
                Ok(Some(Ok(Arrived { user, account: *account, is_new: false })))
            }
            Linked::Taken | Linked::NoUser => Ok(None),
        }
    }

    /// Makes a user. None where others were faster.
    async fn sign_up(
        &self,
        arrival: &Arrival<'_>,
        more: &impl Fn() -> Result<Map<String, Value>>,
    ) -> Result<Option<std::result::Result<Arrived, Reason>>> {
        let (rule, identity) = (&arrival.provider.spec.sign_up, arrival.identity);
        if rule.disabled || (rule.only_on_request && !arrival.asks_for_sign_up) {
            return Ok(Some(Err(Reason::SignUpDisabled)));
        }
        let new = NewUser {
            name: identity.name.clone().unwrap_or_default(),
            email: arrival.email.as_str().to_owned(),
            email_verified: identity.email_verified,
            image: identity.image.clone(),
            created_at: self.clock.now(),
            more: more()?,
        };
        let account = self.new_account(arrival.provider, identity, arrival.tokens);
        Ok(match self.store.sign_up_at_provider(new, account).await? {
            SignedUp::User(made) => Some(Ok(Arrived { user: made.0, account: made.1, is_new: true })),
            SignedUp::EmailTaken | SignedUp::AccountTaken => None,
        })
    }

    /// The user with the provider's profile, where each sign-in brings that.
    async fn adopt(&self, arrival: &Arrival<'_>, user: User) -> Result<User> {
        if !arrival.provider.spec.sign_up.override_user_info {
            return Ok(user);
        }
        let email = arrival.email.as_str().to_owned();
        let email_verified = arrival.identity.email_verified || (email == user.email && user.email_verified);
        let profile = Adopted {
            name: arrival.identity.name.clone(),
            image: arrival.identity.image.clone(),
            email,
            email_verified,
        };
        Ok(self.store.adopt_profile(&user.id, profile).await?.unwrap_or(user))
    }

    /// The user, with name and image of the account that was just linked where the deployment wants that.
    async fn update_on_link(&self, user_id: &str, identity: &Identity) -> Result<Option<User>> {
        if !self.account.linking.update_user_info_on_link {
            return self.store.user_by_id(user_id).await;
        }
        let changes = UserChanges {
            name: identity.name.clone(),
            image: identity.image.clone().map(Some),
            ..UserChanges::default()
        };
        self.store.update_user(user_id, changes).await
    }

    /// Links an account to a user who asked for it. Their own is linked again: its tokens are the new ones, its scopes
    /// those of before and the new.
    pub async fn link(
        &self,
        provider: &Provider,
        identity: &Identity,
        tokens: &Tokens,
        link: &Link,
    ) -> Result<std::result::Result<(), NotLinked>> {
        for _ in 0..TRIES {
            let known = self.store.account_by_key(provider.id(), &identity.account_id).await?;
            if let Some((account, owner)) = known {
                if owner.id != link.user_id {
                    return Ok(Err(NotLinked::OthersAccount));
                }
                let scope = merged(account.scope.as_deref(), &tokens.scopes);
                let renewed = ProviderTokens { scope, ..self.wrapping.wrap(tokens) };
                if self.store.link_again(&account.id, renewed).await?.is_none() {
                    continue;
                }
                self.update_on_link(&link.user_id, identity).await?;
                return Ok(Ok(()));
            }
            if let Err(refusal) = self.may_link(provider, identity, &link.email) {
                return Ok(Err(refusal));
            }
            let account = self.new_account(provider, identity, tokens);
            match self.store.link_account(&link.user_id, account, None).await? {
                Linked::Done(_) => {
                    self.update_on_link(&link.user_id, identity).await?;
                    return Ok(Ok(()));
                }
                Linked::Taken => {}
                Linked::NoUser => return Ok(Err(NotLinked::Failed)),
            }
        }
        Ok(Err(NotLinked::Failed))
    }

    /// Whether an account that is nobody's may become a user's with this address.
    ///
    /// # Errors
    /// Why not.
    pub fn may_link(
        &self,
        provider: &Provider,
        identity: &Identity,
        email: &str,
    ) -> std::result::Result<(), NotLinked> {
        let rule = &self.account.linking;
        if !rule.enabled || !(identity.email_verified || self.trusts(provider)) {
            return Err(NotLinked::NotAllowed);
        }
        let is_same = identity.address().is_some_and(|address| address.as_str() == email.to_ascii_lowercase());
        if is_same || rule.allow_different_emails { Ok(()) } else { Err(NotLinked::OtherEmail) }
    }

    fn trusts(&self, provider: &Provider) -> bool {
        self.account.linking.trusted_providers.iter().any(|trusted| trusted == provider.id())
    }

    fn new_account(&self, provider: &Provider, identity: &Identity, tokens: &Tokens) -> NewAccount {
        let scope = (!tokens.scopes.is_empty()).then(|| tokens.scope());
        NewAccount {
            provider_id: provider.id().to_owned(),
            account_id: Some(identity.account_id.clone()),
            issuer: identity.data.get("iss").and_then(Value::as_str).map(str::to_owned),
            tokens: ProviderTokens { scope, ..self.wrapping.wrap(tokens) },
            ..NewAccount::default()
        }
    }
}

/// The scopes of before and the new ones, each once; None where there are none at all.
fn merged(before: Option<&str>, new: &[String]) -> Option<String> {
    let before = before.unwrap_or_default().split(',').map(str::trim);
    let mut all: Vec<&str> = Vec::new();
    for scope in before.chain(new.iter().map(String::as_str)).filter(|scope| !scope.is_empty()) {
        if !all.contains(&scope) {
            all.push(scope);
        }
    }
    (!all.is_empty()).then(|| all.join(","))
}

impl From<Reason> for Error {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::EmailNotVerified => Self::refused(403, crate::base::code::EMAIL_NOT_VERIFIED),
            reason => Self::worded(401, Some("OAUTH_LINK_ERROR".into()), reason.words()),
        }
    }
}
