//! Twitch puts into ID tokens what it is asked for.

use super::Builtin;
use crate::oauth::spec::Source;

pub static TWITCH: Builtin = Builtin {
    id: "twitch",
    authorization: "https://id.twitch.tv/oauth2/authorize",
    token: "https://id.twitch.tv/oauth2/token",
    jwks: "https://id.twitch.tv/oauth2/keys",
    issuers: &["https://id.twitch.tv/oauth2"],
    scopes: &["user:read:email", "openid"],
    params: &[(
        "claims",
        r#"{"id_token":{"email":null,"email_verified":null,"preferred_username":null,"picture":null}}"#,
    )],
    source: Source::IdToken,
    subject: "/sub",
    name: &["/preferred_username"],
    ..Builtin::PLAIN
};
