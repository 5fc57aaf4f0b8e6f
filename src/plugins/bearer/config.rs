//! `[plugins.bearer]`.

use crate::config::Section;

/// Session tokens in the `Authorization` header.
#[derive(Clone, Debug)]
pub struct BearerConfig {
    pub enabled: bool,
    /// Whether a bare session token is ignored.
    pub require_signature: bool,
}

impl BearerConfig {
    /// Reads `[plugins.bearer]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut plugins = root.table("plugins");
        let there = plugins.has("bearer");
        let mut section = plugins.table("bearer");
        if there && !section.has("enabled") {
            section.warn("enabled", "is not set, so the plugin is off; write `enabled = true` or `false`");
        }
        Self {
            enabled: section.bool("enabled", false, "Session tokens in `Authorization: Bearer`, beside cookies."),
            require_signature: section.bool(
                "require_signature",
                false,
                "Bare session tokens are ignored; signed ones count.",
            ),
        }
    }
}
