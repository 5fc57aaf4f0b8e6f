//! `signet users import` and `signet users export`, on SQLite and, where there is one, on Postgres.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::place::{Place, Server};

const RIGHT: &str = "correct horse battery staple";
const BCRYPT: &str = "$2b$04$6Nkqccvkv63MwspxmO3/fuW34feHm7SPlBNvBIdqim4/HMhOt6c5K";

fn sign_in(server: &Server, email: &str, password: &str) -> (u16, Value) {
    server.ask("POST", "/sign-in/email", Some(&json!({ "email": email, "password": password })))
}

/// The users of a place, as it exports them.
fn exported(place: &Place, options: &str) -> Vec<Value> {
    let lines = place.run(&format!("users export {options}")).well();
    lines.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

fn by_email<'a>(users: &'a [Value], email: &str) -> &'a Value {
    users.iter().find(|user| user["email"] == email).unwrap_or_else(|| panic!("{email} is there"))
}

/// So many users, some of them with an account at a provider.
fn many(count: usize) -> String {
    let line = |number: usize| {
        let accounts = match number % 3 {
            0 => json!([{ "providerId": "google", "accountId": format!("g{number}") }]),
            _ => json!([]),
        };
        let user = json!({
            "email": format!("user{number}@example.com"), "name": format!("User {number}"), "passwordHash": BCRYPT,
            "createdAt": "2024-01-02T03:04:05.000Z", "accounts": accounts,
        });
        format!("{user}\n")
    };
    (0..count).map(line).collect()
}

#[test]
fn imported_users_sign_in_with_their_old_passwords_which_are_hashed_anew() {
    let place = Place::new();
    place.write(
        "users.csv",
        &format!("id,email,emailVerified,name,passwordHash\nu1,Ada@Example.com,true,Ada,{BCRYPT}\n"),
    );
    let said = place.run("users import users.csv").well();
    assert_eq!(said, "Of 1 lines: 1 created, 0 updated, 0 there already, 0 rejected.\n");
    let server = place.serve();
    assert_eq!(sign_in(&server, "ada@example.com", "wrong horse").0, 401);
    let (status, answer) = sign_in(&server, "ada@example.com", RIGHT);
    assert_eq!((status, &answer["user"]["id"], &answer["user"]["emailVerified"]), (200, &json!("u1"), &json!(true)));
    let users = exported(&place, "--with-hashes");
    assert!(users[0]["passwordHash"].as_str().unwrap().starts_with("$argon2id$"), "{}", users[0]);
    assert_eq!(sign_in(&server, "ada@example.com", RIGHT).0, 200);
}

#[test]
fn what_is_exported_is_imported_elsewhere_as_it_was() {
    let (here, there) = (Place::new(), Place::new());
    let config = "[plugins.admin]\nenabled = true\n[user.additional_fields.plan]\ntype = \"string\"\nrequired = false\ndefault_value = \"free\"\n";
    here.write("signet.toml", config);
    there.write("signet.toml", config);
    let ada = json!({
        "id": "u1", "email": "ada@example.com", "emailVerified": true, "name": "Ada", "image": "https://x.example/a.png",
        "createdAt": "2024-01-02T03:04:05.678Z", "updatedAt": "2024-02-03T04:05:06.000Z", "role": "admin", "plan": "pro",
        "passwordHash": BCRYPT,
        "accounts": [{ "providerId": "google", "accountId": "1081", "scope": "openid,email" }],
    });
    here.write("users.jsonl", &format!("{ada}\n{{\"email\":\"bob@example.com\"}}\n"));
    here.run("users import users.jsonl").well();
    let without = exported(&here, "");
    assert_eq!(by_email(&without, "ada@example.com").get("passwordHash"), None);
    assert_eq!(here.run("users export all.jsonl --with-hashes").well(), "Wrote 2 users to all.jsonl.\n");
    assert_eq!(here.mode("all.jsonl"), 0o600);
    assert!(here.run("users export all.jsonl").failed(1).contains("all.jsonl cannot be made"));
    there.write("users.jsonl", &fs::read_to_string(here.path("all.jsonl")).unwrap());
    there.run("users import users.jsonl").well();
    let whole = exported(&there, "--with-hashes");
    assert_eq!(whole, exported(&here, "--with-hashes"));
    let expected = ada.as_object().unwrap();
    let ada = by_email(&whole, "ada@example.com");
    expected.iter().for_each(|(name, value)| assert_eq!(&ada[name], value, "{name}"));
    let bob = by_email(&whole, "bob@example.com");
    assert_eq!((&bob["name"], &bob["role"], &bob["plan"]), (&json!("bob"), &json!("user"), &json!("free")));
}

#[test]
fn a_killed_import_that_is_started_again_ends_with_every_user_once() {
    let place = Place::new();
    place.run("migrate").well();
    let count = 12_000;
    place.write("users.jsonl", &many(count));
    let mut partly = 0;
    for milliseconds in [300, 500, 700] {
        place.run_and_kill("users import users.jsonl", Duration::from_millis(milliseconds));
        partly = exported(&place, "").len();
        assert_eq!(partly % 1000, 0, "batches are whole");
    }
    let said = place.run("users import users.jsonl").well();
    assert_eq!(
        said,
        format!("Of {count} lines: {} created, 0 updated, {partly} there already, 0 rejected.\n", count - partly)
    );
    let users = exported(&place, "--with-hashes");
    let emails: BTreeSet<&str> = users.iter().map(|user| user["email"].as_str().unwrap()).collect();
    assert_eq!((users.len(), emails.len()), (count, count));
    assert!(users.iter().all(|user| user["passwordHash"] == BCRYPT));
    let linked = users.iter().filter(|user| user["accounts"].as_array().unwrap().len() == 1).count();
    assert_eq!(linked, count / 3);
}

#[test]
fn every_rejected_line_is_told_of_and_the_others_come_in() {
    let place = Place::new();
    let lines = [
        r#"{"email":"ada@example.com","id":"u1","accounts":[{"providerId":"google","accountId":"1"}]}"#,
        r#"{"email":"nonsense"}"#,
        r#"{"email":"#,
        r#"{"email":"bob@example.com","shoeSize":43}"#,
        r#"{"email":"eve@example.com","passwordHash":"5f4dcc3b5aa765d61d8327deb882cf99"}"#,
        r#"{"email":"twin@example.com","id":"u1"}"#,
        r#"{"email":"thief@example.com","accounts":[{"providerId":"google","accountId":"1"}]}"#,
        r#"{"email":"ADA@example.com"}"#,
        r#"{"email":"dan@example.com","accounts":[{"providerId":"github","accountId":"1"}]}"#,
        r#"{"email":"costly@example.com","passwordHash":"$2b$31$6Nkqccvkv63MwspxmO3/fuW34feHm7SPlBNvBIdqim4/HMhOt6c5K"}"#,
    ];
    place.write("users.jsonl", &lines.join("\r\n"));
    let done = place.run("users import users.jsonl --rejects rejects.jsonl");
    assert_eq!(done.said, "Of 10 lines: 2 created, 0 updated, 1 there already, 7 rejected.\n");
    assert_eq!((done.code, done.complained.as_str()), (1, "signet: 7 lines were rejected: see rejects.jsonl.\n"));
    let rejects = fs::read_to_string(place.path("rejects.jsonl")).unwrap();
    let mut rejects: Vec<Value> = rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    rejects.sort_by_key(|reject| reject["line"].as_u64());
    let told: Vec<_> =
        rejects.iter().map(|reject| (reject["line"].as_u64().unwrap(), reject["reason"].as_str().unwrap())).collect();
    let wanted = [
        (2, "no e-mail address"),
        (3, "no JSON"),
        (4, "no field `shoeSize`"),
        (5, "`passwordHash`"),
        (6, "must be unique"),
        (7, "another user's"),
        (10, "too costly"),
    ];
    assert_eq!(told.len(), wanted.len(), "{told:?}");
    for ((line, reason), (wanted_line, wanted)) in told.iter().zip(wanted) {
        assert!(*line == wanted_line && reason.contains(wanted), "{line}: {reason}");
    }
    assert_eq!(place.mode("rejects.jsonl"), 0o600);
    assert!(!fs::read_to_string(place.path("rejects.jsonl")).unwrap().contains("5f4dcc"));
    let users = exported(&place, "");
    assert_eq!(users.len(), 2);
    assert_eq!(by_email(&users, "dan@example.com")["accounts"][0]["providerId"], "github");
}

#[test]
fn who_is_there_already_stays_or_is_refused_or_gets_what_the_line_has() {
    let place = Place::new();
    place.run_with("users create ada@example.com --name Ada", &[], "correct horse\n").well();
    let line = json!({
        "email": "ada@example.com", "name": "Ada Lovelace", "emailVerified": true, "passwordHash": BCRYPT,
        "accounts": [{ "providerId": "google", "accountId": "1" }],
    });
    place.write("users.jsonl", &line.to_string());
    let before = exported(&place, "--with-hashes");
    let said = place.run("users import users.jsonl").well();
    assert!(said.contains("1 there already"), "{said}");
    let done = place.run("users import users.jsonl --existing fail");
    assert!(done.code == 1 && done.complained.contains("There is a user with this address."), "{}", done.complained);
    assert_eq!(exported(&place, "--with-hashes"), before);
    for _ in 0..2 {
        let said = place.run("users import users.jsonl --existing update").well();
        assert!(said.contains("1 updated"), "{said}");
    }
    let after = exported(&place, "--with-hashes");
    assert_eq!(
        (&after[0]["id"], &after[0]["name"], &after[0]["emailVerified"]),
        (&before[0]["id"], &json!("Ada Lovelace"), &json!(true))
    );
    assert_eq!((&after[0]["passwordHash"], after[0]["accounts"].as_array().unwrap().len()), (&json!(BCRYPT), 1));
    // Of what the line does not have, nothing changes.
    place.write("users.jsonl", r#"{"email":"ada@example.com","image":"https://x.example/a.png"}"#);
    place.run("users import users.jsonl --existing update").well();
    let last = exported(&place, "--with-hashes");
    assert_eq!((&last[0]["name"], &last[0]["passwordHash"]), (&json!("Ada Lovelace"), &json!(BCRYPT)));
    assert_eq!(last[0]["image"], "https://x.example/a.png");
    let server = place.serve();
    assert_eq!(sign_in(&server, "ada@example.com", RIGHT).0, 200);
}

#[test]
fn two_lines_of_one_address_are_the_first_or_with_update_the_last() {
    for (options, name) in [("", "One"), ("--existing update", "Two")] {
        let place = Place::new();
        place
            .write("users.jsonl", "{\"email\":\"a@b.cc\",\"name\":\"One\"}\n{\"email\":\"A@b.cc\",\"name\":\"Two\"}\n");
        place.run(&format!("users import users.jsonl {options}")).well();
        let users = exported(&place, "");
        assert_eq!((users.len(), &users[0]["name"]), (1, &json!(name)), "{options}");
    }
}

#[test]
fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let place = Place::new();
    place.write("users.jsonl", "{\"email\":\"a@b.cc\"}\n{\"email\":\"nonsense\"}\n");
    let done = place.run("users import users.jsonl --dry-run");
    assert_eq!(done.said, "Nothing was changed. Of 2 lines: 1 created, 0 updated, 0 there already, 1 rejected.\n");
    assert_eq!(done.code, 1);
    assert!(exported(&place, "").is_empty());
}

#[test]
fn csv_comes_with_marks_quotes_and_line_ends_of_all_kinds_and_from_standard_input() {
    let place = Place::new();
    let file = "\u{feff}email,name,accounts\r\nada@example.com,\"Lovelace, \"\"Ada\"\"\",google:1;github:2\r\n\
        bob@example.com,\"two\r\nlines\",\r\neve@example.com,too,many,values\r\n";
    let done = place.run_with("users import - --format csv", &[], file);
    assert_eq!(done.said, "Of 3 lines: 2 created, 0 updated, 0 there already, 1 rejected.\n");
    let told: Value = serde_json::from_str(done.complained.lines().next().unwrap()).unwrap();
    assert_eq!(told, json!({"line": 5, "reason": "The line has 4 values for 3 columns."}));
    let users = exported(&place, "");
    assert_eq!(by_email(&users, "ada@example.com")["name"], "Lovelace, \"Ada\"");
    assert_eq!(by_email(&users, "bob@example.com")["name"], "two\r\nlines");
    assert_eq!(by_email(&users, "ada@example.com")["accounts"].as_array().unwrap().len(), 2);
}

#[test]
fn presets_fill_own_fields_and_leave_out_what_users_do_not_have() {
    let place = Place::new();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/import/supabase.jsonl");
    // Somebody who is banned there cannot be banned here.
    let done = place.run(&format!("users import {file} --from supabase"));
    assert_eq!(done.said, "Of 3 lines: 1 created, 0 updated, 0 there already, 2 rejected.\n");
    assert!(done.complained.contains("plugins.admin"), "{}", done.complained);
    place.write(
        "signet.toml",
        "[plugins.admin]\nenabled = true\n[user.additional_fields.plan]\ntype = \"string\"\nrequired = false\n",
    );
    let done = place
        .run(&format!("users import {file} --from supabase --existing update --field raw_user_meta_data.plan=plan"));
    assert_eq!(done.said, "Of 3 lines: 1 created, 1 updated, 0 there already, 1 rejected.\n");
    let users = exported(&place, "");
    assert_eq!(
        (&by_email(&users, "ada@example.com")["plan"], &by_email(&users, "eve@example.com")["banned"]),
        (&json!("pro"), &json!(true))
    );
    assert!(place.run(&format!("users import {file} --from supabase --field a=b")).failed(1).contains("no field `b`"));
}

#[test]
fn user_names_are_kept_in_their_form() {
    let place = Place::new();
    place.write("signet.toml", "[plugins.username]\nenabled = true\n");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/import/clerk.csv");
    let text = fs::read_to_string(file).unwrap().replace(",ada,ada@", ",Ada,ada@");
    place.write("users.csv", &text);
    let done = place.run("users import users.csv --from clerk --drop-unknown-hashes");
    assert_eq!(
        done.said,
        "Of 2 lines: 2 created, 0 updated, 0 there already, 0 rejected.\nLeft out: passwordHash (1).\n"
    );
    let users = exported(&place, "");
    let ada = by_email(&users, "ada@example.com");
    assert_eq!((&ada["username"], &ada["displayUsername"]), (&json!("ada"), &json!("Ada")));
}

#[test]
fn what_cannot_be_read_at_all_is_one_line() {
    let place = Place::new();
    place.write("array.json", "[{\"email\":\"a@b.cc\"}]");
    assert!(place.run("users import array.json").failed(1).contains("jq -c '.[]'"));
    assert!(place.run("users import missing.jsonl").failed(1).contains("missing.jsonl: It cannot be opened"));
    assert_eq!(place.run("users import array.json --from okta").code, 2);
}
