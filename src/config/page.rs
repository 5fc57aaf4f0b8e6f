//! Keys that name a page.

use url::Url;

use super::section::{Section, Unset};

impl Section<'_> {
    /// A page that browsers are sent to: a URL, or a path of the site.
    pub fn page(&mut self, name: &str, unset: Unset, doc: &str) -> Option<String> {
        self.ask(name, "URL or path", unset, doc, |given| {
            let text = given.text().ok_or_else(|| given.mismatch("a URL in quotes"))?;
            let absolute = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            let path = text.starts_with('/') && !text.starts_with("//") && !text.contains('\\');
            let fits = absolute || path;
            fits.then(|| text.to_owned())
                .ok_or_else(|| "must be an http(s) URL or a path that starts with one `/`".to_owned())
        })
    }
}
