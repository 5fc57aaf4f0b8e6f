use super::{EVERYTHING, PATHS, admin, look, values};
use crate::harness::Server;
use crate::harness::browser::Answer;

#[track_caller]
fn is_strict(path: &str, page: &Answer) {
    let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("{path} has no policy: {page:?}"));
    let mut directives: Vec<_> = policy.split(';').map(str::trim).collect();
    directives.sort_unstable();
    let expected = [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self' data: https:",
        "require-trusted-types-for 'script'",
        "script-src 'self'",
        "style-src 'self'",
        "trusted-types 'none'",
    ];
    assert_eq!(directives, expected, "{path}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("content-type", "text/html; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "strict-origin"),
        ("content-language", "en"),
    ] {
        assert_eq!(page.header(name), Some(value), "{path}: {page:?}");
    }
}

/// What a browser would refuse to run under the policy.
#[track_caller]
fn has_nothing_inline(path: &str, html: &str) {
    for tag in html.split('<').filter_map(|part| part.split('>').next()).map(str::to_lowercase) {
        let is_data = tag.starts_with("script type=\"application/json\"");
        assert!(!tag.starts_with("script") || is_data || tag.contains(" src="), "{path}: <{tag}>");
        assert!(!tag.starts_with("style"), "{path}: <{tag}>");
        assert!(!tag.contains("=\"javascript:"), "{path}: <{tag}>");
        // What stands in quotes is a value, whatever it looks like.
        let mut names = tag.split('"').step_by(2).flat_map(str::split_whitespace).filter(|part| part.contains('='));
        assert!(!names.any(|name| name.starts_with("on") || name.starts_with("style=")), "{path}: <{tag}>");
    }
}

#[actix_web::test]
async fn every_page_is_there_under_a_strict_policy_and_is_kept_by_no_cache() {
    let server = Server::with(EVERYTHING).await;
    let mut ada = admin(&server).await;
    for path in PATHS {
        let page = look(&mut ada, path).await;
        assert_eq!(page.status, 200, "{path}: {page:?}");
        is_strict(path, &page);
        has_nothing_inline(path, &page.text());
        let text = page.text();
        assert!(text.matches("<h1").count() >= 1 && text.matches("<main").count() == 1, "{path}");
    }
    for path in PATHS {
        let page = look(&mut server.browser(), path).await;
        has_nothing_inline(path, &page.text());
    }
}

#[actix_web::test]
async fn all_that_a_page_loads_is_there() {
    let server = Server::with(EVERYTHING).await;
    let mut ada = admin(&server).await;
    for path in PATHS {
        let html = look(&mut ada, path).await.text();
        for loaded in
            values(&html, "src").into_iter().chain(values(&html, "href")).filter(|url| url.contains("/assets/"))
        {
            assert_eq!(look(&mut ada, &loaded).await.status, 200, "{path} loads {loaded}");
        }
    }
}

#[actix_web::test]
async fn every_field_has_a_label_and_every_id_is_one() {
    let server = Server::with(EVERYTHING).await;
    let (mut ada, mut nobody) = (admin(&server).await, server.browser());
    for path in PATHS {
        for page in [look(&mut ada, path).await, look(&mut nobody, path).await] {
            let html = page.text();
            let mut ids = values(&html, "id");
            ids.sort();
            let all = ids.len();
            ids.dedup();
            assert_eq!(ids.len(), all, "{path}: an id is there twice: {html}");
            let labels = values(&html, "for");
            for (at, _) in html.match_indices("<input ") {
                let field = html[at..].split('>').next().unwrap_or_default();
                let is_within = html[..at].rfind("<label") > html[..at].rfind("</label");
                let is_hidden = field.split_whitespace().any(|part| part == "hidden");
                let is_named = values(field, "id").iter().any(|id| labels.contains(id)) || field.contains("aria-label");
                assert!(is_hidden || is_within || is_named, "{path}: {field}>");
            }
        }
    }
}

#[actix_web::test]
async fn head_answers_as_get_does_without_the_page() {
    let server = Server::start().await;
    for path in ["!/", "!/sign-in", "!/account"] {
        let get = server.browser().send("GET", path, &super::BROWSER, None).await;
        let head = server.browser().send("HEAD", path, &super::BROWSER, None).await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-security-policy"), get.header("content-security-policy"), "{path}");
        assert_eq!(head.header("location"), get.header("location"), "{path}");
    }
}

#[actix_web::test]
async fn what_users_are_called_is_text() {
    let server = Server::start().await;
    let mut eve = server.browser();
    let name = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";
    let body = serde_json::json!({"name": name, "email": "eve@example.com", "password": "correct horse Eve"});
    assert_eq!(eve.post("/sign-up/email", &body).await.status, 200);
    for path in ["/", "/sign-in", "/account"] {
        let html = look(&mut eve, path).await.text();
        assert!(!html.contains("<script>") && !html.contains("<img src=x"), "{path}: {html}");
        has_nothing_inline(path, &html);
    }
}
