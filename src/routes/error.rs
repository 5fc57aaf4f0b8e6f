//! GET /error: where a flow ends that cannot go back to its application.

use crate::base::Result;
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::page::{is_code, with_error};
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/error", error)
}

/// A page while developing; in production a redirect to the application's own page, or to the root of the site, where that
/// is ours or no page of ours is, or else to our page for errors.
async fn error(cx: &Cx, (): ()) -> Result<Reply> {
    let code = cx.query.get_first("error").filter(|code| is_code(code)).unwrap_or("UNKNOWN");
    let description = cx.query.get_first("error_description");
    match (&cx.house.error_url, cx.house.site.production) {
        (Some(page), _) => Ok(plain_redirect(&with_error(page, code, description))),
        (None, true) => Ok(plain_redirect(&with_error(&cx.house.error_page.address(), code, description))),
        (None, false) => cx.house.error_page.show(cx, code, description),
    }
}

/// Unlike other redirects of Better Auth, these have no media type.
fn plain_redirect(to: &str) -> Reply {
    let mut reply = Reply::redirect(to);
    reply.content = crate::http::reply::Content::Nothing;
    reply
}
