//! LinkedIn.

use super::Builtin;

pub static LINKEDIN: Builtin = Builtin {
    id: "linkedin",
    authorization: "https://www.linkedin.com/oauth/v2/authorization",
    token: "https://www.linkedin.com/oauth/v2/accessToken",
    user_info: "https://api.linkedin.com/v2/userinfo",
    scopes: &["profile", "email", "openid"],
    takes_login_hint: true,
    subject: "/sub",
    ..Builtin::PLAIN
};
