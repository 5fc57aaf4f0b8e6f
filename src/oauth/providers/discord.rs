//! Discord gives the parts of an image, and asks for consent once.

use super::Builtin;
use crate::oauth::spec::Quirk;

pub static DISCORD: Builtin = Builtin {
    id: "discord",
    authorization: "https://discord.com/api/oauth2/authorize",
    token: "https://discord.com/api/oauth2/token",
    user_info: "https://discord.com/api/users/@me",
    scopes: &["identify", "email"],
    asked_first: true,
    options: &[("prompt", "prompt", "none"), ("permissions", "permissions", "")],
    name: &["/global_name", "/username"],
    email_verified: "/verified",
    image: &[],
    quirk: Quirk::Discord,
    ..Builtin::PLAIN
};
