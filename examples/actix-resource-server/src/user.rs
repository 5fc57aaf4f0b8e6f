//! Who asks, as an argument of a handler.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, error::InternalError};

use crate::token::{Refused, Verifier};

// region user
/// Who asks. A handler that takes one answers 401 to everybody else.
pub struct User {
    pub id: String,
}

impl FromRequest for User {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let verifier = request.app_data::<Data<Verifier>>().expect("the app has one");
            let token = bearer(&request).ok_or_else(|| unauthorized("Bearer"))?;
            match verifier.verify(token).await {
                Ok(claims) => Ok(Self { id: claims.sub }),
                Err(Refused::Unavailable) => Err(unavailable()),
                Err(Refused::Invalid) => Err(unauthorized("Bearer error=\"invalid_token\"")),
            }
        })
    }
}

/// The token of `Authorization: Bearer …`.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}
// endregion

fn unauthorized(challenge: &str) -> Error {
    let answer = HttpResponse::Unauthorized().insert_header((WWW_AUTHENTICATE, challenge)).finish();
    InternalError::from_response("unauthorized", answer).into()
}

fn unavailable() -> Error {
    let answer = HttpResponse::ServiceUnavailable().insert_header((RETRY_AFTER, "10")).finish();
    InternalError::from_response("no keys", answer).into()
}
