//! Each permission by itself: what a role lacks it may not do, whatever else it may.

use serde_json::{Value, json};

use super::{ENABLED, acts_upon_somebody, member, refusal};
use crate::harness::{Browser, Server, load, person};

/// Roles that are not far from each other. `twin` may all that `admin` may, and is no role of admins.
const ROLES: &str = r#"
[plugins.admin]
enabled = true
[plugins.admin.roles.admin]
user = ["create", "list", "set-role", "ban", "impersonate", "delete", "set-password", "set-email", "get", "update"]
session = ["list", "revoke"]
[plugins.admin.roles.twin]
user = ["create", "list", "set-role", "ban", "impersonate", "delete", "set-password", "set-email", "get", "update"]
session = ["list", "revoke"]
[plugins.admin.roles.deputy]
user = ["create", "list", "set-role", "ban", "impersonate", "set-password", "set-email", "get", "update", "delete"]
session = ["list", "revoke"]
[plugins.admin.roles.chief]
user = ["create", "set-phone"]
[plugins.admin.roles.clerk]
user = ["create", "get", "update"]
[plugins.admin.roles.user]
"#;

async fn post(browser: &mut Browser<'_>, route: &str, id: &str, more: Value) -> (u16, String) {
    let mut body = more;
    body["userId"] = id.into();
    refusal(&browser.post(&format!("/admin/{route}"), &body).await)
}

fn made_with(role: &str) -> Value {
    let mut eve = person("Eve");
    eve["role"] = role.into();
    eve
}

#[actix_web::test]
async fn t81_what_is_said_of_a_user_takes_the_permission_for_it_beside_that_to_make_or_change_users() {
    const ROLE: &str = "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE";
    const BAN: &str = "YOU_ARE_NOT_ALLOWED_TO_BAN_USERS";
    const EMAIL: &str = "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_EMAIL";
    const PHONE: &str = "YOU_ARE_NOT_ALLOWED_TO_SET_USERS_PHONE_NUMBER";
    let server = Server::with(ROLES).await;
    let (mut clerk, _) = member(&server, "Cleo", "clerk").await;
    let (_, bob) = member(&server, "Bob", "user").await;
    let before = clerk.get(&format!("/admin/get-user?id={bob}")).await.json();
    // The role is one that everybody holds: it is not what it grants that is refused.
    let said = [
        (json!({"role": "user"}), ROLE),
        (json!({"role": 5}), ROLE),
        (json!({"banned": true}), BAN),
        (json!({"banned": false}), BAN),
        (json!({"banReason": "a hunch"}), BAN),
        (json!({"banExpires": null}), BAN),
        (json!({"email": "robert@example.com"}), EMAIL),
        (json!({"emailVerified": true}), EMAIL),
        (json!({"phoneNumber": "0800"}), PHONE),
        (json!({"phoneNumberVerified": true}), PHONE),
    ];
    for (data, code) in &said {
        let mut with_name = data.clone();
        with_name["name"] = "Robert".into();
        let answer = post(&mut clerk, "update-user", &bob, json!({ "data": with_name })).await;
        assert_eq!(answer, (403, (*code).to_owned()), "{data}");
    }
    for (data, code) in said.iter().filter(|(_, code)| [ROLE, BAN].contains(code)) {
        let mut eve = person("Eve");
        eve["data"] = data.clone();
        assert_eq!(refusal(&clerk.post("/admin/create-user", &eve).await), (403, (*code).to_owned()), "{data}");
    }
    assert_eq!(refusal(&clerk.post("/admin/create-user", &made_with("user")).await), (403, ROLE.to_owned()));
    assert_eq!(clerk.get(&format!("/admin/get-user?id={bob}")).await.json(), before, "nothing has changed");
    assert_eq!(post(&mut clerk, "update-user", &bob, json!({"data": {"name": "Robert"}})).await.0, 200);
    assert_eq!(clerk.post("/admin/create-user", &person("Eve")).await.json()["user"]["role"], "user");
}

#[actix_web::test]
async fn t81_upon_whoever_may_more_nobody_acts_though_neither_is_an_admin() {
    let server = Server::with(ROLES).await;
    let (mut deputy, own) = member(&server, "Dan", "deputy").await;
    let (mut chief, id) = member(&server, "Cora", "chief").await;
    let token = chief.get("/get-session").await.json()["session"]["token"].clone();
    for (route, body) in acts_upon_somebody(&token) {
        assert_eq!(post(&mut deputy, route, &id, body).await.0, 403, "{route}");
    }
    assert_eq!(chief.get("/get-session").await.json()["user"]["name"], "Cora");
    // Upon equals, upon whoever may less, and upon themselves they act.
    let (_, equal) = member(&server, "Dora", "deputy").await;
    let (_, less) = member(&server, "Cleo", "clerk,user").await;
    for id in [own, equal, less] {
        assert_eq!(post(&mut deputy, "update-user", &id, json!({"data": {"name": "x"}})).await.0, 200);
    }
}

#[actix_web::test]
async fn t81_the_role_of_admins_is_given_by_admins_alone_also_where_another_may_as_much() {
    let server = Server::with(ROLES).await;
    let (mut twin, own) = member(&server, "Tina", "twin").await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let (_, bob) = member(&server, "Bob", "user").await;
    let refused = (403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE".to_owned());
    for id in [&own, &bob] {
        assert_eq!(post(&mut twin, "set-role", id, json!({"role": ["user", "admin"]})).await, refused);
    }
    // Nor does anybody give what they do not hold, whoever's role it is.
    assert_eq!(post(&mut twin, "set-role", &bob, json!({"role": "chief"})).await, refused);
    assert_eq!(post(&mut twin, "update-user", &bob, json!({"data": {"role": "chief"}})).await, refused);
    assert_eq!(refusal(&twin.post("/admin/create-user", &made_with("chief")).await), refused);
    assert_eq!(post(&mut twin, "set-role", &bob, json!({"role": "twin"})).await.0, 200);
    assert_eq!(post(&mut ada, "set-role", &bob, json!({"role": "admin"})).await.0, 200);
    assert_eq!(post(&mut twin, "set-role", &bob, json!({"role": "user"})).await, refused, "now an admin");
}

#[actix_web::test]
async fn who_has_no_role_has_the_default_one_as_actor_and_as_target() {
    let server = Server::with(&ROLES.replace("enabled = true", "enabled = true\ndefault_role = \"admin\"")).await;
    let (mut twin, _) = member(&server, "Tina", "twin").await;
    let (mut ada, id) = member(&server, "Ada", "admin").await;
    server.sql("UPDATE {user} SET {user:role} = NULL WHERE {user.name} = 'Ada'", &[]).await;
    assert_eq!(post(&mut twin, "update-user", &id, json!({"data": {"name": "x"}})).await.0, 403, "upon an admin");
    assert_eq!(ada.get("/admin/list-users").await.status, 200);
    assert_eq!(post(&mut ada, "set-role", &id, json!({"role": "user"})).await.1, "YOU_CANNOT_DEMOTE_YOURSELF");
}

#[actix_web::test]
async fn whoever_is_named_gives_every_role_and_stays_an_admin_without_one() {
    let first = Server::with(ROLES).await;
    let (ada, id) = member(&first, "Ada", "user").await;
    let (_, bob) = member(&first, "Bob", "user").await;
    let named = format!("enabled = true\nadmin_user_ids = [\"{id}\"]");
    let server = first.replica(&ROLES.replace("enabled = true", &named)).await;
    let mut ada = ada.at(&server);
    assert_eq!(post(&mut ada, "set-role", &bob, json!({"role": ["chief", "admin"]})).await.0, 200);
    assert_eq!(post(&mut ada, "set-role", &id, json!({"role": "clerk"})).await.0, 200, "no role was what they act by");
    assert_eq!(ada.get("/admin/list-users").await.status, 200);
}

#[actix_web::test]
async fn what_holds_for_the_length_of_passwords_holds_for_those_that_admins_choose() {
    let server = Server::with(ENABLED).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let (_, bob) = member(&server, "Bob", "user").await;
    let before = server.hashes();
    let long = "x".repeat(129);
    for (password, code) in [("short", "PASSWORD_TOO_SHORT"), (long.as_str(), "PASSWORD_TOO_LONG")] {
        let answer = post(&mut ada, "set-user-password", &bob, json!({ "newPassword": password })).await;
        assert_eq!(answer, (400, code.to_owned()));
    }
    let mut eve = person("Eve");
    eve["password"] = "x".repeat(100_000).into();
    let answer = ada.post("/admin/create-user", &eve).await;
    assert_eq!((answer.status, server.hashes()), (400, before), "nothing is hashed: {answer:?}");
}

#[actix_web::test]
async fn t30_who_is_banned_may_nothing_of_an_applications_own_either() {
    let own = "[plugins.admin.ac]\nproject = [\"share\"]\n[plugins.admin.roles.admin]\nproject = [\"share\"]\n";
    let server = Server::with(&format!("{ENABLED}\n{own}")).await;
    let (mut ada, _) = member(&server, "Ada", "admin").await;
    let question = json!({"permissions": {"project": ["share"]}});
    assert_eq!(ada.post("/admin/has-permission", &question).await.json()["success"], true);
    // By another program, which has left the session.
    super::ban(&server, None).await;
    assert_eq!(ada.post("/admin/has-permission", &question).await.json()["success"], false);
}

#[test]
fn an_impersonation_of_more_than_a_day_is_a_fault() {
    let with = |span: &str| load(&format!("{ENABLED}\nimpersonation_session_duration = {span}"), "sqlite:x.db");
    let fault = with("\"2d\"").map(drop).expect_err("it is refused");
    assert!(fault.contains("plugins.admin.impersonation_session_duration"), "{fault}");
    with("\"1d\"").expect("a day is taken");
}
