//! All pages there are: where each lies, whom it is for, and what it is made of.

use std::future::Future;
use std::pin::Pin;

use minijinja::{Value, context};

use crate::base::Result;
use crate::http::cx::Cx;

/// Whom a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Everybody,
    /// Whoever is signed in. Others are asked to sign in first.
    People,
    /// Whoever may administer.
    Admins,
}

/// What a page shows beyond what all of them show.
type More = for<'a> fn(&'a Cx) -> Pin<Box<dyn Future<Output = Result<Value>> + 'a>>;

/// A page.
pub struct Page {
    /// Its template is `NAME.html`; its own messages are the table `[NAME]`.
    pub name: &'static str,
    /// Below where the pages are.
    pub path: &'static str,
    /// The key of `[pages]` that switches it off.
    pub switch: &'static str,
    pub audience: Audience,
    pub more: Option<More>,
}

impl Page {
    /// Whether its scripts say what has happened.
    pub fn shows_activity(&self) -> bool {
        matches!(self.name, "account" | "admin" | "admin_audit" | "admin_user")
    }
}

const fn page(name: &'static str, path: &'static str, audience: Audience) -> Page {
    Page { name, path, switch: name, audience, more: None }
}

/// One of those that are switched off together.
const fn admin(name: &'static str, path: &'static str) -> Page {
    Page { name, path, switch: "admin", audience: Audience::Admins, more: None }
}

pub const ERROR: Page = Page { more: Some(error), ..page("error", "/error", Audience::Everybody) };

/// In the order in which the reference has their keys.
pub const PAGES: [Page; 16] = [
    page("home", "/", Audience::Everybody),
    page("sign_in", "/sign-in", Audience::Everybody),
    page("sign_up", "/sign-up", Audience::Everybody),
    page("forgot_password", "/forgot-password", Audience::Everybody),
    page("reset_password", "/reset-password", Audience::Everybody),
    page("verify_email", "/verify-email", Audience::Everybody),
    ERROR,
    page("account", "/account", Audience::People),
    page("setup", "/setup", Audience::Everybody),
    admin("admin", "/admin"),
    admin("admin_users", "/admin/users"),
    Page { more: Some(named_user), ..admin("admin_user", "/admin/users/:id") },
    admin("admin_keys", "/admin/keys"),
    admin("admin_audit", "/admin/audit"),
    admin("admin_configuration", "/admin/configuration"),
    admin("admin_health", "/admin/health"),
];

fn error(cx: &Cx) -> Pin<Box<dyn Future<Output = Result<Value>> + '_>> {
    let first = |name| cx.query.get_first(name);
    let own = context! { code => first("error").unwrap_or("UNKNOWN"), description => first("error_description") };
    Box::pin(std::future::ready(Ok(own)))
}

fn named_user(cx: &Cx) -> Pin<Box<dyn Future<Output = Result<Value>> + '_>> {
    Box::pin(std::future::ready(Ok(context! { id => cx.params.get("id") })))
}
