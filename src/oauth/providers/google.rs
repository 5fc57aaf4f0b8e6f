//! Google, by ID tokens.

use super::Builtin;
use crate::oauth::spec::{Quirk, Source};

pub static GOOGLE: Builtin = Builtin {
    id: "google",
    authorization: "https://accounts.google.com/o/oauth2/v2/auth",
    token: "https://oauth2.googleapis.com/token",
    jwks: "https://www.googleapis.com/oauth2/v3/certs",
    issuers: &["https://accounts.google.com", "accounts.google.com"],
    scopes: &["email", "profile", "openid"],
    pkce: true,
    takes_login_hint: true,
    params: &[("include_granted_scopes", "true")],
    options: &[
        ("display", "display", ""),
        ("prompt", "prompt", ""),
        ("hd", "hd", ""),
        ("access_type", "access_type", ""),
    ],
    signs_in: true,
    max_age: Some(3600),
    source: Source::IdToken,
    subject: "/sub",
    quirk: Quirk::Google { hosted_domain: None },
    ..Builtin::PLAIN
};
