//! Which requests go where: prefixes, and paths that would leave them.

use crate::harness::Server;
use crate::harness::upstream::Upstream;
use crate::harness::wire;

use super::Site;

#[actix_web::test]
async fn t68_no_path_leaves_its_prefix_or_its_service() {
    let site = Site::with("require_session = false", "").await;
    for path in [
        "/api/tasks/../admin",
        "/api/tasks/..",
        "/api/tasks/./x",
        "/api/tasks/%2e%2e/admin",
        "/api/tasks/%2E%2e/admin",
        "/api/tasks/.%2e/admin",
        "/api/tasks/%252e%252e/admin",
        "/api/tasks/..%2fadmin",
        "/api/tasks/..%5cadmin",
        "/api/tasks/..\\admin",
        "/api/tasks/..;/admin",
        "/api/tasks/%c0%ae%c0%ae/admin",
        "/api/tasks//admin",
        "//api/tasks",
        "/api/tasks/a%00b",
        "/api/tasks/a%0d%0ax-user-id:%201",
        "/api/tasks/%zz",
        "/x/../api/tasks",
    ] {
        let answer =
            wire::answer(site.server.address, &wire::request("GET", path, &[], None)).await.expect("an answer");
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("AMBIGUOUS_PATH")), "{path}: {answer:?}");
    }
    assert_eq!(site.count(), 0);
}

#[actix_web::test]
async fn t68_no_spelling_of_our_own_paths_goes_to_a_service() {
    let upstream = Upstream::start().await;
    let server = Server::with(&upstream.route("/", "require_session = false")).await;
    for path in [
        "/api/auth/x",
        "/%61pi/auth/token",
        "/API/auth/token",
        "/api/auth;x/token",
        "/api/%61uth",
        "/.well-known/%6awks.json",
    ] {
        let answer = wire::answer(server.address, &wire::request("GET", path, &[], None)).await.expect("an answer");
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    assert!(upstream.got().is_empty());
    let answer = wire::answer(server.address, &wire::request("GET", "/api/authors", &[], None)).await;
    assert_eq!(answer.expect("an answer").status, 200);
}

#[actix_web::test]
async fn an_address_that_grows_too_long_is_the_clients_fault() {
    let site = Site::with("require_session = false", "").await;
    let path = format!("/api/tasks?{}", "'".repeat(30_000));
    let answer = wire::answer(site.server.address, &wire::request("GET", &path, &[], None)).await.expect("an answer");
    assert_eq!(answer.status, 414);
    assert_eq!(site.count(), 0);
}

#[actix_web::test]
async fn t68_a_target_that_is_a_whole_url_goes_nowhere_else() {
    let site = Site::with("require_session = false", "").await;
    let elsewhere = Upstream::start().await;
    for host in ["127.0.0.1".to_owned(), elsewhere.address.to_string()] {
        let target = format!("http://{host}/api/tasks/7");
        let headers = [("host".to_owned(), host.clone())];
        let answer = wire::answer(site.server.address, &wire::request("GET", &target, &headers, None)).await;
        assert_eq!(answer.expect("an answer").json()["target"], "/api/tasks/7", "{host}");
        let headers = [("host".to_owned(), "other".to_owned())];
        let answer = wire::answer(site.server.address, &wire::request("GET", &target, &headers, None)).await;
        assert_eq!(answer.expect("an answer").status, 400);
    }
    assert_eq!(elsewhere.got().len(), 0);
    assert_eq!(site.last().header("host"), Some(site.upstream.address.to_string().as_str()));
}

#[actix_web::test]
async fn t42_a_prefix_never_takes_what_is_beside_it() {
    let upstream = Upstream::start().await;
    let server = Server::with(&upstream.route("/public/data", "require_session = false")).await;
    assert_eq!(server.browser().get("!/public/data").await.status, 200);
    assert_eq!(server.browser().get("!/public/data/x").await.status, 200);
    for path in ["!/public/database", "!/public/dat", "!/public", "!/x/public/data", "!/public/data%2fx"] {
        let answer = server.browser().get(path).await;
        assert!(matches!(answer.status, 404 | 400), "{path}: {answer:?}");
    }
    assert_eq!(upstream.got().len(), 2);
}

#[actix_web::test]
async fn the_longest_prefix_wins_and_our_own_routes_before_all() {
    let (whole, tasks, inner) = (Upstream::start().await, Upstream::start().await, Upstream::start().await);
    let toml = [
        whole.route("/", "require_session = false"),
        tasks.route("/api/tasks", "require_session = false"),
        inner.route("/api/tasks/inner", "require_session = false"),
    ];
    let server = Server::with(&toml.join("\n")).await;
    for (path, upstream) in [
        ("!/", &whole),
        ("!/index.html", &whole),
        ("!/api/other", &whole),
        ("!/api/tasksx", &whole),
        ("!/api/tasks", &tasks),
        ("!/api/tasks/x", &tasks),
        ("!/api/tasks/inner/x", &inner),
        ("!/api/tasks/t%61sk", &tasks),
    ] {
        let before = upstream.got().len();
        assert_eq!(server.browser().get(path).await.status, 200, "{path}");
        assert_eq!(upstream.got().len(), before + 1, "{path}");
    }
    let all = || whole.got().len() + tasks.got().len() + inner.got().len();
    let before = all();
    assert_eq!(server.browser().get("/ok").await.text(), r#"{"ok":true}"#);
    assert_eq!(server.browser().get("!/.well-known/jwks.json").await.status, 200);
    for path in ["!/api/auth", "!/api/auth/", "!/api/auth/nowhere", "!/api/./auth/nowhere"] {
        assert_eq!(server.browser().get(path).await.status, 404, "{path}");
    }
    assert_eq!(server.browser().send("DELETE", "/ok", &[], None).await.status, 404, "whatever the method");
    assert_eq!(server.browser().send("DELETE", "!/.well-known/jwks.json", &[], None).await.status, 404);
    assert_eq!(all(), before);
}

/// `/` wants no session and leads to the same service: a spelling that slips past `/admin` here must not be one there.
#[actix_web::test]
async fn t68_another_spelling_slips_no_check_of_a_longer_prefix() {
    let upstream = Upstream::start().await;
    let toml = [upstream.route("/", "require_session = false"), upstream.route("/admin", "")];
    let server = Server::with(&toml.join("\n")).await;
    for path in ["!/admin/x", "!/%61dmin/x", "!/adm%69n"] {
        assert_eq!(server.browser().get(path).await.status, 401, "{path}");
    }
    for path in ["!/Admin/x", "!/ADMIN", "!/admin;a=b/x", "!/admin;/x", "!/Adm%49n/x", "!/admin%3b/x"] {
        assert_eq!(server.browser().get(path).await.status, 404, "{path}");
    }
    assert_eq!(upstream.got().len(), 0);
}
