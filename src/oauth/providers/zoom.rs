//! Zoom, whose scopes are set where the application is registered.

use super::Builtin;
use crate::oauth::spec::Quirk;

pub static ZOOM: Builtin = Builtin {
    id: "zoom",
    authorization: "https://zoom.us/oauth/authorize",
    token: "https://zoom.us/oauth/token",
    user_info: "https://api.zoom.us/v2/users/me",
    pkce: true,
    name: &["/display_name"],
    email_verified: "/verified",
    image: &["/pic_url"],
    quirk: Quirk::Zoom,
    ..Builtin::PLAIN
};
