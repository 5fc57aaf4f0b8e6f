//! X, which tells a confirmed address to those who ask for it.

use super::Builtin;
use crate::oauth::spec::{ClientAuth, Quirk};

pub static TWITTER: Builtin = Builtin {
    id: "twitter",
    authorization: "https://x.com/i/oauth2/authorize",
    token: "https://api.x.com/2/oauth2/token",
    user_info: "https://api.x.com/2/users/me?user.fields=profile_image_url",
    scopes: &["users.read", "tweet.read", "offline.access", "users.email"],
    pkce: true,
    client_auth: ClientAuth::Basic,
    subject: "/data/id",
    name: &["/data/name"],
    email: "/data/email",
    email_verified: "",
    image: &["/data/profile_image_url"],
    quirk: Quirk::Twitter,
    ..Builtin::PLAIN
};
