//! What a handler may touch: the house, the request, and the answer's cookies so far.

mod admission;
mod cookies;
mod request;
mod session;
mod shown;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;

pub use self::admission::{Guard, bearer_token};
pub use self::session::{ReadFrom, recognised};
use super::cookies::RequestCookies;
use super::house::House;
use super::query::Query;
use super::router::WIDE;
use crate::base::Timestamp;
use crate::moments::Shown;
use crate::session::cookies::SetCookie;

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

    /// The cookies of the answer, what it shows, and whether it carries a credential.
    pub fn into_answer(self) -> (Vec<SetCookie>, Option<Shown>, bool) {
        (self.answer_cookies.into_inner(), self.shown.into_inner(), self.credential.get())
    }
}
