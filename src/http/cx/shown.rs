//! What an answer shows of a session and its user.

use super::Cx;
use crate::http::house::House;
use crate::moments::Shown;
use crate::session::Live;
use crate::store::{Session, User};
use crate::users::answer;

impl Cx {
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
}
