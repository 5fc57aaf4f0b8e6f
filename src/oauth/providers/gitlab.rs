//! GitLab, or one that is run elsewhere.

use super::Builtin;
use crate::oauth::spec::Quirk;

pub static GITLAB: Builtin = Builtin {
    id: "gitlab",
    variables: &[("issuer", "https://gitlab.com")],
    authorization: "{issuer}/oauth/authorize",
    token: "{issuer}/oauth/token",
    user_info: "{issuer}/api/v4/user",
    scopes: &["read_user"],
    pkce: true,
    takes_login_hint: true,
    name: &["/name", "/username"],
    image: &["/avatar_url"],
    quirk: Quirk::GitLab,
    ..Builtin::PLAIN
};
