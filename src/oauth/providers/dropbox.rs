//! Dropbox tells a profile to those who post.

use super::Builtin;
use crate::oauth::spec::Source;

pub static DROPBOX: Builtin = Builtin {
    id: "dropbox",
    authorization: "https://www.dropbox.com/oauth2/authorize",
    token: "https://api.dropboxapi.com/oauth2/token",
    user_info: "https://api.dropboxapi.com/2/users/get_current_account",
    scopes: &["account_info.read"],
    pkce: true,
    options: &[("access_type", "token_access_type", "")],
    source: Source::UserInfoByPost,
    subject: "/account_id",
    name: &["/name/display_name"],
    image: &["/profile_photo_url"],
    ..Builtin::PLAIN
};
