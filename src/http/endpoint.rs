//! A route, declared once: its method, its path, what it accepts, and the order in which a request to it can fail.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::http::Method;

use super::body::Body;
use super::cx::Cx;
use super::guard;
use super::query::Query;
use super::rate_limit::rules::Rule;
use super::reply::Reply;
use super::traffic::Traffic;
use crate::base::{Error, Result};
use crate::store::audit::Action;

/// How much a body may hold where the route deals with credentials, in bytes.
const SMALL_BODY: usize = 16 * 1024;

/// What a handler reads from a request before anything is done.
pub trait Input: Sized {
    /// # Errors
    /// 400 `VALIDATION_ERROR` with all issues in schema order, those of the body before those of the query.
    fn read(body: &Body, query: &Query) -> Result<Self>;
}

impl Input for () {
    fn read(_: &Body, _: &Query) -> Result<Self> {
        Ok(())
    }
}

type Run = Box<dyn for<'a> Fn(&'a Cx, Body, Late) -> Pin<Box<dyn Future<Output = Result<Reply>> + 'a>> + Send + Sync>;

/// The guards that come after the schema.
#[derive(Clone, Copy, Default)]
struct Late {
    login: bool,
    query_page: bool,
}

impl Late {
    fn check(self, cx: &Cx) -> Result<()> {
        if self.login {
            guard::login(cx)?;
        }
        if self.query_page { guard::page_in_query(cx) } else { Ok(()) }
    }
}

/// A route of the server.
pub struct Endpoint {
    pub method: Method,
    /// Below the base path, or below the origin; a segment `:name` takes any one segment.
    pub path: Arc<str>,
    /// Whether the path is below the origin, not below the base path.
    pub at_origin: bool,
    /// Whether HEAD answers as GET does.
    pub head: bool,
    /// Whether it answers every method, and every path that begins with its own; its own guards look at the method.
    pub wide: bool,
    /// How much a body may hold, in bytes; `None` is the server's general limit.
    pub body_limit: Option<usize>,
    /// Whether the body is read at all.
    pub reads_body: bool,
    /// Whether HTML forms are taken beside JSON.
    pub takes_forms: bool,
    /// Whether forms are taken as `multipart/form-data`, too.
    pub takes_multipart: bool,
    /// Whether `Cache-Control: no-store` and `Pragma: no-cache` go with every answer.
    pub always_private: bool,
    /// Whether requests count in the rate limit.
    pub is_limited: bool,
    /// A limit of its own.
    pub rate_limit: Option<Rule>,
    pub traffic: Traffic,
    /// What it is called in the audit trail that it refuses somebody.
    pub audits: Option<Action>,
    /// How it words what it refuses.
    pub refusal: fn(&Error) -> Reply,
    /// Whether it is a page, or what a page loads: no part of the API.
    pub is_for_browsers: bool,
    /// Whether a program may send a cookie and tell no origin.
    needs_no_origin: bool,
    late: Late,
    run: Run,
}

impl Endpoint {
    pub fn get<I: Input + 'static>(
        path: &str,
        handler: impl AsyncFn(&Cx, I) -> Result<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self { reads_body: false, ..Self::new(Method::GET, path, handler) }
    }

    /// A page for people, below the origin. It counts in no rate limit: what it does for somebody it does through the API.
    pub fn page(path: &str, handler: impl AsyncFn(&Cx, ()) -> Result<Reply> + Send + Sync + 'static) -> Self {
        Self::get(path, handler).at_origin().head().unlimited().for_browsers()
    }

    pub fn post<I: Input + 'static>(
        path: &str,
        handler: impl AsyncFn(&Cx, I) -> Result<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self::new(Method::POST, path, handler)
    }

    pub fn patch<I: Input + 'static>(
        path: &str,
        handler: impl AsyncFn(&Cx, I) -> Result<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self::new(Method::PATCH, path, handler)
    }

    /// Without a body.
    pub fn delete<I: Input + 'static>(
        path: &str,
        handler: impl AsyncFn(&Cx, I) -> Result<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self::new(Method::DELETE, path, handler).ignores_body()
    }

    fn new<I: Input + 'static>(
        method: Method,
        path: &str,
        handler: impl AsyncFn(&Cx, I) -> Result<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self {
            method,
            path: path.into(),
            at_origin: false,
            head: false,
            wide: false,
            body_limit: None,
            reads_body: true,
            takes_forms: false,
            takes_multipart: false,
            always_private: false,
            is_limited: true,
            rate_limit: None,
            traffic: Traffic::default(),
            audits: path.starts_with("/admin/").then_some(Action::AdminRefused),
            refusal: |error| Reply::from(error),
            is_for_browsers: false,
            needs_no_origin: false,
            late: Late::default(),
            run: boxed(handler),
        }
    }

    /// Takes HTML forms beside JSON.
    pub fn forms(self) -> Self {
        Self { takes_forms: true, ..self }
    }

    /// Takes forms as `multipart/form-data`, as a browser's `FormData` is sent, beside those as they ever were.
    pub fn multipart(self) -> Self {
        Self { takes_forms: true, takes_multipart: true, ..self }
    }

    /// Speaks to programs as well as to pages: an origin that is told must be trusted, with or without a cookie, and one
    /// need not be told. What a page elsewhere can send comes with its origin.
    pub fn needs_no_origin(self) -> Self {
        Self { needs_no_origin: true, ..self }
    }

    /// Is a page, or what a page loads.
    pub fn for_browsers(self) -> Self {
        Self { is_for_browsers: true, audits: None, ..self }
    }

    /// What the log and the metrics call it. Pages and routes of the API lie below paths of their own and may have the same
    /// names there.
    pub fn label(&self) -> Cow<'_, str> {
        if self.is_for_browsers && self.at_origin {
            format!("page {}", self.path).into()
        } else {
            Cow::Borrowed(&self.path)
        }
    }

    /// Has what it refuses written into the audit trail.
    pub fn audits(self, refusal: Action) -> Self {
        Self { audits: Some(refusal), ..self }
    }

    /// Words its refusals in its own way.
    pub fn refusing(self, refusal: fn(&Error) -> Reply) -> Self {
        Self { refusal, ..self }
    }

    /// Logs somebody in: pages elsewhere must not post to it.
    pub fn login(self) -> Self {
        Self { late: Late { login: true, ..self.late }, ..self }
    }

    /// Takes small bodies alone, since it deals with credentials.
    pub fn small(self) -> Self {
        Self { body_limit: Some(SMALL_BODY), ..self }
    }

    /// Checks the query's `callbackURL`, which on GET few routes do.
    pub fn page_in_query(self) -> Self {
        Self { late: Late { query_page: true, ..self.late }, ..self }
    }

    /// Never reads a body, whatever its type.
    pub fn ignores_body(self) -> Self {
        Self { reads_body: false, ..self }
    }

    /// Forbids caches to keep any answer of this route, its refusals too.
    pub fn always_private(self) -> Self {
        Self { always_private: true, ..self }
    }

    /// Answers HEAD as well.
    pub fn head(self) -> Self {
        Self { head: true, ..self }
    }

    /// Answers every method, and every path that begins with its own and goes on with `/` or `;`: a proxy asks about a
    /// request with the method and the path of that request.
    pub fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// Counts in no rate limit: whoever verifies or probes must never be turned away.
    pub fn unlimited(self) -> Self {
        Self { is_limited: false, ..self }
    }

    /// Has a limit of its own, unless the operator sets another.
    pub fn rate_limit(self, rule: Rule) -> Self {
        Self { rate_limit: Some(rule), ..self }
    }

    /// Lies below the origin, not below the base path.
    pub fn at_origin(self) -> Self {
        Self { at_origin: true, ..self }
    }

    /// Runs the guards that follow the reading of the body, in the contract's order, then the handler.
    pub async fn answer(&self, cx: &Cx, body: Body) -> Result<Reply> {
        if self.method != Method::GET {
            if self.needs_no_origin {
                guard::told_origin(cx)?;
            } else {
                guard::origin(cx)?;
            }
            guard::pages(cx, &body)?;
        }
        (self.run)(cx, body, self.late).await
    }
}

fn boxed<I: Input + 'static>(handler: impl AsyncFn(&Cx, I) -> Result<Reply> + Send + Sync + 'static) -> Run {
    let handler = Arc::new(handler);
    Box::new(move |cx, body, late| {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            let input = I::read(&body, &cx.query)?;
            late.check(cx)?;
            handler(cx, input).await
        })
    })
}
