//! open_api: the API's own description, as OpenAPI 3.1 and as a page.

pub mod config;

mod document;
mod generate_schema;
mod reference;

use std::sync::Arc;

use self::config::OpenApiConfig;
use self::document::Served;
use super::Plugin;
use crate::base::Result;
use crate::http::config::SiteConfig;
use crate::http::endpoint::Endpoint;
use crate::moments::Moments;

/// The plugin, which describes the given endpoints and its own. What is described under one name may be `moved`.
///
/// # Errors
/// Where the description that is built in cannot be read: a fault of the program.
pub fn plugin<'e>(
    config: &OpenApiConfig,
    site: &SiteConfig,
    others: impl Iterator<Item = &'e Endpoint>,
    moved: &[(&str, &str)],
) -> Result<Option<Plugin>> {
    if !config.enabled {
        return Ok(None);
    }
    let own = [Some(generate_schema::PATH), (!config.disable_default_reference).then_some(config.path.as_str())];
    let served = others.map(|endpoint| endpoint.path.to_string()).chain(own.into_iter().flatten().map(str::to_owned));
    let renamed = [moved, &[("/reference", config.path.as_str())]].concat();
    let served = Arc::new(Served::new(site, served, &renamed)?);
    let mut endpoints = vec![generate_schema::endpoint(Arc::clone(&served))];
    if !config.disable_default_reference {
        endpoints.push(reference::endpoint(&config.path, &served)?);
    }
    Ok(Some(Plugin { moments: Arc::new(OpenApi), endpoints }))
}

/// The plugin has no say in anything.
struct OpenApi;

impl Moments for OpenApi {}
