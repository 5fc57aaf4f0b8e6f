//! What is asked of the upstream, and what a request tells of how it has to be asked.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use actix_web::http::{Method, Version};
use reqwest::header::HeaderValue;
use url::Url;

use crate::http::address::AddressRule;
use crate::http::connection::{Handling, Streaming};

/// Headers by which frameworks take a request for one of another method.
const METHOD_OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// A request as the upstream is to get it.
pub(super) struct Asked<'a> {
    pub(super) request: &'a HttpRequest,
    pub(super) url: Url,
    pub(super) token: Option<&'a HeaderValue>,
    pub(super) upgrades: bool,
    pub(super) rule: &'a AddressRule,
    pub(super) page_is_trusted: bool,
}

impl Asked<'_> {
    pub(super) fn method(&self) -> reqwest::Method {
        // What is a method here is one there.
        reqwest::Method::from_bytes(self.request.method().as_str().as_bytes()).unwrap_or_default()
    }

    pub(super) fn streaming(&self, idle: Duration) -> Option<Streaming> {
        self.request.conn_data::<Handling>().map(|handling| handling.stream(idle))
    }
}

pub(super) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

pub(super) fn may_change_something(request: &HttpRequest) -> bool {
    !is_safe(request.method()) || METHOD_OVERRIDES.iter().any(|name| request.headers().contains_key(*name))
}

/// What actix takes for an upgrade: after it, all that comes is its body.
pub(super) fn wants_websocket(request: &HttpRequest) -> bool {
    let mut lines = request.headers().get_all(UPGRADE).filter_map(|value| value.to_str().ok());
    lines.any(|line| line.trim().eq_ignore_ascii_case("websocket"))
}

pub(super) fn may_upgrade(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let has_body = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
    let is_listed = request.head().upgrade();
    *request.method() == Method::GET && request.version() == Version::HTTP_11 && is_listed && !has_body
}

pub(super) fn content_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}
