//! Slack, whose members are named by URLs.

use super::Builtin;

pub static SLACK: Builtin = Builtin {
    id: "slack",
    authorization: "https://slack.com/openid/connect/authorize",
    token: "https://slack.com/api/openid.connect.token",
    user_info: "https://slack.com/api/openid.connect.userInfo",
    scopes: &["openid", "profile", "email"],
    asked_first: true,
    subject: "/https:~1~1slack.com~1user_id",
    image: &["/picture", "/https:~1~1slack.com~1user_image_512"],
    ..Builtin::PLAIN
};
