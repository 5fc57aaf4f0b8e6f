//! What whoever asks is told where the upstream was not asked, or has not answered: a page where a browser loads one,
//! Better Auth's JSON everywhere else.

use actix_web::{HttpRequest, HttpResponse};

use crate::base::Error;
use crate::base::error::RefusedBody;
use crate::http::reply::{Content, Reply};

/// The answer that an error is.
pub fn answer(error: &Error, request: &HttpRequest) -> HttpResponse {
    let mut reply = Reply::from(error).no_store();
    if loads_a_page(request) {
        reply.content = Content::Html(page(reply.status, message(error)));
    }
    reply.into_response(std::iter::empty())
}

/// Whether it is a browser that is to show what comes back. Where it does not say what for, by what it likes best.
fn loads_a_page(request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match header("sec-fetch-dest") {
        Some(destination) => matches!(destination.trim(), "document" | "iframe" | "frame"),
        None => header("accept").is_some_and(|accept| {
            let best = accept.split([',', ';']).next().unwrap_or_default().trim();
            matches!(best, "text/html" | "application/xhtml+xml")
        }),
    }
}

fn message(error: &Error) -> &str {
    match error {
        Error::Refused(refused) => match &refused.body {
            RefusedBody::Message { message, .. } => message,
            RefusedBody::Empty | RefusedBody::Nothing => "",
        },
        Error::Unavailable { .. } => crate::base::code::SERVICE_UNAVAILABLE.message,
        Error::Invalid(_) | Error::TooMany { .. } | Error::Broken(_) => "",
    }
}

/// The messages are our own, so none holds markup.
fn page(status: u16, message: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{status}</title></head><body><main><h1>{status}</h1><p>{message}</p>\
         </main></body></html>"
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_page_goes_to_whoever_loads_one() {
        let asks = |headers: &[(&str, &str)]| {
            let request = headers.iter().fold(TestRequest::default(), |request, header| request.insert_header(*header));
            loads_a_page(&request.to_http_request())
        };
        assert!(asks(&[("accept", "text/html,application/xhtml+xml,*/*;q=0.8")]));
        assert!(asks(&[("sec-fetch-dest", "document")]) && asks(&[("sec-fetch-dest", "iframe"), ("accept", "*/*")]));
        assert!(!asks(&[]) && !asks(&[("accept", "*/*")]) && !asks(&[("accept", "application/json, text/html")]));
        assert!(!asks(&[("sec-fetch-dest", "empty"), ("accept", "text/html")]), "a script asks");
    }
}
