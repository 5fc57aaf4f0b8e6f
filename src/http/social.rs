//! What signing in and linking at a provider have in common: the members of their bodies, and how a flow begins.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::cx::{Cx, ReadFrom};
use super::form::Form;
use super::reply::Reply;
use crate::base::text::plain::storable;
use crate::base::{Error, Result, code};
use crate::oauth::authorize::{Binding, RESERVED, Wish};
use crate::oauth::profile::{Identity, Trust};
use crate::oauth::provider::{Provider, Trouble};
use crate::oauth::state::{Flow, Link};
use crate::oauth::tokens::Tokens;
use crate::session::cookies::CookieKey;
use crate::store::Account;

/// How long the cookies of a flow live, in seconds: that of a signed state, as Better Auth has it, less than the flow.
const SIGNED: i64 = 300;
const SEALED: i64 = 600;
/// An access token that expires within so many seconds is refreshed before it is given out.
const EXPIRES_SOON: i64 = 5;

/// How a flow is to go, as a body says.
#[derive(Default)]
pub struct FlowForm {
    pub callback_url: Option<String>,
    pub new_user_callback_url: Option<String>,
    pub error_callback_url: Option<String>,
    pub disable_redirect: bool,
    pub scopes: Vec<String>,
    pub request_sign_up: Option<bool>,
    pub login_hint: Option<String>,
    pub additional_params: Vec<(String, String)>,
    pub additional_data: Map<String, Value>,
}

/// An ID token that a client has got by itself.
pub struct IdTokenForm {
    token: SecretString,
    nonce: Option<String>,
    access_token: Option<SecretString>,
    refresh_token: Option<SecretString>,
    /// What Apple tells a user's first client.
    user: Option<Value>,
}

impl IdTokenForm {
    /// Reads `idToken`.
    pub fn read(form: &mut Form<'_>) -> Option<Self> {
        form.optional_nested("idToken", |form| {
            let token = form.string("token").into();
            let nonce = form.optional_string("nonce");
            let mut secret = |name| form.optional_string(name).map(SecretString::from);
            let (access_token, refresh_token) = (secret("accessToken"), secret("refreshToken"));
            form.optional_number("expiresAt");
            let user = form.optional_object_field("user").map(|user| Value::Object(user.clone()));
            Self { token, nonce, access_token, refresh_token, user }
        })
    }

    /// Who somebody is with this token, and the tokens to be kept.
    ///
    /// # Errors
    /// 404 `ID_TOKEN_NOT_SUPPORTED`; 401 `INVALID_TOKEN`, `FAILED_TO_GET_USER_INFO`, `USER_EMAIL_NOT_FOUND`.
    pub async fn identity(self, provider: &Provider) -> Result<(Identity, Tokens)> {
        if !provider.spec.id_token.signs_in || !provider.verifies() {
            return Err(Error::refused(404, code::ID_TOKEN_NOT_SUPPORTED));
        }
        let nonce = self.nonce.as_deref().filter(|nonce| !nonce.is_empty());
        if !provider.takes_opaque(&self.token) && provider.verified(&self.token, nonce).await.is_none() {
            return Err(Error::refused(401, code::INVALID_TOKEN));
        }
        let tokens = Tokens {
            access: self.access_token,
            refresh: self.refresh_token,
            id: Some(self.token),
            ..Tokens::default()
        };
        let identity = provider.identity(&tokens, Trust::Known, self.user.as_ref()).await;
        let identity = identity.ok_or_else(|| Error::refused(401, code::FAILED_TO_GET_USER_INFO))?;
        if identity.address().is_none() {
            return Err(Error::refused(401, code::USER_EMAIL_NOT_FOUND));
        }
        Ok((identity, tokens))
    }
}

/// Which of the user's accounts a request is about.
pub enum Choice {
    /// That of a row's id.
    Row(String),
    /// That of the account cookie.
    Cookie,
}

impl Choice {
    /// Reads one of `{accountId}` and `{useAccountCookie: true}`, beside which only a `userId` may stand: a session's
    /// user always goes before it.
    pub fn read(form: &mut Form<'_>) -> Self {
        let fields = form.fields();
        let is_text = |name: &str| fields.get(name).is_none_or(Value::is_string);
        let only = |wanted: &str| fields.keys().all(|name| name == wanted || name == "userId") && is_text("userId");
        match (fields.get("accountId"), fields.get("useAccountCookie")) {
            (Some(Value::String(id)), None) if only("accountId") => Self::Row(id.clone()),
            (None, Some(Value::Bool(true))) if only("useAccountCookie") => Self::Cookie,
            _ => {
                form.issue("", "Invalid input");
                Self::Cookie
            }
        }
    }

    /// The account, of the user of the request's session.
    ///
    /// # Errors
    /// 401 without a body; 400 `ACCOUNT_NOT_FOUND`.
    pub async fn account(&self, cx: &Cx) -> Result<Account> {
        let live = cx.read_session(ReadFrom::Store).await?.ok_or_else(|| Error::empty(401))?;
        let found = match self {
            Self::Row(id) => cx.house.store.account_of(id, &live.user.id).await?,
            Self::Cookie => match cx.kept_account(&live.user.id) {
                // The row knows better, if there is one.
                Some(kept) => {
                    let row = cx.house.store.account_of(&kept.id, &live.user.id).await?;
                    row.or_else(|| Some(kept).filter(|_| cx.house.stateless))
                }
                None => None,
            },
        };
        found.ok_or_else(|| Error::refused(400, code::ACCOUNT_NOT_FOUND))
    }
}

/// The provider of an account whose tokens are wanted.
///
/// # Errors
/// 400 `PROVIDER_NOT_SUPPORTED`.
pub fn provider_of_account<'c>(cx: &'c Cx, account: &Account) -> Result<&'c Provider> {
    let id = &account.provider_id;
    let unsupported =
        || Error::worded(400, Some("PROVIDER_NOT_SUPPORTED".into()), format!("Provider {id} is not supported."));
    cx.house.oauth.provider(id).ok_or_else(unsupported)
}

/// An account whose access token is good for some seconds more, refreshed if it has to be. One that cannot be refreshed
/// is given as it is.
///
/// # Errors
/// 400 `FAILED_TO_GET_ACCESS_TOKEN`.
pub async fn with_valid_token(cx: &Cx, account: Account) -> Result<Account> {
    let soon = cx.house.clock.now().plus_seconds(EXPIRES_SOON);
    let is_due = account.access_token_expires_at.is_some_and(|expires_at| expires_at < soon);
    if !is_due || account.refresh_token.is_none() {
        return Ok(account);
    }
    refreshed(cx, account).await?.ok_or_else(|| Error::refused(400, code::FAILED_TO_GET_ACCESS_TOKEN))
}

/// An account with newer tokens, if its provider gives any. A client that leaves meanwhile ends its request, but not
/// this: the old refresh token may be spent already, and the new one is still to be kept.
pub async fn refreshed(cx: &Cx, account: Account) -> Result<Option<Account>> {
    let house = Arc::clone(&cx.house);
    let work = async move {
        match house.oauth.provider(&account.provider_id) {
            Some(provider) => house.oauth.refresh(provider, &account).await,
            None => Ok(None),
        }
    };
    actix_web::rt::spawn(work).await.map_err(Error::broken)?
}

/// Reads `provider`: any text may name one.
pub fn provider_name(form: &mut Form<'_>) -> String {
    match form.raw("provider") {
        Some(Value::String(name)) if storable(name) => name.clone(),
        _ => {
            form.issue("provider", "Invalid input");
            String::new()
        }
    }
}

/// Reads `additionalParams`, none of which may be one that decides what comes back.
pub fn additional_params(form: &mut Form<'_>) -> Vec<(String, String)> {
    let Some(given) = form.optional_record_field("additionalParams") else { return Vec::new() };
    let mut params = Vec::new();
    for (name, value) in given {
        match value.as_str() {
            Some(text) => params.push((name.clone(), text.to_owned())),
            None => {
                let received = crate::base::json::kind(value);
                let text = format!("Invalid input: expected string, received {received}");
                form.issue(&format!("additionalParams.{name}"), text);
            }
        }
    }
    if params.iter().any(|(name, _)| RESERVED.contains(&name.as_str())) {
        let reserved = RESERVED.join(", ");
        form.issue(
            "additionalParams",
            format!("additionalParams cannot include reserved OAuth parameters: {reserved}"),
        );
    }
    params
}

/// The provider of a name.
///
/// # Errors
/// 404 `PROVIDER_NOT_FOUND`.
pub fn provider_of<'c>(cx: &'c Cx, name: &str) -> Result<&'c Provider> {
    cx.house.oauth.provider(name).ok_or_else(|| Error::refused(404, code::PROVIDER_NOT_FOUND))
}

/// Where a provider sends browsers back to.
pub fn redirect_uri(cx: &Cx, provider: &Provider) -> String {
    provider.spec.redirect_uri.clone().unwrap_or_else(|| cx.house.link(&format!("/callback/{}", provider.id())))
}

/// Begins a flow: keeps it, marks the browser, and answers with the URL at which the user meets the provider.
///
/// # Errors
/// 503 where the provider does not say where that is.
pub async fn begin(cx: &Cx, provider: &Provider, form: FlowForm, link: Option<Link>) -> Result<Reply> {
    let states = &cx.house.oauth.states;
    let given = |url: Option<String>| url.filter(|url| !url.is_empty());
    let nonce = provider.spec.id_token.nonce.then(|| states.chance(32));
    let verifier = states.chance(128);
    let flow = Flow {
        provider: provider.id().to_owned(),
        callback_url: given(form.callback_url).unwrap_or_else(|| cx.house.site.origin.clone()),
        new_user_url: given(form.new_user_callback_url),
        error_url: given(form.error_callback_url),
        request_sign_up: form.request_sign_up,
        verifier: verifier.clone(),
        nonce: nonce.clone(),
        link,
        expires_at: states.end(),
        more: form.additional_data,
    };
    // Asked before anything is kept: a provider that is away leaves nothing behind.
    provider.description().await.map_err(|trouble| away(provider, &trouble))?;
    let begun = states.begin(flow).await?;
    let wish = Wish { scopes: form.scopes, login_hint: form.login_hint, params: form.additional_params };
    let redirect_uri = redirect_uri(cx, provider);
    let binding =
        Binding { state: &begun.state, verifier: &verifier, nonce: nonce.as_deref(), redirect_uri: &redirect_uri };
    let url = provider.authorization_url(&wish, &binding).await.map_err(|trouble| away(provider, &trouble))?;
    let cookies = &cx.house.sessions.cookies;
    let life = |key, seconds| cookies.configured_max_age(key).or(Some(seconds));
    cx.set_cookies(vec![match &begun.sealed {
        Some(sealed) => cookies.set_sealed(CookieKey::OauthState, sealed, life(CookieKey::OauthState, SEALED)),
        None => cookies.set(CookieKey::State, &begun.state, life(CookieKey::State, SIGNED)),
    }]);
    let reply = Reply::json(&json!({ "url": url, "redirect": !form.disable_redirect }))?;
    Ok(if form.disable_redirect { reply } else { reply.location(&url) })
}

fn away(provider: &Provider, trouble: &Trouble) -> Error {
    tracing::warn!(provider = provider.id(), "a flow cannot begin: {trouble}");
    Error::unavailable("a provider does not say where its users meet it")
}
