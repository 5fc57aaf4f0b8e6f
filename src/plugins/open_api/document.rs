//! The description that is built in, cut to the routes that this server has.

use std::collections::HashSet;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::base::{Error, Result};
use crate::http::config::SiteConfig;

const WHOLE: &str = include_str!("../../../docs/openapi.json");
/// The description of this server.
pub struct Served {
    pub document: Map<String, Value>,
    pub body: Bytes,
}

impl Served {
    /// The description of the routes with these paths, `/reset-password/:token`. What is described under the first of
    /// two names is here under the second.
    pub fn new(site: &SiteConfig, paths: impl Iterator<Item = String>, renamed: &[(&str, &str)]) -> Result<Self> {
        let served: HashSet<String> = paths.map(|path| braced(&path)).collect();
        let mut document: Map<String, Value> = serde_json::from_str(WHOLE).map_err(Error::broken)?;
        let url = format!("{}{}", site.origin, site.base_path);
        document.insert("servers".into(), json!([{ "url": url, "description": site.app_name }]));
        if let Some(Value::Object(described)) = document.get_mut("paths") {
            let name = |path: String| moved(&path, renamed).unwrap_or(path);
            let here = std::mem::take(described).into_iter().map(|(path, item)| (name(path), item));
            described.extend(here.filter(|(path, _)| served.contains(path)));
        }
        let body = serde_json::to_vec(&document).map_err(Error::broken)?.into();
        Ok(Self { document, body })
    }
}

/// A path under another name: it or what it lies below is renamed.
fn moved(path: &str, renamed: &[(&str, &str)]) -> Option<String> {
    renamed.iter().find_map(|(from, to)| {
        let rest = path.strip_prefix(from).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
        Some(format!("{to}{rest}"))
    })
}

/// `/reset-password/:token` is described as `/reset-password/{token}`.
fn braced(path: &str) -> String {
    let part = |part: &str| part.strip_prefix(':').map_or_else(|| part.to_owned(), |name| format!("{{{name}}}"));
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}
