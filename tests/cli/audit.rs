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
    assert_eq!(lines[5]["details"]["kid"], json!(kid));
    assert!(lines[5]["details"]["safeAt"].as_str() > lines[5]["at"].as_str(), "{}", lines[5]);
    assert_eq!(lines[6]["details"], json!({"created": 2, "updated": 0}));
    assert!(place.run_unread("audit export").success(), "whoever reads may have seen enough");
}

#[test]
fn an_import_tells_of_everybody_whose_rights_it_sets_and_an_export_that_it_was_made() {
    let place = Place::new();
    place.write("signet.toml", "[plugins.admin]\nenabled = true\n");
    place.run_with("users create ada@example.com", &[], "correct horse\n").well();
    place.run_with("users create eve@example.com", &[], "correct horse\n").well();
    let hash = "$2b$04$6Nkqccvkv63MwspxmO3/fuW34feHm7SPlBNvBIdqim4/HMhOt6c5K";
    let lines = [
        json!({"email": "ada@example.com", "role": "admin", "passwordHash": hash}),
        json!({"email": "eve@example.com", "banned": true, "accounts": [{"providerId": "google", "accountId": "g1"}]}),
        json!({"email": "eve@example.com", "banned": true}),
        json!({"email": "bob@example.com", "role": "admin"}),
        json!({"email": "dan@example.com", "role": "user"}),
        json!({"email": "fay@example.com"}),
        json!({"email": "gus@example.com", "banned": true, "banReason": "spam"}),
    ];
    place.write("users.jsonl", &lines.map(|line| format!("{line}\n")).concat());
    place.run("users import users.jsonl --existing update --dry-run").well();
    place.run("users import users.jsonl --existing update").well();
    place.run("users export --with-hashes").well();
    place.run("users export").well();
    let users = exported(&place, "--action user.created");
    let [ada, eve, bob] = users.as_slice() else { panic!("{users:?}") };
    assert_eq!(bob["details"], json!({"role": "admin"}));
    let lines = exported(&place, "--actor users");
    let told: Vec<_> =
        lines.iter().skip(3).map(|line| (line["action"].as_str().expect("a text"), &line["userId"])).collect();
    assert_eq!(
        told,
        [
            ("users.imported", &Value::Null),
            ("user.created", &bob["userId"]),
            ("user.banned", &lines[5]["userId"]),
            ("role.changed", &ada["userId"]),
            ("password.changed", &ada["userId"]),
            ("user.banned", &eve["userId"]),
            ("account.linked", &eve["userId"]),
            ("users.exported", &Value::Null),
            ("users.exported", &Value::Null),
        ]
    );
    assert_eq!(lines[3]["details"], json!({"created": 4, "updated": 3}));
    assert_eq!(lines[5]["details"], json!({"banReason": "spam", "banExpires": null}));
    assert_eq!(lines[6]["details"], json!({"before": "user", "after": "admin"}));
    assert_eq!((&lines[10]["details"], &lines[11]["details"]), (&json!({"hashes": true}), &json!({"hashes": false})));
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
