//! `[verification]`: how values that are used once are kept. What their table is called stands with the other names.

use crate::config::Section;

#[derive(Clone, Debug, Default)]
pub struct VerificationConfig {
    /// Whether the database has them also where there is secondary storage.
    pub store_in_database: bool,
    /// Whether of each name nothing but a digest is kept.
    pub hashed: bool,
}

impl VerificationConfig {
    /// Reads `[verification]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.table("verification");
        let doc = "Whether values that are used once (links, states) are in the database although there is secondary storage.";
        let store_in_database = section.bool("store_in_database", false, doc);
        let doc = "How the names of such values are kept: `\"hashed\"`, and whoever reads them can use none.";
        let hashed = section.choice("store_identifier", &[("plain", false), ("hashed", true)], &[], doc);
        Self { store_in_database, hashed }
    }
}
