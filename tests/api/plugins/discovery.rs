//! What verifiers configure themselves from: `/.well-known/openid-configuration` and its OAuth twin.

use serde_json::json;

use crate::harness::Server;

const BOTH: [&str; 2] = ["!/.well-known/openid-configuration", "!/.well-known/oauth-authorization-server"];

#[actix_web::test]
async fn the_documents_tell_where_the_keys_are_and_what_is_not_there() {
    let server = Server::start().await;
    for path in BOTH {
        let answer = server.browser().get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        let expected = json!({
            "issuer": "http://localhost:3000",
            "jwks_uri": "http://localhost:3000/api/auth/jwks",
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "subject_types_supported": ["public"],
            "response_types_supported": [],
            "grant_types_supported": [],
        });
        assert_eq!(answer.json(), expected, "{path}");
    }
    let jwks = server.browser().get("!/api/auth/jwks").await;
    assert_eq!(jwks.status, 200);
}

#[actix_web::test]
async fn they_tell_of_what_else_there_is_for_verifiers() {
    let toml = r#"
        [plugins.jwt.jwt]
        issuer = "https://issuer.example.com"
        [plugins.jwt.jwks]
        jwks_path = "/keys"
        [plugins.jwt.templates.node]
        algorithm = "ES256"
        [plugins.jwt.templates.python]
        algorithm = "HS256"
        secret = "a-secret-that-backends-share-with-signet"
        [plugins.revocations]
        enabled = true
        [resource_servers.api]
        secret = "what-the-api-shows-itself-by-to-signet"
    "#;
    let server = Server::with(toml).await;
    let document = server.browser().get(BOTH[0]).await.json();
    assert_eq!(document["issuer"], "https://issuer.example.com");
    assert_eq!(document["jwks_uri"], "http://localhost:3000/api/auth/keys");
    let algorithms = &document["id_token_signing_alg_values_supported"];
    assert_eq!(*algorithms, json!(["EdDSA", "ES256"]), "a shared secret is in no key set");
    assert_eq!(document["introspection_endpoint"], "http://localhost:3000/api/auth/oauth2/introspect");
    assert_eq!(document["revocation_endpoint"], "http://localhost:3000/api/auth/oauth2/revoke");
    for endpoint in ["introspection", "revocation"] {
        let methods = &document[format!("{endpoint}_endpoint_auth_methods_supported")];
        assert_eq!(*methods, json!(["client_secret_basic", "client_secret_post"]));
    }
    assert_eq!(document["signet_revocations_uri"], "http://localhost:3000/api/auth/revocations");
    for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "registration_endpoint"] {
        assert!(document.get(name).is_none(), "{name}");
    }
}

#[actix_web::test]
async fn an_issuer_with_a_path_finds_them_where_each_standard_looks() {
    let server = Server::with("[plugins.jwt.jwt]\nissuer = \"http://localhost:3000/api/auth\"").await;
    let top = server.browser().get(BOTH[0]).await;
    assert_eq!(top.json()["issuer"], "http://localhost:3000/api/auth");
    for path in [
        "!/api/auth/.well-known/openid-configuration",
        "!/.well-known/oauth-authorization-server/api/auth",
        "!/.well-known/openid-configuration/api/auth",
    ] {
        let answer = server.browser().get(path).await;
        assert_eq!((answer.status, &answer.body), (200, &top.body), "{path}");
        assert_eq!(Server::start().await.browser().get(path).await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn caches_may_keep_them_and_ask_whether_they_changed() {
    let server = Server::start().await;
    for path in BOTH {
        let first = server.browser().get(path).await;
        let tag = first.header("etag").expect("a tag").to_owned();
        assert_eq!(first.header("cache-control"), Some("public, max-age=300"));
        let again = server.browser().send("GET", path, &[("if-none-match", &tag)], None).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        let head = server.browser().send("HEAD", path, &[], None).await;
        assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, Some(tag.as_str())));
    }
}

#[actix_web::test]
async fn without_the_jwt_plugin_there_are_none() {
    let server = Server::with("[plugins.jwt]\nenabled = false").await;
    for path in BOTH {
        assert_eq!(server.browser().get(path).await.status, 404);
    }
}
