//! A page as it is sent.

use minijinja::{Value, context};
use serde_json::json;

use super::Pages;
use super::catalogue::Page;
use super::language::{self, ASKED};
use super::visitor::Visitor;
use crate::base::text::page::page_is_trusted;
use crate::base::{Error, Result};
use crate::http::cx::Cx;
use crate::http::reply::Reply;

/// Nothing inline, nothing from elsewhere but the pictures of users; no page elsewhere shows one of these in a frame, and
/// no script makes markup of a text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; \
                      font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// What every page shows, for one visitor.
pub struct Answer<'a> {
    pages: &'a Pages,
    cx: &'a Cx,
    visitor: &'a Visitor,
    language: &'a str,
}

impl<'a> Answer<'a> {
    pub fn new(pages: &'a Pages, cx: &'a Cx, visitor: &'a Visitor) -> Self {
        Self { language: language::of(cx, &pages.files, &pages.language), pages, cx, visitor }
    }

    /// A page with what is its own.
    pub fn page(&self, page: &Page, own: Value) -> Result<Reply> {
        let template = format!("{}.html", page.name);
        let html = self.pages.files.render(&template, self.context(page, own)).map_err(Error::broken)?;
        let reply = Reply::html(html)
            .no_store()
            .header("content-security-policy", POLICY)
            .header("x-content-type-options", "nosniff")
            .header("x-frame-options", "DENY")
            .header("cross-origin-opener-policy", "same-origin")
            // Some addresses hold tokens, and not all that lies at the origin is ours.
            .header("referrer-policy", "strict-origin")
            .header("content-language", self.language.to_owned());
        Ok(match language::kept(self.cx, &self.pages.files) {
            Some(cookie) => reply.header("set-cookie", cookie),
            None => reply,
        })
    }

    fn context(&self, page: &Page, own: Value) -> Value {
        let (pages, house) = (self.pages, &self.cx.house);
        let links: serde_json::Map<_, _> =
            pages.links.all().map(|(name, link)| (name.to_owned(), json!(link))).collect();
        context! {
            app_name => pages.title,
            language => self.language,
            languages => pages.files.languages().map(|code| context! { code => code, link => self.in_language(code) }).collect::<Vec<_>>(),
            t => pages.files.messages(self.language).map(|messages| Value::from_serialize(messages.all())),
            page => page.name,
            section => page.switch,
            links => Value::from_serialize(&links),
            assets => format!("{}/assets/{}", pages.links.api(), pages.files.version()),
            user => self.visitor.user.as_ref().map(Value::from_serialize),
            is_admin => self.visitor.is_admin,
            is_impersonated => self.visitor.is_impersonated,
            features => Value::from_serialize(self.features()),
            fields => self.fields(),
            providers => house.oauth.providers().map(|id| context! { id => id, name => name_of(id) }).collect::<Vec<_>>(),
            callback => self.callback(),
            onward => Value::from_serialize(self.onward()),
            operator => self.operator(),
            production => house.site.production,
            own => own,
            data => Value::from_safe_string(self.data(page, &links)),
        }
    }

    fn features(&self) -> serde_json::Value {
        let (house, features) = (&self.cx.house, &self.pages.features);
        let passwords = &house.email_and_password;
        json!({
            "password": passwords.enabled,
            "sign_up": passwords.enabled && !passwords.disable_sign_up,
            "min_password_length": passwords.min_password_length,
            "max_password_length": passwords.max_password_length,
            "require_email_verification": passwords.require_email_verification,
            "mail": house.mail.is_on(),
            "username": features.username,
            "change_email": house.user.change_email.enabled,
            "delete_user": house.user.delete_user,
            "admin": features.admin,
            "keys": features.keys,
            "audit": features.audit,
        })
    }

    /// The site's own fields, as they are called in the language.
    fn fields(&self) -> Vec<Value> {
        let messages = self.pages.files.messages(self.language);
        self.pages.fields.iter().map(|field| Value::from_serialize(field.labelled(messages))).collect()
    }

    /// What the page's scripts are told. `<` is written so that no text ends the element that it stands in.
    fn data(&self, page: &Page, links: &serde_json::Map<String, serde_json::Value>) -> String {
        let messages = self.pages.files.messages(self.language);
        let of = |table: &str| messages.and_then(|messages| messages.of(table));
        let data = json!({
            "api": self.pages.links.api(),
            "origin": self.cx.house.site.origin,
            "page": page.name,
            "language": self.language,
            "links": links,
            "onward": self.onward(),
            "callback": self.callback(),
            "user": self.visitor.user,
            "isAdmin": self.visitor.is_admin,
            "features": self.features(),
            "t": {
                "common": of("common"),
                "errors": of("errors"),
                "activity": page.shows_activity().then(|| of("activity")),
                "page": of(page.name),
                "section": of(page.switch),
            },
        });
        data.to_string().replace('<', "\\u003c")
    }

    /// Where somebody wants to be after this page.
    fn callback(&self) -> Option<&str> {
        let wanted = self.cx.query.get_first("callbackURL").filter(|page| !page.is_empty())?;
        page_is_trusted(wanted, &self.cx.house.trusted).then_some(wanted)
    }

    /// The pages on the way to where somebody wants to be.
    fn onward(&self) -> serde_json::Value {
        let links = &self.pages.links;
        let page = |name| match self.callback() {
            Some(back) => links.on_the_way_to(back, name, self.cx),
            None => links.of(name),
        };
        json!({
            "sign_in": page("sign_in"),
            "sign_up": page("sign_up"),
            "forgot_password": page("forgot_password"),
            "verify_email": page("verify_email"),
        })
    }

    /// What whoever tries this server out wants to see next.
    fn operator(&self) -> Option<Value> {
        let (links, features) = (&self.pages.links, &self.pages.features);
        let address = |path: &Option<String>| path.as_ref().map(|path| format!("{}{path}", links.api()));
        let shown = context! { jwks => address(&features.jwks_path), reference => address(&features.reference_path) };
        (!self.cx.house.site.production).then_some(shown)
    }

    /// This page in another language.
    fn in_language(&self, code: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.cx.query.pairs().iter().filter(|(name, _)| name != ASKED));
        format!("?{}", query.append_pair(ASKED, code).finish())
    }
}

/// A provider as people know it.
fn name_of(id: &str) -> String {
    match id {
        "github" => "GitHub".to_owned(),
        "gitlab" => "GitLab".to_owned(),
        "linkedin" => "LinkedIn".to_owned(),
        "tiktok" => "TikTok".to_owned(),
        "paypal" => "PayPal".to_owned(),
        "vk" => "VK".to_owned(),
        "twitter" => "X".to_owned(),
        other => {
            let mut letters = other.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}
