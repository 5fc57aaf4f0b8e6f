//! What of `[session]` decides where sessions are.

use crate::config::Section;

#[derive(Clone, Copy, Debug, Default)]
pub struct SessionHomeConfig {
    /// Whether the rows of ended sessions stay.
    pub preserve: bool,
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
        Self { preserve: section.bool("preserve_session_in_database", false, doc) }
    }
}
