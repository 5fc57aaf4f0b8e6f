//! `[cors]`.

use std::time::Duration;

use super::SiteConfig;
use super::origins;
use crate::config::Section;

/// Which pages of other origins may call from scripts.
#[derive(Clone, Debug)]
pub struct CorsConfig {
    pub enabled: bool,
    /// Empty for the trusted ones.
    pub origins: Vec<String>,
    pub max_age: Duration,
}

impl CorsConfig {
    /// Reads `[cors]`.
    pub fn read(root: &mut Section<'_>, site: &SiteConfig) -> Self {
        let mut section = root.table("cors");
        let doc = "Pages of other origins may call from scripts, with cookies.";
        let enabled = section.bool("enabled", false, doc);
        let doc = "Whose: written as in `trusted_origins`, which is what `[]` means.";
        let given = origins::read(&mut section, "origins", doc, site.production);
        let doc = "How long a browser may keep what a preflight was answered.";
        let max_age = section.duration("max_age", 600, 0..=86_400, doc);
        if enabled && given.is_empty() && site.trusted_origins.is_empty() {
            section.warn("enabled", "lets nobody in: `trusted_origins` names no other origin");
        }
        let origins = if given.is_empty() { site.trusted_origins.clone() } else { given };
        Self { enabled, origins, max_age }
    }
}
