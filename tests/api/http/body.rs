//! How large a body may be, and of which media type.

use super::{Site, Watch, changing, fitting};
use crate::harness::wire;

/// A fitting body, made longer by a field that nobody reads.
fn padded(route: &signet::http::endpoint::Endpoint, length: usize) -> Vec<u8> {
    let mut body = fitting(route);
    body["padding"] = "x".repeat(length).into();
    body.to_string().into_bytes()
}

fn deals_with_credentials(path: &str) -> bool {
    matches!(path, "/sign-in/email" | "/change-password" | "/reset-password" | "/verify-password" | "/delete-user")
}

#[actix_web::test]
async fn t01_a_body_that_is_too_long_is_413_before_anything_is_done() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let json = [("content-type", "application/json")];
    for route in changing(&site.server).iter().filter(|route| route.reads_body) {
        let mut lengths = vec![1_900_000, 3_000_000];
        if deals_with_credentials(&route.path) {
            lengths.push(17_000);
        }
        for length in lengths {
            let answer = ada.clone().send("POST", &route.path, &json, Some(&padded(route, length))).await;
            let what = format!("{} with {length} bytes", route.path);
            watch.refused(&what, &answer).await;
            assert_eq!((answer.status, answer.code().as_deref()), (413, Some("CONTENT_TOO_LARGE")), "{what}");
        }
    }
}

#[actix_web::test]
async fn t01_a_body_without_a_length_is_counted_as_it_comes() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let cookie = ada.jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<String>();
    for route in changing(&site.server).iter().filter(|route| route.reads_body) {
        let head = format!(
            "POST /api/auth{} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\norigin: http://localhost:3000\r\n\
             cookie: {cookie}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
            route.path
        );
        let body = padded(route, 1_900_000);
        let mut sent = head.into_bytes();
        for chunk in body.chunks(65_536) {
            sent.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            sent.extend(chunk);
            sent.extend(b"\r\n");
        }
        sent.extend(b"0\r\n\r\n");
        let answer = wire::answer(site.server.address, &sent).await.expect("an answer");
        watch.refused(&route.path, &answer).await;
        assert_eq!(answer.status, 413, "{} {answer:?}", route.path);
    }
}

#[actix_web::test]
async fn a_body_within_the_limit_is_read() {
    let site = Site::start().await;
    let mut ada = site.ada().await;
    let body = serde_json::json!({"name": "Ada", "padding": "x".repeat(1_000_000)});
    assert_eq!(ada.post("/update-user", &body).await.status, 200);
}

#[actix_web::test]
async fn t06_what_a_page_can_send_without_a_preflight_is_415_on_every_route() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for route in changing(&site.server).iter().filter(|route| route.reads_body) {
        let body = fitting(route).to_string();
        for content_type in [
            "text/plain",
            "text/plain; charset=utf-8; x=application/json",
            "multipart/form-data; boundary=application/json",
            "application/json;charset=utf-16",
            "application/json; charset=iso-8859-1",
            "application/ld+json",
            "application/vnd.api+json",
            "text/json",
            "x",
            "application",
            "*/*",
        ] {
            let headers = [("content-type", content_type)];
            let answer = ada.clone().send("POST", &route.path, &headers, Some(body.as_bytes())).await;
            let what = format!("{} {content_type}", route.path);
            watch.refused(&what, &answer).await;
            assert_eq!((answer.status, answer.code().as_deref()), (415, Some("UNSUPPORTED_MEDIA_TYPE")), "{what}");
        }
        if !route.takes_forms {
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            let answer = ada.clone().send("POST", &route.path, &headers, Some(b"name=Mallory&theme=dark")).await;
            watch.refused(&route.path, &answer).await;
            assert_eq!(answer.status, 415, "{} takes no forms", route.path);
        }
    }
}

/// As Better Auth's own server does: a body without a type is nobody's. What is left is a request without a body, which
/// a page elsewhere cannot have answered either, since its origin is not trusted.
#[actix_web::test]
async fn t06_a_body_without_a_type_is_not_read() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for route in changing(&site.server).iter().filter(|route| route.reads_body) {
        let body = fitting(route);
        // A callback's form does no more than a link to the GET would.
        if body.as_object().is_some_and(|fields| fields.is_empty()) || &*route.path == "/callback/:id" {
            continue;
        }
        for headers in [&[][..], &[("content-type", "")]] {
            let answer = ada.clone().send("POST", &route.path, headers, Some(body.to_string().as_bytes())).await;
            watch.refused(&route.path, &answer).await;
            let text = answer.text();
            assert_eq!(answer.status, 400, "{} {text}", route.path);
            let nothing_came = text.contains("received undefined") || text.contains("[body] Invalid input");
            assert!(nothing_came, "{} {text}", route.path);
        }
        let answer = {
            let mut elsewhere = ada.clone();
            elsewhere.origin = Some("https://evil.example".into());
            elsewhere.send("POST", &route.path, &[], Some(body.to_string().as_bytes())).await
        };
        watch.refused(&route.path, &answer).await;
        assert_eq!(answer.status, 403, "{}", route.path);
    }
}

#[actix_web::test]
async fn t06_the_routes_that_take_forms_are_known() {
    let site = Site::start().await;
    let taking: Vec<_> =
        site.server.endpoints().iter().filter(|route| route.takes_forms).map(|route| route.path.to_string()).collect();
    let of_oauth = ["/oauth2/introspect", "/oauth2/revoke"];
    let taking: Vec<_> = taking.iter().filter(|path| !of_oauth.contains(&path.as_str())).collect();
    assert_eq!(taking, ["/callback/:id", "/sign-in/email", "/sign-out", "/sign-up/email"]);
}
