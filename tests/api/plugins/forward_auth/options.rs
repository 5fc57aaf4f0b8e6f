//! What a proxy may want checked, and that nobody else chooses it.

use super::{PAGE_LOAD, ask, assert_denies, forwarded, server};
use crate::harness::{Server, load};

#[actix_web::test]
async fn a_check_that_is_misspelt_denies_everybody() {
    let server = server().await;
    let ada = server.member("Ada").await;
    for options in
        ["roles=admin", "role=", "Role=admin", "role=user&role=user", "template=", "redirect=no", "optional=1", "x=y"]
    {
        assert_denies(&ask(&ada, &format!("/forward-auth?{options}"), &[]).await, 400);
        assert_denies(&ask(&ada, &format!("/forward-auth;{}", options.replace('&', ";")), &[]).await, 400);
    }
    assert_denies(&ask(&ada, "/forward-auth?optional=true&role=user", &[]).await, 400);
}

/// Caddy leaves a visitor's query where the address that it asks has none.
#[actix_web::test]
async fn a_visitors_own_query_is_never_taken_for_options() {
    let server = server().await;
    let ada = server.member("Ada").await;
    for query in ["template=tasks", "optional=true", "a=b"] {
        let uri = format!("/tasks?{query}");
        let asked = format!("/forward-auth?{query}");
        assert_denies(&ask(&ada, &asked, &forwarded("GET", &uri)).await, 400);
        assert_denies(&ask(&server.browser(), &asked, &forwarded("GET", &uri)).await, 400);
        let ours = ask(&ada, &format!("/forward-auth;role=user?{query}"), &forwarded("GET", &uri)).await;
        assert_eq!(ours.status, 200, "where options are in the path, the query is nobody's");
    }
    let answer = ask(&ada, "/forward-auth?role=admin", &forwarded("GET", "/tasks?role=user")).await;
    assert_denies(&answer, 403);
}

/// Envoy puts a visitor's path and query behind its prefix.
#[actix_web::test]
async fn nothing_of_a_visitors_path_is_taken_for_options() {
    let server = server().await;
    let ada = server.member("Ada").await;
    for visitors in [
        "/x?role=user",
        "/x?optional=true",
        "/;role=user",
        "/;optional=true",
        "//;role=user",
        "/x;role=user",
        "/%3brole=user",
    ] {
        assert_denies(&ask(&ada, &format!("/forward-auth;role=admin{visitors}"), &[]).await, 403);
        assert_denies(&ask(&server.browser(), &format!("/forward-auth{visitors}"), &[]).await, 401);
        assert_eq!(ask(&ada, &format!("/forward-auth{visitors}"), &[]).await.status, 200, "{visitors}");
    }
}

/// Else an Envoy that asks about `/../ok` would be answered by `/ok`, which is 200 for everybody.
#[actix_web::test]
async fn no_path_of_a_visitor_makes_another_route_answer() {
    let server = server().await;
    for (nth, visitors) in [
        "/../ok",
        "/../get-session",
        "/%2e%2e/ok",
        "/.%2E/ok",
        "/x/../../ok",
        "/./../ok",
        "/../../auth/ok",
        "/../../../.well-known/jwks.json",
        "/..//ok",
        "/../jwks?x=y",
        "//../ok",
        "/..;/ok",
        ";role=user/../ok",
    ]
    .into_iter()
    .enumerate()
    {
        let answer = ask(&server.browser(), &format!("/forward-auth{visitors}"), &[]).await;
        assert_denies(&answer, 400);
        // A proxy that resolves dots takes this for a path that everybody may ask for, and would hand the token to a browser.
        assert_denies(
            &ask(&server.member(&format!("Ada{nth}")).await, &format!("/forward-auth{visitors}"), &[]).await,
            400,
        );
    }
    for other in ["/forward-authx", "/forward-auth%2fx", "/forward-auth%3brole=user", "/x/../forward-authx"] {
        assert_eq!(ask(&server.browser(), other, &[]).await.status, 404, "{other}");
    }
}

#[actix_web::test]
async fn a_route_that_is_switched_off_denies_everybody() {
    for toml in ["", "disabled_paths = [\"/forward-auth\"]\n[plugins.forward_auth]\nenabled = true"] {
        let server = Server::with(toml).await;
        let ada = server.member("Ada").await;
        for path in ["/forward-auth", "/forward-auth/x", "/forward-auth;role=user"] {
            assert_eq!(ask(&ada, path, &[]).await.status, 404, "{toml} {path}");
        }
    }
}

#[actix_web::test]
async fn redirect_says_whether_a_page_load_is_sent_to_sign_in() {
    let server = server().await;
    for (query, told, status) in
        [("", true, 302), ("?redirect=false", true, 401), ("?redirect=true", false, 302), ("", false, 401)]
    {
        let headers = if told { forwarded("GET", "/tasks") } else { Vec::new() };
        let answer =
            ask(&server.browser(), &format!("/forward-auth{query}"), &[&headers, &PAGE_LOAD[..]].concat()).await;
        assert_eq!(answer.status, status, "{query} {told}");
        let place = if status == 302 { "location" } else { "x-auth-sign-in" };
        assert!(answer.header(place).is_some_and(|page| page.starts_with("https://app.example.com/sign-in")));
    }
}

#[test]
fn what_could_not_work_is_refused_at_the_start() {
    let fault = |more: &str| {
        let text = format!("[plugins.forward_auth]\nenabled = true\n{more}");
        load(&text, "sqlite::memory:").expect_err("it is refused")
    };
    assert!(fault("template = \"x\"").contains("plugins.forward_auth.template"));
    assert!(fault("sign_in_page = \"//evil.example\"").contains("plugins.forward_auth.sign_in_page"));
    assert!(fault("sign_in_page = \"javascript:x\"").contains("plugins.forward_auth.sign_in_page"));
    assert!(fault("return_parameter = \"a&b\"").contains("plugins.forward_auth.return_parameter"));
    assert!(fault("secret = \"short\"").contains("plugins.forward_auth.secret"));
    assert!(fault("[plugins.jwt.jwks]\njwks_path = \"/forward-auth\"").contains("jwks_path"));
}
