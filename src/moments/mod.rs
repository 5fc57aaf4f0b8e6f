//! The moments at which plugins have a say, as typed events. Called by the floors above, implemented by `plugins/`.

use std::future::{Future, ready};
use std::pin::Pin;

use serde_json::{Map, Value};

use crate::base::Result;

/// What a plugin may answer. Every moment has an answer that changes nothing.
pub trait Moments: Send + Sync {
    /// A request is looking for its session: the signed value that stands in for its session cookie, if this plugin
    /// finds one (bearer: the `Authorization` header).
    fn find_session(&self, _authorization: Option<&str>) -> Option<String> {
        None
    }

    /// A user is about to be made: fields that nobody has set may be.
    fn complete_user(&self, _fields: &mut Map<String, Value>) {}

    /// Somebody signs up, or changes their own user: what a body says of the user may be judged and completed. Also asked
    /// anew when the database has refused the row, since somebody else was faster.
    fn edit_user<'a>(&'a self, _edit: Edit<'a>, _body: &'a mut Map<String, Value>) -> Asking<'a> {
        Box::pin(ready(Ok(())))
    }

    /// What somebody has typed to sign in with is no address: the user's field that may hold it, and what it holds then.
    fn find_by_name(&self, _typed: &str) -> Option<(&'static str, String)> {
        None
    }

    /// A session is about to be opened for a user with these additional fields: an error refuses it.
    fn admit<'a>(&'a self, _user_id: &'a str, _fields: &'a Map<String, Value>) -> Asking<'a> {
        Box::pin(ready(Ok(())))
    }

    /// An answer is ready: headers may be added to it.
    fn dress<'a>(&'a self, _occasion: &'a Occasion<'a>, _dress: &'a mut Dress) -> Doing<'a> {
        Box::pin(ready(()))
    }
}

/// What somebody does with a user of their own.
#[derive(Clone, Copy)]
pub enum Edit<'a> {
    SignUp,
    /// Changes this user, who has these additional fields.
    Update {
        user_id: &'a str,
        fields: &'a Map<String, Value>,
    },
}

/// What a plugin does at a moment, in its own time.
pub type Doing<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// What a plugin says at a moment, in its own time.
pub type Asking<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// The answer that is about to go out.
pub struct Occasion<'a> {
    /// The route's path below the base path, as it was declared.
    pub route: &'a str,
    /// The session that the answer shows, as it shows it; only `/get-session` shows one.
    pub shown: Option<&'a Shown>,
    /// The signed session token that the answer sets as a cookie, before percent-encoding.
    pub session_token: Option<&'a str>,
}

/// A session and its user, in the JSON of an answer.
pub struct Shown {
    pub session: Map<String, Value>,
    pub user: Map<String, Value>,
}

/// Headers that plugins add to an answer. Each is exposed to scripts through `Access-Control-Expose-Headers`.
#[derive(Default)]
pub struct Dress {
    pub exposed: Vec<(&'static str, String)>,
}
