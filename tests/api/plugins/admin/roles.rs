//! Who may do what to whom.

use futures_util::future::join;
use serde_json::{Value, json};

use super::{ENABLED, acts_upon_somebody, member, refusal};
use crate::harness::{Browser, Server, load, person};

/// A role that may much, and one that may read.
const ROLES: &str = r#"
[plugins.admin]
enabled = true
[plugins.admin.ac]
project = ["create", "share"]
[plugins.admin.roles.admin]
user = ["create", "list", "set-role", "ban", "impersonate", "delete", "set-password", "set-email", "get", "update"]
session = ["list", "revoke"]
project = ["create", "share"]
[plugins.admin.roles.support]
user = ["create", "list", "set-role", "ban", "impersonate", "delete", "set-password", "set-email", "get", "update"]
session = ["list", "revoke"]
[plugins.admin.roles.reader]
user = ["get", "list"]
[plugins.admin.roles.user]
"#;

#[actix_web::test]
async fn t81_nobody_gives_a_role_that_may_more_than_they() {
    let server = Server::with(ROLES).await;
    let (mut support, own) = member(&server, "Sue", "support").await;
    let (_, bob) = member(&server, "Bob", "user").await;
    let denied = (403, "YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE".to_owned());
    for id in [&own, &bob] {
        for role in [json!("admin"), json!(["user", "admin"])] {
            let answer = support.post("/admin/set-role", &json!({"userId": id, "role": role})).await;
            assert_eq!(refusal(&answer), denied, "{role}");
            let answer = support.post("/admin/update-user", &json!({"userId": id, "data": {"role": role}})).await;
            assert_eq!(refusal(&answer), denied, "{role}");
        }
    }
    for place in [json!({"role": "admin"}), json!({"data": {"role": "admin"}})] {
        let mut eve = person("Eve");
        eve.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
        assert_eq!(refusal(&support.post("/admin/create-user", &eve).await), denied, "{place}");
    }
    for role in ["reader", "support"] {
        let answer = support.post("/admin/set-role", &json!({"userId": bob, "role": role})).await;
        assert_eq!(answer.json()["user"]["role"], role);
    }
    let roles: Vec<_> = server.rows("SELECT {user.role} AS role FROM {user}", &[]).await;
    assert!(roles.iter().all(|row| row.text("role").unwrap() != "admin"));
}

#[actix_web::test]
async fn t81_a_role_that_is_not_there_is_refused_where_there_are_roles() {
    let server = Server::with(ROLES).await;
    let (mut ada, own) = member(&server, "Ada", "admin").await;
    for role in [json!("owner"), json!("admin,user"), json!("__proto__"), json!(["user", "owner"]), json!("")] {
        let answer = ada.post("/admin/set-role", &json!({"userId": own, "role": role})).await;
        assert_eq!(refusal(&answer), (400, "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE".into()), "{role}");
    }
    for role in [json!(5), json!(null), json!([1]), json!({"a": 1})] {
        let answer = ada.post("/admin/set-role", &json!({"userId": own, "role": role})).await;
        assert_eq!(refusal(&answer), (400, "VALIDATION_ERROR".into()), "{role}");
    }
    let open = Server::with(ENABLED).await;
    let (mut ada, _) = member(&open, "Ada", "admin").await;
    let (_, bob) = member(&open, "Bob", "user").await;
    let answer = ada.post("/admin/set-role", &json!({"userId": bob, "role": ["editor", "user"]})).await;
    assert_eq!(answer.json()["user"]["role"], "editor,user");
}

#[actix_web::test]
async fn t81_upon_admins_only_admins_act() {
    let server = Server::with(ROLES).await;
    let (mut ada, own) = member(&server, "Ada", "admin").await;
    let (mut support, _) = member(&server, "Sue", "support").await;
    let token = ada.get("/get-session").await.json()["session"]["token"].clone();
    for (route, mut body) in acts_upon_somebody(&token) {
        body["userId"] = own.as_str().into();
        let answer = support.post(&format!("/admin/{route}"), &body).await;
        assert_eq!(answer.status, 403, "{route}: {answer:?}");
        assert!(!answer.text().contains(token.as_str().unwrap()), "{route}");
    }
    assert_eq!(ada.get("/get-session").await.json()["user"]["role"], "admin");
    assert_eq!(server.browser().post("/sign-in/email", &person("Ada")).await.status, 200);
}

#[actix_web::test]
async fn t81_no_admin_locks_themselves_out() {
    let server = Server::with(ENABLED).await;
    let (mut ada, own) = member(&server, "Ada", "admin").await;
    for (route, body, code) in [
        ("set-role", json!({"role": "user"}), "YOU_CANNOT_DEMOTE_YOURSELF"),
        ("set-role", json!({"role": []}), "YOU_CANNOT_DEMOTE_YOURSELF"),
        ("update-user", json!({"data": {"role": "user"}}), "YOU_CANNOT_DEMOTE_YOURSELF"),
        ("update-user", json!({"data": {"banned": true}}), "YOU_CANNOT_BAN_YOURSELF"),
        ("ban-user", json!({}), "YOU_CANNOT_BAN_YOURSELF"),
        ("remove-user", json!({}), "YOU_CANNOT_REMOVE_YOURSELF"),
    ] {
        let mut body = body;
        body["userId"] = own.as_str().into();
        let answer = ada.post(&format!("/admin/{route}"), &body).await;
        assert_eq!(refusal(&answer), (400, code.to_owned()), "{route}");
    }
    let more = json!({"userId": own, "role": ["user", "admin"]});
    assert_eq!(ada.post("/admin/set-role", &more).await.status, 200, "what leaves the role is allowed");
}

#[actix_web::test]
async fn t81_of_two_admins_who_depose_each_other_at_once_one_remains() {
    let acts = [
        ("/admin/set-role", json!({"role": "user"})),
        ("/admin/ban-user", json!({})),
        ("/admin/remove-user", json!({})),
        ("/admin/update-user", json!({"data": {"banned": true}})),
    ];
    for (route, body) in acts {
        for _ in 0..3 {
            let server = Server::with(ENABLED).await;
            let ((mut ada, ada_id), (mut bob, bob_id)) =
                (member(&server, "Ada", "admin").await, member(&server, "Bob", "admin").await);
            let upon = |id: &str| {
                let mut body = body.clone();
                body["userId"] = id.into();
                body
            };
            let (of_bob, of_ada) = (upon(&bob_id), upon(&ada_id));
            let (first, second) = join(ada.post(route, &of_bob), bob.post(route, &of_ada)).await;
            let mut statuses = [first.status, second.status];
            statuses.sort_unstable();
            assert!(statuses[0] == 200 && matches!(statuses[1], 401 | 403), "{route}: {statuses:?}");
            let left = "SELECT COUNT(*) AS n FROM {user} WHERE {user.role} = 'admin' AND {user.banned} = $1";
            assert_eq!(server.rows(left, &[false.into()]).await[0].integer("n").unwrap(), 1, "{route}");
        }
    }
}

#[actix_web::test]
async fn t30_a_role_that_was_taken_away_ends_at_once_whatever_the_cookie_cache_says() {
    let server = Server::with(&format!("{ENABLED}\n[session.cookie_cache]\nenabled = true\nmax_age = 300")).await;
    let (mut ada, id) = member(&server, "Ada", "admin").await;
    ada.post("/sign-in/email", &person("Ada")).await;
    assert_eq!(ada.get("/admin/list-users").await.status, 200);
    let (mut bob, _) = member(&server, "Bob", "admin").await;
    let demote = json!({"userId": id, "role": "user"});
    assert_eq!(bob.post("/admin/set-role", &demote).await.status, 200);
    assert_eq!(ada.get("/get-session").await.json()["user"]["role"], "admin", "the cache has not run out");
    assert_eq!(ada.get("/admin/list-users").await.status, 403);
    let question = json!({"permissions": {"user": ["list"]}});
    assert_eq!(ada.post("/admin/has-permission", &question).await.json()["success"], false);
    let banned = json!({"userId": id});
    assert_eq!(bob.post("/admin/ban-user", &banned).await.status, 200);
    assert_eq!(ada.get("/admin/list-users").await.status, 401);
}

#[actix_web::test]
async fn permissions_are_those_of_the_requests_own_user_whomever_the_body_names() {
    let server = Server::with(ROLES).await;
    let (mut ada, id) = member(&server, "Ada", "admin").await;
    let (mut rea, _) = member(&server, "Rea", "reader").await;
    let ask = async |browser: &mut Browser<'_>, permissions: Value| {
        let body = json!({"permissions": permissions, "userId": id, "role": "admin"});
        browser.post("/admin/has-permission", &body).await.json()["success"].clone()
    };
    for (permissions, admin, reader) in [
        (json!({"project": ["create", "share"]}), true, false),
        (json!({"user": ["get", "list"]}), true, true),
        (json!({"user": ["get"], "project": ["share"]}), true, false),
        (json!({"project": ["unknown"]}), false, false),
        (json!({"user": []}), false, false),
        (json!({}), false, false),
    ] {
        assert_eq!(ask(&mut ada, permissions.clone()).await, admin, "{permissions}");
        assert_eq!(ask(&mut rea, permissions.clone()).await, reader, "{permissions}");
    }
    for body in [
        json!({}),
        json!({"permissions": {"user": "get"}}),
        json!({"permissions": ["user"]}),
        json!({"permissions": {"user": ["get"]}, "permission": {"user": ["get"]}}),
    ] {
        assert_eq!(
            refusal(&rea.post("/admin/has-permission", &body).await),
            (400, "VALIDATION_ERROR".into()),
            "{body}"
        );
    }
}

#[actix_web::test]
async fn whoever_is_named_in_the_configuration_may_all() {
    let first = Server::with(ROLES).await;
    let (mut ada, id) = member(&first, "Ada", "user").await;
    let named =
        first.replica(&ROLES.replace("enabled = true", &format!("enabled = true\nadmin_user_ids = [\"{id}\"]"))).await;
    assert_eq!(ada.get("/admin/list-users").await.status, 403);
    let mut there = ada.at(&named);
    assert_eq!(there.get("/admin/list-users").await.status, 200);
    let all = json!({"permissions": {"user": ["impersonate-admins"], "anything": ["at all"]}});
    assert_eq!(there.post("/admin/has-permission", &all).await.json()["success"], true);
}

#[test]
fn roles_that_make_no_sense_are_faults() {
    let fault = |more: &str| load(&format!("{ENABLED}\n{more}"), "sqlite:x.db").expect_err("it is refused");
    assert!(fault("[plugins.admin.roles.boss]\nuser = [\"fly\"]").contains("grants `user.fly`"));
    assert!(fault("[plugins.admin.roles.boss]\nproject = [\"create\"]").contains("grants `project.create`"));
    assert!(fault("[plugins.admin.roles.boss]\nuser = \"get\"").contains("must have a list of texts at `user`"));
    assert!(fault("[plugins.admin.roles.\"a,b\"]\nuser = []").contains("is no name for a role"));
    assert!(fault("admin_roles = [\"boss\"]\n[plugins.admin.roles.user]").contains("has \"boss\""));
    assert!(fault("[plugins.admin.ac]\nproject = 5").contains("must have a list of texts at `project`"));
    load(ROLES, "sqlite:x.db").expect("these are roles");
}
