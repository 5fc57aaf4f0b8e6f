//! The pages that people see: to sign in and up, an account, and what admins look after. They are rendered here, with small
//! scripts that call the same API as everybody. Each can be switched off, or be an application's own.

pub mod config;

mod account;
mod answer;
mod assets;
mod catalogue;
mod fields;
mod files;
mod language;
mod links;
mod visitor;

use std::sync::Arc;

use minijinja::{Value, context};

use self::answer::Answer;
use self::catalogue::{Audience, Page};
use self::config::PagesConfig;
use self::fields::FormField;
use self::files::Files;
use self::links::Links;
use self::visitor::Visitor;
use crate::base::{Error, Result};
use crate::http::config::SiteConfig;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::page::{ErrorPage, is_code};
use crate::http::reply::Reply;
use crate::http::serve::report;

/// The whole address of a page, by its key in `[pages]`, if it is anywhere.
pub fn address(config: &PagesConfig, site: &SiteConfig, name: &str) -> Option<String> {
    let link = Links::new(config, site).of(name)?;
    Some(if link.starts_with('/') { format!("{}{link}", site.origin) } else { link })
}

/// What the pages are made of.
pub struct Pages {
    files: Arc<Files>,
    links: Links,
    features: Features,
    /// Those that the site adds to its users, where forms may have them.
    fields: Vec<FormField>,
    title: String,
    /// The language of whoever asks for none that is there.
    language: String,
}

/// What there is for the pages to show, beyond what the house knows.
#[derive(Clone, Debug, Default)]
pub struct Features {
    /// Whether people may sign in with a name that is no address.
    pub username: bool,
    /// Whether users have roles, and can be banned.
    pub admin: bool,
    /// Whether tokens are signed, with keys that can be rotated.
    pub keys: bool,
    /// Whether acts are written down.
    pub audit: bool,
    /// Where the keys are, below the base path.
    pub jwks_path: Option<String>,
    /// Where the page is that explains the API.
    pub reference_path: Option<String>,
}

impl Pages {
    pub fn new(config: &PagesConfig, site: &SiteConfig, features: Features) -> Arc<Self> {
        let files = Arc::clone(&config.files);
        Arc::new(Self {
            links: Links::new(config, site),
            files,
            features,
            fields: config.fields.clone(),
            title: config.title.clone(),
            language: config.language.clone(),
        })
    }

    /// The routes of all pages that are on, and of what they load.
    pub fn endpoints(self: &Arc<Self>) -> Vec<Endpoint> {
        let shown = catalogue::PAGES.iter().filter_map(|page| {
            let path = self.links.path_of(page)?;
            let pages = Arc::clone(self);
            Some(Endpoint::page(&path, async move |cx: &Cx, (): ()| Ok(pages.show(page, cx).await)))
        });
        shown.chain([assets::endpoint(Arc::clone(&self.files))]).collect()
    }

    /// A page, or the page that says why not.
    async fn show(&self, page: &'static Page, cx: &Cx) -> Reply {
        match self.try_to_show(page, cx).await {
            Ok(reply) => reply,
            Err(error) => self.refusal(cx, &error),
        }
    }

    async fn try_to_show(&self, page: &'static Page, cx: &Cx) -> Result<Reply> {
        // Programs find at the root what they find at Better Auth's: nothing.
        if page.name == "home" && !cx.loads_a_page() {
            return Err(Error::no_route());
        }
        let visitor = Visitor::read(cx).await?;
        if page.audience != Audience::Everybody && visitor.user.is_none() {
            return match self.links.sign_in(cx) {
                Some(address) => Ok(Reply::redirect(&address).no_store()),
                None => self.error(cx, &visitor, 401, "UNAUTHORIZED", None),
            };
        }
        if page.audience == Audience::Admins && !visitor.is_admin {
            return self.error(cx, &visitor, 403, "NOT_AN_ADMIN", None);
        }
        // Where a production server sends browsers with an error that no application takes.
        if let Some(code) = cx.query.get_first("error").filter(|_| page.name == "home") {
            let code = if is_code(code) { code } else { "UNKNOWN" };
            return self.error(cx, &visitor, 200, code, cx.query.get_first("error_description"));
        }
        let own = match page.more {
            Some(more) => more(cx, &visitor).await?,
            None => Value::UNDEFINED,
        };
        Answer::new(self, cx, &visitor).page(page, own)
    }

    fn error(&self, cx: &Cx, visitor: &Visitor, status: u16, code: &str, told: Option<&str>) -> Result<Reply> {
        let own = context! { code => code, description => told };
        Ok(Answer::new(self, cx, visitor).page(&catalogue::ERROR, own)?.status(status))
    }

    /// What went wrong, to somebody who wanted a page.
    fn refusal(&self, cx: &Cx, error: &Error) -> Reply {
        report(error, &cx.route);
        let reply = Reply::from(error);
        if reply.status == 404 {
            return reply.no_store();
        }
        let code = if reply.status == 503 { "SERVICE_UNAVAILABLE" } else { "UNKNOWN" };
        self.error(cx, &Visitor::default(), reply.status, code, None).unwrap_or(reply)
    }
}

impl ErrorPage for Pages {
    fn show(&self, cx: &Cx, code: &str, description: Option<&str>) -> Result<Reply> {
        self.error(cx, &Visitor::default(), 200, code, description)
    }

    fn address(&self) -> String {
        let home_is_root = self.links.of("home").as_deref() == Some("/");
        let page = || self.links.of("error").or_else(|| self.links.of("home"));
        page().filter(|_| !home_is_root).unwrap_or_else(|| "/".to_owned())
    }

    fn not_found(&self, cx: &Cx) -> Result<Option<Reply>> {
        let is_anything_here = self.links.all().any(|(_, link)| link.is_some());
        let is_of_the_api = self.links.is_of_the_api(cx.path());
        let is_ours = is_anything_here && !is_of_the_api;
        // Whoever types the address of the pages ends it like one of a folder.
        if let Some(home) = self.links.of("home").filter(|home| cx.path() == format!("{home}/")) {
            let query = Some(cx.raw_query()).filter(|query| !query.is_empty()).map(|query| format!("?{query}"));
            return Ok(Some(Reply::redirect(&(home + &query.unwrap_or_default())).no_store()));
        }
        is_ours.then(|| self.error(cx, &Visitor::default(), 404, "NOT_FOUND", None)).transpose()
    }
}
