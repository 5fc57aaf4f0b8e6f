mod revoke;
mod rotate;

use serde_json::{Value, json};

use super::{operator, server};
use crate::harness::Server;

const PATH: &str = "/admin/jwks";

#[actix_web::test]
async fn each_key_is_listed_with_its_state_and_the_times_of_its_changes() {
    let server = server().await;
    let mut operator = operator(&server);
    server.wait(1);
    operator.post("/admin/jwks/rotate", &json!({})).await;
    let answer = operator.get(PATH).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let keys = answer.json()["keys"].clone();
    let [young, old] = [&keys[0], &keys[1]];
    let states = [&young["state"], &old["state"]].map(|state| state.as_str().expect("a state"));
    assert_eq!(states, ["published", "signing"]);
    assert_eq!(old["signsUntil"], young["signsFrom"], "one hands over to the other");
    assert!(old["removedAt"].is_string() && young["usable"] == true, "{keys}");
    let members: Vec<_> = young.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(members, ["kid", "alg", "state", "createdAt", "signsFrom", "signsUntil", "removedAt", "usable"]);
}

#[actix_web::test]
async fn t80_only_admins_see_keys() {
    let server = Server::start().await;
    let answer = server.browser().get(PATH).await;
    assert_eq!((answer.status, answer.code().as_deref()), (401, Some("UNAUTHORIZED")));
    let answer = server.member("Ada").await.get(PATH).await;
    let refusal =
        json!({ "message": "You are not allowed to manage keys", "code": "YOU_ARE_NOT_ALLOWED_TO_MANAGE_KEYS" });
    assert_eq!((answer.status, answer.json()), (403, refusal));
}

#[actix_web::test]
async fn t80_a_token_counts_whole_and_in_its_own_header_alone() {
    let server = server().await;
    let token = super::TOKEN;
    for authorization in [
        String::new(),
        "Bearer ".to_owned(),
        token.to_owned(),
        format!("Basic {token}"),
        format!("Bearer {}", &token[1..]),
        format!("Bearer {token}x"),
        format!("Bearer {}", token.to_uppercase()),
        "Bearer sha256:".to_owned(),
    ] {
        let answer = server.browser().header("authorization", &authorization).get(PATH).await;
        assert_eq!(answer.status, 401, "{authorization}");
    }
    assert_eq!(server.browser().get(&format!("{PATH}?access_token={token}")).await.status, 401);
    let answer = server.browser().header("authorization", &format!("bearer  {token} ")).get(PATH).await;
    assert_eq!(answer.status, 200);
}

#[actix_web::test]
async fn t80_an_admin_token_is_no_session_and_a_session_token_is_no_admin_token() {
    let server =
        Server::with(&format!("[plugins.bearer]\nenabled = true\n[admin]\ntokens = [\"{}\"]", super::TOKEN)).await;
    let mut operator = operator(&server);
    assert_eq!(operator.get("/get-session").await.json(), Value::Null);
    assert_eq!(operator.get("/token").await.status, 401);
    let ada = server.browser().post("/sign-up/email", &crate::harness::person("Ada")).await;
    let token = ada.json()["token"].as_str().expect("a token").to_owned();
    let answer = server.browser().header("authorization", &format!("Bearer {token}")).get(PATH).await;
    assert_eq!(answer.status, 403);
}

/// An admin's role counts with the plugin alone.
#[actix_web::test]
async fn t80_a_role_without_the_plugin_is_a_word() {
    let field = "[user.additional_fields.role]\ntype = \"string\"\nrequired = false\n";
    let server = Server::with(field).await;
    let mut body = crate::harness::person("Mallory");
    body["role"] = "admin".into();
    let mut mallory = server.browser();
    assert_eq!(mallory.post("/sign-up/email", &body).await.json()["user"]["role"], "admin");
    assert_eq!(mallory.get(PATH).await.status, 403);
}

#[actix_web::test]
async fn t80_with_the_plugin_admins_see_keys_as_long_as_they_are_admins() {
    let server = Server::with("[plugins.admin]\nenabled = true\nadmin_roles = [\"keeper\", \"boss\"]").await;
    let mut ada = server.member("Ada").await;
    for (role, status) in [
        ("user", 403),
        ("user,keeper", 200),
        ("boss", 200),
        ("bosses", 403),
        ("BOSS", 403),
        ("", 403),
        ("boss, user", 200),
    ] {
        server.sql("UPDATE {user} SET {user:role} = $1", &[role.into()]).await;
        assert_eq!(ada.get(PATH).await.status, status, "{role}");
    }
    server.sql("UPDATE {user} SET {user:banned} = $1", &[true.into()]).await;
    assert_eq!(ada.get(PATH).await.status, 403, "who is banned is no admin");
    server.sql("UPDATE {user} SET {user:banned} = $1", &[false.into()]).await;
    assert_eq!(ada.get(PATH).await.status, 200);
    server.sql("UPDATE {session} SET {session:impersonatedBy} = $1", &["another".into()]).await;
    assert_eq!(ada.get(PATH).await.status, 403, "an impersonation is no admin either");
}

#[actix_web::test]
async fn t80_admins_may_be_named_by_their_ids() {
    let server = Server::with("[plugins.admin]\nenabled = true").await;
    let ada = server.member("Ada").await;
    let id = server.rows("SELECT {user.*} FROM {user}", &[]).await[0].text("user.id").expect("an id");
    let replica = server.replica(&format!("[plugins.admin]\nenabled = true\nadmin_user_ids = [\"{id}\"]")).await;
    assert_eq!(ada.at(&server).get(PATH).await.status, 403);
    assert_eq!(ada.at(&replica).get(PATH).await.status, 200);
}

#[actix_web::test]
async fn t65_nothing_of_a_private_half_is_listed() {
    let server = server().await;
    let text = operator(&server).get(PATH).await.text();
    for member in ["\"d\"", "\"p\"", "\"q\"", "\"x\"", "privateKey", "publicKey"] {
        assert!(!text.contains(member), "{member}: {text}");
    }
}
