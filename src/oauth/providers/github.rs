//! GitHub tells which addresses are verified on a page of their own.

use super::Builtin;
use crate::oauth::spec::Quirk;

pub static GITHUB: Builtin = Builtin {
    id: "github",
    authorization: "https://github.com/login/oauth/authorize",
    token: "https://github.com/login/oauth/access_token",
    user_info: "https://api.github.com/user",
    scopes: &["read:user", "user:email"],
    pkce: true,
    takes_login_hint: true,
    options: &[("prompt", "prompt", "")],
    name: &["/name", "/login"],
    email_verified: "",
    image: &["/avatar_url"],
    quirk: Quirk::GitHub,
    ..Builtin::PLAIN
};
