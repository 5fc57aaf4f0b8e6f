//! `[plugins.open_api]`.

use crate::config::{Section, Unset};

/// The API's own description.
#[derive(Clone, Debug)]
pub struct OpenApiConfig {
    pub enabled: bool,
    /// Where the page is, below the base path.
    pub path: String,
    pub disable_default_reference: bool,
}

impl OpenApiConfig {
    /// Reads `[plugins.open_api]`.
    pub fn read(root: &mut Section<'_>) -> Self {
        let mut plugins = root.table("plugins");
        let mut section = plugins.table("open_api");
        let doc = "`/open-api/generate-schema` describes the API, and a page shows it.";
        let enabled = section.bool("enabled", true, doc);
        let unset = Unset::Is("\"/reference\"".to_owned());
        let path = section.ask("path", "path", unset, "Where the page is, below the base path.", |given| {
            let path = given.text().filter(|path| is_plain(path));
            path.map(str::to_owned).ok_or_else(|| "must be a path like \"/reference\"".to_owned())
        });
        Self {
            enabled,
            path: path.unwrap_or_else(|| "/reference".to_owned()),
            disable_default_reference: section.bool("disable_default_reference", false, "There is no page."),
        }
    }
}

fn is_plain(path: &str) -> bool {
    let mut segments = path.split('/');
    let plain = |segment: &str| {
        !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    segments.next() == Some("") && path.len() > 1 && segments.all(plain)
}
