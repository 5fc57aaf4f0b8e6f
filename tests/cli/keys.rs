use std::time::Duration;

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

fn keep_private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("its mode is set");
}

/// The first word of a command's answer.
fn first_word(said: &str) -> String {
    said.split_whitespace().next().expect("a word").trim_end_matches('.').to_owned()
}

#[test]
fn t74_a_revocation_beside_a_running_server_shows_in_its_jwks() {
    let place = Place::new();
    let server = place.serve();
    let first = server.kids().remove(0);
    let said = place.run(&format!("keys revoke {first}")).well();
    assert!(said.contains("refuse its tokens from 20"), "{said}");
    server.until("the key is gone and another there", |server| {
        let kids = server.kids();
        kids.len() == 1 && !kids.contains(&first)
    });
    let again = place.run(&format!("keys revoke {first}")).well();
    assert_eq!(again.lines().last(), said.lines().last(), "it stays revoked since then");
    let line = place.run("keys revoke x").failed(1);
    assert_eq!(line, "There is no key x. See `signet keys list`.");
}

/// The kids of the keys in a state.
fn in_state(list: &[Vec<String>], state: &str) -> Vec<String> {
    list.iter().filter(|row| row[2] == state).map(|row| row[0].clone()).collect()
}

#[test]
fn t72_whenever_a_command_is_killed_one_published_key_signs_afterwards() {
    let place = Place::new();
    let server = place.serve();
    for round in 0..18 {
        let signing = in_state(&listed(&place), "signing").remove(0);
        let command = match round % 3 {
            0 => "keys rotate".to_owned(),
            1 => "keys rotate --immediately".to_owned(),
            _ => format!("keys revoke {signing}"),
        };
        // From before it has opened the database to after it is done.
        place.run_and_kill(&command, Duration::from_millis(4 * round));
        let list = listed(&place);
        assert_eq!(in_state(&list, "signing").len(), 1, "after {command}: {list:?}");
    }
    let signing = in_state(&listed(&place), "signing").remove(0);
    server.until("the server publishes what signs", |server| server.kids().contains(&signing));
    let ada = json!({ "name": "Ada", "email": "ada@example.com", "password": "correct horse" });
    assert_eq!(server.ask("POST", "/sign-up/email", Some(&ada)).0, 200, "the server goes on");
}

#[test]
fn a_rotation_at_once_beside_a_running_server_signs_at_once() {
    let place = Place::new();
    let server = place.serve();
    let first = server.kids().remove(0);
    let young = first_word(&place.run("keys rotate --immediately").well());
    server.until("both are published", |server| server.kids().len() == 2);
    let states: Vec<_> = listed(&place).into_iter().map(|row| (row[0].clone(), row[2].clone())).collect();
    let expected = [(first, "retired"), (young, "signing")].map(|(kid, state)| (kid, state.to_owned()));
    assert!(expected.iter().all(|row| states.contains(row)), "{states:?}");
}

#[test]
fn a_key_goes_from_one_deployment_to_another_and_through_openssl() {
    let (here, there) = (Place::new(), Place::new());
    let kid = here.serve().kids().remove(0);
    let jwk = here.run(&format!("keys export {kid}")).well();
    there.run("migrate").well();
    there.write("key.jwk", &jwk);
    assert!(there.run("keys import key.jwk").well().starts_with(&format!("Published {kid}.")));
    assert!(there.run("keys import key.jwk").well().contains("nothing to do"));
    assert_eq!(there.serve().kids(), std::slice::from_ref(&kid));
    let pem = std::process::Command::new("openssl").args(["genpkey", "-algorithm", "ed25519"]).output();
    let pem = String::from_utf8(pem.expect("openssl runs").stdout).expect("a PEM");
    there.run_with("keys import -", &[], &pem).well();
    assert_eq!(listed(&there).len(), 2);
    there.write("no.pem", "-----BEGIN CERTIFICATE-----\n");
    assert!(there.run("keys import no.pem").failed(1).contains("it holds no private key"));
    assert!(there.run("keys import absent.pem").failed(1).contains("absent.pem cannot be imported"));
    assert_eq!(there.run("keys export x").failed(1), "There is no key x. See `signet keys list`.");
}

#[test]
fn keys_in_the_folder_are_imported_at_the_start_and_not_again_when_they_are_gone() {
    let (here, there) = (Place::new(), Place::new());
    let kid = here.serve().kids().remove(0);
    std::fs::create_dir(there.path("keys")).expect("a folder");
    there.write("keys/theirs.jwk", &here.run(&format!("keys export {kid}")).well());
    there.write("keys/README.md", "no key");
    let server = there.serve();
    assert_eq!(server.kids(), std::slice::from_ref(&kid), "it is the first key");
    there.run(&format!("keys revoke {kid}")).well();
    server.stop();
    assert!(!there.serve().kids().contains(&kid));
    there.write("keys/broken.pem", "no key");
    keep_private(&there.path("keys/broken.pem"));
    let line = there.run("serve").failed(1);
    assert!(line.contains("keys/broken.pem cannot be imported: it holds no private key"), "{line}");
    there.write("signet.toml", "[plugins.jwt.jwks]\nimport_dir = \"nowhere\"\n");
    let line = there.run("serve").failed(1);
    assert!(line.contains("nowhere cannot be imported: No such file"), "{line}");
}

#[test]
fn t67_after_a_rewrap_the_older_secret_is_needed_no_more() {
    let (old, new) = ("the-old-secret-of-at-least-32-characters", "the-new-secret-of-at-least-32-characters");
    let place = Place::new();
    place.run("migrate").well();
    place.run_with("keys rotate", &[("BETTER_AUTH_SECRET", old)], "").well();
    let both = format!("2:{new},1:{old}");
    let said = place.run_with("keys rewrap", &[("BETTER_AUTH_SECRETS", &both), ("BETTER_AUTH_SECRET", old)], "").well();
    assert_eq!(said, "Encrypted anew: 1. As they should be: 0. Not opened by any secret: 0.\n");
    let alone = format!("2:{new}");
    place.run_with("config check", &[("BETTER_AUTH_SECRETS", &alone)], "").well();
    let line = place.run_with("keys rewrap", &[("BETTER_AUTH_SECRETS", &format!("3:{old}"))], "").failed(1);
    assert!(line.contains("is left as it is: it is sealed with version 2 of the secret"), "{line}");
}

#[test]
fn without_the_plugin_there_are_no_keys() {
    let place = Place::new();
    place.write("signet.toml", "[plugins.jwt]\nenabled = false\n");
    let line = place.run("keys list").failed(1);
    assert_eq!(line, "The jwt plugin is off, so there are no keys. Set plugins.jwt.enabled = true.");
}
