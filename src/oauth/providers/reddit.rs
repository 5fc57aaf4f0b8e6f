//! Reddit tells no address.

use super::Builtin;
use crate::oauth::spec::{ClientAuth, Quirk};

pub static REDDIT: Builtin = Builtin {
    id: "reddit",
    authorization: "https://www.reddit.com/api/v1/authorize",
    token: "https://www.reddit.com/api/v1/access_token",
    user_info: "https://oauth.reddit.com/api/v1/me",
    scopes: &["identity"],
    options: &[("duration", "duration", "")],
    client_auth: ClientAuth::Basic,
    email: "",
    email_verified: "",
    image: &["/icon_img"],
    quirk: Quirk::Reddit,
    ..Builtin::PLAIN
};
