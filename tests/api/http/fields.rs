//! What a body may set: additional fields, their types and their bounds, and nothing else.

use serde_json::{Map, Value, json};

use super::invariants::rows;
use super::{Site, Watch};
use crate::harness::person;

const FIELDS: &str = r#"
    [user.additional_fields]
    nickname = { type = "string", required = false }
    age = { type = "number", required = false }
    vip = { type = "boolean", required = false }
    born = { type = "date", required = false }
    tags = { type = "json", required = false }
    rank = { type = "string", default_value = "member", input = false }
    credit = { type = "number", required = false, input = false }
    secret_note = { type = "string", required = false, returned = false }
    [session.additional_fields]
    device = { type = "string", required = false, input = false }
"#;

async fn user(browser: &mut crate::harness::Browser<'_>) -> Value {
    browser.get("/get-session").await.json()["user"].clone()
}

/// What a body could say of the columns that are not its own.
fn injected() -> Map<String, Value> {
    let injected = json!({
        "id": "chosen", "emailVerified": true, "email_verified": true, "createdAt": "2000-01-01T00:00:00.000Z",
        "updatedAt": "2000-01-01T00:00:00.000Z", "banned": false, "isAdmin": true, "chosen rank": true, "userId": "chosen",
        "accountId": "chosen", "providerId": "google", "token": "chosen", "expiresAt": "9999-01-01T00:00:00.000Z",
        "impersonatedBy": "chosen", "ipAddress": "6.6.6.6", "userAgent": "evil", "twoFactorEnabled": false,
        "__proto__": {"rank": "chosen rank"}, "constructor": {"prototype": {"rank": "chosen rank"}},
        "user": {"rank": "chosen rank"}, "data": {"rank": "chosen rank"}, "session": {"userId": "chosen"}, "$set": {"rank": "chosen rank"},
    });
    injected.as_object().expect("an object").clone()
}

#[actix_web::test]
async fn t12_a_sign_up_sets_nothing_but_what_it_may() {
    let site = Site::with(FIELDS).await;
    let mut body = person("Ada");
    body.as_object_mut().expect("an object").extend(injected());
    body["rank"] = "chosen rank".into();
    let mut ada = site.server.browser();
    let answer = ada.post("/sign-up/email", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let shown = ada.get("/get-session").await.json();
    let (user, session) = (&shown["user"], &shown["session"]);
    assert_eq!((&user["rank"], &user["emailVerified"]), (&json!("member"), &json!(false)));
    assert_eq!(user["createdAt"], json!(site.server.now().to_string()));
    assert_eq!(session["expiresAt"], json!(site.server.now().plus_seconds(604_800).to_string()));
    assert_eq!((&session["ipAddress"], &session["userAgent"]), (&json!(""), &json!("")));
    let kept = format!("{shown}{}", rows(&site.server).await.join("\n"));
    for value in ["chosen", "google", "6.6.6.6", "evil", "2000-01-01", "9999-01-01", "chosen rank"] {
        assert!(!kept.contains(value), "{value} came through: {kept}");
    }
}

#[actix_web::test]
async fn t12_a_sign_up_that_sets_a_field_without_a_default_that_is_not_for_input_is_refused() {
    let site = Site::with(FIELDS).await;
    let watch = Watch::over(&site.server).await;
    let mut body = person("Ada");
    body["credit"] = 1_000_000.into();
    let answer = site.server.browser().post("/sign-up/email", &body).await;
    watch.refused("credit", &answer).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("FIELD_NOT_ALLOWED")));
}

#[actix_web::test]
async fn t12_an_update_of_the_user_sets_nothing_but_what_it_may() {
    let site = Site::with(FIELDS).await;
    let mut ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    let before = user(&mut ada).await;
    for (name, value) in [("rank", json!("chosen rank")), ("credit", json!(5)), ("email", json!("eve@example.com"))] {
        let answer = ada.clone().post("/update-user", &json!({"name": "Eve", name: value})).await;
        watch.refused(name, &answer).await;
        assert_eq!(answer.status, 400, "{name}");
    }
    let alone = ada.clone().post("/update-user", &Value::Object(injected())).await;
    watch.refused("what is no field", &alone).await;
    assert_eq!(alone.status, 400);
    assert_eq!(user(&mut ada).await, before);
    let mut along = injected();
    along.insert("nickname".into(), "Countess".into());
    assert_eq!(ada.post("/update-user", &Value::Object(along)).await.status, 200);
    let mut expected = before;
    expected["nickname"] = "Countess".into();
    expected["updatedAt"] = user(&mut ada).await["updatedAt"].clone();
    assert_eq!(user(&mut ada).await, expected);
    assert!(rows(&site.server).await.iter().all(|row| !row.contains("chosen")));
}

#[actix_web::test]
async fn t12_an_update_of_the_session_sets_nothing_but_what_it_may() {
    let site = Site::with(FIELDS).await;
    let mut ada = site.ada().await;
    let mut eve = site.server.member("Eve").await;
    let victim = user(&mut ada).await["id"].clone();
    let before = eve.get("/get-session").await.json();
    let watch = Watch::over(&site.server).await;
    for (name, value) in [
        ("userId", victim.clone()),
        ("impersonatedBy", victim.clone()),
        ("expiresAt", json!("9999-01-01T00:00:00.000Z")),
        ("token", json!("chosen")),
        ("id", json!("chosen")),
        ("device", json!("trusted")),
    ] {
        let answer = eve.clone().post("/update-session", &json!({name: value})).await;
        watch.refused(name, &answer).await;
        assert_eq!(answer.status, 400, "{name}");
    }
    let body = json!({"theme": "dark", "userId": victim, "expiresAt": "9999-01-01T00:00:00.000Z", "token": "chosen"});
    assert_eq!(eve.post("/update-session", &body).await.status, 200);
    let after = eve.get("/get-session").await.json();
    for name in ["id", "userId", "token", "expiresAt", "createdAt", "device"] {
        assert_eq!(after["session"][name], before["session"][name], "{name}");
    }
    assert_eq!((&after["user"], &after["session"]["theme"]), (&before["user"], &json!("dark")));
}

#[actix_web::test]
async fn t12_a_field_that_is_not_returned_is_in_no_answer_and_no_token() {
    let site = Site::with(FIELDS).await;
    let mut body = person("Ada");
    body["secret_note"] = "likes-tea".into();
    let mut ada = site.server.browser();
    let mut answers = vec![ada.post("/sign-up/email", &body).await];
    for path in ["/get-session", "/token", "/list-sessions", "/list-accounts"] {
        answers.push(ada.get(path).await);
    }
    let token = answers[2].json()["token"].as_str().expect("a token").split('.').nth(1).map(decoded);
    assert!(token.is_some_and(|claims| claims.contains("nickname") && !claims.contains("secret_note")));
    assert!(answers.iter().all(|answer| !format!("{answer:?}").contains("likes-tea")));
}

fn decoded(part: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64url");
    String::from_utf8(bytes).expect("JSON")
}

#[actix_web::test]
async fn t10_a_number_that_no_column_holds_is_400_and_no_other_number() {
    let site = Site::with(FIELDS).await;
    let ada = site.ada().await;
    let watch = Watch::over(&site.server).await;
    for number in [
        "1.5",
        "1e-5",
        "1e300",
        "-1e300",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890",
    ] {
        let body = format!("{{\"age\":{number}}}");
        let json = [("content-type", "application/json")];
        let answer = ada.clone().send("POST", "/update-user", &json, Some(body.as_bytes())).await;
        watch.refused(&body, &answer).await;
        assert_eq!((answer.status, answer.code().as_deref()), (400, Some("VALIDATION_ERROR")), "{body}");
    }
}

#[actix_web::test]
async fn t10_a_number_comes_back_as_it_went_in_or_is_refused() {
    let site = Site::with(FIELDS).await;
    let mut ada = site.ada().await;
    for number in [0_i64, -1, 36, i64::from(i32::MAX), i64::from(i32::MIN)] {
        assert_eq!(ada.post("/update-user", &json!({"age": number})).await.status, 200, "{number}");
        assert_eq!(user(&mut ada).await["age"], json!(number));
    }
    // Postgres has four bytes for a number, SQLite eight.
    for number in [1_i64 << 31, -(1 << 31) - 1, 1_000_000_000_000, (1 << 53) - 1] {
        let answer = ada.post("/update-user", &json!({"age": number})).await;
        super::invariants::sound(&number.to_string(), &answer);
        let kept = user(&mut ada).await["age"].clone();
        assert_eq!(answer.status == 200, kept == json!(number), "{number} {answer:?}");
    }
    assert_eq!(ada.post("/update-user", &json!({"age": 1e3})).await.status, 200);
    assert_eq!(user(&mut ada).await["age"].to_string(), "1000");
}

#[actix_web::test]
async fn t10_a_date_of_any_year_is_kept_or_refused_alike_on_both_databases() {
    let site = Site::with(FIELDS).await;
    let mut ada = site.ada().await;
    for (given, kept) in [
        ("2026-11-20T12:27:50.364999+01:00", "2026-11-20T11:27:50.364Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:59.999-23:59", "9999-12-31T23:59:59.999Z"),
        ("0000-01-01T00:00:00+23:59", "0000-01-01T00:00:00.000Z"),
    ] {
        let answer = ada.post("/update-user", &json!({"born": given})).await;
        assert_eq!(answer.status, 200, "{given} {answer:?}");
        assert_eq!(user(&mut ada).await["born"], json!(kept), "{given}");
    }
    let watch = Watch::over(&site.server).await;
    for given in [
        "+275760-09-13T00:00:00.000Z",
        "275760-09-13T00:00:00.000Z",
        "-000001-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "infinity",
        "now",
        "1e3",
        "",
    ] {
        let answer = ada.clone().post("/update-user", &json!({"born": given})).await;
        watch.refused(given, &answer).await;
        assert_eq!(answer.status, 400, "{given}");
    }
    for given in [json!(0), json!(1e15), json!(-1), json!(true), json!(["2026-11-20T00:00:00Z"])] {
        let answer = ada.clone().post("/update-user", &json!({"born": given})).await;
        watch.refused(&given.to_string(), &answer).await;
    }
}

#[actix_web::test]
async fn t10_json_is_kept_whole() {
    let site = Site::with(FIELDS).await;
    let mut ada = site.ada().await;
    for tags in [json!([]), json!({"a": [1, {"b": null}]}), json!("text"), json!(5), json!(false), json!("\\u0000")] {
        assert_eq!(ada.post("/update-user", &json!({"tags": tags})).await.status, 200, "{tags}");
        assert_eq!(user(&mut ada).await["tags"], tags);
    }
}

#[actix_web::test]
async fn a_field_that_is_required_and_missing_is_400_whoever_may_set_it() {
    for input in [true, false] {
        let toml = format!("[user.additional_fields.plan]\ntype = \"string\"\ninput = {input}");
        let site = Site::with(&toml).await;
        let watch = Watch::over(&site.server).await;
        let answer = site.server.browser().post("/sign-up/email", &person("Ada")).await;
        watch.refused("without a plan", &answer).await;
        assert_eq!(answer.code().as_deref(), Some("MISSING_FIELD"), "{answer:?}");
    }
}
