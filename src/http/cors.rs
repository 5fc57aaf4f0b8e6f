//! Cross-origin requests of browsers (the Fetch Standard's CORS protocol), for trusted origins and with credentials. Off,
//! no header of it is ever sent, as with Better Auth.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN, VARY,
};
use actix_web::{HttpRequest, HttpResponse};

use crate::base::text::origin::TrustedOrigins;

/// What scripts may read beside what every script may, and what plugins name.
const EXPOSED: &str = "x-retry-after, retry-after, x-request-id";

/// The methods that our own routes have.
pub const METHODS: &str = "GET, HEAD, POST, PATCH, DELETE";
/// Those that routes of other servers have.
pub const ALL_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// `[cors]`, where it is on.
#[derive(Clone, Debug)]
pub struct Cors {
    pub origins: TrustedOrigins,
    /// How long a browser may keep the answer to a preflight.
    pub max_age: Duration,
}

impl Cors {
    /// The answer to a preflight of a trusted origin. Any other request is answered as it would be without.
    pub fn preflight(&self, request: &HttpRequest, methods: &'static str) -> Option<HttpResponse> {
        let headers = request.headers();
        if request.method() != Method::OPTIONS || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        let origin = self.trusted(request)?;
        let mut response = HttpResponse::NoContent();
        response
            .insert_header((ACCESS_CONTROL_ALLOW_METHODS, methods))
            .insert_header((ACCESS_CONTROL_MAX_AGE, self.max_age.as_secs()))
            .insert_header((VARY, "access-control-request-headers"));
        // With credentials there is no wildcard: what is asked for is allowed by its name.
        if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            response.insert_header((ACCESS_CONTROL_ALLOW_HEADERS, asked.clone()));
        }
        let mut response = response.finish();
        allow(&mut response, origin);
        Some(response)
    }

    /// Lets scripts of a trusted origin read an answer, and tells caches that it is not everybody's.
    pub fn dress(&self, request: &HttpRequest, response: &mut HttpResponse) {
        if let Some(origin) = self.trusted(request) {
            allow(response, origin);
            let headers = response.headers_mut();
            let named = headers.get(ACCESS_CONTROL_EXPOSE_HEADERS).and_then(|value| value.to_str().ok());
            let exposed = named.map_or_else(|| EXPOSED.to_owned(), |named| format!("{named}, {EXPOSED}"));
            if let Ok(exposed) = HeaderValue::from_str(&exposed) {
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
            }
        }
        response.headers_mut().append(VARY, HeaderValue::from_static("origin"));
    }

    /// The request's one origin, if it is trusted. `null` never is.
    fn trusted(&self, request: &HttpRequest) -> Option<HeaderValue> {
        let mut origins = request.headers().get_all(ORIGIN);
        let origin = origins.next().filter(|_| origins.next().is_none())?;
        let text = origin.to_str().ok()?;
        (text != "null" && self.origins.trusts(text)).then(|| origin.clone())
    }
}

fn allow(response: &mut HttpResponse, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
}
