//! What is answered to who is not signed in: 401, or the way to the sign-in page and back.

use url::Url;

use super::config::ForwardAuthConfig;
use super::original::Original;
use crate::base::{Error, code};
use crate::http::config::SiteConfig;
use crate::http::cx::Cx;
use crate::http::reply::Reply;

/// Where a page load is to be sent, on a 401: nginx passes no redirect on, and makes its own of this.
const HEADER: &str = "x-auth-sign-in";

/// The way to the sign-in page.
pub struct SignIn {
    page: Option<Url>,
    return_parameter: String,
}

impl SignIn {
    pub fn new(config: &ForwardAuthConfig, site: &SiteConfig) -> Self {
        // A path is one of the site's own origin.
        let page = config.sign_in_page.as_deref().and_then(|page| site.base_url.join(page).ok());
        Self { page, return_parameter: config.return_parameter.clone() }
    }

    /// 302 for a page load, through a proxy that passes it on or where that is asked for; else 401.
    pub fn asked_for(&self, cx: &Cx, original: &Original, redirect: Option<bool>) -> Reply {
        let refusal = Reply::from(&Error::refused(401, code::UNAUTHORIZED));
        let Some(page) = self.page.as_ref().filter(|_| original.is_a_page_load(cx)) else { return refusal };
        let back = original.return_address(&cx.house.trusted);
        if back.as_ref().is_some_and(|back| is_same_page(page, back)) {
            // The proxy guards the sign-in page itself: to send anybody there would go on for ever.
            return refusal;
        }
        let page = self.with_return(page.clone(), back.as_ref());
        match redirect.unwrap_or(original.may_redirect) {
            true => Reply::redirect(page.as_str()),
            false => refusal.header(HEADER, String::from(page)),
        }
    }

    fn with_return(&self, mut page: Url, back: Option<&Url>) -> Url {
        if let Some(back) = back {
            page.query_pairs_mut().append_pair(&self.return_parameter, back.as_str());
        }
        page
    }
}

fn is_same_page(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin() && one.path() == other.path()
}
