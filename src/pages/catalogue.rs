//! All pages there are: where each lies, whom it is for, and what it is made of.

use std::future::Future;
use std::pin::Pin;

use minijinja::{Value, context};

use super::account;
use super::visitor::Visitor;
use crate::base::Result;
use crate::http::cx::Cx;
use crate::http::page::is_code;

/// Whom a page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Everybody,
    /// Whoever is signed in. Others are asked to sign in first.
    People,
    /// Whoever may administer.
    Admins,
}

/// What a page shows beyond what all of them show, to whoever looks at it.
type More = for<'a> fn(&'a Cx, &'a Visitor) -> Showing<'a>;

pub type Showing<'a> = Pin<Box<dyn Future<Output = Result<Value>> + 'a>>;

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
    Page { more: Some(home), ..page("home", "/", Audience::Everybody) },
    page("sign_in", "/sign-in", Audience::Everybody),
    page("sign_up", "/sign-up", Audience::Everybody),
    page("forgot_password", "/forgot-password", Audience::Everybody),
    Page { more: Some(mailed), ..page("reset_password", "/reset-password", Audience::Everybody) },
    Page { more: Some(mailed), ..page("verify_email", "/verify-email", Audience::Everybody) },
    ERROR,
    Page { more: Some(account::more), ..page("account", "/account", Audience::People) },
    Page { more: Some(setup), ..page("setup", "/setup", Audience::Everybody) },
    admin("admin", "/admin"),
    Page { more: Some(roles), ..admin("admin_users", "/admin/users") },
    Page { more: Some(named_user), ..admin("admin_user", "/admin/users/:id") },
    admin("admin_keys", "/admin/keys"),
    admin("admin_audit", "/admin/audit"),
    admin("admin_configuration", "/admin/configuration"),
    admin("admin_health", "/admin/health"),
];

fn error<'a>(cx: &'a Cx, _: &'a Visitor) -> Showing<'a> {
    let first = |name| cx.query.get_first(name);
    let code = first("error").filter(|code| is_code(code)).unwrap_or("UNKNOWN");
    let own = context! { code => code, description => first("error_description") };
    Box::pin(std::future::ready(Ok(own)))
}

/// What a link says to the page that it leads to: a token, or why it is no good.
fn mailed<'a>(cx: &'a Cx, _: &'a Visitor) -> Showing<'a> {
    let has = |name| cx.query.get_first(name).is_some_and(|text| !text.is_empty());
    let error = cx.query.get_first("error").filter(|code| is_code(code));
    let own = context! { has_token => has("token"), is_proved => has("proved"), error => error };
    Box::pin(std::future::ready(Ok(own)))
}

/// How somebody becomes the first admin: by the link in the server's output, or, once there are users, by a command. Only
/// whoever tries a server out is told.
fn home<'a>(cx: &'a Cx, _: &'a Visitor) -> Showing<'a> {
    Box::pin(async {
        let house = &cx.house;
        let first_admin = match house.first_admin.as_ref().filter(|_| !house.site.production) {
            Some(first_admin) if first_admin.is_made().await? => None,
            Some(_) if house.store.has_users().await? => Some("command"),
            Some(_) => Some("link"),
            None => None,
        };
        Ok(context! { first_admin => first_admin })
    })
}

/// Whether a set-up link is good.
fn setup<'a>(cx: &'a Cx, _: &'a Visitor) -> Showing<'a> {
    Box::pin(async {
        let token = cx.query.get_first("token").filter(|token| !token.is_empty());
        let is_open = match (token, &cx.house.first_admin) {
            (Some(token), Some(first_admin)) => first_admin.is_open(token).await?,
            _ => false,
        };
        Ok(context! { is_open => is_open })
    })
}

fn roles<'a>(cx: &'a Cx, _: &'a Visitor) -> Showing<'a> {
    Box::pin(std::future::ready(Ok(context! { roles => known_roles(cx) })))
}

fn named_user<'a>(cx: &'a Cx, _: &'a Visitor) -> Showing<'a> {
    Box::pin(std::future::ready(Ok(context! { id => cx.params.get("id"), roles => known_roles(cx) })))
}

/// The roles that users can be given, and whether there may be others.
fn known_roles(cx: &Cx) -> Value {
    let admins = cx.house.admins.users.as_ref();
    context! {
        known => admins.map(|admins| admins.known.clone()).unwrap_or_default(),
        takes_others => admins.is_some_and(|admins| admins.takes_others),
    }
}
