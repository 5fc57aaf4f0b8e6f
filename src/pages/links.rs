//! Where pages are, and where they lead.

use url::form_urlencoded::byte_serialize;

use super::catalogue::Page;
use super::config::{PagesConfig, Place};
use crate::base::text::page::page_is_trusted;
use crate::http::config::SiteConfig;
use crate::http::cx::Cx;

/// The addresses of all pages.
pub struct Links {
    base_path: String,
    /// Where the API is, without a `/` at its end.
    api: String,
    places: Vec<(&'static str, Place)>,
}

impl Links {
    pub fn new(config: &PagesConfig, site: &SiteConfig) -> Self {
        Self {
            base_path: config.base_path.clone(),
            api: site.base_path.trim_end_matches('/').to_owned(),
            places: config.places.iter().map(|(name, place)| (*name, place.clone())).collect(),
        }
    }

    /// The path of a page that is here.
    pub fn path_of(&self, page: &Page) -> Option<String> {
        let is_here = self.places.iter().any(|(name, place)| *name == page.switch && *place == Place::Here);
        is_here.then(|| self.below(page.path))
    }

    pub fn api(&self) -> &str {
        &self.api
    }

    /// Whether a path is the API's and no page's. Where the API is at the top every one may be.
    pub fn is_of_the_api(&self, path: &str) -> bool {
        path.strip_prefix(&self.api).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The address of each page that is anywhere, by its key in `[pages]`.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, Option<String>)> {
        self.places.iter().map(|(name, _)| (*name, self.of(name)))
    }

    pub fn of(&self, name: &str) -> Option<String> {
        let (_, place) = self.places.iter().find(|(known, _)| *known == name)?;
        match place {
            Place::Here => {
                let page = super::catalogue::PAGES.iter().find(|page| page.name == name)?;
                Some(self.below(page.path))
            }
            Place::Elsewhere(url) => Some(url.clone()),
            Place::Nowhere => None,
        }
    }

    /// Where somebody signs in who then wants to be here.
    pub fn sign_in(&self, cx: &Cx) -> Option<String> {
        let whole = format!("{}?{}", cx.path(), cx.raw_query());
        let keeps_query = !cx.raw_query().is_empty() && page_is_trusted(&whole, &cx.house.trusted);
        self.on_the_way_to(if keeps_query { &whole } else { cx.path() }, "sign_in", cx)
    }

    /// A page for somebody who then wants to be at `back`.
    pub fn on_the_way_to(&self, back: &str, name: &str, cx: &Cx) -> Option<String> {
        let page = self.of(name)?;
        // A path would be one of the other site's.
        let stays = page.starts_with('/') || !back.starts_with('/');
        let origin = if stays { "" } else { cx.house.site.origin.as_str() };
        let back: String = byte_serialize(format!("{origin}{back}").as_bytes()).collect();
        let joint = if page.contains('?') { '&' } else { '?' };
        Some(format!("{page}{joint}callbackURL={back}"))
    }

    fn below(&self, path: &str) -> String {
        if path == "/" && !self.base_path.is_empty() {
            self.base_path.clone()
        } else {
            format!("{}{path}", self.base_path)
        }
    }
}
