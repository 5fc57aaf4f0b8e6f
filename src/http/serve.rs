//! From actix to an endpoint and back: finds the route, reads the body, runs the endpoint, writes the answer.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HOST;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;

use super::body::{self, Body};
use super::connection::Handling;
use super::cors::{self, Cors};
use super::cx::Cx;
use super::endpoint::Endpoint;
use super::house::House;
use super::multipart;
use super::refusals;
use super::reply::{Content, Reply};
use super::router::{Router, Target};
use super::traffic::Traffic;
use super::visit::{NO_ROUTE, RequestIds, Visit};
use crate::base::{Error, Result, code};
use crate::moments::{Dress, Occasion};
use crate::session::cookies::CookieKey;
use crate::traces::Traces;

/// How long a client may take to send a body.
const BODY_DEADLINE: Duration = Duration::from_secs(10);

/// What every worker serves from.
pub struct Service {
    pub house: Arc<House>,
    pub router: Router,
    /// None where pages of other origins may not call.
    pub cors: Option<Cors>,
    /// The general limit of a body, in bytes.
    pub body_limit: usize,
    /// The traffic that found no route.
    pub strays: Traffic,
    pub traces: Traces,
    pub request_ids: RequestIds,
}

/// Answers one request.
pub async fn answer(service: Rc<Data<Service>>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let _handled = request.conn_data::<Handling>().map(Handling::begin);
    let visit = Visit::begin(&request, &service.house.site.client_address, &service.request_ids, &service.traces);
    visit.behalf.clone().within(attend(&service, visit, request, payload)).await
}

async fn attend(service: &Service, visit: Visit, request: HttpRequest, payload: Payload) -> HttpResponse {
    let target = service.router.find(request.method(), request.uri().path());
    let (route, traffic) = match &target {
        Target::Endpoint(endpoint, _) => (endpoint.label(), &endpoint.traffic),
        Target::Beyond(passage, _) => (passage.prefix().into(), passage.traffic()),
        Target::Disabled | Target::Unclear | Target::Nowhere => (NO_ROUTE.into(), &service.strays),
    };
    if let Target::Endpoint(endpoint, _) = &target {
        visit.behalf.goes_to(&endpoint.path);
    }
    let asked = service.cors.as_ref().map(|cors| (cors, request.clone()));
    // What a proxy asks with a preflight's headers is about a preflight, and is none.
    let is_wide = matches!(&target, Target::Endpoint(endpoint, _) if endpoint.wide);
    let methods = if matches!(target, Target::Beyond(..)) { cors::ALL_METHODS } else { cors::METHODS };
    let preflight = asked.as_ref().filter(|_| !is_wide).and_then(|(cors, request)| cors.preflight(request, methods));
    let mut response = match preflight {
        Some(response) => response,
        None => respond(service, target, request, payload).await,
    };
    if let Some((cors, request)) = asked {
        cors.dress(&request, &mut response);
    }
    visit.end(&route, &service.house.site.client_address, traffic, &mut response);
    response
}

async fn respond(service: &Service, target: Target<'_>, request: HttpRequest, payload: Payload) -> HttpResponse {
    if !agrees_on_its_host(&request) {
        let reply = Reply { status: 400, content: Content::Nothing, headers: Vec::new() };
        return reply.into_response(std::iter::empty());
    }
    if let Err(millis) = service.house.rate_limits.admit(&request, &target).await {
        let refusal = match target {
            Target::Endpoint(endpoint, _) => endpoint.refusal,
            _ => |error: &Error| Reply::from(error),
        };
        return refusal(&Error::TooMany { millis }).into_response(std::iter::empty());
    }
    match target {
        Target::Nowhere => nowhere(service, request).into_response(std::iter::empty()),
        Target::Disabled => {
            let reply = Reply { status: 404, content: Content::Text("Not Found"), headers: Vec::new() };
            reply.into_response(std::iter::empty())
        }
        Target::Unclear => Reply::from(&Error::refused(400, code::AMBIGUOUS_PATH)).into_response(std::iter::empty()),
        Target::Beyond(passage, path) => passage.answer(Arc::clone(&service.house), path, request, payload).await,
        Target::Endpoint(endpoint, params) => {
            let cx = Cx::new(Arc::clone(&service.house), Arc::clone(&endpoint.path), request, params);
            let outcome = run(service, endpoint, &cx, payload).await;
            let outcome = refusals::written(&cx, endpoint, outcome).await;
            finish(endpoint, cx, outcome).await
        }
    }
}

/// Nothing, or for a browser that loads a page one that says so. No cache gives the one to whom the other is for.
fn nowhere(service: &Service, request: HttpRequest) -> Reply {
    let house = &service.house;
    let cx = Cx::new(Arc::clone(house), NO_ROUTE.into(), request, BTreeMap::new());
    let page = if cx.loads_a_page() { house.error_page.not_found(&cx) } else { Ok(None) };
    let answer = page.map(|page| page.unwrap_or_else(|| Reply::from(&Error::no_route()).no_store()));
    answer.unwrap_or_else(|error| {
        report(&error, NO_ROUTE);
        Reply::from(&error)
    })
}

/// Whether a target that is a whole URL names the host that the header names (RFC 9112 §3.2.2): of two, a proxy before
/// us may have gone by the other one.
fn agrees_on_its_host(request: &HttpRequest) -> bool {
    let Some(target) = request.uri().authority() else { return true };
    let header = request.headers().get(HOST);
    header.is_none_or(|header| header.as_bytes().eq_ignore_ascii_case(target.as_str().as_bytes()))
}

async fn run(service: &Service, endpoint: &Endpoint, cx: &Cx, payload: Payload) -> Result<Reply> {
    let body = if endpoint.reads_body {
        let bytes = read(payload, endpoint.body_limit.unwrap_or(service.body_limit)).await?;
        let content_type = cx.header("content-type");
        match content_type.as_deref().filter(|_| endpoint.takes_multipart).and_then(multipart::boundary) {
            Some(boundary) => multipart::parse(&boundary, &bytes)?,
            None => body::parse(content_type.as_deref(), &bytes, endpoint.takes_forms)?,
        }
    } else {
        Body::Absent
    };
    endpoint.answer(cx, body).await
}

/// Reads a body up to its limit.
///
/// # Errors
/// 413 `CONTENT_TOO_LARGE`; 408 where it does not come in time; 400 where it breaks off.
async fn read(mut payload: Payload, limit: usize) -> Result<Vec<u8>> {
    let whole = async {
        let mut bytes = Vec::new();
        while let Some(part) = payload.next().await {
            let part = part.map_err(|_| Error::refused(400, code::BAD_REQUEST))?;
            if bytes.len() + part.len() > limit {
                return Err(Error::refused(413, code::CONTENT_TOO_LARGE));
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    };
    tokio::time::timeout(BODY_DEADLINE, whole).await.unwrap_or_else(|_| Err(Error::refused(408, code::REQUEST_TIMEOUT)))
}

/// Turns an outcome into an answer: faults are logged, plugins dress it, credentials are kept from caches.
async fn finish(endpoint: &Endpoint, cx: Cx, outcome: Result<Reply>) -> HttpResponse {
    let (house, route) = (Arc::clone(&cx.house), &endpoint.path);
    let reply = outcome.unwrap_or_else(|error| {
        report(&error, route);
        (endpoint.refusal)(&error)
    });
    let (cookies, shown, credential) = cx.into_answer();
    let token = cookies.iter().rev().find(|cookie| cookie.key == CookieKey::SessionToken);
    let occasion =
        Occasion { route, shown: shown.as_ref(), session_token: token.and_then(|cookie| cookie.value.as_deref()) };
    let mut dress = Dress::default();
    for plugin in &house.moments {
        plugin.dress(&occasion, &mut dress).await;
    }
    let reply = dressed(reply, dress);
    let cached = reply.headers.iter().any(|(name, _)| *name == "cache-control");
    let reply = if endpoint.always_private {
        reply.no_store().header("pragma", "no-cache")
    } else if credential && !cached {
        reply.no_store()
    } else {
        reply
    };
    reply.into_response(cookies.into_iter().map(|cookie| cookie.line))
}

fn dressed(mut reply: Reply, dress: Dress) -> Reply {
    let names: Vec<&str> = dress.exposed.iter().map(|(name, _)| *name).collect();
    if names.is_empty() {
        return reply;
    }
    reply = reply.header("access-control-expose-headers", names.join(", "));
    dress.exposed.into_iter().fold(reply, |reply, (name, value)| reply.header(name, value))
}

/// Logs what is our own fault, once, with its chain. Nothing that a client sent is written.
pub fn report(error: &Error, route: &str) {
    match error {
        Error::Broken(_) => tracing::error!(route, "a request failed through a fault of the server: {}", error.chain()),
        Error::Unavailable { reason, .. } => tracing::warn!(route, "answered 503: {reason}"),
        Error::Refused(_) | Error::Invalid(_) | Error::TooMany { .. } => {}
    }
}
