//! Every route of the router, with a request that would succeed: an attack that is refused must have had something to win.

use std::sync::Arc;

use actix_web::http::Method;
use serde_json::{Value, json};
use signet::http::endpoint::Endpoint;

use crate::harness::{Browser, Server};

/// A site on which every route is switched on.
pub const EVERYTHING: &str = r#"
    [mail]
    transport = "log"
    [user.delete_user]
    enabled = true
    [user.change_email]
    enabled = true
    [session.additional_fields.theme]
    type = "string"
    required = false
    [plugins.admin]
    enabled = true
    default_role = "admin"
    [plugins.username]
    enabled = true
    [plugins.forward_auth]
    enabled = true
    [social_providers.github]
    client_id = "github-client"
    client_secret = "github-secret"
    [plugins.revocations]
    enabled = true
    [resource_servers.api]
    secret = "what-the-api-shows-itself-by-to-signet"
"#;

/// A server with a member.
pub struct Site {
    pub server: Server,
}

impl Site {
    pub async fn with(toml: &str) -> Self {
        Self { server: Server::with(&format!("{toml}\n{EVERYTHING}")).await }
    }

    pub async fn start() -> Self {
        Self::with("").await
    }

    /// Somebody who is signed in.
    pub async fn ada(&self) -> Browser<'_> {
        self.server.member("Ada").await
    }
}

/// The routes that change something: all but those for GET, and those that resource servers ask in OAuth's words, which
/// have neither cookies nor Better Auth's refusals; their tests are in `oauth2`.
pub fn changing(server: &Server) -> Vec<Arc<Endpoint>> {
    let is_one = |endpoint: &Arc<Endpoint>| endpoint.method != Method::GET && !endpoint.path.starts_with("/oauth2/");
    server.endpoints().into_iter().filter(is_one).collect()
}

/// A body with which Ada's request to a route would do what the route is for. A new route needs its line here.
pub fn fitting(route: &Endpoint) -> Value {
    let password = "correct horse Ada";
    match &*route.path {
        "/sign-up/email" => json!({"name": "Eve", "email": "eve@example.com", "password": "correct horse Eve"}),
        "/sign-in/email" => json!({"email": "ada@example.com", "password": password}),
        // Her name is what others have not chosen: whoever asks is told that it is nobody's.
        "/sign-in/username" => json!({"username": "ada", "password": password}),
        "/is-username-available" => json!({"username": "ada"}),
        "/change-password" => {
            json!({"currentPassword": password, "newPassword": "another horse", "revokeOtherSessions": true})
        }
        "/change-email" => json!({"newEmail": "new@example.com"}),
        "/reset-password" => json!({"newPassword": "another horse", "token": "x"}),
        "/verify-password" | "/delete-user" => json!({"password": password}),
        "/update-user" => json!({"name": "Mallory"}),
        "/update-session" => json!({"theme": "dark"}),
        "/revoke-session" => json!({"token": "x"}),
        "/unlink-account" | "/get-access-token" | "/refresh-token" => json!({"accountId": "x"}),
        "/sign-in/social" | "/link-social" => json!({"provider": "github", "disableRedirect": true}),
        "/callback/:id" => json!({"code": "x", "state": "x"}),
        "/request-password-reset" | "/send-verification-email" => json!({"email": "ada@example.com"}),
        "/admin/jwks/rotate" => json!({}),
        "/oauth2/introspect" | "/oauth2/revoke" => {
            json!({"token": "x", "client_id": "api", "client_secret": "what-the-api-shows-itself-by-to-signet"})
        }
        "/admin/jwks/revoke" => json!({"kid": "x"}),
        "/admin/setup" => {
            json!({"token": "x", "name": "Eve", "email": "eve@example.com", "password": "correct horse Eve"})
        }
        "/admin/set-role" => json!({"userId": "x", "role": "user"}),
        "/admin/create-user" => json!({"name": "Bob", "email": "bob@example.com", "password": "correct horse Bob"}),
        "/admin/update-user" => json!({"userId": "x", "data": {"name": "Mallory"}}),
        "/admin/set-user-password" => json!({"userId": "x", "newPassword": "another horse"}),
        "/admin/revoke-user-session" => json!({"sessionToken": "x"}),
        "/admin/has-permission" => json!({"permissions": {"user": ["ban"]}}),
        "/admin/stop-impersonating" => json!({}),
        path if path.starts_with("/admin/") => json!({"userId": "x"}),
        "/get-session" | "/sign-out" | "/revoke-sessions" | "/revoke-other-sessions" => json!({}),
        path => panic!("{path} is new: say here which body it takes"),
    }
}

/// The path to send: below the origin (`!`) or the base path, with something in the place of its parameters.
pub fn sent(route: &Endpoint) -> String {
    let path = route.path.split('/').map(|part| if part.starts_with(':') { "x" } else { part });
    format!("{}{}", if route.at_origin { "!" } else { "" }, path.collect::<Vec<_>>().join("/"))
}

/// The query without which a route refuses everybody alike.
pub fn query(route: &Endpoint) -> &'static str {
    match &*route.path {
        "/account-info" => "accountId=x",
        "/admin/get-user" => "id=x",
        _ => "",
    }
}

/// Whether a route takes no member or parameter that it does not know.
pub fn is_strict(route: &Endpoint) -> bool {
    matches!(&*route.path, "/get-access-token" | "/refresh-token" | "/account-info")
}
