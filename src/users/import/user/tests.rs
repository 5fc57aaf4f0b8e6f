use serde_json::json;

use super::*;
use crate::base::FieldKind;

fn fields() -> Vec<Field> {
    let of = |name: &str, kind| Field::optional(name, kind);
    vec![
        Field { input: false, ..of("role", FieldKind::String) },
        Field { default: Some(json!("free")), ..of("plan", FieldKind::String) },
        of("age", FieldKind::Number),
        of("active", FieldKind::Boolean),
        of("born", FieldKind::Date),
        of("notes", FieldKind::Json),
    ]
}

fn read_with(row: Value, change: fn(&mut Reader<'_>)) -> Result<Incoming, String> {
    let fields = fields();
    let mut reader = Reader {
        fields: &fields,
        fits_id: &|id| !id.contains('!'),
        verifies: &|hash| hash.starts_with("$2b$"),
        user_name: Some(&|name| (!name.contains('@')).then(|| name.to_lowercase())),
        complete: &|more| {
            more.entry("role").or_insert("user".into());
        },
        drop_unknown_hashes: false,
        drop_unknown_fields: false,
        are_texts: false,
        left_out: BTreeMap::new(),
    };
    change(&mut reader);
    reader.read(row.as_object().unwrap().clone())
}

fn read(row: Value) -> Result<Incoming, String> {
    read_with(row, |_| {})
}

#[test]
fn a_whole_row_is_read() {
    let user = read(json!({
        "id": "u1", "email": "Ada@Example.com", "emailVerified": true, "name": "Ada", "image": "https://x/y.png",
        "createdAt": "2024-01-02T03:04:05Z", "role": "admin", "age": 36, "born": "1815-12-10", "notes": {"a": [1]},
        "passwordHash": "$2b$x", "accounts": [{"providerId": "google", "accountId": "1", "scope": "openid"}],
    }))
    .unwrap();
    assert_eq!((user.id.as_deref(), user.email.as_str()), (Some("u1"), "ada@example.com"));
    assert_eq!(user.accounts.len(), 2);
    assert_eq!(user.given["born"], "1815-12-10T00:00:00.000Z");
    assert_eq!((&user.given["role"], user.given.get("plan")), (&json!("admin"), None));
    assert_eq!((&user.more["role"], &user.more["plan"]), (&json!("admin"), &json!("free")));
    let least = read(json!({"email": "ada@example.com", "name": null})).unwrap();
    assert_eq!((least.name, least.email_verified, least.id), (None, None, None));
    assert_eq!(least.more["role"], "user");
}

#[test]
fn an_id_that_does_not_fit_is_left_to_the_store() {
    assert_eq!(read(json!({"email": "ada@example.com", "id": "u!"})).unwrap().id, None);
    assert_eq!(read(json!({"email": "ada@example.com", "id": 7})).unwrap().id.as_deref(), Some("7"));
    assert_eq!(read(json!({"email": "ada@example.com", "id": "x".repeat(256)})).unwrap().id, None);
}

#[test]
fn what_makes_no_user_is_said() {
    for (row, why) in [
        (json!({}), "There is no `email`."),
        (json!({"email": "ada"}), "`email` is no e-mail address."),
        (json!({"email": " ada@example.com"}), "`email` is no e-mail address."),
        (json!({"email": "ada@example.com", "name": "a\0b"}), "A text has the character U+0000."),
        (json!({"email": "ada@example.com", "emailVerified": "perhaps"}), "`emailVerified` does not fit."),
        (json!({"email": "ada@example.com", "createdAt": "once"}), "`createdAt` does not fit."),
        (
            json!({"email": "ada@example.com", "age": "old"}),
            "[body.age] Invalid input: expected number, received string",
        ),
        (json!({"email": "ada@example.com", "accounts": {}}), "`accounts` is no list."),
        (
            json!({"email": "ada@example.com", "accounts": [{"providerId": "credential", "accountId": "1"}]}),
            "`accounts` has an entry without `providerId` and `accountId`.",
        ),
    ] {
        assert_eq!(read(row.clone()).unwrap_err(), why, "{row}");
    }
    assert!(read(json!({"email": "ada@example.com", "shoe": 1})).unwrap_err().contains("no field `shoe`"));
    assert!(read(json!({"email": "ada@example.com", "passwordHash": "md5"})).unwrap_err().contains("malformed"));
    let twice = json!({"email": "ada@example.com", "accounts": "google:1;google:1"});
    assert_eq!(read(twice).unwrap_err(), "`accounts` has an entry twice.");
}

#[test]
fn somebody_who_is_locked_there_does_not_come_in_free() {
    let locked = json!({"email": "ada@example.com", "banned": true});
    let told = read_with(locked, |reader| reader.drop_unknown_fields = true).unwrap_err();
    assert!(told.contains("plugins.admin.enabled"), "{told}");
    let free = json!({"email": "ada@example.com", "banned": false});
    assert!(read_with(free, |reader| reader.drop_unknown_fields = true).is_ok());
}

#[test]
fn what_is_to_be_left_out_is_left_out() {
    let row = json!({"email": "ada@example.com", "shoe": 1, "passwordHash": "md5"});
    let user = read_with(row, |reader| {
        reader.drop_unknown_fields = true;
        reader.drop_unknown_hashes = true;
    })
    .unwrap();
    assert!(user.accounts.is_empty() && user.given.is_empty());
}

#[test]
fn a_user_name_is_kept_in_its_form_and_one_that_is_none_is_left_out_or_refused() {
    let with_fields = |reader: &mut Reader<'_>, row: Value| reader.read(row.as_object().unwrap().clone());
    let fields = ["username", "displayUsername"].map(|name| Field::optional(name, FieldKind::String));
    let mut reader = Reader {
        fields: &fields,
        fits_id: &|_| true,
        verifies: &|_| true,
        user_name: Some(&|name| (!name.contains('@')).then(|| name.to_lowercase())),
        complete: &|_| {},
        drop_unknown_hashes: false,
        drop_unknown_fields: false,
        are_texts: false,
        left_out: BTreeMap::new(),
    };
    let user = with_fields(&mut reader, json!({"email": "ada@example.com", "username": "Ada"})).unwrap();
    assert_eq!(Value::Object(user.given), json!({"username": "ada", "displayUsername": "Ada"}));
    let mistaken = json!({"email": "ada@example.com", "username": "ada@example.com"});
    assert!(with_fields(&mut reader, mistaken.clone()).unwrap_err().contains("`username`"));
    reader.drop_unknown_fields = true;
    assert!(with_fields(&mut reader, mistaken).unwrap().given.is_empty());
    assert_eq!(reader.left_out["username"], 1);
}

#[test]
fn texts_of_csv_are_read_as_what_they_mean() {
    let row = json!({"email": "ada@example.com", "emailVerified": "t", "age": "36", "active": "1", "notes": "[1]",
        "accounts": "google:1081;github:55"});
    let user = read_with(row, |reader| reader.are_texts = true).unwrap();
    assert_eq!(user.email_verified, Some(true));
    assert_eq!(
        (&user.given["age"], &user.given["active"], &user.given["notes"]),
        (&json!(36), &json!(true), &json!([1]))
    );
    assert_eq!(user.accounts[1].provider_id, "github");
}
