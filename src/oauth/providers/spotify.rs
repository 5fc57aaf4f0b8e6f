//! Spotify does not say whether it has verified an address.

use super::Builtin;

pub static SPOTIFY: Builtin = Builtin {
    id: "spotify",
    authorization: "https://accounts.spotify.com/authorize",
    token: "https://accounts.spotify.com/api/token",
    user_info: "https://api.spotify.com/v1/me",
    scopes: &["user-read-email"],
    pkce: true,
    name: &["/display_name"],
    email_verified: "",
    image: &["/images/0/url"],
    ..Builtin::PLAIN
};
