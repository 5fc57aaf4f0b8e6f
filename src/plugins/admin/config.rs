//! `[plugins.admin]`.

use serde_json::json;

use super::access::Access;
use crate::base::{Field, FieldKind, code};
use crate::config::Section;
use crate::users::admins::AdminUsers;

/// Roles and bans.
#[derive(Clone, Debug)]
pub struct AdminConfig {
    pub enabled: bool,
    /// The role of whoever signs up.
    pub default_role: String,
    pub admins: AdminUsers,
    /// What somebody is told who is banned.
    pub banned_user_message: String,
    pub access: Access,
    /// The reason of a ban that gives none.
    pub default_ban_reason: String,
    /// How long a ban lasts that does not say, in seconds; None for one without end.
    pub default_ban_expires_in: Option<i64>,
    /// How long an admin is somebody else, in seconds.
    pub impersonation_session_duration: i64,
    pub allow_impersonating_admins: bool,
}

/// The longest ban, in seconds: a hundred years.
pub const LONGEST_BAN: i64 = 3_153_600_000;
/// Better Auth's impersonations end after an hour.
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

impl AdminConfig {
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut plugins = root.table("plugins");
        let mut section = plugins.table("admin");
        let doc = "Users have roles and can be banned, and admins have the endpoints below `/admin`.";
        let enabled = section.bool("enabled", false, doc);
        let default_role = section.text("default_role", "user", "The role of whoever signs up.");
        let roles = section.list("admin_roles", &["admin"], "The roles of admins.");
        let ids = section.list("admin_user_ids", &[], "The ids of users who are admins whatever their role.");
        let doc = "What somebody who is banned is told at sign-in.";
        let banned_user_message = section.text("banned_user_message", code::BANNED_USER.message, doc);
        if roles.is_empty() && ids.is_empty() && enabled {
            section.warn("admin_roles", "is empty, and so is admin_user_ids: nobody is an admin");
        }
        let reason = section.text("default_ban_reason", "No reason", "The reason of a ban that gives none.");
        let doc = "How long a ban lasts that does not say, in seconds; 0 for one without end.";
        let ban = section.span("default_ban_expires_in", 0, 0..=LONGEST_BAN, doc);
        let doc = "How long an admin who impersonates a user is that user, a day at most.";
        let impersonation = section.span("impersonation_session_duration", HOUR, 1..=DAY, doc);
        if impersonation > HOUR {
            section.warn("impersonation_session_duration", "is more than an hour: an admin is somebody else for long");
        }
        let doc =
            "Whether admins may impersonate admins, which otherwise takes the permission `user.impersonate-admins`.";
        let allow_impersonating_admins = section.bool("allow_impersonating_admins", false, doc);
        let access = Access::read(&mut section);
        if let Some(unknown) = roles.iter().find(|role| !access.knows(role)).filter(|_| section.has("admin_roles")) {
            let text = format!("has {unknown:?}, which is no role of plugins.admin.roles");
            match access.is_configured() {
                true => section.refuse("admin_roles", text),
                false => {
                    section.warn("admin_roles", format!("{text}: it has no permission below /admin but for the keys"))
                }
            }
        }
        Self {
            enabled,
            default_role,
            admins: AdminUsers {
                roles,
                ids,
                known: access.names().map(str::to_owned).collect(),
                takes_others: !access.is_configured(),
            },
            banned_user_message,
            access,
            default_ban_reason: reason,
            default_ban_expires_in: (ban > 0).then_some(ban),
            impersonation_session_duration: impersonation,
            allow_impersonating_admins,
        }
    }

    /// Puts the plugin's own fields before those that the deployment has declared. A field that would take the place of
    /// one of them is refused: else a client could set what grants rights.
    pub fn add_fields(&self, root: &mut Section<'_>, user: &mut Vec<Field>, session: &mut Vec<Field>) {
        if !self.enabled {
            return;
        }
        for (owner, own, declared) in [("user", user_fields(), user), ("session", session_fields(), session)] {
            for field in declared.iter().filter(|field| own.iter().any(|mine| mine.name == field.name)) {
                let text = "is a field of the admin plugin; remove it here, or turn plugins.admin off";
                root.at(&[owner, "additional_fields"]).refuse(&field.name, text);
            }
            declared.splice(0..0, own);
        }
    }
}

/// In the order of Better Auth's own.
fn user_fields() -> Vec<Field> {
    let kept = |name: &str, kind| Field { input: false, ..Field::optional(name, kind) };
    vec![
        kept("role", FieldKind::String),
        Field { default: Some(json!(false)), ..kept("banned", FieldKind::Boolean) },
        kept("banReason", FieldKind::String),
        kept("banExpires", FieldKind::Date),
    ]
}

fn session_fields() -> Vec<Field> {
    vec![Field { input: false, ..Field::optional("impersonatedBy", FieldKind::String) }]
}
