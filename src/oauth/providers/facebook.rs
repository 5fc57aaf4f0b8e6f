//! Facebook's access tokens are good for every application's profile, so whose one is has to be asked.

use super::Builtin;
use crate::oauth::spec::{Quirk, Source};

pub static FACEBOOK: Builtin = Builtin {
    id: "facebook",
    authorization: "https://www.facebook.com/v24.0/dialog/oauth",
    token: "https://graph.facebook.com/v24.0/oauth/access_token",
    user_info: "https://graph.facebook.com/me?fields=id,name,email,picture",
    jwks: "https://limited.facebook.com/.well-known/oauth/openid/jwks/",
    issuers: &["https://www.facebook.com"],
    scopes: &["email", "public_profile"],
    takes_login_hint: true,
    options: &[("config_id", "config_id", "")],
    signs_in: true,
    source: Source::Either,
    email_verified: "",
    image: &["/picture/data/url", "/picture"],
    quirk: Quirk::Facebook,
    ..Builtin::PLAIN
};
