use serde_json::json;

use crate::place::Place;

/// The rows of `keys list`, without its head.
fn listed(place: &Place) -> Vec<Vec<String>> {
    let list = place.run("keys list").well();
    let rows = list.lines().skip(1);
    rows.map(|row| row.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn a_rotation_beside_a_running_server_is_published_by_it_and_signs_later() {
    let place = Place::new();
    let server = place.serve();
    let first = server.kids();
    let said = place.run("keys rotate").well();
    let young = said.strip_prefix("Published ").and_then(|rest| rest.split('.').next()).expect("a kid").to_owned();
    assert!(said.contains("It signs from 20"), "{said}");
    server.until("the new key is published", |server| server.kids() == [young.clone(), first[0].clone()]);
    let list = listed(&place);
    let states: Vec<_> = list.iter().map(|row| (row[0].as_str(), row[1].as_str(), row[2].as_str())).collect();
    assert_eq!(states, [(young.as_str(), "EdDSA", "published"), (first[0].as_str(), "EdDSA", "signing")]);
    let ada = json!({ "name": "Ada", "email": "ada@example.com", "password": "correct horse" });
    assert_eq!(server.ask("POST", "/sign-up/email", Some(&ada)).0, 200, "the server goes on");
}

#[test]
fn looking_at_keys_changes_none() {
    let place = Place::new();
    let server = place.serve();
    let kids = server.kids();
    for _ in 0..3 {
        assert_eq!(listed(&place).len(), 1);
        assert!(place.run("config check").well().ends_with("The configuration is good.\n"));
    }
    assert_eq!(server.kids(), kids);
}

#[test]
fn a_rotation_in_an_empty_database_makes_the_one_key_that_the_server_then_has() {
    let place = Place::new();
    let line = place.run("keys rotate").failed(1);
    assert!(line.contains("signet migrate"), "{line}");
    place.run("migrate").well();
    assert!(listed(&place).is_empty());
    place.run("keys rotate").well();
    let list = listed(&place);
    assert_eq!((list.len(), list[0][2].as_str()), (1, "signing"));
    assert_eq!(place.serve().kids(), [list[0][0].clone()]);
}

#[test]
fn t67_a_key_of_another_secret_fails_the_check_and_shows_in_the_list() {
    let place = Place::new();
    let kid = place.serve().kids().remove(0);
    let other = [("BETTER_AUTH_SECRET", "another-secret-of-at-least-32-characters")];
    let line = place.run_with("config check", &other, "").failed(2);
    assert!(line.contains(&kid) && line.contains("BETTER_AUTH_SECRETS"), "{line}");
    let list = place.run_with("keys list", &other, "").well();
    assert!(list.contains(&format!("{kid} cannot sign with the configured secrets")), "{list}");
    assert!(!list.contains("another-secret"));
}

#[test]
fn without_the_plugin_there_are_no_keys() {
    let place = Place::new();
    place.write("signet.toml", "[plugins.jwt]\nenabled = false\n");
    let line = place.run("keys list").failed(1);
    assert_eq!(line, "The jwt plugin is off, so there are no keys. Set plugins.jwt.enabled = true.");
}
