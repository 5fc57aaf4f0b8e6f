//! One route of the gateway: a request from its arrival to the head of its answer, and the answer's body as it comes.

mod asked;
mod exchange;
mod fault;
mod pace;
mod relay;

use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue as TheirValue, ORIGIN, SET_COOKIE};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use reqwest::header::HeaderValue;
use url::Url;

use self::asked::{Asked, content_length, may_change_something, may_upgrade, wants_websocket};
use self::fault::Failures;
use super::cache::TokenCache;
use super::clients::Clients;
use super::config::RouteConfig;
use super::cookies::OurCookies;
use super::forwarded::Site;
use super::seen::Seen;
use super::{path, refusal};
use crate::base::{Clock, Error, Result, code};
use crate::http::beyond::Passage;
use crate::http::cx::{Cx, ReadFrom};
use crate::http::house::House;
use crate::http::serve;
use crate::http::traffic::Traffic;
use crate::tokens::{self, Template, Tokens};

/// What an address may measure once it is written out: the most that the client takes.
const LONGEST_ADDRESS: usize = 65_534;

/// A prefix and what is behind it.
pub struct Way {
    route: RouteConfig,
    label: Arc<str>,
    lax_prefix: String,
    ours: Arc<OurCookies>,
    site: Arc<Site>,
    tokens: Arc<Tokens>,
    cache: TokenCache,
    seen: Seen,
    clients: Clients,
    traffic: Traffic,
    failures: Arc<Failures>,
}

impl Way {
    pub fn new(
        route: &RouteConfig,
        clients: Clients,
        (ours, site): (Arc<OurCookies>, Arc<Site>),
        tokens: Arc<Tokens>,
        clock: &Clock,
    ) -> Self {
        Self {
            label: route.label().into(),
            lax_prefix: path::lax(&route.prefix).into_owned(),
            route: route.clone(),
            cache: TokenCache::new(clock.clone()),
            seen: Seen::new(clock.clone()),
            traffic: Traffic::default(),
            failures: Arc::default(),
            clients,
            ours,
            site,
            tokens,
        }
    }

    pub fn prefix_length(&self) -> usize {
        self.route.prefix.len()
    }

    /// Whether a path is its; in the eyes of a lax server, of a path made lax.
    pub fn covers(&self, path: &str, lax: bool) -> bool {
        path::covers(if lax { &self.lax_prefix } else { &self.route.prefix }, path)
    }

    /// The way of a request.
    async fn pass(&self, cx: &Cx, path: &str, request: &HttpRequest, payload: Payload) -> Result<HttpResponse> {
        if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
            // TRACE would show the token to whoever asks.
            return Err(Error::refused(405, code::METHOD_NOT_ALLOWED));
        }
        let upgrades = wants_websocket(request);
        if upgrades && !may_upgrade(request) {
            return Err(Error::uncoded(400, "An upgrade is a GET without a body"));
        }
        if upgrades || may_change_something(request) {
            cx.require_trusted_origin()?;
        }
        let token = self.token(cx, request).await?;
        let length = content_length(request);
        if self.route.body_limit.zip(length).is_some_and(|(limit, length)| length > limit) {
            return Err(Error::refused(413, code::CONTENT_TOO_LARGE));
        }
        let url = self.url(path, request);
        if url.as_str().len() > LONGEST_ADDRESS {
            return Err(Error::uncoded(414, "The address is too long"));
        }
        let asked = Asked {
            request,
            url,
            token: token.as_ref(),
            upgrades,
            rule: &cx.house.site.client_address,
            page_is_trusted: cx.header(ORIGIN).is_none_or(|origin| cx.house.trusted.trusts(&origin)),
        };
        if upgrades { self.tunnel(&asked, payload).await } else { self.exchange(&asked, payload, length).await }
    }

    /// What goes with the request in the place of its cookie: a token of its session, if it has one.
    ///
    /// # Errors
    /// 401 where there has to be a session; 403 where the user has no role that may pass.
    async fn token(&self, cx: &Cx, request: &HttpRequest) -> Result<Option<HeaderValue>> {
        let wanted = &self.route.require_role;
        // Roles count as they are at this moment; for all else what the cookie cache says is good enough.
        let asks_for_roles = !wanted.is_empty() || self.template().is_for_some();
        let from = if asks_for_roles { ReadFrom::Store } else { ReadFrom::Cache };
        let may_be_seen = !asks_for_roles && cx.house.sessions.cache.is_some();
        let key = if may_be_seen { Seen::key(request) } else { None };
        if let Some(header) = key.and_then(|key| self.seen.get(&key, self.tokens.ring())) {
            return Ok(Some(header));
        }
        let Some(live) = cx.read_session(from).await? else {
            return if self.route.require_session { Err(Error::refused(401, code::UNAUTHORIZED)) } else { Ok(None) };
        };
        if !wanted.is_empty() {
            let roles = tokens::roles(&live.user.more);
            if !roles.iter().any(|role| wanted.contains(role)) {
                return Err(Error::refused(403, code::ROLE_REQUIRED));
            }
        }
        let shown = || cx.as_shown(&live.session, &live.user);
        let pass = self.cache.pass((&self.tokens, self.template()), (&live.session, &live.user), shown).await?;
        if let (Some(key), Some(until), false) = (key, live.cached_until, live.refreshed) {
            self.seen.put(key, pass.clone(), until.min(live.session.expires_at));
        }
        Ok(Some(pass.header))
    }

    /// Its name was looked up at the start.
    fn template(&self) -> &Template {
        self.tokens.template(self.route.template.as_deref()).unwrap_or_else(|| self.tokens.default())
    }

    fn url(&self, path: &str, request: &HttpRequest) -> Url {
        let mut url = self.route.upstream.clone();
        let below = if self.route.strip_prefix { &path[self.route.prefix.len()..] } else { path };
        url.set_path(&format!("{}{below}", self.route.upstream.path().trim_end_matches('/')));
        url.set_query(request.uri().query());
        url
    }
}

impl Passage for Way {
    fn prefix(&self) -> &str {
        &self.label
    }

    fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    fn failures(&self) -> Vec<(&'static str, u64)> {
        let Failures { unreachable, timeout, broken_off } = &*self.failures;
        vec![("broken-off", broken_off.get()), ("timeout", timeout.get()), ("unreachable", unreachable.get())]
    }

    fn answer<'a>(
        &'a self,
        house: Arc<House>,
        path: String,
        request: HttpRequest,
        payload: Payload,
    ) -> Pin<Box<dyn Future<Output = HttpResponse> + 'a>> {
        Box::pin(async move {
            let cx = Cx::beyond(house, Arc::clone(&self.label), request.clone());
            let outcome = self.pass(&cx, &path, &request, payload).await;
            let mut response = outcome.unwrap_or_else(|error| {
                serve::report(&error, &self.label);
                refusal::answer(&error, &request)
            });
            let (cookies, _, credential) = cx.into_answer();
            let headers = response.headers_mut();
            for cookie in cookies {
                if let Ok(line) = TheirValue::from_str(&cookie.line) {
                    headers.append(SET_COOKIE, line);
                }
            }
            if credential {
                headers.insert(CACHE_CONTROL, TheirValue::from_static("no-store"));
            }
            response
        })
    }
}
