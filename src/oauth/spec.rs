//! What a provider is, as data: of a row of the built-in ones with what the deployment sets, or all of it the
//! deployment's own.

use secrecy::SecretString;

use crate::crypto::jose::Algorithm;

/// A provider.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its name in URLs and in rows.
    pub id: String,
    /// The first is the client; ID tokens may be for any of them.
    pub client_ids: Vec<String>,
    pub client_secret: Option<SecretString>,
    pub client_auth: ClientAuth,
    /// In the place of `BASE/callback/ID`.
    pub redirect_uri: Option<String>,
    pub endpoints: Endpoints,
    /// Where an OpenID provider describes itself; what is set by hand goes before what it says.
    pub discovery: Option<Discovery>,
    pub authorization: Authorization,
    pub id_token: IdTokenRule,
    pub profile: ProfileRule,
    pub sign_up: SignUpRule,
    /// Parameters of the token request that the protocol does not know.
    pub token_params: Vec<(String, String)>,
    /// Parameters of a refresh that the protocol does not know.
    pub refresh_params: Vec<(String, String)>,
    /// How many seconds an access token is good for whose answer does not say.
    pub access_token_expires_in: Option<i64>,
    /// Where the browser goes after the provider's logout, unless the sign-out says.
    pub post_logout_redirect_uri: Option<String>,
    pub disable_provider_logout: bool,
}

/// Its URLs, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    pub authorization: Option<String>,
    pub token: Option<String>,
    pub user_info: Option<String>,
    pub jwks: Option<String>,
    pub end_session: Option<String>,
    /// Whom its ID tokens name; several where it is known by several names.
    pub issuers: Vec<String>,
}

/// Where an OpenID provider describes itself, and what it wants to be asked with.
#[derive(Clone, Debug)]
pub struct Discovery {
    pub url: String,
    pub headers: Vec<(String, String)>,
}

/// How a client proves who it is at the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAuth {
    /// In the body: `client_id`, and `client_secret` if there is one.
    #[default]
    Post,
    /// In the `Authorization` header (RFC 6749 §2.3.1).
    Basic,
}

/// What the browser is sent to the provider with.
#[derive(Clone, Debug, Default)]
pub struct Authorization {
    pub scopes: Vec<String>,
    /// Whether the scopes that a request asks for come before these.
    pub asked_first: bool,
    pub pkce: bool,
    pub takes_login_hint: bool,
    pub response_type: Option<String>,
    /// Further parameters, each with its value. A request's own go before them.
    pub params: Vec<(String, String)>,
}

/// What its ID tokens must be.
#[derive(Clone, Debug, Default)]
pub struct IdTokenRule {
    /// What they may be signed with, unless discovery says.
    pub algorithms: Vec<Algorithm>,
    /// Those for whom they are, beside the clients.
    pub audience: Vec<String>,
    /// How many seconds ago one may have been issued.
    pub max_age: Option<i64>,
    /// Whether a client may present one to sign in with.
    pub signs_in: bool,
    /// Whether a nonce binds it to the flow, where there are keys to verify it with.
    pub nonce: bool,
    /// Whether its nonce may be the SHA-256 of the one that was asked for.
    pub hashed_nonce: bool,
    /// Whether a sign-in without a verified one is refused.
    pub required: bool,
}

/// Where a profile comes from and what its members are called.
#[derive(Clone, Debug)]
pub struct ProfileRule {
    pub source: Source,
    pub mapping: Mapping,
    pub quirk: Quirk,
}

/// Where a profile comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The ID token alone.
    IdToken,
    /// The user info endpoint, with the access token.
    UserInfo,
    /// The same by POST.
    UserInfoByPost,
    /// A verified ID token that names an address, else the user info endpoint.
    Either,
}

/// The members of a profile, each by JSON pointers (RFC 6901) of which the first that finds a text counts.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub subject: Vec<String>,
    pub name: Vec<String>,
    pub email: Vec<String>,
    /// Empty where the provider says nothing.
    pub email_verified: Vec<String>,
    pub image: Vec<String>,
}

/// What a provider does in its own way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quirk {
    None,
    /// The name comes beside the token, once; flags are texts.
    Apple,
    /// The image has to be put together.
    Discord,
    /// An access token may be another application's.
    Facebook,
    /// Addresses are on a page of their own.
    GitHub,
    /// Users may be locked.
    GitLab,
    /// A hosted domain may be asked for.
    Google {
        hosted_domain: Option<String>,
    },
    /// The issuer is the tenant's.
    Microsoft {
        authority: String,
        tenant: String,
    },
    /// There is no address.
    Reddit,
    /// The address has to be asked for.
    Twitter,
    /// Flags are numbers.
    Zoom,
}

/// Who may become a user.
#[derive(Clone, Copy, Debug, Default)]
pub struct SignUpRule {
    pub disabled: bool,
    /// Only requests that ask for it make a user.
    pub only_on_request: bool,
    /// Whether each sign-in puts the provider's profile in the place of the user's own.
    pub override_user_info: bool,
    /// Whether a session is opened only for a verified address.
    pub require_email_verification: bool,
}
