use serde_json::{Value, json};

use crate::place::Place;

/// The lines that a command prints.
fn exported(place: &Place, arguments: &str) -> Vec<Value> {
    let lines = place.run(&format!("audit export {arguments}")).well();
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn actions(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["action"].as_str().expect("a text")).collect()
}

#[test]
fn what_operators_do_is_written_down_and_exported() {
    let place = Place::new();
    place.write("signet.toml", "[plugins.admin]\nenabled = true\n");
    place.run_with("users create ada@example.com", &[], "correct horse\n").well();
    place.run("users set-role ada@example.com admin").well();
    let rotated = place.run("keys rotate").well();
    let kid = rotated.strip_prefix("Published ").and_then(|rest| rest.split('.').next()).expect("a kid").to_owned();
    place.run(&format!("keys export {kid}")).well();
    place.run(&format!("keys revoke {kid}")).well();
    place.write("users.jsonl", "{\"email\":\"bob@example.com\"}\n{\"email\":\"eve@example.com\"}\n");
    place.run("users import users.jsonl").well();
    let lines = exported(&place, "");
    assert_eq!(
        actions(&lines),
        ["key.created", "user.created", "role.changed", "key.rotated", "key.exported", "key.revoked", "users.imported"]
    );
    for line in &lines {
        assert_eq!(line["actor"]["type"], "command", "{line}");
        assert_eq!((&line["ipAddress"], &line["requestId"]), (&Value::Null, &Value::Null));
    }
    assert_eq!(lines[2]["details"], json!({"before": "user", "after": "admin"}));
    assert_eq!(lines[3]["actor"]["id"], "keys");
    assert_eq!(lines[5]["details"], json!({ "kid": kid }));
    assert_eq!(lines[6]["details"], json!({"created": 2, "updated": 0}));
}

#[test]
fn an_export_has_what_is_asked_for_alone() {
    let place = Place::new();
    place.run_with("users create ada@example.com", &[], "correct horse\n").well();
    place.run("keys rotate").well();
    let all = exported(&place, "");
    let ada = all.iter().find(|line| line["action"] == "user.created").expect("it is there")["userId"].clone();
    let ada = ada.as_str().expect("an id");
    assert_eq!(actions(&exported(&place, &format!("--user {ada}"))), ["user.created"]);
    assert_eq!(actions(&exported(&place, "--action key.")), ["key.created", "key.rotated"]);
    assert_eq!(actions(&exported(&place, "--action key.rotated --action user.")), ["user.created", "key.rotated"]);
    assert!(exported(&place, "--since 2999-01-01T00:00:00Z").is_empty());
    assert!(exported(&place, "--until 2001-01-01T00:00:00Z").is_empty());
    assert_eq!(exported(&place, "--actor users --since 2001-01-01T00:00:00Z").len(), 2);
}

#[test]
fn without_a_trail_or_with_nonsense_a_command_says_so() {
    let place = Place::new();
    let line = place.run("audit export").failed(1);
    assert!(line.contains("signet migrate"), "{line}");
    for (arguments, remedy) in [("--action nothing", "docs/audit.md"), ("--since yesterday", "2026-11-22T01:02:03Z")] {
        let done = place.run(&format!("audit export {arguments}"));
        assert!(done.code == 2 && done.complained.contains(remedy), "{}", done.complained);
    }
    place.write("signet.toml", "[audit]\nenabled = false\n");
    assert_eq!(place.run("audit export").failed(1), "There is no audit trail: audit.enabled = false.");
}
