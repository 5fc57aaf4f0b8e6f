//! Who may send a request at all: origins, cross-site logins, and the pages that a body asks to be sent to.

use serde_json::Value;

use super::body::Body;
use super::config::OriginCheck;
use super::cx::Cx;
use crate::base::code::{self, Code};
use crate::base::text::page::page_is_trusted;
use crate::base::{Error, Result};

/// The fields of a body that name a page, with the label and the code of a refusal, in the order of their check.
const PAGES: [(&str, &str, Code); 4] = [
    ("callbackURL", "callbackURL", code::INVALID_CALLBACK_URL),
    ("redirectTo", "redirectURL", code::INVALID_REDIRECT_URL),
    ("errorCallbackURL", "errorCallbackURL", code::INVALID_ERROR_CALLBACK_URL),
    ("newUserCallbackURL", "newUserCallbackURL", code::INVALID_NEW_USER_CALLBACK_URL),
];

/// The other codes with which requests are turned away here.
const ORIGINS: [Code; 3] =
    [code::MISSING_OR_NULL_ORIGIN, code::INVALID_ORIGIN, code::CROSS_SITE_NAVIGATION_LOGIN_BLOCKED];

/// Whether a refusal with this code says where a request came from or was to lead, and nothing of who has sent it.
pub fn is_one_of_its_codes(code: &str) -> bool {
    PAGES.iter().map(|(_, _, refusal)| refusal).chain(&ORIGINS).any(|refusal| refusal.name == code)
}

/// The check of every request that is not a GET: with a cookie, its origin must be trusted.
///
/// # Errors
/// 403 `MISSING_OR_NULL_ORIGIN`, `INVALID_ORIGIN`.
pub fn origin(cx: &Cx) -> Result<()> {
    if origin_check_is_off(cx) || !cx.cookies.present() { Ok(()) } else { trusted_origin(cx) }
}

/// The same check of a request that another server answers.
///
/// # Errors
/// As [`origin`].
pub fn origin_beyond(cx: &Cx) -> Result<()> {
    let is_off = cx.house.site.disable_csrf_check == Some(true);
    if is_off || !cx.cookies.present() { Ok(()) } else { trusted_origin(cx) }
}

/// The check of routes that programs call as well: an origin that is told must be trusted.
///
/// # Errors
/// 403 `INVALID_ORIGIN`.
pub fn told_origin(cx: &Cx) -> Result<()> {
    let told = cx.header_list("origin").filter(|origin| !origin.is_empty());
    match told {
        Some(origin) if !origin_check_is_off(cx) && !cx.house.trusted.trusts(&origin) => {
            Err(Error::refused(403, code::INVALID_ORIGIN))
        }
        _ => Ok(()),
    }
}

/// The further check of sign-in and sign-up: a page elsewhere must not log anybody in.
///
/// # Errors
/// 403 as [`origin`], and `CROSS_SITE_NAVIGATION_LOGIN_BLOCKED`.
pub fn login(cx: &Cx) -> Result<()> {
    if origin_check_is_off(cx) || cx.cookies.present() {
        return Ok(());
    }
    let fetch =
        |name: &str| cx.header(name).map(|value| value.trim().to_ascii_lowercase()).filter(|value| !value.is_empty());
    let (site, mode, destination) = (fetch("sec-fetch-site"), fetch("sec-fetch-mode"), fetch("sec-fetch-dest"));
    if site.as_deref() == Some("cross-site") && mode.as_deref() == Some("navigate") {
        return Err(Error::refused(403, code::CROSS_SITE_NAVIGATION_LOGIN_BLOCKED));
    }
    let sent_by_browser = site.is_some() || mode.is_some() || destination.is_some();
    if sent_by_browser || claimed_origin(cx).is_some() { trusted_origin(cx) } else { Ok(()) }
}

/// The pages that a body or a query names must be the site's own or trusted.
///
/// # Errors
/// 403 with the field's code; 400 without a code where it is not a text.
pub fn pages(cx: &Cx, body: &Body) -> Result<()> {
    if page_check_is_off(cx) {
        return Ok(());
    }
    for (name, label, refusal) in PAGES {
        let given = body.field(name);
        let queried = (name == "callbackURL").then(|| cx.query.fields().get(name)).flatten();
        for value in given.into_iter().chain(queried) {
            page(cx, value, label, refusal)?;
        }
    }
    Ok(())
}

/// The page that a GET's query names.
///
/// # Errors
/// As [`pages`].
pub fn page_in_query(cx: &Cx) -> Result<()> {
    let (name, label, refusal) = PAGES[0];
    match cx.query.fields().get(name) {
        Some(value) if !page_check_is_off(cx) => page(cx, value, label, refusal),
        _ => Ok(()),
    }
}

fn page(cx: &Cx, value: &Value, label: &str, refusal: Code) -> Result<()> {
    match value {
        Value::Null | Value::Bool(false) => Ok(()),
        Value::Number(number) if number.as_f64() == Some(0.0) => Ok(()),
        Value::String(text) if text.is_empty() || page_is_trusted(text, &cx.house.trusted) => Ok(()),
        Value::String(_) => Err(Error::refused(403, refusal)),
        _ => Err(Error::uncoded(400, format!("Invalid {label}: expected a string"))),
    }
}

/// `Origin`, else `Referer`; an empty one counts as none. Two origins are one list, which nobody trusts.
fn claimed_origin(cx: &Cx) -> Option<String> {
    let origin = cx.header_list("origin").filter(|value| !value.is_empty());
    origin.or_else(|| cx.header("referer").filter(|value| !value.is_empty()))
}

fn trusted_origin(cx: &Cx) -> Result<()> {
    match claimed_origin(cx).as_deref() {
        Some("null") if cx.header("sec-fetch-site").as_deref() == Some("same-origin") => Ok(()),
        None | Some("null") => Err(Error::refused(403, code::MISSING_OR_NULL_ORIGIN)),
        Some(origin) if cx.house.trusted.trusts(origin) => Ok(()),
        Some(_) => Err(Error::refused(403, code::INVALID_ORIGIN)),
    }
}

fn origin_check_is_off(cx: &Cx) -> bool {
    let site = &cx.house.site;
    match (site.disable_csrf_check, &site.disable_origin_check) {
        (Some(true), _) => true,
        (Some(false), OriginCheck::Off) => false,
        _ => page_check_is_off(cx),
    }
}

fn page_check_is_off(cx: &Cx) -> bool {
    match &cx.house.site.disable_origin_check {
        OriginCheck::On => false,
        OriginCheck::Off => true,
        OriginCheck::OffFor(paths) => paths.iter().any(|path| covers(path, &cx.route)),
    }
}

/// Whether a path is another or lies below it, at the border of a segment.
fn covers(path: &str, route: &str) -> bool {
    let path = path.trim_end_matches('/');
    route.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn t42_a_path_without_check_never_covers_its_siblings() {
        assert!(covers("/public/data", "/public/data"));
        assert!(covers("/public/data", "/public/data/more"));
        assert!(!covers("/public/data", "/public/database"));
    }
}
