//! T89: who did what, reconstructed from the lines alone.

use std::collections::BTreeMap;

use serde_json::json;
use signet::store::audit::reading::Entry;

use super::{ADMINS, TOKENS, admin, member, operator, say, sign_in, trail};
use crate::harness::{Browser, Server, person};

/// A browser that is not where the others are.
fn somewhere(server: &Server) -> Browser<'_> {
    server.browser().header("x-forwarded-for", "203.0.113.9").header("user-agent", "curl/8.5")
}

#[actix_web::test]
async fn t89_an_incident_is_explained_line_by_line() {
    let server = Server::with(&format!("{TOKENS}{ADMINS}")).await;
    let (mut ada, ada_id) = admin(&server, "Ada").await;
    let (_, bob_id) = member(&server, "Bob").await;
    let before = trail(&server).await.len();
    server.wait(60);

    // Somebody guesses at Bob's password, gets it right, and changes it.
    for (email, password) in [("nobody@example.com", "guess"), ("bob@example.com", "guess")] {
        let answer = somewhere(&server).post("/sign-in/email", &json!({ "email": email, "password": password })).await;
        assert_eq!(answer.status, 401);
    }
    let mut thief = somewhere(&server);
    assert_eq!(thief.post("/sign-in/email", &person("Bob")).await.status, 200);
    let change = json!({"currentPassword": "correct horse Bob", "newPassword": "mine from now on"});
    assert_eq!(thief.post("/change-password", &change).await.status, 200);
    assert_eq!(thief.post("/admin/ban-user", &json!({ "userId": ada_id })).await.status, 403);
    // Ada looks at what Bob sees, bans the account, and rotates the keys.
    assert_eq!(ada.post("/admin/impersonate-user", &json!({ "userId": bob_id })).await.status, 200);
    assert_eq!(ada.post("/update-user", &json!({ "name": "Robert" })).await.status, 200);
    assert_eq!(ada.post("/admin/stop-impersonating", &json!({})).await.status, 200);
    let ban = json!({"userId": bob_id, "banReason": "taken over", "banExpiresIn": 3600});
    assert_eq!(ada.post("/admin/ban-user", &ban).await.status, 200);
    let (_, status) = sign_in(&server, "Bob", "mine from now on").await;
    assert_eq!(status, 403);
    let rotated = operator(&server).post("/admin/jwks/rotate", &json!({})).await.json();
    let kid = rotated["key"]["kid"].as_str().expect("a kid").to_owned();
    let revoked = ada.post("/admin/jwks/revoke", &json!({ "kid": kid })).await.json();

    let names = BTreeMap::from([(ada_id, "Ada"), (bob_id, "Bob")]);
    let lines = trail(&server).await.split_off(before);
    let until = server.now().plus_seconds(3600);
    let said = |line: &Entry| format!("{}: {}", line.route.as_deref().unwrap_or_default(), say(line, &names));
    let told: Vec<_> = lines.iter().map(|line| said(line).replace(&kid, "KID")).collect();
    let ban = format!(r#"{{"banReason":"taken over","banExpires":"{until}"}}"#);
    assert_eq!(
        told,
        [
            "/sign-in/email: sign-in.failed anonymous -> nobody INVALID_EMAIL_OR_PASSWORD",
            "/sign-in/email: sign-in.failed anonymous -> Bob INVALID_EMAIL_OR_PASSWORD",
            "/sign-in/email: session.created Bob -> Bob",
            "/change-password: password.changed Bob -> Bob",
            "/admin/ban-user: admin.refused Bob -> nobody YOU_ARE_NOT_ALLOWED_TO_BAN_USERS",
            "/admin/impersonate-user: impersonation.started Ada -> Bob",
            r#"/update-user: user.updated Bob by Ada -> Bob {"fields":["name"]}"#,
            "/admin/stop-impersonating: impersonation.stopped Bob by Ada -> Bob",
            &format!("/admin/ban-user: user.banned Ada -> Bob {ban}"),
            "/admin/ban-user: session.revoked Ada -> Bob",
            "/admin/ban-user: session.revoked Ada -> Bob",
            "/sign-in/email: sign-in.failed anonymous -> Bob BANNED_USER",
            r#"/admin/jwks/rotate: key.rotated 41184f62 -> nobody {"kid":"KID","alg":"EdDSA"}"#,
            &format!(r#"/admin/jwks/revoke: key.revoked Ada -> nobody {{"kid":"KID","safeAt":{}}}"#, revoked["safeAt"]),
        ]
    );
    // From where, and with what.
    for line in &lines[..5] {
        assert_eq!(line.ip_address.as_deref(), Some("203.0.113.9"), "{line:?}");
        assert_eq!(line.user_agent.as_deref(), Some("curl/8.5"));
        assert_eq!(line.at, server.now());
    }
    // The thief's session is the one through which the password was changed, and one of those that the ban ended.
    assert_eq!(lines[2].session_id, lines[3].session_id);
    assert!(lines[9..=10].iter().any(|line| line.session_id == lines[2].session_id));
    assert_eq!(lines[5].session_id, lines[6].session_id);
    assert_eq!(lines[5].session_id, lines[7].session_id);
    // Lines of one request bear its id, and each request has its own.
    assert_eq!(lines[8].request_id, lines[9].request_id);
    assert_ne!(lines[0].request_id, lines[1].request_id);
    assert!(lines.iter().all(|line| line.request_id.is_some()));
}

#[actix_web::test]
async fn t89_lines_of_two_replicas_are_one_trail_and_nothing_of_a_request_gets_into_the_next() {
    let server = Server::with(ADMINS).await;
    let other = server.replica(ADMINS).await;
    let (_, ada_id) = admin(&server, "Ada").await;
    let (_, bob_id) = member(&other, "Bob").await;
    let at = |id: &str| {
        let mut browser = server.browser();
        browser.headers.push(("x-request-id".into(), id.into()));
        browser
    };
    let mut sign_ins = Vec::new();
    for place in 0..8 {
        let name = if place % 2 == 0 { "Ada" } else { "Bob" };
        let mut browser = at(&format!("request-{place}"));
        if place % 3 == 0 {
            browser = browser.at(&other);
        }
        sign_ins.push(async move { browser.post("/sign-in/email", &person(name)).await.status });
    }
    let statuses = futures_util::future::join_all(sign_ins).await;
    assert_eq!(statuses, [200; 8]);
    let lines = trail(&other).await;
    for place in 0..8 {
        let expected = if place % 2 == 0 { &ada_id } else { &bob_id };
        let id = Some(format!("request-{place}"));
        let its: Vec<_> = lines.iter().filter(|line| line.request_id == id).collect();
        assert_eq!(its.len(), 1, "{place}");
        assert_eq!((its[0].action.as_str(), its[0].actor_id.as_ref()), ("session.created", Some(expected)));
    }
}
