//! POST /is-username-available.

use serde_json::json;

use super::{ENABLED, named, refused, told};
use crate::harness::Server;

#[actix_web::test]
async fn a_name_is_available_until_somebody_has_it_in_whatever_case() {
    let server = Server::with(ENABLED).await;
    for available in [true, false] {
        for name in ["ada", "ADA"] {
            let answer = server.browser().post("/is-username-available", &json!({ "username": name })).await;
            assert_eq!((answer.status, answer.json()), (200, json!({ "available": available })));
        }
        server.browser().post("/sign-up/email", &named("Ada", "Ada")).await;
    }
}

#[actix_web::test]
async fn what_could_be_nobodys_name_is_422() {
    let server = Server::with(ENABLED).await;
    for (name, code) in [
        ("", "INVALID_USERNAME"),
        ("ab", "USERNAME_TOO_SHORT"),
        (&"a".repeat(31), "USERNAME_TOO_LONG"),
        ("a'b\" --", "INVALID_USERNAME"),
    ] {
        let answer = server.browser().post("/is-username-available", &json!({ "username": name })).await;
        assert_eq!(told(&answer), refused(422, code), "{name}");
    }
    for body in [json!({}), json!({ "username": 5 }), json!([]), json!({ "username": "ada\u{0}" })] {
        let answer = server.browser().post("/is-username-available", &body).await;
        assert_eq!(told(&answer), refused(400, "VALIDATION_ERROR"), "{body}");
    }
}
