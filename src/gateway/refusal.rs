//! What whoever asks is told where the upstream was not asked, or has not answered: a page where a browser loads one,
//! Better Auth's JSON everywhere else.

use actix_web::{HttpRequest, HttpResponse};

use crate::base::Error;
use crate::base::error::RefusedBody;
use crate::http::page::loads_a_page;
use crate::http::reply::{Content, Reply};

/// The answer that an error is.
pub fn answer(error: &Error, request: &HttpRequest) -> HttpResponse {
    let mut reply = Reply::from(error).no_store();
    if loads_a_page(request) {
        reply.content = Content::Html(page(reply.status, message(error)));
    }
    reply.into_response(std::iter::empty())
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
