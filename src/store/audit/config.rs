//! `[audit]`.

use crate::config::Section;
use crate::store::config::{DatabaseConfig, DatabaseUrl};

/// The longest that lines are kept, in days: a hundred years.
const LONGEST: i64 = 36_500;

/// The audit trail.
#[derive(Clone, Copy, Debug)]
pub struct AuditConfig {
    pub enabled: bool,
    /// In days; None for ever.
    pub retention: Option<i64>,
}

impl AuditConfig {
    /// Reads `[audit]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut section = root.table("audit");
        let doc = "A line in `signet_audit` for every sign-in, every change of a user, a session or a key, and what was \
                   refused of these; written with the act. Not without a database.";
        let enabled = section.bool("enabled", true, doc);
        let doc = "For how many days lines are kept; 0 for ever.";
        let days = section.integer("retention", 365, 0..=LONGEST, doc);
        Self { enabled, retention: (days > 0).then_some(days) }
    }

    /// Off where what is written down would end with the process.
    pub fn with(self, database: &DatabaseConfig) -> Self {
        Self { enabled: self.enabled && !matches!(database.url, DatabaseUrl::Nowhere), ..self }
    }
}
