//! The cookies of the answer: the session's, the cookie cache's, the account's.

use super::Cx;
use crate::http::house::House;
use crate::session::cookie_cache::Sealed;
use crate::session::cookies::{CookieKey, SetCookie};
use crate::store::{Account, Session, User};

impl Cx {
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
    pub(super) fn cache(&self, session: &Session, user: &User, remember: bool) {
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
    pub(super) fn long_cookie(&self, key: CookieKey) -> Option<String> {
        self.house.sessions.cookies.join(key, &self.cookies.names(), |name| self.cookies.get(name))
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
}
