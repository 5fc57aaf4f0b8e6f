//! Who somebody is, as the provider says.

mod quirks;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use super::provider::{Provider, Trouble};
use super::spec::{Quirk, Source};
use super::tokens::Tokens;
use crate::base::text::email::Email;
use crate::base::text::plain::storable;
use crate::crypto::jose::foreign::claims_of_kept;

/// The longest URL of an image that is kept, in bytes.
const LONGEST_IMAGE: usize = 2048;

/// Somebody at a provider.
#[derive(Clone)]
pub struct Identity {
    /// The name of the account at the provider.
    pub account_id: String,
    pub name: Option<String>,
    /// As the provider writes it.
    pub email: Option<String>,
    pub email_verified: bool,
    pub image: Option<String>,
    /// All that the provider said.
    pub data: Map<String, Value>,
}

/// How the ID token among some tokens came.
#[derive(Clone, Copy)]
pub enum Trust<'n> {
    /// From the provider or a client, in a flow with this nonce.
    Verify(Option<&'n str>),
    /// It has been verified: a moment ago, or when it was put into the row that it comes from.
    Known,
}

impl Identity {
    /// The address in the one form in which addresses are compared.
    pub fn address(&self) -> Option<Email> {
        Email::parse(self.email.as_deref()?)
    }
}

impl Provider {
    /// Whose tokens these are; None, with a line in the log, where that cannot be learned or is not to be believed.
    /// `hint` is what came with the code or the token: Apple names its users there, once.
    pub async fn identity(&self, tokens: &Tokens, trust: Trust<'_>, hint: Option<&Value>) -> Option<Identity> {
        match self.profile(tokens, trust).await {
            Ok(Some(profile)) => self.mapped(profile, hint).await,
            Ok(None) => None,
            Err(trouble) => {
                tracing::warn!(provider = self.id(), "no profile can be had: {trouble}");
                None
            }
        }
    }

    /// Whether a client may present this text in the place of an ID token, for it is no JWT: Facebook's apps have access
    /// tokens alone.
    pub fn takes_opaque(&self, token: &SecretString) -> bool {
        self.spec.profile.quirk == Quirk::Facebook && is_opaque(token)
    }

    async fn profile(&self, tokens: &Tokens, trust: Trust<'_>) -> Result<Option<Map<String, Value>>, Trouble> {
        let claims = match self.claims(tokens, trust).await {
            Claims::Good(claims) => Some(claims),
            Claims::None if self.spec.id_token.required => return Ok(None),
            Claims::None => None,
            Claims::Bad => return Ok(None),
        };
        match self.spec.profile.source {
            Source::IdToken => Ok(claims),
            Source::UserInfo | Source::UserInfoByPost => self.user_info(tokens).await,
            Source::Either => match claims {
                Some(claims) if claims.contains_key("email") || self.spec.profile.quirk == Quirk::Facebook => {
                    Ok(Some(self.as_better_auth_has_it(claims)))
                }
                claims => {
                    let profile = self.user_info(tokens).await?.map(|profile| self.as_better_auth_has_it(profile));
                    Ok(profile.filter(|profile| agree(claims.as_ref(), profile)))
                }
            },
        }
    }

    async fn claims(&self, tokens: &Tokens, trust: Trust<'_>) -> Claims {
        let uses_them = matches!(self.spec.profile.source, Source::IdToken | Source::Either);
        let Some(token) = tokens.id.as_ref().filter(|_| uses_them && self.verifies()) else { return Claims::None };
        // Facebook's may be an access token, which proves itself in another way.
        if self.takes_opaque(token) {
            return Claims::None;
        }
        let claims = match trust {
            Trust::Verify(nonce) => self.verified(token, nonce).await,
            Trust::Known => claims_of_kept(token.expose_secret()),
        };
        claims.map_or(Claims::Bad, Claims::Good)
    }

    async fn user_info(&self, tokens: &Tokens) -> Result<Option<Map<String, Value>>, Trouble> {
        let (Some(access), Some(url)) = (&tokens.access, self.description().await?.endpoints.user_info) else {
            return Ok(None);
        };
        let client = self.outbound.client()?;
        let request = match self.spec.profile.source {
            Source::UserInfoByPost => client.post(&url),
            _ => client.get(&url),
        };
        match self.ask(request, access).await? {
            Value::Object(profile) => self.completed(profile, access, &url).await,
            _ => Err(Trouble::Answer),
        }
    }

    /// What Better Auth adds to the profiles of providers of one's own, and shows.
    fn as_better_auth_has_it(&self, mut profile: Map<String, Value>) -> Map<String, Value> {
        if self.spec.profile.quirk == Quirk::None {
            let verified = profile.get("email_verified").cloned().unwrap_or(Value::Bool(false));
            profile.entry("emailVerified").or_insert(verified);
            if let Some(picture) = profile.get("picture").cloned() {
                profile.entry("image").or_insert(picture);
            }
        }
        profile
    }

    async fn mapped(&self, profile: Map<String, Value>, hint: Option<&Value>) -> Option<Identity> {
        let is_openid = self.description().await.is_ok_and(|description| description.is_openid);
        let data = Value::Object(profile);
        let mapping = &self.spec.profile.mapping;
        let usual = if is_openid { "/sub" } else { "/id" };
        let subject = if mapping.subject.is_empty() { &vec![usual.to_owned()] } else { &mapping.subject };
        let Some(account_id) = first(&data, subject, account_id) else {
            tracing::warn!(provider = self.id(), "a profile names no account");
            return None;
        };
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty() && storable(text)).map(str::to_owned);
        let mut identity = Identity {
            account_id,
            name: first(&data, &mapping.name, text),
            email: first(&data, &mapping.email, text),
            // A text, a number or nothing is no promise.
            email_verified: first(&data, &mapping.email_verified, Value::as_bool).unwrap_or(false),
            image: first(&data, &mapping.image, text),
            data: Map::new(),
        };
        if let Value::Object(data) = data {
            identity.data = data;
        }
        self.adjusted(&mut identity, hint);
        identity.image = identity.image.filter(|image| is_web_page(image));
        Some(identity)
    }
}

/// What came of an ID token.
enum Claims {
    None,
    Bad,
    Good(Map<String, Value>),
}

/// Two answers about the same person name the same (OpenID Connect Core 1.0 §5.3.2).
fn agree(claims: Option<&Map<String, Value>>, profile: &Map<String, Value>) -> bool {
    claims.is_none_or(|claims| claims.get("sub") == profile.get("sub"))
}

/// The first of some places that holds what is wanted.
fn first<T>(data: &Value, pointers: &[String], read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    pointers.iter().find_map(|pointer| data.pointer(pointer).and_then(&read))
}

/// A text that is not empty, or a whole number.
fn account_id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let fits = !text.trim().is_empty() && storable(text) && text.len() <= 255;
            fits.then(|| text.clone())
        }
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// Whether browsers may be shown it as an image: it is never fetched here.
fn is_web_page(image: &str) -> bool {
    image.len() <= LONGEST_IMAGE && Url::parse(image).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn is_opaque(token: &SecretString) -> bool {
    token.expose_secret().split('.').count() != 3
}
