use serde_json::json;

use crate::place::{Place, Server};

fn sign_in(server: &Server, password: &str) -> u16 {
    server.ask("POST", "/sign-in/email", Some(&json!({ "email": "ada@example.com", "password": password }))).0
}

#[test]
fn a_user_that_was_created_beside_a_running_server_signs_in() {
    let place = Place::new();
    let server = place.serve();
    let said = place.run_with("users create Ada@Example.com --name Ada --verified", &[], "correct horse\n").well();
    assert!(said.starts_with("Created ada@example.com with id "), "{said}");
    let (status, answer) =
        server.ask("POST", "/sign-in/email", Some(&json!({ "email": "ada@example.com", "password": "correct horse" })));
    assert_eq!((status, answer["user"]["name"].as_str()), (200, Some("Ada")));
    assert_eq!(answer["user"]["emailVerified"], true);
    let line = place.run_with("users create ada@example.com", &[], "correct horse\n").failed(1);
    assert_eq!(line, "There is a user with the address ada@example.com already.");
}

#[test]
fn a_password_that_was_set_is_the_only_one_and_sessions_end() {
    let place = Place::new();
    let server = place.serve();
    place.run_with("users create ada@example.com", &[], "correct horse\n").well();
    assert_eq!(sign_in(&server, "correct horse"), 200);
    let said = place.run_with("users set-password ada@example.com", &[], "battery staple\r\n").well();
    assert_eq!(said, "Set the password of ada@example.com and ended 1 sessions.\n");
    assert_eq!((sign_in(&server, "correct horse"), sign_in(&server, "battery staple")), (401, 200));
}

#[test]
fn a_role_is_set_where_users_have_one() {
    let place = Place::new();
    place.run_with("users create ada@example.com", &[], "correct horse\n").well();
    let line = place.run("users set-role ada@example.com admin").failed(1);
    assert!(line.contains("[plugins.admin] enabled = true"), "{line}");
    place.write("signet.toml", "[plugins.admin]\nenabled = true\n");
    assert_eq!(place.run("users set-role ada@example.com admin").well(), "ada@example.com has the role admin.\n");
    let server = place.serve();
    let (_, answer) =
        server.ask("POST", "/sign-in/email", Some(&json!({ "email": "ada@example.com", "password": "correct horse" })));
    assert_eq!(answer["user"]["role"], "admin");
}

#[test]
fn an_admin_is_created_where_there_are_admins() {
    let place = Place::new();
    let line = place.run_with("users create ada@example.com --admin", &[], "correct horse\n").failed(1);
    assert_eq!(line, "There are no admins here. Turn them on: [plugins.admin] enabled = true.");
    place.write("signet.toml", "[plugins.admin]\nenabled = true\nadmin_roles = []\nadmin_user_ids = [\"x\"]\n");
    let line = place.run_with("users create ada@example.com --admin", &[], "correct horse\n").failed(1);
    assert!(line.contains("plugins.admin.admin_roles is empty"), "{line}");
    place.write("signet.toml", "[plugins.admin]\nenabled = true\nadmin_roles = [\"owner\", \"admin\"]\nroles.owner.user = [\"list\"]\nroles.admin.user = []\nroles.user.user = []\n");
    let said = place.run_with("users create ada@example.com --admin", &[], "correct horse\n").well();
    assert!(said.starts_with("Created ada@example.com with id ") && said.ends_with(" and the role owner.\n"), "{said}");
    let server = place.serve();
    let (_, answer) =
        server.ask("POST", "/sign-in/email", Some(&json!({ "email": "ada@example.com", "password": "correct horse" })));
    assert_eq!((&answer["user"]["role"], &answer["user"]["emailVerified"]), (&json!("owner"), &json!(true)));
}

#[test]
fn what_cannot_be_done_is_one_line_and_exit_code_1() {
    let place = Place::new();
    for (command, input, wanted) in [
        ("users create nonsense", "correct horse\n", "`nonsense` is no e-mail address."),
        ("users set-password bob@example.com", "correct horse\n", "There is no user with the address bob@example.com."),
        ("users create bob@example.com", "short\n", "short"),
    ] {
        let line = place.run_with(command, &[], input).failed(1);
        assert!(line.to_lowercase().contains(wanted) || line == wanted, "{command}: {line}");
    }
}
