//! The API's own description, as it is served.

use std::collections::BTreeSet;

use crate::harness::Server;

/// The paths that a server describes.
async fn described(server: &Server) -> BTreeSet<String> {
    let document = server.browser().get("/open-api/generate-schema").await.json();
    document["paths"].as_object().expect("paths").keys().cloned().collect()
}

#[actix_web::test]
async fn what_a_server_describes_is_what_it_serves() {
    let moved = "[plugins.open_api]\npath = \"/docs\"\n[plugins.jwt.jwks]\njwks_path = \"/keys\"\n";
    let without = "[plugins.jwt]\nenabled = false\n[plugins.open_api]\ndisable_default_reference = true\n";
    for toml in ["", moved, without] {
        let server = Server::with(toml).await;
        let braced = |path: &str| {
            let part = |part: &str| part.strip_prefix(':').map_or(part.to_owned(), |name| format!("{{{name}}}"));
            path.split('/').map(part).collect::<Vec<_>>().join("/")
        };
        let served: BTreeSet<_> = server.endpoints().iter().map(|endpoint| braced(&endpoint.path)).collect();
        assert_eq!(described(&server).await, served, "{toml}");
    }
}

#[actix_web::test]
async fn it_says_where_the_server_is() {
    let server = Server::with("app_name = \"Acme\"").await;
    let document = server.browser().get("/open-api/generate-schema").await.json();
    let url = format!("{}/api/auth", server.origin());
    assert_eq!(document["servers"], serde_json::json!([{ "url": url, "description": "Acme" }]));
}

#[actix_web::test]
async fn the_page_shows_every_operation_and_loads_and_runs_nothing() {
    let server = Server::start().await;
    let answer = server.browser().get("/reference").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let page = answer.text();
    for foreign in ["<script", " style=", " src=", "<link", "onclick"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let document = server.browser().get("/open-api/generate-schema").await.json();
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("an item").values().filter(|operation| operation.is_object()) {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
}

#[actix_web::test]
async fn it_can_be_switched_off() {
    let server = Server::with("[plugins.open_api]\nenabled = false").await;
    for path in ["/open-api/generate-schema", "/reference"] {
        assert_eq!(server.browser().get(path).await.status, 404);
    }
}
