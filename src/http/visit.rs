//! What is noted of each request: an id, how long it took, one line of the log, and a span where traces are sent. Of what
//! a client sent, the line has the client's address and, from those who may give one, the request's id; never a path, a
//! query or any other header. The span has no more than the line.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse};

use super::address::{AddressRule, client_address_of, sender_of};
use super::traffic::Traffic;
use crate::base::behalf::Asked;
use crate::base::random::ALPHANUMERIC;
use crate::base::{Behalf, Random, RequestId};
use crate::traces::{Answered, Trace, Traces};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The length of an id that is made here.
const ID_LENGTH: usize = 20;
/// How many ids are drawn at once.
const DRAWN: usize = 64;

/// What the log and the metrics call the route of a request that has none.
pub const NO_ROUTE: &str = "none";

/// The ids of requests. They are drawn many at a time: to ask the operating system for each one would cost a request more
/// than its line of the log.
pub struct RequestIds {
    random: Random,
    drawn: Mutex<String>,
}

impl RequestIds {
    pub fn new(random: Random) -> Self {
        Self { random, drawn: Mutex::default() }
    }

    fn next(&self) -> RequestId {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.is_empty() {
            *drawn = self.random.text(DRAWN * ID_LENGTH, ALPHANUMERIC);
        }
        let rest = drawn.len() - ID_LENGTH;
        let id = RequestId::new(&drawn[rest..]);
        drawn.truncate(rest);
        id
    }
}

/// A request from its arrival to its answer.
pub struct Visit {
    request: HttpRequest,
    trace: Trace,
    id: RequestId,
    /// All that comes of this request is done within it.
    pub behalf: Behalf,
    began: Instant,
}

impl Visit {
    /// Takes the id that a trusted peer has given the request, or makes one, and likewise the trace that it is a part of.
    pub fn begin(request: &HttpRequest, rule: &AddressRule, ids: &RequestIds, traces: &Traces) -> Self {
        let trusted = request.peer_addr().is_some_and(|peer| rule.believes(peer.ip()));
        let believed = trusted.then(|| request.headers());
        let given = believed.and_then(|headers| headers.get(REQUEST_ID)?.to_str().ok());
        let id = match given {
            Some(id) if is_request_id(id) => RequestId::new(id),
            _ => ids.next(),
        };
        let trace = traces.begin(method(request.method()), |name| believed?.get(name)?.to_str().ok());
        let user_agent = request.headers().get(USER_AGENT);
        let behalf = Behalf::of(Asked {
            id: id.clone(),
            ip_address: sender_of(rule, request),
            user_agent: user_agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
        });
        Self { request: request.clone(), trace, id, behalf, began: Instant::now() }
    }

    /// Counts, logs and traces the answer, and tells the client the request's id.
    pub fn end(self, route: &str, rule: &AddressRule, traffic: &Traffic, response: &mut HttpResponse) {
        let (status, took) = (response.status().as_u16(), self.began.elapsed());
        traffic.note(status, took);
        // What a line holds is computed only if it is written.
        tracing::info!(
            target: "signet::access",
            route,
            method = method(self.request.method()),
            status,
            ms = (took.as_micros() / 100) as f64 / 10.0,
            client = client_address_of(rule, &self.request),
            "answered"
        );
        let route = (route != NO_ROUTE).then_some(route);
        self.trace.end(&Answered { route, status, request_id: self.id.as_str() });
        if let Ok(id) = HeaderValue::from_str(self.id.as_str()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
    }
}

/// Whether a text can be taken over as it is: into a header, a line of a log, and whatever reads these.
fn is_request_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// A method that HTTP knows. Any other is a word of the client's choice.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn id_of(peer: &str, given: &str) -> String {
        let rule = AddressRule {
            headers: Vec::new(),
            trusted_proxies: vec!["10.0.0.0/24".parse().unwrap()],
            ipv6_subnet: 64,
            disabled: false,
        };
        let peer = std::net::SocketAddr::new(peer.parse().unwrap(), 1);
        let request = TestRequest::default().peer_addr(peer).insert_header((REQUEST_ID, given)).to_http_request();
        let ids = RequestIds::new(Random::system());
        Visit::begin(&request, &rule, &ids, &Traces::default()).id.as_str().to_owned()
    }

    #[test]
    fn t09_a_request_id_is_taken_from_a_trusted_peer_alone() {
        for trusted in ["127.0.0.1", "::1", "10.0.0.7", "::ffff:10.0.0.7"] {
            assert_eq!(id_of(trusted, "given-1"), "given-1", "{trusted}");
            assert_ne!(id_of(trusted, "given 1"), "given 1", "{trusted}: and only if it is plain");
        }
        for stranger in ["203.0.113.9", "10.0.1.7", "2001:db8::1"] {
            let made = id_of(stranger, "given-1");
            assert!(made != "given-1" && is_request_id(&made), "{stranger}: {made}");
            assert_ne!(made, id_of(stranger, "given-1"), "each has its own");
        }
    }

    #[test]
    fn t09_a_request_id_is_short_and_plain() {
        for good in ["a", "4bf92f3577b34da6a3ce929d0e0e4736", "A.b_c-9", &"x".repeat(64)] {
            assert!(is_request_id(good), "{good}");
        }
        for bad in ["", "a b", "a\nb", "\u{1b}[31m", "a;b", "é", "a\"b", &"x".repeat(65)] {
            assert!(!is_request_id(bad), "{bad}");
        }
    }
}
