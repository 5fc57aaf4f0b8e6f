//! GET /reset-password/:token: the link in the mail, which leads to the application's own page with the token. It
//! changes nothing and consumes nothing, so a mail scanner may follow it.

use url::Url;

use crate::base::{Error, Result, code};
use crate::http::body::Body;
use crate::http::cx::Cx;
use crate::http::endpoint::{Endpoint, Input};
use crate::http::form::Form;
use crate::http::query::Query;
use crate::http::reply::Reply;

pub fn endpoint() -> Endpoint {
    Endpoint::get("/reset-password/:token", reset_password).page_in_query()
}

struct Link {
    callback_url: String,
}

impl Input for Link {
    fn read(_: &Body, query: &Query) -> Result<Self> {
        let mut form = Form::query(query);
        let input = Self { callback_url: form.string("callbackURL") };
        form.finish()?;
        Ok(input)
    }
}

async fn reset_password(cx: &Cx, input: Link) -> Result<Reply> {
    let site = &cx.house.site;
    if input.callback_url.is_empty() {
        return Ok(Reply::redirect(&format!("{}{}/error?error=INVALID_TOKEN", site.origin, site.base_path)));
    }
    let token = cx.params.get("token").map(String::as_str).unwrap_or_default();
    let identifier = format!("reset-password:{token}");
    let known = cx.house.store.peek_verification(&identifier, cx.house.clock.now()).await?.is_some();
    // An app's own URL may be trusted and still be none that can be written anew.
    let page = site.base_url.join(&input.callback_url);
    let mut page = page.map_err(|_| Error::refused(403, code::INVALID_CALLBACK_URL))?;
    set_query(&mut page, if known { ("token", token) } else { ("error", "INVALID_TOKEN") });
    Ok(Reply::redirect(page.as_str()).no_store())
}

/// Sets one parameter of a query and keeps the others as they are.
fn set_query(page: &mut Url, (name, value): (&str, &str)) {
    let others: Vec<(String, String)> = page
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    page.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
}
