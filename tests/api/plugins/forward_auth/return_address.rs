//! Where a visitor is sent back to after signing in: never anywhere that is not trusted.

use url::Url;

use super::{PAGE_LOAD, ask, forwarded, server};
use crate::harness::Server;

/// The address to come back to, of a redirect to the sign-in page.
async fn back(server: &Server, path: &str, headers: &[(&str, &str)]) -> Option<String> {
    let answer = ask(&server.browser(), path, &[headers, &PAGE_LOAD].concat()).await;
    let page = answer.header("location").or(answer.header("x-auth-sign-in")).unwrap_or_else(|| panic!("{answer:?}"));
    let page = Url::parse(page).expect("a URL");
    assert_eq!(&page[..url::Position::AfterPath], "https://app.example.com/sign-in");
    let pairs: Vec<_> = page.query_pairs().into_owned().collect();
    assert!(pairs.iter().all(|(name, _)| name == "callbackURL") && pairs.len() < 2, "{pairs:?}");
    pairs.into_iter().next().map(|(_, value)| value)
}

#[actix_web::test]
async fn a_page_load_comes_back_to_where_it_was_going() {
    let server = server().await;
    let address = "https://app.example.com/tasks?id=1&next=%2Fa#b";
    for headers in [
        forwarded("GET", "/tasks?id=1&next=%2Fa#b"),
        vec![("x-original-url", address), ("x-original-method", "GET")],
        vec![
            ("x-original-uri", "/tasks?id=1&next=%2Fa#b"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "app.example.com"),
        ],
    ] {
        assert_eq!(back(&server, "/forward-auth", &headers).await.as_deref(), Some(address), "{headers:?}");
    }
}

#[actix_web::test]
async fn t39_an_address_that_is_not_trusted_is_left_out() {
    let server = server().await;
    let long = format!("/{}", "x".repeat(3000));
    for (proto, host, uri) in [
        ("https", "evil.example", "/"),
        ("https", "app.example.com.evil.example", "/"),
        ("https", "app.example.com@evil.example", "/"),
        ("https", "evil.example/app.example.com", "/"),
        ("https", "app.example.com:444", "/"),
        ("http", "app.example.com", "/"),
        ("javascript", "app.example.com", "/"),
        ("https", "app.example.com, evil.example", "/"),
        ("https, http", "app.example.com", "/"),
        ("https", "", "/"),
        ("https", "app.example.com", ""),
        ("https", "app.example.com", "@evil.example/"),
        ("https", "app.example.com", ".evil.example/"),
        ("https", "app.example.com", "https://evil.example/"),
        ("https", "app.example.com", "/\\evil.example"),
        ("https", "app.example.com", "/a b"),
        ("https", "app.example.com", "/\u{e4}"),
        ("https", "app.example.com", &long),
    ] {
        let headers = [("x-forwarded-proto", proto), ("x-forwarded-host", host), ("x-forwarded-uri", uri)];
        assert_eq!(back(&server, "/forward-auth", &headers).await, None, "{proto} {host} {uri}");
    }
    for url in ["https://evil.example/", "//evil.example/", "https://app.example.com@evil.example/", "/tasks", "x", ""]
    {
        assert_eq!(back(&server, "/forward-auth", &[("x-original-url", url)]).await, None, "{url}");
    }
}

/// Its origin is trusted whatever stands behind it, and it stays absolute.
#[actix_web::test]
async fn t39_a_path_that_looks_like_a_host_stays_a_path() {
    let server = server().await;
    let headers = forwarded("GET", "//evil.example/..//x");
    let back = back(&server, "/forward-auth", &headers).await.expect("an address");
    assert!(back.starts_with("https://app.example.com//"), "{back}");
}

#[actix_web::test]
async fn what_is_told_twice_is_not_believed() {
    let server = server().await;
    let mut headers = forwarded("GET", "/tasks");
    headers.push(("x-forwarded-uri", "/other"));
    assert_eq!(back(&server, "/forward-auth", &headers).await, None);
    let mut headers = forwarded("GET", "/tasks");
    headers.push(("x-original-url", "https://app.example.com/other"));
    assert_eq!(back(&server, "/forward-auth", &headers).await, None);
    assert_eq!(ask(&server.browser(), "/forward-auth", &[&headers[..], &PAGE_LOAD].concat()).await.status, 401);
}

#[actix_web::test]
async fn only_a_page_load_is_sent_to_sign_in() {
    let server = server().await;
    let html = ("accept", "text/html");
    for (method, more, status) in [
        ("GET", vec![html], 302),
        ("HEAD", vec![html], 302),
        ("POST", vec![html], 401),
        ("GET", vec![("accept", "application/json")], 401),
        ("GET", vec![("accept", "*/*")], 401),
        ("GET", vec![], 401),
        ("GET", vec![html, ("sec-fetch-mode", "cors")], 401),
        ("GET", vec![html, ("sec-fetch-mode", "websocket")], 401),
        ("GET", vec![("sec-fetch-mode", "navigate")], 302),
    ] {
        let headers = [forwarded(method, "/tasks"), more.clone()].concat();
        let answer = ask(&server.browser(), "/forward-auth", &headers).await;
        assert_eq!(answer.status, status, "{method} {more:?}");
    }
}

#[actix_web::test]
async fn the_sign_in_page_itself_sends_nobody_to_itself() {
    let server = server().await;
    let headers = [forwarded("GET", "/sign-in?callbackURL=x"), PAGE_LOAD.to_vec()].concat();
    let answer = ask(&server.browser(), "/forward-auth", &headers).await;
    assert_eq!((answer.status, answer.header("x-auth-sign-in")), (401, None));
}

#[actix_web::test]
async fn without_a_sign_in_page_browsers_are_refused_and_its_parameter_can_have_another_name() {
    let headers = [forwarded("GET", "/tasks"), PAGE_LOAD.to_vec()].concat();
    let server = Server::with("[plugins.forward_auth]\nenabled = true").await;
    assert_eq!(ask(&server.browser(), "/forward-auth", &headers).await.status, 401);
    let more = "sign_in_page = \"/welcome?from=proxy\"\nreturn_parameter = \"next\"";
    let server = Server::with(&format!(
        "trusted_origins = [\"https://app.example.com\"]\n[plugins.forward_auth]\nenabled = true\n{more}"
    ))
    .await;
    let answer = ask(&server.browser(), "/forward-auth", &headers).await;
    let page = "http://localhost:3000/welcome?from=proxy&next=https%3A%2F%2Fapp.example.com%2Ftasks";
    assert_eq!(answer.header("location"), Some(page));
}
