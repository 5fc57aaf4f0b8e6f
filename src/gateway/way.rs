//! One route of the gateway: a request from its arrival to the head of its answer, and the answer's body as it comes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{self, BodyStream, SizedStream};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, HeaderName as TheirName, HeaderValue as TheirValue, ORIGIN, SET_COOKIE,
    TRANSFER_ENCODING, UPGRADE,
};
use actix_web::http::{Method, StatusCode, Version};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use futures_util::{Stream, stream};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Request, Response};
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use super::cache::TokenCache;
use super::clients::Clients;
use super::config::RouteConfig;
use super::cookies::OurCookies;
use super::forwarded::Site;
use super::headers::{self, Judged};
use super::seen::Seen;
use super::upload::{Outgoing, State, Upload};
use super::{path, refusal, tunnel};
use crate::base::error::chain;
use crate::base::meter::Count;
use crate::base::{Clock, Error, RequestId, Result, code};
use crate::http::address::AddressRule;
use crate::http::beyond::Passage;
use crate::http::connection::{Handling, Streaming};
use crate::http::cx::{Cx, ReadFrom};
use crate::http::house::House;
use crate::http::serve;
use crate::http::traffic::Traffic;
use crate::outbound::Protocols;
use crate::tokens::{self, Template, Tokens};

/// In such a time a client sends at least so much of a body, for as long as there is no answer.
const PACE: (Duration, u64) = (Duration::from_secs(30), 1024);
/// How often a body that is under way is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What an address may measure once it is written out: the most that the client takes.
const LONGEST_ADDRESS: usize = 65_534;

/// Headers by which frameworks take a request for one of another method.
const METHOD_OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

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

/// How often there was no whole answer.
#[derive(Default)]
struct Failures {
    unreachable: Count,
    timeout: Count,
    broken_off: Count,
}

/// Why there is no answer.
enum Fault {
    /// Nobody is there.
    Unreachable(String),
    /// Somebody is, and ended the connection.
    Broken(String),
    TooSlow,
    ClientTooSlow,
    TooLong,
    ClientLeft,
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

    /// A request and its answer.
    async fn exchange(&self, asked: &Asked<'_>, payload: Payload, length: Option<u64>) -> Result<HttpResponse> {
        let has_body =
            length.is_some_and(|length| length > 0) || asked.request.headers().contains_key(TRANSFER_ENCODING);
        let (upload, body) = if has_body {
            let (upload, body) = Upload::begin(payload, length, self.route.body_limit);
            (Some(upload), Some(body))
        } else {
            (None, None)
        };
        let client = self.clients.client(Protocols::All)?;
        let answer = match self.send(&client, asked, body, upload.as_ref()).await {
            // The pool lent a connection that the upstream was about to end. Nothing else may be sent twice.
            Err(Fault::Broken(_)) if upload.is_none() && is_safe(asked.request.method()) => {
                self.send(&client, asked, None, None).await
            }
            outcome => outcome,
        };
        let answer = answer.map_err(|fault| self.fault(&fault))?;
        self.relay(asked, answer, upload)
    }

    /// Sends a request and waits for the head of its answer.
    async fn send(
        &self,
        client: &Client,
        asked: &Asked<'_>,
        body: Option<Outgoing>,
        upload: Option<&Upload>,
    ) -> std::result::Result<Response, Fault> {
        let mut request = Request::new(asked.method(), asked.url.clone());
        *request.headers_mut() = self.headers(asked);
        *request.body_mut() = body.map(reqwest::Body::wrap);
        let sending = client.execute(request);
        let Some(upload) = upload else {
            return match timeout(self.route.response_timeout, sending).await {
                Ok(answer) => answer.map_err(fault_of),
                Err(_) => Err(Fault::TooSlow),
            };
        };
        let mut pace = Pace::from(0);
        tokio::pin!(sending);
        loop {
            tokio::select! {
                answer = &mut sending => return answer.map_err(|error| match upload.progress.state.get() {
                    State::TooLong => Fault::TooLong,
                    State::BrokenOff => Fault::ClientLeft,
                    State::Client | State::Upstream | State::Done => fault_of(error),
                }),
                () = sleep_until(Instant::now() + LOOK) => {}
            }
            let progress = &upload.progress;
            match progress.state.get() {
                State::Client if !pace.is_kept(progress.taken.get()) => return Err(Fault::ClientTooSlow),
                State::Client => {}
                State::TooLong => return Err(Fault::TooLong),
                State::BrokenOff => return Err(Fault::ClientLeft),
                State::Upstream | State::Done => {
                    pace = Pace::from(progress.taken.get());
                    if progress.moved_at.get().elapsed() > self.route.response_timeout {
                        return Err(Fault::TooSlow);
                    }
                }
            }
        }
    }

    /// The headers that the upstream gets.
    fn headers(&self, asked: &Asked<'_>) -> HeaderMap {
        let mut passed = headers::onward(asked.request.headers(), &self.route.drop_headers, &self.ours);
        self.site.tell(asked.request, asked.rule, &mut passed);
        if let Some(id) = RequestId::current().and_then(|id| HeaderValue::from_str(id.as_str()).ok()) {
            passed.insert("x-request-id", id);
        }
        if let Some(token) = asked.token {
            passed.insert(AUTHORIZATION, token.clone());
        }
        if asked.upgrades {
            passed.insert("connection", HeaderValue::from_static("upgrade"));
            passed.insert("upgrade", HeaderValue::from_static("websocket"));
        }
        passed
    }

    /// The answer as the client gets it; its body follows as it comes.
    ///
    /// # Errors
    /// 502 where the service switches to a protocol that nobody asked for.
    fn relay(&self, asked: &Asked<'_>, answer: Response, upload: Option<Upload>) -> Result<HttpResponse> {
        let status = StatusCode::from_u16(answer.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
        if status.is_informational() {
            return Err(self.fault(&Fault::Broken(format!("its status is {status}"))));
        }
        let mut response = HttpResponse::build(status);
        self.dress(asked, answer.headers(), &mut response);
        let length = announced(answer.headers());
        // Such an answer's length is about what is not sent.
        let is_bare = matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED);
        if let Some(length) = length.filter(|_| status == StatusCode::NOT_MODIFIED) {
            response.insert_header((CONTENT_LENGTH, length));
        }
        if is_bare || (*asked.request.method() == Method::HEAD && length.is_none()) {
            return Ok(response.body(body::None::new()));
        }
        let relay = Relay {
            answer,
            upload,
            idle: self.route.idle_timeout,
            failures: Arc::clone(&self.failures),
            label: Arc::clone(&self.label),
            _streaming: asked.streaming(self.route.idle_timeout),
        };
        Ok(match length {
            Some(length) => response.body(SizedStream::new(length, relay.into_stream())),
            None if asked.upgrades || asked.request.version() < Version::HTTP_11 => {
                // After what is no upgrade after all, nothing more can come on this connection; HTTP/1.0 has no chunks.
                response.force_close().no_chunking(0);
                let mut response = response.body(BodyStream::new(relay.into_stream()));
                response.headers_mut().remove(CONTENT_LENGTH);
                response
            }
            None => response.body(BodyStream::new(relay.into_stream())),
        })
    }

    /// An upgrade, or why there is none.
    async fn tunnel(&self, asked: &Asked<'_>, payload: Payload) -> Result<HttpResponse> {
        let client = self.clients.client(Protocols::Http1)?;
        let answer = self.send(&client, asked, None, None).await.map_err(|fault| self.fault(&fault))?;
        if answer.status() != reqwest::StatusCode::SWITCHING_PROTOCOLS {
            return self.relay(asked, answer, None);
        }
        let mut response = HttpResponse::SwitchingProtocols();
        self.dress(asked, answer.headers(), &mut response);
        let upgraded = timeout(self.route.response_timeout, answer.upgrade()).await;
        let upgraded = upgraded.map_err(|_| self.fault(&Fault::TooSlow))?;
        let upgraded = upgraded.map_err(|error| self.fault(&fault_of(error)))?;
        let idle = self.route.idle_timeout;
        let bytes = tunnel::open(upgraded, payload, idle, asked.streaming(idle));
        Ok(response.upgrade("websocket").body(BodyStream::new(bytes)))
    }

    /// Passes headers of an answer on.
    fn dress(&self, asked: &Asked<'_>, given: &HeaderMap, response: &mut HttpResponseBuilder) {
        let judged = Judged {
            ours: &self.ours,
            token: asked.token.and_then(|token| token.as_bytes().strip_prefix(b"Bearer ")),
            page_is_trusted: asked.page_is_trusted,
        };
        for (name, value) in headers::back(given, &judged) {
            let name = TheirName::from_bytes(name.as_str().as_bytes());
            if let (Ok(name), Ok(value)) = (name, TheirValue::from_bytes(value.as_bytes())) {
                response.append_header((name, value));
            }
        }
        if asked.token.is_some() && !says_who_keeps_it(given) {
            response.append_header((CACHE_CONTROL, "private"));
        }
    }
}

impl Way {
    /// Counts and logs a fault; what the client is told of it.
    fn fault(&self, fault: &Fault) -> Error {
        let route = &*self.label;
        match fault {
            Fault::Unreachable(why) | Fault::Broken(why) => {
                self.failures.unreachable.add();
                tracing::warn!(route, "answered 502, since the upstream gave no answer: {why}");
                Error::refused(502, code::BAD_GATEWAY)
            }
            Fault::TooSlow => {
                self.failures.timeout.add();
                tracing::warn!(route, "answered 504, since the upstream gave no answer in time");
                Error::refused(504, code::GATEWAY_TIMEOUT)
            }
            Fault::ClientTooSlow => Error::refused(408, code::REQUEST_TIMEOUT),
            Fault::TooLong => Error::refused(413, code::CONTENT_TOO_LARGE),
            Fault::ClientLeft => Error::refused(400, code::BAD_REQUEST),
        }
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

/// A request as the upstream is to get it.
struct Asked<'a> {
    request: &'a HttpRequest,
    url: Url,
    token: Option<&'a HeaderValue>,
    upgrades: bool,
    rule: &'a AddressRule,
    page_is_trusted: bool,
}

impl Asked<'_> {
    fn method(&self) -> reqwest::Method {
        // What is a method here is one there.
        reqwest::Method::from_bytes(self.request.method().as_str().as_bytes()).unwrap_or_default()
    }

    fn streaming(&self, idle: Duration) -> Option<Streaming> {
        self.request.conn_data::<Handling>().map(|handling| handling.stream(idle))
    }
}

/// The body of an answer.
struct Relay {
    answer: Response,
    /// What the client still sends.
    upload: Option<Upload>,
    idle: Duration,
    failures: Arc<Failures>,
    label: Arc<str>,
    _streaming: Option<Streaming>,
}

impl Relay {
    fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> {
        stream::unfold(Some(self), |relay| async {
            let mut relay = relay?;
            match relay.next().await {
                Ok(piece) => Some((Ok(piece?), Some(relay))),
                Err(error) => {
                    relay.failures.broken_off.add();
                    tracing::warn!(route = &*relay.label, "an answer of the upstream broke off: {error}");
                    Some((Err(error), None))
                }
            }
        })
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            match timeout(self.idle, self.answer.chunk()).await {
                Ok(Ok(piece)) => return Ok(piece),
                Ok(Err(error)) => return Err(io::Error::other(chain(&error.without_url()))),
                // The other direction may have moved meanwhile.
                Err(_) if self.upload.as_ref().is_some_and(|upload| upload.rested() < self.idle) => {}
                Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, "nothing came for too long")),
            }
        }
    }
}

/// How fast a client sends a body.
struct Pace {
    since: Instant,
    taken: u64,
}

impl Pace {
    fn from(taken: u64) -> Self {
        Self { since: Instant::now(), taken }
    }

    fn is_kept(&mut self, taken: u64) -> bool {
        let (span, least) = PACE;
        if self.since.elapsed() < span {
            return true;
        }
        let is_kept = taken - self.taken >= least;
        *self = Self::from(taken);
        is_kept
    }
}

fn fault_of(error: reqwest::Error) -> Fault {
    let (is_slow, is_connect) = (error.is_timeout(), error.is_connect());
    let text = chain(&error.without_url());
    match (is_slow, is_connect) {
        (true, _) => Fault::TooSlow,
        (false, true) => Fault::Unreachable(text),
        (false, false) => Fault::Broken(text),
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn may_change_something(request: &HttpRequest) -> bool {
    !is_safe(request.method()) || METHOD_OVERRIDES.iter().any(|name| request.headers().contains_key(*name))
}

/// What actix takes for an upgrade: after it, all that comes is its body.
fn wants_websocket(request: &HttpRequest) -> bool {
    let mut lines = request.headers().get_all(UPGRADE).filter_map(|value| value.to_str().ok());
    lines.any(|line| line.trim().eq_ignore_ascii_case("websocket"))
}

fn may_upgrade(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let has_body = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    let is_listed = request.head().upgrade();
    *request.method() == Method::GET && request.version() == Version::HTTP_11 && is_listed && !has_body
}

fn content_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// Whether an answer says itself who may keep it. A cache before us sees no `Authorization`, which would have told it to
/// keep only what says so (RFC 9111 §3.5).
fn says_who_keeps_it(headers: &HeaderMap) -> bool {
    const SAYS: [&str; 5] = ["public", "s-maxage", "must-revalidate", "private", "no-store"];
    let lines = headers.get_all("cache-control").into_iter().filter_map(|value| value.to_str().ok());
    let mut words =
        lines.flat_map(|line| line.split(',')).map(|word| word.split('=').next().unwrap_or_default().trim());
    words.any(|word| SAYS.iter().any(|says| word.eq_ignore_ascii_case(says)))
}

/// How long an answer says that it is.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get("content-length")?.to_str().ok()?.trim().parse().ok()
}
