//! What a handler may touch: the house, the request, and the answer's cookies so far.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{AsHeaderName, COOKIE};
use serde_json::{Map, Value};

use super::address::{client_address_of, header_list, sender_of};
use super::config::SiteConfig;
use super::cookies::RequestCookies;
use super::page::{ErrorPage, loads_a_page};
use super::query::Query;
use super::rate_limit::RateLimits;
use super::router::WIDE;
use crate::base::code::Code;
use crate::base::text::origin::TrustedOrigins;
use crate::base::{Actor, Behalf, Clock, Error, Field, Random, Result, Timestamp, code};
use crate::crypto::jose::Hs256;
use crate::crypto::password::Passwords;
use crate::mail::{Mail, Wanted};
use crate::moments::{Edit, Moments, Shown};
use crate::oauth::OAuth;
use crate::outbound::Outbound;
use crate::session::cookie_cache::Sealed;
use crate::session::cookies::{CookieKey, SetCookie};
use crate::session::{Live, Mode, Origin, Presented, Reading, Sessions};
use crate::store::{Account, Session, Store, User};
use crate::tokens::Tokens;
use crate::users::admins::{Admin, Admins};
use crate::users::config::{EmailAndPasswordConfig, EmailVerificationConfig, UserConfig};
use crate::users::first_admin::FirstAdmin;
use crate::users::guards::Guards;
use crate::users::sign_ins::SignIns;
use crate::users::{answer, fields};

/// The parts that handlers work with, put together once at start.
pub struct House {
    pub site: SiteConfig,
    pub trusted: TrustedOrigins,
    pub email_and_password: EmailAndPasswordConfig,
    pub email_verification: EmailVerificationConfig,
    pub user: UserConfig,
    /// Where `/error` sends browsers.
    pub error_url: Option<String>,
    /// What it shows where it sends them nowhere.
    pub error_page: Arc<dyn ErrorPage>,
    /// Plugins' fields first, then the deployment's own.
    pub user_fields: Vec<Field>,
    pub session_fields: Vec<Field>,
    pub store: Store,
    pub sessions: Sessions,
    pub passwords: Passwords,
    pub mail: Mail,
    /// Signs and verifies the tokens of mailed links.
    pub mail_tokens: Hs256,
    pub clock: Clock,
    pub random: Random,
    /// Asks providers, applications and other servers.
    pub outbound: Outbound,
    /// Accounts at other providers.
    pub oauth: OAuth,
    pub moments: Vec<Arc<dyn Moments>>,
    pub admins: Admins,
    /// Who makes the first admin. None where nobody can: without the admin plugin, without passwords, without a database.
    pub first_admin: Option<FirstAdmin>,
    pub guards: Guards,
    pub sign_ins: SignIns,
    /// The tokens that backends verify. None where the jwt plugin is off.
    pub tokens: Option<Arc<Tokens>>,
    pub rate_limits: RateLimits,
    /// Whether there is no database: then cookies are all that lasts, and rows end with the process.
    pub stateless: bool,
}

impl House {
    /// The additional fields of a user who is to be made, from what somebody has set.
    ///
    /// # Errors
    /// As [`fields::for_creation`].
    pub fn new_fields(&self, given: &Map<String, Value>) -> Result<Map<String, Value>> {
        let mut fields = fields::for_creation(&self.user_fields, given)?;
        self.moments.iter().for_each(|plugin| plugin.complete_user(&mut fields));
        Ok(fields)
    }

    /// Lets the plugins judge and complete what a body says of a user.
    ///
    /// # Errors
    /// The refusal of whichever plugin refuses it first.
    pub async fn edit_user(&self, edit: Edit<'_>, body: &mut Map<String, Value>) -> Result<()> {
        for plugin in &self.moments {
            plugin.edit_user(edit, body).await?;
        }
        Ok(())
    }

    /// The field of a user, and what it holds, that somebody means who signs in with a name that is no address.
    pub fn find_by_name(&self, typed: &str) -> Option<(&'static str, String)> {
        self.moments.iter().find_map(|plugin| plugin.find_by_name(typed))
    }

    /// Mails a link that verifies a user's address, where mail is sent.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub async fn mail_verification(&self, user: &User, page: Option<String>) -> Result<()> {
        if !self.mail.is_on() {
            return Ok(());
        }
        self.mail.send(&user.email, &Wanted::Verification { email: user.email.clone(), page }).await
    }

    /// [`House::mail_verification`] to somebody who has just signed up at a provider that vouches for no address.
    ///
    /// # Errors
    /// 503 where the database is away.
    pub async fn mail_newcomer(&self, user: &User, page: Option<String>) -> Result<()> {
        let is_wanted = self.email_verification.send_on_sign_up == Some(true) && !user.email_verified;
        if is_wanted { self.mail_verification(user, page).await } else { Ok(()) }
    }

    /// A user as answers show it.
    pub fn shown_user(&self, user: &User) -> Map<String, Value> {
        self.without_gaps(answer::user(user, &self.user_fields))
    }

    /// A session as answers show it.
    pub fn shown_session(&self, session: &Session) -> Map<String, Value> {
        self.without_gaps(answer::session(session, &self.session_fields))
    }

    /// Without a database, fields that nobody has set are absent, not null.
    fn without_gaps(&self, mut fields: Map<String, Value>) -> Map<String, Value> {
        fields.retain(|_, value| !(self.stateless && value.is_null()));
        fields
    }
}

/// How strictly a route wants its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Any live session; the cookie cache may say so.
    Session,
    /// One that was opened within `session.fresh_age`; the cookie cache may say so.
    Fresh,
    /// One that the database has at this moment, with its user as it is at this moment: for what hands out rights, takes
    /// sessions away, or changes how somebody signs in.
    Authoritative,
}

/// Where a session may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// The cookie cache, if it is good, or else the database.
    Cache,
    /// The database; without one, the cookie all the same, for there is nothing that knows better.
    Store,
}

/// One request on its way through a route.
pub struct Cx {
    pub house: Arc<House>,
    /// The route's path as it was declared: what guards go by, never the path as it was sent.
    pub route: Arc<str>,
    pub query: Query,
    pub cookies: RequestCookies,
    /// The segments that the route's path names, `:token`.
    pub params: BTreeMap<String, String>,
    request: HttpRequest,
    answer_cookies: RefCell<Vec<SetCookie>>,
    shown: RefCell<Option<Shown>>,
    credential: Cell<bool>,
    /// Until when the cookie cache vouches for the session that was read from it.
    cached_until: Cell<Option<Timestamp>>,
}

impl Cx {
    pub fn new(house: Arc<House>, route: Arc<str>, request: HttpRequest, params: BTreeMap<String, String>) -> Self {
        // Behind a wide endpoint the path is another request's, and so is the query.
        let query = Query::parse(if params.contains_key(WIDE) { "" } else { request.query_string() });
        let lines = request.headers().get_all(COOKIE).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let lines: Vec<_> = lines.collect();
        let cookies = RequestCookies::parse(lines.iter().map(AsRef::as_ref));
        Self {
            house,
            route,
            query,
            cookies,
            params,
            request,
            answer_cookies: RefCell::default(),
            shown: RefCell::default(),
            credential: Cell::new(false),
            cached_until: Cell::default(),
        }
    }

    /// For a request that another server answers: its query is not addressed to us.
    pub fn beyond(house: Arc<House>, route: Arc<str>, request: HttpRequest) -> Self {
        let cx = Self::new(house, route, request, BTreeMap::new());
        Self { query: Query::parse(""), ..cx }
    }

    /// Whether a request that may change something may come from the page that it comes from: with a cookie, its origin
    /// must be trusted. `disable_origin_check` is about addresses in requests and has no say here.
    ///
    /// # Errors
    /// 403 `MISSING_OR_NULL_ORIGIN`, `INVALID_ORIGIN`.
    pub fn require_trusted_origin(&self) -> Result<()> {
        super::guard::origin_beyond(self)
    }

    /// A header's only or first value, read as UTF-8.
    pub fn header(&self, name: impl AsHeaderName) -> Option<String> {
        self.request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    /// Whether the request is a POST.
    pub fn is_post(&self) -> bool {
        self.request.method() == actix_web::http::Method::POST
    }

    /// The request's method.
    pub fn method(&self) -> &str {
        self.request.method().as_str()
    }

    /// The path as it was sent.
    pub fn path(&self) -> &str {
        self.request.path()
    }

    /// Whether a browser is to show what is answered.
    pub fn loads_a_page(&self) -> bool {
        loads_a_page(&self.request)
    }

    /// What follows the `?`, as it was sent.
    pub fn raw_query(&self) -> &str {
        self.request.query_string()
    }

    /// Whether a proxy sends the request whose headers are believed.
    pub fn comes_from_a_proxy(&self) -> bool {
        let peer = self.request.peer_addr();
        peer.is_some_and(|peer| self.house.site.client_address.believes(peer.ip()))
    }

    /// Each value of a header.
    pub fn header_values(&self, name: impl AsHeaderName) -> Vec<String> {
        let values = self.request.headers().get_all(name);
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    }

    /// A header's value, if it has only one: of two, others may go by the one that we do not.
    pub fn only_header(&self, name: impl AsHeaderName) -> Option<String> {
        let mut values = self.header_values(name);
        values.pop().filter(|_| values.is_empty())
    }

    /// All values of a header, as one list.
    pub fn header_list(&self, name: &str) -> Option<String> {
        header_list(&self.request, name)
    }

    /// Where the request comes from, as a new session notes it.
    pub fn origin(&self) -> Origin {
        let ip_address = client_address_of(&self.house.site.client_address, &self.request);
        Origin { ip_address: ip_address.unwrap_or_default(), user_agent: self.header("user-agent").unwrap_or_default() }
    }

    /// Whom the log names as the sender.
    pub fn sender(&self) -> Option<String> {
        sender_of(&self.house.site.client_address, &self.request)
    }

    /// Adds cookies to the answer, whatever its status will be. What is set again is set once.
    pub fn set_cookies(&self, cookies: Vec<SetCookie>) {
        self.credential.set(self.credential.get() || cookies.iter().any(|cookie| cookie.value.is_some()));
        let mut answer = self.answer_cookies.borrow_mut();
        for cookie in cookies {
            answer.retain(|earlier| earlier.name() != cookie.name());
            answer.push(cookie);
        }
    }

    /// Hands a session to the browser in the mode that its `dont_remember` cookie asks for, or as `remember` says, and
    /// with it what the cookie cache holds of it.
    pub fn hand_over(&self, session: &Session, user: &User, remember: Option<bool>) {
        let remember = remember.unwrap_or_else(|| !self.dont_remember());
        self.set_cookies(self.house.sessions.cookies_for(&session.token, remember));
        self.cache(session, user, remember);
    }

    /// Writes the cookie cache, if there is one.
    fn cache(&self, session: &Session, user: &User, remember: bool) {
        let House { sessions, clock, random, .. } = &*self.house;
        let Some(cache) = &sessions.cache else { return };
        let (shown, until) = (self.as_shown(session, user), self.cached_until.get());
        match cache.seal(shown, remember, until, clock.now(), random) {
            Some(Sealed { value, max_age }) => {
                let carried = self.cookies.names();
                self.set_cookies(sessions.cookies.set_long(CookieKey::SessionData, &value, max_age, &carried));
            }
            None => self.forget_cache(),
        }
    }

    /// What the request carries of a cookie that may be long, its chunks put together.
    fn long_cookie(&self, key: CookieKey) -> Option<String> {
        let mut places = self.house.sessions.cookies.places_of(key, &self.cookies.names());
        places.sort_unstable();
        let whole = places.first().is_some_and(|(place, _)| place.is_none());
        let parts = places.iter().take(if whole { 1 } else { places.len() });
        let value: String = parts.filter_map(|(_, name)| self.cookies.get(name)).collect();
        (!value.is_empty()).then_some(value)
    }

    /// Keeps an account at a provider in the account cookie, if there is one.
    pub fn keep_account(&self, account: &Account) {
        let House { sessions, clock, random, .. } = &*self.house;
        let Some(cookie) = &sessions.account_cookie else { return };
        let carried = self.cookies.names();
        let set = match cookie.seal(account, clock.now(), random) {
            Some(value) => sessions.cookies.set_long(CookieKey::AccountData, &value, Some(cookie.max_age), &carried),
            None => sessions.cookies.expire_chunks(CookieKey::AccountData, &carried),
        };
        self.set_cookies(set);
    }

    /// The account that the account cookie holds, if it is this user's.
    pub fn kept_account(&self, user_id: &str) -> Option<Account> {
        let cookie = self.house.sessions.account_cookie.as_ref()?;
        let account = cookie.open(&self.long_cookie(CookieKey::AccountData)?, self.house.clock.now())?;
        (account.user_id == user_id).then_some(account)
    }

    /// Makes the browser forget what it has of the cookie cache.
    pub fn forget_cache(&self) {
        self.set_cookies(self.house.sessions.cookies.expire_chunks(CookieKey::SessionData, &self.cookies.names()));
    }

    /// Makes the browser forget its session.
    pub fn forget_session(&self) {
        self.set_cookies(self.house.sessions.cleared(&self.cookies.names()));
    }

    /// A session and its user as answers and tokens show them.
    pub fn as_shown(&self, session: &Session, user: &User) -> Shown {
        Shown { session: self.house.shown_session(session), user: self.house.shown_user(user) }
    }

    /// As [`Cx::as_shown`], in the order of Better Auth's answers out of the cache where it came from there.
    pub fn as_read(&self, live: &Live) -> Shown {
        let House { session_fields, user_fields, .. } = &*self.house;
        if live.cached_until.is_none() {
            return self.as_shown(&live.session, &live.user);
        }
        Shown {
            session: self.house.without_gaps(answer::cached_session(&live.session, session_fields)),
            user: self.house.without_gaps(answer::cached_user(&live.user, user_fields)),
        }
    }

    /// Notes what the answer shows, for the plugins that dress it.
    pub fn show(&self, shown: Shown) {
        *self.shown.borrow_mut() = Some(shown);
    }

    /// Whether the session is to end with the browser.
    pub fn dont_remember(&self) -> bool {
        let cookies = &self.house.sessions.cookies;
        let value = self.cookies.get(cookies.name(CookieKey::DontRemember));
        value.and_then(|value| cookies.open(value)).is_some_and(|value| value == "true")
    }

    /// What the request presents to be recognised by; what a plugin finds goes before the cookie.
    pub fn presented(&self) -> Presented {
        let authorization = self.header("authorization");
        let found = self.house.moments.iter().find_map(|plugin| plugin.find_session(authorization.as_deref()));
        let cookie = || self.cookies.get(self.house.sessions.cookies.name(CookieKey::SessionToken)).map(str::to_owned);
        Presented { token: found.or_else(cookie), dont_remember: self.dont_remember() }
    }

    /// Reads the request's session, as its query (`disableRefresh`, `disableCookieCache`) and method allow, and sets the
    /// cookies that follow.
    pub async fn read_session(&self, from: ReadFrom) -> Result<Option<Live>> {
        let sessions = &self.house.sessions;
        let deferred = sessions.config.defer_session_refresh && !self.is_post();
        let mode = if deferred {
            Mode::Defer
        } else if self.query.truthy("disableRefresh") {
            Mode::Keep
        } else {
            Mode::Refresh
        };
        let presented = self.presented();
        let live = match self.read_cached(&presented, mode, from) {
            Some(live) => Some(live),
            None => self.read_stored(&presented, mode, from).await?,
        };
        if let Some(Live { session, user, .. }) = &live {
            recognised(session, user);
        }
        Ok(live)
    }

    async fn read_stored(&self, presented: &Presented, mode: Mode, from: ReadFrom) -> Result<Option<Live>> {
        let sessions = &self.house.sessions;
        match sessions.read(presented, mode, from == ReadFrom::Store).await? {
            Reading::Nobody => Ok(None),
            Reading::Ended => {
                self.forget_session();
                Ok(None)
            }
            Reading::Live(live) => {
                if live.refreshed {
                    self.hand_over(&live.session, &live.user, Some(true));
                } else if mode != Mode::Keep && !presented.dont_remember {
                    self.cache(&live.session, &live.user, true);
                }
                Ok(Some(*live))
            }
        }
    }

    /// The session as the cookie cache has it, if this request may go by that. What is no good is deleted.
    fn read_cached(&self, presented: &Presented, mode: Mode, from: ReadFrom) -> Option<Live> {
        let sessions = &self.house.sessions;
        let cache = sessions.cache.as_ref()?;
        let is_asked = from == ReadFrom::Cache && cache.serves(&self.route) && !self.query.truthy("disableCookieCache");
        if !is_asked && !self.house.stateless {
            return None;
        }
        sessions.token(presented)?;
        let Some(live) = sessions.read_cached(&self.long_cookie(CookieKey::SessionData)?, presented, mode) else {
            self.forget_cache();
            return None;
        };
        if live.refreshed {
            self.hand_over(&live.session, &live.user, Some(true));
        } else {
            self.cached_until.set(live.cached_until);
        }
        Some(live)
    }

    /// The session without which a route does nothing.
    ///
    /// # Errors
    /// 401 `UNAUTHORIZED`; 403 `SESSION_NOT_FRESH`.
    pub async fn require_session(&self, guard: Guard) -> Result<(Session, User)> {
        let from = if guard == Guard::Authoritative { ReadFrom::Store } else { ReadFrom::Cache };
        let live = self.read_session(from).await?.ok_or_else(|| Error::refused(401, code::UNAUTHORIZED))?;
        if guard == Guard::Fresh && !self.house.sessions.is_fresh(&live.session) {
            return Err(Error::refused(403, code::SESSION_NOT_FRESH));
        }
        Ok((live.session, live.user))
    }

    /// Whoever administers with this request: by a token of `[admin] tokens`, or else by a session.
    ///
    /// # Errors
    /// 401 `UNAUTHORIZED`; 403 `YOU_ARE_NOT_ALLOWED_TO_MANAGE_KEYS`.
    pub async fn require_admin(&self) -> Result<Admin> {
        self.require_admin_or(code::YOU_ARE_NOT_ALLOWED_TO_MANAGE_KEYS).await
    }

    /// [`Cx::require_admin`] with a refusal of its own.
    ///
    /// # Errors
    /// 401 `UNAUTHORIZED`; 403 with `refusal`.
    pub async fn require_admin_or(&self, refusal: Code) -> Result<Admin> {
        let authorization = self.header("authorization");
        let token = authorization.as_deref().and_then(bearer_token);
        if let Some(admin) = token.and_then(|token| self.house.admins.by_token(token)) {
            Behalf::acts(Actor::Token(admin.name().to_owned()));
            return Ok(admin);
        }
        let (session, user) = self.require_session(Guard::Authoritative).await?;
        let admin = self.house.admins.by_session(&session, &user);
        admin.ok_or_else(|| Error::refused(403, refusal))
    }

    /// Whether a session may be opened for a user. Whoever opens one asks this first.
    ///
    /// # Errors
    /// The refusal of whichever plugin or guard refuses it first.
    pub async fn admit(&self, user: &User) -> Result<()> {
        Behalf::is_about(&user.id);
        self.ask_plugins(user).await?;
        self.house.guards.admit(&user.id, false).await
    }

    /// Whether a user may go on with what a session of theirs has begun.
    ///
    /// # Errors
    /// As [`Cx::admit`].
    pub async fn admit_still(&self, user: &User) -> Result<()> {
        self.ask_plugins(user).await?;
        self.house.guards.admit(&user.id, true).await
    }

    async fn ask_plugins(&self, user: &User) -> Result<()> {
        for plugin in &self.house.moments {
            plugin.admit(&user.id, &user.more).await?;
        }
        Ok(())
    }

    /// The cookies of the answer, what it shows, and whether it carries a credential.
    pub fn into_answer(self) -> (Vec<SetCookie>, Option<Shown>, bool) {
        (self.answer_cookies.into_inner(), self.shown.into_inner(), self.credential.get())
    }
}

/// Notes that a request is that of a session's user.
pub fn recognised(session: &Session, user: &User) {
    Behalf::acts(Actor::User {
        id: user.id.clone(),
        session_id: session.id.clone(),
        impersonated_by: session.more.get("impersonatedBy").and_then(Value::as_str).map(str::to_owned),
    });
}

/// The token of `Authorization: Bearer TOKEN` (RFC 6750 §2.1), whatever the case of the scheme and the spaces around.
pub fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
