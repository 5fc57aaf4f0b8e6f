//! What a GET and its like may not do.

use std::collections::BTreeSet;

use super::routes::sent;
use super::{Site, Watch, changing, fitting};

const OVERRIDES: [&[(&str, &str)]; 4] = [
    &[],
    &[("x-http-method-override", "POST")],
    &[("x-http-method", "POST"), ("x-method-override", "POST")],
    &[("content-type", "application/x-www-form-urlencoded"), ("x-http-method-override", "POST")],
];

#[actix_web::test]
async fn t37_nothing_is_changed_by_any_method_but_the_routes_own() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let readable: BTreeSet<String> =
        site.server.endpoints().iter().filter(|route| route.method == "GET").map(|route| sent(route)).collect();
    for route in changing(&site.server) {
        let body = fitting(&route).to_string();
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "post", "Post", "PURGE"] {
            for headers in OVERRIDES {
                for query in ["", "?_method=POST", "?_method=post&method=POST"] {
                    let path = format!("{}{query}", route.path);
                    let answer = ada.clone().send(method, &path, headers, Some(body.as_bytes())).await;
                    let what = format!("{method} {path} {headers:?}");
                    if method == "GET" && readable.contains(&sent(&route)) {
                        watch.unchanged(what).await;
                        continue;
                    }
                    watch.refused(&what, &answer).await;
                    assert_eq!((answer.status, answer.body.len()), (404, 0), "{what} {answer:?}");
                    assert_eq!((answer.header("content-type"), answer.header("allow")), (None, None), "{what}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn t37_a_get_with_a_method_in_its_body_stays_a_get() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = ada.clone().send("GET", "/sign-out", &form, Some(b"_method=POST")).await;
    watch.refused("GET /sign-out", &answer).await;
    let answer = ada.clone().send("POST", "/list-sessions", &form, Some(b"_method=GET")).await;
    watch.refused("POST /list-sessions", &answer).await;
    assert_eq!(answer.status, 404);
}

#[actix_web::test]
async fn t37_what_is_read_by_get_alone_has_no_other_method() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let routes = site.server.endpoints();
    for route in routes.iter().filter(|route| route.method == "GET" && !route.wide) {
        let path = sent(route);
        for method in ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST"] {
            let declared = routes.iter().any(|other| other.method == method && other.path == route.path);
            if declared || (method == "HEAD" && route.head) {
                continue;
            }
            let answer = ada.clone().send(method, &path, &[("content-type", "application/json")], Some(b"{}")).await;
            let what = format!("{method} {path}");
            watch.refused(&what, &answer).await;
            assert_eq!((answer.status, answer.body.len(), answer.header("content-type")), (404, 0, None), "{what}");
        }
    }
}

/// The two GETs that do change something ask for a token that was mailed; nothing else opens them.
#[actix_web::test]
async fn t37_a_mailed_link_without_its_token_changes_nothing() {
    let site = Site::start().await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for path in ["/delete-user/callback", "/verify-email"] {
        for query in ["", "?token=", "?token=x", "?token=x&token=y", "?token[]=x"] {
            let path = format!("{path}{query}");
            watch.refused(&path, &ada.clone().get(&path).await).await;
        }
    }
}
