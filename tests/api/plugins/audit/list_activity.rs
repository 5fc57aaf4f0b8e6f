//! GET /list-activity.

use serde_json::{Value, json};
use signet::base::behalf::Asked;
use signet::base::{Actor, Behalf, RequestId};
use signet::store::audit::{Action, Line};

use super::{ADMINS, actions, admin, member, sign_in, trail};
use crate::harness::TEXT_IDS;
use crate::harness::{Mailbox, Server};

const PATH: &str = "/list-activity";

#[actix_web::test]
async fn users_see_what_happened_to_themselves_and_nothing_of_others() {
    let server = Server::with(ADMINS).await;
    let (mut ada, _) = admin(&server, "Ada").await;
    let (mut bob, bob_id) = member(&server, "Bob").await;
    sign_in(&server, "Bob", "wrong").await;
    bob.post("/admin/ban-user", &json!({ "userId": "x" })).await;
    ada.post("/admin/set-role", &json!({ "userId": bob_id, "role": "user,support" })).await;
    bob.post("/update-user", &json!({ "name": "Robert" })).await;
    let answer = bob.get(PATH).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let shown = answer.json();
    let expected = ["user.updated", "role.changed", "sign-in.failed", "session.created", "user.created"];
    assert_eq!(actions(&shown), expected);
    let by_admin: Vec<_> =
        shown["entries"].as_array().expect("entries").iter().map(|entry| entry["byAdmin"].clone()).collect();
    assert_eq!(by_admin, [false, true, false, false, false]);
    let role = &shown["entries"][1];
    let keys: Vec<_> = role.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["id", "at", "action", "outcome", "ipAddress", "userAgent", "sessionId", "byAdmin", "details"]);
    for hidden in ["ipAddress", "userAgent", "sessionId"] {
        assert_eq!(role[hidden], Value::Null, "from where an admin acts is nobody's affair");
    }
    assert_eq!(shown["entries"][2]["outcome"], "failure");
}

#[actix_web::test]
async fn what_an_admin_does_in_a_users_place_is_by_an_admin() {
    let server = Server::with(&format!("{TEXT_IDS}{ADMINS}")).await;
    let (mut ada, ada_id) = admin(&server, "Ada").await;
    let (mut bob, bob_id) = member(&server, "Bob").await;
    ada.post("/admin/impersonate-user", &json!({ "userId": bob_id })).await;
    ada.post("/update-user", &json!({ "name": "Robert" })).await;
    ada.post("/admin/stop-impersonating", &json!({})).await;
    let shown = bob.get(PATH).await;
    assert!(!shown.text().contains(&ada_id));
    let shown = shown.json();
    assert_eq!(actions(&shown)[..3], ["impersonation.stopped", "user.updated", "impersonation.started"]);
    for entry in &shown["entries"].as_array().expect("entries")[..3] {
        assert_eq!(entry["byAdmin"], true);
    }
}

#[actix_web::test]
async fn from_where_others_act_is_shown_to_nobody_whoever_they_are() {
    let server = Server::with(ADMINS).await;
    let (mut bob, bob_id) = member(&server, "Bob").await;
    let user = |id: &str, by: Option<&str>| Actor::User {
        id: id.to_owned(),
        session_id: "a-session".to_owned(),
        impersonated_by: by.map(str::to_owned),
    };
    let actors = [
        (user(&bob_id, None), false, true),
        (user(&bob_id, Some("an admin")), true, false),
        (user("somebody else", None), false, false),
        (Actor::Token("41184f62".to_owned()), true, false),
        (Actor::Command("signet users".to_owned()), true, false),
        (Actor::System, false, false),
    ];
    for (actor, by_admin, is_shown) in actors {
        let (id, agent) = (RequestId::new("a"), Some("a browser".to_owned()));
        let asked = Asked { id, ip_address: Some("203.0.113.9".to_owned()), user_agent: agent };
        let written = Behalf::of(asked).within(async {
            Behalf::acts(actor.clone());
            server.store().audit(Line::new(Action::UserUpdated).user(&bob_id).session("a-session")).await
        });
        written.await.expect("a line");
        let shown = bob.get(&format!("{PATH}?limit=1")).await.json()["entries"][0].clone();
        assert_eq!(shown["byAdmin"], by_admin, "{actor:?}");
        for told in ["ipAddress", "userAgent", "sessionId"] {
            assert_eq!(shown[told].is_string(), is_shown, "{actor:?}: {shown}");
        }
    }
}

#[actix_web::test]
async fn a_link_that_is_followed_in_anothers_browser_is_followed_by_its_own_user() {
    let mail = Mailbox::open().await;
    let settings = "[email_verification]\nauto_sign_in_after_verification = true\n";
    let server = Server::with(&format!("{TEXT_IDS}{}{settings}{ADMINS}", mail.toml())).await;
    let (mut ada, ada_id) = member(&server, "Ada").await;
    let (_, bob_id) = member(&server, "Bob").await;
    // A ban that is over is lifted by the sign-in.
    let over = server.now().plus_seconds(-1);
    let values = [true.into(), over.into(), bob_id.as_str().into()];
    server
        .sql("UPDATE {user} SET {user:banned} = $1, {user:banExpires} = $2 WHERE {user.id} = {$3:user.id}", &values)
        .await;
    server.browser().post("/send-verification-email", &json!({ "email": "bob@example.com" })).await;
    let link = mail.one(&server).await.path();
    let before = trail(&server).await.len();
    ada.get(&link).await;
    let lines = trail(&server).await.split_off(before);
    let told: Vec<_> = lines.iter().map(|line| (line.action.as_str(), line.actor_id.as_ref())).collect();
    let expected = [("email.verified", None), ("user.unbanned", None), ("session.created", Some(&bob_id))];
    assert_eq!(told, expected);
    // The browser is Bob's now.
    let shown = ada.get(PATH).await;
    assert!(!shown.text().contains(&ada_id));
    let shown = shown.json();
    assert_eq!(actions(&shown)[..3], ["session.created", "user.unbanned", "email.verified"]);
    for entry in &shown["entries"].as_array().expect("entries")[..3] {
        assert_eq!(entry["byAdmin"], false, "{entry}");
    }
}

#[actix_web::test]
async fn what_an_id_was_there_for_before_its_user_is_somebody_elses() {
    let server = Server::with(ADMINS).await;
    let (mut bob, bob_id) = member(&server, "Bob").await;
    server.wait(10);
    // As if the number of a deleted user's row were used again.
    server.sql("UPDATE {user} SET {user:createdAt} = $1", &[server.now().into()]).await;
    bob.post("/update-user", &json!({ "name": "Robert" })).await;
    assert_eq!(actions(&bob.get(PATH).await.json()), ["user.updated"]);
    let all = trail(&server).await.into_iter().filter(|line| line.user_id.as_ref() == Some(&bob_id));
    assert_eq!(all.count(), 3);
}

#[actix_web::test]
async fn it_comes_in_pages_and_to_nobody_without_a_session() {
    let server = Server::with(ADMINS).await;
    let (mut bob, _) = member(&server, "Bob").await;
    let first = bob.get(&format!("{PATH}?limit=1")).await.json();
    assert_eq!(actions(&first), ["session.created"]);
    let next = first["next"].as_str().expect("there is more").to_owned();
    let second = bob.get(&format!("{PATH}?limit=1&before={next}")).await.json();
    assert_eq!((actions(&second), &second["next"]), (vec!["user.created".to_owned()], &Value::Null));
    assert_eq!(bob.get(&format!("{PATH}?limit=101")).await.status, 400);
    assert_eq!(server.browser().get(PATH).await.status, 401);
}

#[actix_web::test]
async fn what_an_admin_was_refused_upon_somebody_is_for_admins() {
    let server = Server::with(ADMINS).await;
    let (mut ada, _) = admin(&server, "Ada").await;
    let (mut bob, bob_id) = admin(&server, "Bob").await;
    assert_eq!(ada.post("/admin/impersonate-user", &json!({ "userId": bob_id })).await.status, 403);
    assert_eq!(actions(&ada.get("/admin/audit?action=admin.refused").await.json()), ["admin.refused"]);
    assert_eq!(actions(&bob.get(PATH).await.json()), ["session.created", "user.created"]);
}

#[actix_web::test]
async fn why_an_admin_banned_somebody_is_for_admins() {
    let server = Server::with(ADMINS).await;
    let (mut ada, _) = admin(&server, "Ada").await;
    let (_, bob_id) = member(&server, "Bob").await;
    ada.post("/admin/ban-user", &json!({ "userId": bob_id, "banReason": "a hunch" })).await;
    ada.post("/admin/unban-user", &json!({ "userId": bob_id })).await;
    let mut bob = server.browser();
    assert_eq!(bob.post("/sign-in/email", &crate::harness::person("Bob")).await.status, 200);
    let shown = bob.get(PATH).await;
    assert!(
        actions(&shown.json()).contains(&"user.banned".to_owned()) && !shown.text().contains("a hunch"),
        "{shown:?}"
    );
    assert!(ada.get("/admin/audit?action=user.banned").await.text().contains("a hunch"));
}
