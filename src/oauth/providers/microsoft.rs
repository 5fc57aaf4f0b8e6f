//! Microsoft Entra ID: one tenant's users, or those of several kinds of tenants.

use super::Builtin;
use crate::oauth::spec::{Quirk, Source};

pub static MICROSOFT: Builtin = Builtin {
    id: "microsoft",
    variables: &[("authority", "https://login.microsoftonline.com"), ("tenant_id", "common")],
    authorization: "{authority}/{tenant_id}/oauth2/v2.0/authorize",
    token: "{authority}/{tenant_id}/oauth2/v2.0/token",
    jwks: "{authority}/{tenant_id}/discovery/v2.0/keys",
    scopes: &["openid", "profile", "email", "User.Read", "offline_access"],
    pkce: true,
    takes_login_hint: true,
    options: &[("prompt", "prompt", "")],
    signs_in: true,
    max_age: Some(3600),
    source: Source::IdToken,
    subject: "/oid",
    quirk: Quirk::Microsoft { authority: String::new(), tenant: String::new() },
    ..Builtin::PLAIN
};
