//! The four proxies, each with the request that its documentation describes. nginx and Caddy are asked for real in
//! `tests/examples`.

use super::{APP, PAGE_LOAD, ask, assert_denies, server};

/// Traefik `forwardAuth`: a GET with the visitor's headers, and `X-Forwarded-…` of the visitor's request.
#[actix_web::test]
async fn traefik_asks_by_get_and_names_the_request_in_headers() {
    let server = server().await;
    let ada = server.member("Ada").await;
    let traefik = |method| {
        vec![
            ("x-forwarded-method", method),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "app.example.com"),
            ("x-forwarded-uri", "/tasks?page=2"),
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-port", "443"),
            ("x-forwarded-server", "traefik"),
            ("x-real-ip", "203.0.113.7"),
            ("user-agent", "Mozilla/5.0"),
            ("accept-encoding", "gzip"),
        ]
    };
    let passed = ask(&ada, "/forward-auth?role=user&template=tasks", &traefik("GET")).await;
    assert_eq!((passed.status, passed.header("x-auth-roles")), (200, Some("user")));
    let answer = ask(&server.browser(), "/forward-auth", &[&traefik("GET")[..], &PAGE_LOAD].concat()).await;
    let page = "https://app.example.com/sign-in?callbackURL=https%3A%2F%2Fapp.example.com%2Ftasks%3Fpage%3D2";
    assert_eq!((answer.status, answer.header("location")), (302, Some(page)));
    assert_denies(&ask(&ada, "/forward-auth", &traefik("POST")).await, 403);
    assert_eq!(ask(&ada, "/forward-auth", &[&traefik("POST")[..], &[("origin", APP)]].concat()).await.status, 200);
}

/// Caddy `forward_auth`: a GET with `X-Forwarded-Method` and `X-Forwarded-Uri`, beside what its proxy always says.
#[actix_web::test]
async fn caddy_asks_by_get_and_keeps_the_visitors_query() {
    let server = server().await;
    let ada = server.member("Ada").await;
    let caddy = [
        ("x-forwarded-method", "GET"),
        ("x-forwarded-uri", "/tasks?page=2"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "app.example.com"),
    ];
    assert_denies(&ask(&ada, "/forward-auth?page=2", &caddy).await, 400);
    for path in ["/forward-auth;role=user?page=2", "/forward-auth?role=user"] {
        assert_eq!(ask(&ada, path, &caddy).await.status, 200, "{path}");
    }
    let answer = ask(&server.browser(), "/forward-auth;role=user?page=2", &[&caddy[..], &PAGE_LOAD].concat()).await;
    assert_eq!(answer.status, 302);
}

/// nginx `auth_request`: a GET by HTTP/1.0 that says what its configuration says. Statuses but 2xx, 401 and 403 are errors
/// to it, so it is never redirected.
#[actix_web::test]
async fn nginx_is_answered_401_with_the_page_to_sign_in_at() {
    let server = server().await;
    let ada = server.member("Ada").await;
    let nginx = |method| {
        [
            ("x-original-url", "https://app.example.com/tasks?page=2"),
            ("x-original-method", method),
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-proto", "https"),
        ]
    };
    assert_eq!(ask(&ada, "/forward-auth", &nginx("GET")).await.status, 200);
    let answer = ask(&server.browser(), "/forward-auth", &[&nginx("GET")[..], &PAGE_LOAD].concat()).await;
    assert_denies(&answer, 401);
    let page = "https://app.example.com/sign-in?callbackURL=https%3A%2F%2Fapp.example.com%2Ftasks%3Fpage%3D2";
    assert_eq!(answer.header("x-auth-sign-in"), Some(page));
    let answer = ask(&server.browser(), "/forward-auth", &nginx("GET")).await;
    assert_eq!((answer.status, answer.header("x-auth-sign-in")), (401, None), "a program is told nothing of pages");
    assert_denies(&ask(&ada, "/forward-auth", &nginx("DELETE")).await, 403);
}

/// Envoy `ext_authz` over HTTP: the method and the path of the request, behind a prefix, with the headers that are listed.
#[actix_web::test]
async fn envoy_asks_with_the_method_and_the_path_themselves() {
    let server = server().await;
    let ada = server.member("Ada").await;
    let envoy = [("host", "app.example.com"), ("x-forwarded-proto", "https"), ("content-length", "0")];
    for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"] {
        let headers = [&envoy[..], &[("origin", APP)]].concat();
        let answer = ada.clone().send(method, "/forward-auth;role=user/tasks/1?page=2", &headers, None).await;
        assert_eq!((answer.status, answer.header("x-auth-roles")), (200, Some("user")), "{method}: {answer:?}");
        let answer = server.browser().send(method, "/forward-auth/tasks/1?page=2", &headers, None).await;
        assert_eq!(answer.status, 401, "{method}: {answer:?}");
    }
    let answer = ask(&server.browser(), "/forward-auth/tasks?page=2", &[&envoy[..], &PAGE_LOAD].concat()).await;
    let page = "https://app.example.com/sign-in?callbackURL=https%3A%2F%2Fapp.example.com%2Ftasks%3Fpage%3D2";
    assert_eq!((answer.status, answer.header("location")), (302, Some(page)));
}

/// Envoy with `with_request_body` sends the body on.
#[actix_web::test]
async fn a_body_is_never_read() {
    let server = server().await;
    let ada = server.member("Ada").await;
    for (media_type, body) in [("application/json", "{bad"), ("text/plain", "x"), ("multipart/form-data", "--x")] {
        let headers = [("content-type", media_type), ("origin", APP)];
        let answer = ada.clone().send("POST", "/forward-auth/x", &headers, Some(body.as_bytes())).await;
        assert_eq!(answer.status, 200, "{media_type}");
    }
}
