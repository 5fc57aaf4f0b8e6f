//! The built-in providers, each a row of data. What a deployment may set beside it is read in `config/social.rs`.

mod apple;
mod discord;
mod dropbox;
mod facebook;
mod github;
mod gitlab;
mod google;
mod linkedin;
mod microsoft;
mod reddit;
mod slack;
mod spotify;
mod twitch;
mod twitter;
mod zoom;

use super::spec::{ClientAuth, Quirk, Source};

/// A built-in provider. URLs may name variables in braces: `{tenant_id}`.
pub struct Builtin {
    pub id: &'static str,
    /// Keys of the configuration that URLs name, with their defaults.
    pub variables: &'static [(&'static str, &'static str)],
    pub authorization: &'static str,
    pub token: &'static str,
    /// Empty where there is none, like the next.
    pub user_info: &'static str,
    pub jwks: &'static str,
    pub issuers: &'static [&'static str],
    pub scopes: &'static [&'static str],
    pub asked_first: bool,
    pub pkce: bool,
    pub takes_login_hint: bool,
    pub response_type: Option<&'static str>,
    /// Parameters of the authorization URL that are always there.
    pub params: &'static [(&'static str, &'static str)],
    /// Keys of the configuration that become parameters of it, with their defaults; an empty one is none.
    pub options: &'static [(&'static str, &'static str, &'static str)],
    pub client_auth: ClientAuth,
    /// Whether clients may present an ID token to sign in with.
    pub signs_in: bool,
    /// How many seconds ago an ID token may have been issued.
    pub max_age: Option<i64>,
    pub source: Source,
    pub subject: &'static str,
    pub name: &'static [&'static str],
    pub email: &'static str,
    pub email_verified: &'static str,
    pub image: &'static [&'static str],
    pub quirk: Quirk,
}

impl Builtin {
    /// What most providers have in common.
    const PLAIN: Self = Self {
        id: "",
        variables: &[],
        authorization: "",
        token: "",
        user_info: "",
        jwks: "",
        issuers: &[],
        scopes: &[],
        asked_first: false,
        pkce: false,
        takes_login_hint: false,
        response_type: None,
        params: &[],
        options: &[],
        client_auth: ClientAuth::Post,
        signs_in: false,
        max_age: None,
        source: Source::UserInfo,
        subject: "/id",
        name: &["/name"],
        email: "/email",
        email_verified: "/email_verified",
        image: &["/picture"],
        quirk: Quirk::None,
    };
}

/// All of them, by name.
pub static ALL: [&Builtin; 15] = [
    &apple::APPLE,
    &discord::DISCORD,
    &dropbox::DROPBOX,
    &facebook::FACEBOOK,
    &github::GITHUB,
    &gitlab::GITLAB,
    &google::GOOGLE,
    &linkedin::LINKEDIN,
    &microsoft::MICROSOFT,
    &reddit::REDDIT,
    &slack::SLACK,
    &spotify::SPOTIFY,
    &twitch::TWITCH,
    &twitter::TWITTER,
    &zoom::ZOOM,
];
