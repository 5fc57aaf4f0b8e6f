//! `[plugins.revocations]`.

use crate::config::Section;

/// The feed of what was revoked.
#[derive(Clone, Debug)]
pub struct RevocationsConfig {
    pub enabled: bool,
    /// Whether anybody may read it; else resource servers alone.
    pub public: bool,
}

impl RevocationsConfig {
    /// Reads `[plugins.revocations]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut plugins = root.table("plugins");
        let mut section = plugins.table("revocations");
        let doc = "`/revocations`: sessions that ended and tokens that were revoked, for backends that verify tokens by \
                   themselves. Tokens have to name their session: a claim `sid = \"{session.id}\"`.";
        let enabled = section.bool("enabled", false, doc);
        let doc = "Anybody may read it: it holds digests alone. Off: only `resource_servers`, with their credentials.";
        Self { enabled, public: section.bool("public", true, doc) }
    }
}
