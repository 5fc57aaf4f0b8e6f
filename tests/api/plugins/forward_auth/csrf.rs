//! What pages elsewhere make browsers send: T42 at the proxy.

use super::{APP, ON, ask, assert_denies, forwarded, server};
use crate::harness::Server;

const ELSEWHERE: &str = "https://evil.example";

#[actix_web::test]
async fn t42_a_change_that_a_page_elsewhere_asks_for_is_denied_however_the_method_is_told() {
    let server = server().await;
    let ada = server.member("Ada").await;
    for method in ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "post", "get", ""] {
        for told in ["x-forwarded-method", "x-original-method"] {
            let headers = |origin| [(told, method), ("origin", origin)];
            assert_denies(&ask(&ada, "/forward-auth", &headers(ELSEWHERE)).await, 403);
            assert_denies(&ask(&ada, "/forward-auth", &headers("null")).await, 403);
            assert_denies(&ask(&ada, "/forward-auth", &headers("https://app.example.com.evil.example")).await, 403);
            assert_denies(&ask(&ada, "/forward-auth", &[(told, method)]).await, 403);
            assert_eq!(ask(&ada, "/forward-auth", &headers(APP)).await.status, 200, "{told} {method:?}");
        }
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"] {
        let headers = |origin| [("origin", origin)];
        assert_denies(&ada.clone().send(method, "/forward-auth/x", &headers(ELSEWHERE), None).await, 403);
        assert_denies(&ada.clone().without_origin().send(method, "/forward-auth/x", &[], None).await, 403);
        assert_eq!(ada.clone().send(method, "/forward-auth/x", &headers(APP), None).await.status, 200, "{method}");
    }
}

#[actix_web::test]
async fn t42_a_referer_stands_in_for_an_origin_and_for_nothing_else() {
    let server = server().await;
    let ada = server.member("Ada").await;
    let headers = |referer| [("x-forwarded-method", "POST"), ("referer", referer)];
    assert_eq!(ask(&ada, "/forward-auth", &headers("https://app.example.com/form")).await.status, 200);
    assert_denies(&ask(&ada, "/forward-auth", &headers("https://evil.example/form")).await, 403);
}

#[actix_web::test]
async fn t42_of_two_methods_the_one_that_changes_counts() {
    let server = server().await;
    let ada = server.member("Ada").await;
    let evil = ("origin", ELSEWHERE);
    let get = ("x-forwarded-method", "GET");
    for headers in [
        vec![get, ("x-original-method", "POST"), evil],
        vec![get, ("x-forwarded-method", "POST"), evil],
        vec![("x-original-method", "GET"), ("x-forwarded-method", "POST"), evil],
    ] {
        assert_denies(&ask(&ada, "/forward-auth", &headers).await, 403);
    }
}

#[actix_web::test]
async fn reading_is_free_and_a_preflight_is_no_request() {
    let server = Server::with(&format!("{ON}\n[cors]\nenabled = true\norigins = [\"{APP}\"]")).await;
    let ada = server.member("Ada").await;
    for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
        let mut headers = forwarded(method, "/tasks");
        headers.push(("origin", ELSEWHERE));
        assert_eq!(ask(&ada, "/forward-auth", &headers).await.status, 200, "{method}");
    }
    let preflight = [("origin", APP), ("access-control-request-method", "POST")];
    let answer = server.browser().send("OPTIONS", "/forward-auth/tasks", &preflight, None).await;
    assert_denies(&answer, 401);
}

/// Pages of any origin may open a WebSocket with a browser's cookies.
#[actix_web::test]
async fn t42_a_web_socket_is_opened_from_trusted_pages_alone() {
    let server = server().await;
    let ada = server.member("Ada").await;
    let upgrade = |origin| {
        let mut headers = forwarded("GET", "/socket");
        headers.extend([("sec-websocket-key", "eA=="), ("sec-websocket-version", "13"), ("origin", origin)]);
        headers
    };
    assert_denies(&ask(&ada, "/forward-auth", &upgrade(ELSEWHERE)).await, 403);
    assert_eq!(ask(&ada, "/forward-auth", &upgrade(APP)).await.status, 200);
}

#[actix_web::test]
async fn t42_where_nobody_tells_the_method_every_origin_that_is_named_must_be_trusted() {
    let server = server().await;
    let ada = server.member("Ada").await;
    assert_denies(&ask(&ada, "/forward-auth", &[("origin", ELSEWHERE)]).await, 403);
    assert_eq!(ask(&ada, "/forward-auth", &[("origin", APP)]).await.status, 200);
    assert_eq!(ask(&ada, "/forward-auth", &[]).await.status, 200);
}

/// A program brings no cookie that a browser would have added by itself.
#[actix_web::test]
async fn without_a_cookie_there_is_nothing_to_forge() {
    let server = server().await;
    let headers = [("x-forwarded-method", "POST"), ("origin", ELSEWHERE)];
    assert_denies(&ask(&server.browser(), "/forward-auth", &headers).await, 401);
    assert_eq!(ask(&server.browser(), "/forward-auth?optional=true", &headers).await.status, 200);
}

#[actix_web::test]
async fn t42_the_switch_of_this_check_is_that_of_the_endpoints_own() {
    for (switch, status) in [
        ("disable_csrf_check = true", 200),
        ("disable_csrf_check = false\ndisable_origin_check = true", 403),
        ("disable_origin_check = [\"/forward-auth\"]", 200),
        ("disable_origin_check = [\"/forward\"]", 403),
    ] {
        let server = Server::with(&format!("{ON}\n[advanced]\n{switch}")).await;
        let ada = server.member("Ada").await;
        let headers = [("x-forwarded-method", "POST"), ("origin", ELSEWHERE)];
        assert_eq!(ask(&ada, "/forward-auth", &headers).await.status, status, "{switch}");
    }
}
