//! What a handler may touch: the house, the request, and the answer's cookies so far.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{AsHeaderName, COOKIE};
use serde_json::{Map, Value};

use super::address::{client_address_of, header_list};
use super::config::SiteConfig;
use super::cookies::RequestCookies;
use super::query::Query;
use crate::base::text::origin::TrustedOrigins;
use crate::base::{Clock, Error, Field, Random, Result, code};
use crate::crypto::jose::Hs256;
use crate::crypto::password::Passwords;
use crate::moments::{Moments, Shown};
use crate::oauth::OAuth;
use crate::outbound::Outbound;
use crate::session::cookies::{CookieKey, SetCookie};
use crate::session::{Live, Mode, Origin, Presented, Reading, Sessions};
use crate::store::{Session, Store, User};
use crate::users::admins::{Admin, Admins};
use crate::users::config::{EmailAndPasswordConfig, UserConfig};
use crate::users::sign_ins::SignIns;
use crate::users::{answer, fields};

/// The parts that handlers work with, put together once at start.
pub struct House {
    pub site: SiteConfig,
    pub trusted: TrustedOrigins,
    pub email_and_password: EmailAndPasswordConfig,
    pub user: UserConfig,
    /// Where `/error` sends browsers.
    pub error_url: Option<String>,
    /// Plugins' fields first, then the deployment's own.
    pub user_fields: Vec<Field>,
    pub session_fields: Vec<Field>,
    pub store: Store,
    pub sessions: Sessions,
    pub passwords: Passwords,
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
    pub sign_ins: SignIns,
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
}

/// How strictly a route wants its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Any live session.
    Session,
    /// One that was opened within `session.fresh_age`.
    Fresh,
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
}

impl Cx {
    pub fn new(house: Arc<House>, route: Arc<str>, request: HttpRequest, params: BTreeMap<String, String>) -> Self {
        let query = Query::parse(request.query_string());
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
        }
    }

    /// A header's only or first value, read as UTF-8.
    pub fn header(&self, name: impl AsHeaderName) -> Option<String> {
        self.request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    /// Whether the request is a POST.
    pub fn is_post(&self) -> bool {
        self.request.method() == actix_web::http::Method::POST
    }

    /// All values of a header, as one list.
    pub(super) fn header_list(&self, name: &str) -> Option<String> {
        header_list(&self.request, name)
    }

    /// Where the request comes from, as a new session notes it.
    pub fn origin(&self) -> Origin {
        let ip_address = client_address_of(&self.house.site.client_address, &self.request);
        Origin { ip_address: ip_address.unwrap_or_default(), user_agent: self.header("user-agent").unwrap_or_default() }
    }

    /// Whom the log names as the sender: the client, or the peer where no proxy names a client.
    pub fn sender(&self) -> Option<String> {
        let rule = &self.house.site.client_address;
        let peer = || self.request.peer_addr().filter(|_| !rule.disabled).map(|peer| peer.ip().to_string());
        client_address_of(rule, &self.request).or_else(peer)
    }

    /// Adds cookies to the answer, whatever its status will be.
    pub fn set_cookies(&self, cookies: Vec<SetCookie>) {
        self.credential.set(self.credential.get() || cookies.iter().any(|cookie| cookie.value.is_some()));
        self.answer_cookies.borrow_mut().extend(cookies);
    }

    /// Hands a session to the browser in the mode that its `dont_remember` cookie asks for, or as `remember` says.
    pub fn hand_over(&self, session: &Session, remember: Option<bool>) {
        let remember = remember.unwrap_or_else(|| !self.dont_remember());
        self.set_cookies(self.house.sessions.cookies_for(&session.token, remember));
    }

    /// A session and its user as answers and tokens show them.
    pub fn as_shown(&self, session: &Session, user: &User) -> Shown {
        Shown {
            session: answer::session(session, &self.house.session_fields),
            user: answer::user(user, &self.house.user_fields),
        }
    }

    /// Notes what the answer shows, for the plugins that dress it.
    pub fn show(&self, shown: Shown) {
        *self.shown.borrow_mut() = Some(shown);
    }

    fn dont_remember(&self) -> bool {
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

    /// Reads the request's session, as its query (`disableRefresh`) and method allow, and sets the cookies that follow.
    pub async fn read_session(&self) -> Result<Option<Live>> {
        let deferred = self.house.sessions.config.defer_session_refresh && !self.is_post();
        let mode = if deferred {
            Mode::Defer
        } else if self.query.truthy("disableRefresh") {
            Mode::Keep
        } else {
            Mode::Refresh
        };
        match self.house.sessions.read(&self.presented(), mode).await? {
            Reading::Nobody => Ok(None),
            Reading::Ended => {
                self.set_cookies(self.house.sessions.cleared());
                Ok(None)
            }
            Reading::Live(mut live) => {
                self.set_cookies(std::mem::take(&mut live.cookies));
                Ok(Some(*live))
            }
        }
    }

    /// The session without which a route does nothing.
    ///
    /// # Errors
    /// 401 `UNAUTHORIZED`; 403 `SESSION_NOT_FRESH`.
    pub async fn require_session(&self, guard: Guard) -> Result<(Session, User)> {
        let live = self.read_session().await?.ok_or_else(|| Error::refused(401, code::UNAUTHORIZED))?;
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
        let authorization = self.header("authorization");
        let token = authorization.as_deref().and_then(bearer_token);
        if let Some(admin) = token.and_then(|token| self.house.admins.by_token(token)) {
            return Ok(admin);
        }
        let (session, user) = self.require_session(Guard::Session).await?;
        let admin = self.house.admins.by_session(&session, &user);
        admin.ok_or_else(|| Error::refused(403, code::YOU_ARE_NOT_ALLOWED_TO_MANAGE_KEYS))
    }

    /// Asks the plugins whether a session may be opened for a user.
    ///
    /// # Errors
    /// The refusal of whichever plugin refuses it first.
    pub async fn admit(&self, user: &User) -> Result<()> {
        for plugin in &self.house.moments {
            plugin.admit(&user.id, &user.more).await?;
        }
        Ok(())
    }

    /// The cookies of the answer, what it shows, and whether it carries a credential.
    pub(super) fn into_answer(self) -> (Vec<SetCookie>, Option<Shown>, bool) {
        (self.answer_cookies.into_inner(), self.shown.into_inner(), self.credential.get())
    }
}

/// The token of `Authorization: Bearer TOKEN` (RFC 6750 §2.1), whatever the case of the scheme and the spaces around.
pub fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
