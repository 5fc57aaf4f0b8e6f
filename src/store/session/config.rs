//! What of `[session]` decides where sessions are.

use crate::config::Section;

#[derive(Clone, Copy, Debug)]
pub struct SessionHomeConfig {
    /// Whether the rows of ended sessions stay.
    pub preserve: bool,
    /// Whether secondary storage has copies of sessions.
    pub copies: bool,
    /// Whether sessions that a Better Auth has in secondary storage alone become rows.
    pub adopt: bool,
}

impl Default for SessionHomeConfig {
    fn default() -> Self {
        Self { preserve: false, copies: true, adopt: false }
    }
}

impl SessionHomeConfig {
    /// Reads where sessions are.
    pub fn read(root: &mut Section<'_>, has_secondary: bool) -> Self {
        let mut section = root.table("session");
        let unset = "`true` where there is a database";
        let doc = "Sessions are rows of the database also where there is secondary storage, which then makes reading them faster.";
        if section.optional_bool("store_session_in_database", unset, doc) == Some(false) && has_secondary {
            section.refuse("store_session_in_database", "is not supported yet; set it to true: Redis is a cache");
        }
        let doc = "Ended sessions stay in the database, as rows that have expired.";
        let preserve = section.bool("preserve_session_in_database", false, doc);
        let doc = "Secondary storage has copies of sessions, for a minute. `false` beside a Better Auth, which changes and \
            ends sessions without telling Signet.";
        let copies = section.bool("copies_in_secondary_storage", true, doc);
        let doc = "Sessions that a Better Auth keeps in Redis alone are honoured and become rows of the database. Whoever \
            can write to Redis can then sign in as anybody. Ended sessions stay as rows, as with \
            `preserve_session_in_database`.";
        let adopt = section.bool("adopt_from_secondary_storage", false, doc);
        if adopt && !has_secondary {
            let text = "needs the Redis that Better Auth has its sessions in; set secondary_storage.url";
            section.refuse("adopt_from_secondary_storage", text);
        }
        Self { preserve, copies, adopt }
    }
}
