//! `[pages]`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use super::catalogue::PAGES;
use super::fields::{FormField, TABLE};
use super::files::Files;
use crate::base::Field;
use crate::base::text::origin::TrustedOrigins;
use crate::config::{Section, Unset};
use crate::http::config::SiteConfig;

/// The pages that requests to the API name, as where a mail or a provider leads back to.
const LED_TO: [&str; 5] = ["home", "reset_password", "verify_email", "error", "account"];

/// Where a page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Here,
    /// An application has its own.
    Elsewhere(String),
    Nowhere,
}

/// The pages for people.
#[derive(Clone, Debug)]
pub struct PagesConfig {
    /// Below the origin; empty for its top. Without a `/` at its end.
    pub base_path: String,
    /// By the keys of `[pages]`. All are nowhere where pages are off.
    pub places: BTreeMap<&'static str, Place>,
    /// What the site is called at the top of each page.
    pub title: String,
    /// The language of whoever asks for none that is there.
    pub language: String,
    pub files: Arc<Files>,
    /// What the site adds to its users, where forms may have it.
    pub fields: Vec<FormField>,
}

impl PagesConfig {
    /// Reads `[pages]`. `taken`: what other services answer for, as prefixes of paths; `own`: the fields that the site
    /// adds to its users.
    pub fn read(root: &mut Section<'_>, site: &SiteConfig, taken: &[&str], own: &[Field]) -> Self {
        let named = root.has("app_name").then(|| site.app_name.clone());
        let mut section = root.table("pages");
        let doc = "Pages to sign in and up, for one's account, and for admins.";
        let enabled = section.bool("enabled", true, doc);
        let base_path = base_path(&mut section, site);
        let doc = "What the site is called at the top of each page.";
        let title = section.optional_text("title", "`app_name`, and without one `Signet`", doc).or(named);
        let files = files(&mut section);
        refuse_unknown_labels(&mut section, &files, own);
        let language = section.text("language", "en", "The language of whoever prefers none that is there.");
        if !files.has_language(&language) {
            section.refuse("language", format!("must be one of {}", files.languages().collect::<Vec<_>>().join(", ")));
        }
        // What is no list of origins is told of elsewhere.
        let trusted = TrustedOrigins::new(&site.origin, site.trusted_origins.clone()).ok();
        let mut places = BTreeMap::new();
        for page in PAGES.iter().filter(|page| page.name == page.switch) {
            let path = format!("{base_path}{}", page.path);
            let is_taken = taken.iter().any(|prefix| covers(prefix, &path));
            let place = place(&mut section, page.switch, page.path, is_taken);
            if let Place::Elsewhere(url) = &place
                && LED_TO.contains(&page.switch)
                && trusted.as_ref().is_some_and(|trusted| !trusted.trusts(url))
            {
                section.refuse(page.switch, "is where people are sent on to: add its origin to `trusted_origins`");
            }
            places.insert(page.switch, if enabled { place } else { Place::Nowhere });
        }
        Self {
            base_path,
            places,
            title: title.unwrap_or_else(|| "Signet".to_owned()),
            language,
            files,
            fields: own.iter().filter_map(FormField::of).collect(),
        }
    }
}

fn base_path(section: &mut Section<'_>, site: &SiteConfig) -> String {
    // The API's own paths would be in the way of some pages.
    let top = if site.base_path.trim_end_matches('/').is_empty() { "/pages" } else { "/" };
    let unset = Unset::Is(format!("\"{top}\""));
    let doc = "Where the pages are, below the origin. Where the API is at the top they are at `/pages`.";
    let given = section.ask("base_path", "path", unset, doc, |given| {
        let path = given.text().filter(|path| is_plain(path)).map(|path| path.trim_end_matches('/').to_owned());
        path.ok_or_else(|| "must be a path like \"/id\"".to_owned())
    });
    if given.as_deref() == Some("") && top != "/" {
        section.refuse("base_path", "must not be \"/\" where the API is there");
    }
    if given.as_deref().is_some_and(|path| top == "/" && covers(&site.base_path, path)) {
        let api = &site.base_path;
        section.refuse(
            "base_path",
            format!("must not be {api} or lie below it: the API is there, with paths of the same names"),
        );
    }
    given.unwrap_or_else(|| top.trim_end_matches('/').to_owned())
}

fn files(section: &mut Section<'_>) -> Arc<Files> {
    let doc = "A folder with files of your own in place of those that are built in, or beside them: \
               `assets/theme.css`, `assets/logo.svg`, `messages/fr.toml`, `templates/home.html`.";
    let folder = section.optional_text("directory", "what is built in", doc).map(PathBuf::from);
    Arc::new(Files::load(folder.as_deref()).unwrap_or_else(|fault| {
        section.refuse("directory", fault);
        Files::built_in()
    }))
}

/// A label of a field that is not there would never be seen: its name is misspelt.
fn refuse_unknown_labels(section: &mut Section<'_>, files: &Files, own: &[Field]) {
    let tables = files.languages().filter_map(|code| files.messages(code)?.of(TABLE)?.as_object());
    let mut labelled = tables.flat_map(|table| table.keys());
    if let Some(unknown) = labelled.find(|name| own.iter().all(|field| field.name != **name)) {
        let text =
            format!("has messages with `{TABLE}.{unknown}`, but no field of `user.additional_fields` is called that");
        section.refuse("directory", text);
    }
}

fn place(section: &mut Section<'_>, name: &str, path: &str, is_taken: bool) -> Place {
    let whole = if name == "admin" { "`/admin` and what is below it".to_owned() } else { format!("`{path}`") };
    let doc = format!("{whole}: `true`, `false`, or the address of your own page, to which the others link.");
    let unset = Unset::Says("`true`, unless a route of the gateway covers it");
    let place = section.ask(name, "`true`, `false` or URL", unset, &doc, |given| {
        if let Some(here) = given.value.as_bool() {
            return Ok(if here { Place::Here } else { Place::Nowhere });
        }
        let is_page = |text: &&str| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        let url = given.text().filter(is_page);
        let url = url.ok_or_else(|| given.mismatch("true, false, or a URL like \"https://app.example.com/login\""))?;
        Ok(Place::Elsewhere(url.to_owned()))
    });
    place.unwrap_or(if is_taken { Place::Nowhere } else { Place::Here })
}

fn covers(prefix: &str, path: &str) -> bool {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_plain(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte);
    path.starts_with('/') && !path.contains("//") && path.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_prefix_covers_what_is_below_it_and_no_sibling() {
        assert!(covers("/", "/") && covers("/", "/sign-in") && covers("/admin", "/admin/users"));
        assert!(!covers("/admin", "/administer") && !covers("/app", "/"));
    }
}
