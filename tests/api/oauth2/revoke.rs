//! Taking a token back: `/oauth2/revoke` (RFC 7009).

use serde_json::json;

use super::{OTHER, basic, is_active, post, start, token};
use crate::harness::Server;

async fn revoke(server: &Server, token: &str) {
    let answer = post(server, "/oauth2/revoke", Some(&basic("other", OTHER)), &format!("token={token}")).await;
    let told = (answer.status, answer.body.len(), answer.header("cache-control"));
    assert_eq!(told, (200, 0, Some("no-store")), "{answer:?}");
}

#[actix_web::test]
async fn a_revoked_token_is_not_active_and_its_session_and_other_tokens_go_on() {
    let server = start().await;
    let mut ada = server.member("Ada").await;
    // With a `jti`, and without one.
    for template in ["api", "bare", "shared"] {
        let first = token(&mut ada, template).await;
        // Without a `jti` a token of the same second is the same token.
        server.wait(1);
        let second = token(&mut ada, template).await;
        revoke(&server, &first).await;
        assert!(!is_active(&server, &first).await, "{template}");
        assert!(is_active(&server, &second).await, "{template}");
        revoke(&server, &first).await;
    }
    assert_eq!(ada.get("/get-session").await.json()["user"]["name"], "Ada");
    assert_eq!(server.count("signet_revocation").await, 3);
    let told = "SELECT {signet_audit.*} FROM {signet_audit} WHERE {signet_audit.action} = 'token.revoked'";
    assert_eq!(server.rows(told, &[]).await.len(), 3, "what is revoked already is not revoked again");
}

#[actix_web::test]
async fn a_revocation_holds_on_every_replica() {
    let server = start().await;
    let replica = server.replica(&super::site()).await;
    let token = token(&mut server.member("Ada").await, "api").await;
    assert!(is_active(&replica, &token).await);
    revoke(&server, &token).await;
    assert!(!is_active(&replica, &token).await);
}

#[actix_web::test]
async fn unknown_expired_and_forged_tokens_are_answered_alike_and_nothing_is_kept() {
    let server = start().await;
    let token = token(&mut server.member("Ada").await, "api").await;
    revoke(&server, "nothing").await;
    revoke(&server, &format!("{}AAAA", &token[..token.len() - 4])).await;
    revoke(&server, &json!({}).to_string()).await;
    server.wait(900);
    revoke(&server, &token).await;
    assert_eq!(server.count("signet_revocation").await, 0);
}

#[actix_web::test]
async fn what_is_kept_names_neither_token_nor_session() {
    let server = start().await;
    let token = token(&mut server.member("Ada").await, "api").await;
    revoke(&server, &token).await;
    let claims = super::claims_of(&token);
    let rows = server.rows("SELECT {signet_revocation.id} AS id FROM {signet_revocation}", &[]).await;
    let id = rows[0].text("id").expect("a text");
    assert!(!id.contains(claims["jti"].as_str().expect("a jti")) && id.len() == "jti:".len() + 16, "{id}");
}
