//! What of `[session]` decides where sessions are.

use crate::config::Section;
use crate::store::side_by_side::BetterAuth;

#[derive(Clone, Copy, Debug)]
pub struct SessionHomeConfig {
    /// Whether the rows of ended sessions stay.
    pub preserve: bool,
    /// Whether secondary storage has copies of sessions.
    pub copies: bool,
    /// Whether sessions that a Better Auth has in secondary storage alone become rows.
    pub adopt: bool,
    /// Whether a Better Auth beside this server has copies there, which are kept as it keeps them.
    pub mirrors: bool,
}

impl Default for SessionHomeConfig {
    fn default() -> Self {
        Self { preserve: false, copies: true, adopt: false, mirrors: false }
    }
}

impl SessionHomeConfig {
    /// Reads where sessions are.
    pub fn read(root: &mut Section<'_>, has_secondary: bool, beside: Option<&BetterAuth>) -> Self {
        let mut section = root.table("session");
        let unset = "`true` where there is a database";
        let doc = "Sessions are rows of the database also where there is secondary storage, which then makes reading them faster.";
        if section.optional_bool("store_session_in_database", unset, doc) == Some(false) && has_secondary {
            section.refuse("store_session_in_database", "is not supported yet; set it to true: Redis is a cache");
        }
        let doc = "Ended sessions stay in the database, as rows that have expired.";
        let preserve = section.bool("preserve_session_in_database", false, doc);
        let doc = "Secondary storage has copies of sessions, for a minute.";
        let unset = "`true`, with `[side_by_side]` `false`";
        let copies = section.optional_bool("copies_in_secondary_storage", unset, doc);
        if let (Some(other), Some(true)) = (beside, copies) {
            let text = format!("makes no sense: the {other} beside this server has copies of its own there; remove it");
            section.refuse("copies_in_secondary_storage", text);
        }
        let doc = "Sessions that a Better Auth keeps in Redis alone are honoured and become rows of the database. Whoever \
            can write to Redis can then sign in as anybody. Ended sessions stay as rows, as with \
            `preserve_session_in_database`.";
        let adopt = section.bool("adopt_from_secondary_storage", false, doc);
        if adopt && !has_secondary {
            let text = "needs the Redis that Better Auth has its sessions in; set secondary_storage.url";
            section.refuse("adopt_from_secondary_storage", text);
        }
        let mirrors = has_secondary && beside.is_some();
        Self { preserve, copies: copies.unwrap_or(beside.is_none()), adopt, mirrors }
    }
}
