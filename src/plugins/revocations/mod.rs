//! revocations: a feed of what was revoked, for backends that verify tokens by themselves. `docs/revocation.md` has its
//! format, and what its readers may rely on.
//!
//! Each process keeps what is live in memory, and one loop that looks for news: requests cost no statement, and those
//! that wait for news are woken.

pub mod config;

mod entries;
mod feed;
mod page;

use std::sync::Arc;
use std::time::Duration;

use self::config::RevocationsConfig;
pub use self::feed::Feed;
use self::page::Pages;
use super::Plugin;
use crate::base::error::Issue;
use crate::base::{Error, Result};
use crate::http::cx::Cx;
use crate::http::endpoint::Endpoint;
use crate::http::etag;
use crate::http::rate_limit::rules::Rule;
use crate::http::reply::Reply;
use crate::http::resource_servers::{Denied, Form, ResourceServers};
use crate::moments::Moments;
use crate::tokens::Tokens;

pub const PATH: &str = "/revocations";
/// What the answer is.
const JWT: &str = "application/jwt";
/// What some dozens of readers behind one address need. A page that nobody has asked for before costs a signature.
const LIMIT: Rule = Rule::new(10, 300);
/// How long a request may wait for news, in seconds.
const LONGEST_WAIT: u64 = 30;

/// The plugin over a feed, if it is enabled.
pub fn plugin(
    config: &RevocationsConfig,
    feed: &Arc<Feed>,
    tokens: &Arc<Tokens>,
    servers: &Arc<ResourceServers>,
) -> Option<Plugin> {
    let readers = (!config.public).then(|| Arc::clone(servers));
    let revocations = Arc::new(Revocations { feed: Arc::clone(feed), pages: Pages::new(Arc::clone(tokens)), readers });
    let endpoints = vec![endpoint(Arc::clone(&revocations))];
    config.enabled.then(|| Plugin { moments: Arc::new(Nothing), endpoints })
}

/// The plugin has no say in anything.
struct Nothing;

impl Moments for Nothing {}

struct Revocations {
    feed: Arc<Feed>,
    pages: Pages,
    /// None: everybody may read.
    readers: Option<Arc<ResourceServers>>,
}

fn endpoint(revocations: Arc<Revocations>) -> Endpoint {
    Endpoint::get(PATH, async move |cx: &Cx, (): ()| revocations.answer(cx).await).head().rate_limit(LIMIT)
}

impl Revocations {
    async fn answer(&self, cx: &Cx) -> Result<Reply> {
        if let Some(servers) = &self.readers
            && let Err(denied) = servers.recognise(cx, &Form::none()).await?
        {
            return Denied::reply(denied).map(Reply::no_store);
        }
        let since: i64 = number(cx, "since")?.unwrap_or(0);
        let wait = number(cx, "wait")?.map(|seconds: u64| Duration::from_secs(seconds.min(LONGEST_WAIT)));
        if let Some(wait) = wait {
            self.feed.wait_for_news(since, wait).await;
        }
        let page = self.pages.page(&self.feed, since, cx.house.clock.now()).await?;
        let current = etag::is_current(cx, &page.etag);
        let reply = if current { Reply::not_modified() } else { Reply::typed(JWT, page.token.clone()) };
        // What somebody has waited for is not to be had twice, and a cache must not keep what is not everybody's.
        let caching = match (wait, &self.readers) {
            (None, None) => "public, max-age=1",
            _ => "no-store",
        };
        Ok(reply.header("cache-control", caching).header("etag", page.etag.clone()))
    }
}

/// A parameter that is a number from 0 on.
///
/// # Errors
/// 400 `VALIDATION_ERROR`.
fn number<N: TryFrom<u64>>(cx: &Cx, name: &str) -> Result<Option<N>> {
    let Some(text) = cx.query.get_first(name) else { return Ok(None) };
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u64>().ok().filter(|_| plain).and_then(|number| N::try_from(number).ok());
    let invalid = || {
        let wanted = if name == "since" { "the `next` of an earlier answer" } else { "a number of seconds" };
        Issue { place: format!("query.{name}"), text: format!("Invalid input: expected {wanted}").into() }
    };
    number.map(Some).ok_or_else(|| Error::Invalid(vec![invalid()]))
}
