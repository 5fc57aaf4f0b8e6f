//! `[plugins.admin]`.

use serde_json::json;

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
}

impl AdminConfig {
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut plugins = root.table("plugins");
        let mut section = plugins.table("admin");
        let doc = "Users have roles and can be banned, and `/admin/jwks` is open to admins.";
        let enabled = section.bool("enabled", false, doc);
        let default_role = section.text("default_role", "user", "The role of whoever signs up.");
        let roles = section.list("admin_roles", &["admin"], "The roles of admins.");
        let ids = section.list("admin_user_ids", &[], "The ids of users who are admins whatever their role.");
        let doc = "What somebody who is banned is told at sign-in.";
        let banned_user_message = section.text("banned_user_message", code::BANNED_USER.message, doc);
        if roles.is_empty() && ids.is_empty() && enabled {
            section.warn("admin_roles", "is empty, and so is admin_user_ids: nobody is an admin");
        }
        Self { enabled, default_role, admins: AdminUsers { roles, ids }, banned_user_message }
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
