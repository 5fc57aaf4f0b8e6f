//! Apple answers by a form, and tells the name of a user once, beside the code.

use super::Builtin;
use crate::oauth::spec::{Quirk, Source};

pub static APPLE: Builtin = Builtin {
    id: "apple",
    authorization: "https://appleid.apple.com/auth/authorize",
    token: "https://appleid.apple.com/auth/token",
    jwks: "https://appleid.apple.com/auth/keys",
    issuers: &["https://appleid.apple.com"],
    scopes: &["email", "name"],
    pkce: true,
    response_type: Some("code id_token"),
    params: &[("response_mode", "form_post")],
    signs_in: true,
    max_age: Some(3600),
    source: Source::IdToken,
    subject: "/sub",
    image: &[],
    quirk: Quirk::Apple,
    ..Builtin::PLAIN
};
